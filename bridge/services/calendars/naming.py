"""Names of calendars, as people read them."""

from urllib.parse import unquote, urlsplit

from bridge.domain.calendar import AgentCalendar
from bridge.domain.names import clean_words

_LONGEST_NAME = 80


def name_of(calendar: AgentCalendar) -> str:
    """Return the name of a calendar as people read it; without one, the end of its URL."""
    return named(calendar.name, calendar.url)


def named(name: str, url: str) -> str:
    """Return a calendar's name; without one, the end of its URL."""
    end = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    return clean_words(name, _LONGEST_NAME) or clean_words(end, _LONGEST_NAME) or "–"
