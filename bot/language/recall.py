"""`réglages rappel` and `réglages fuseau`, as they are typed after `réglages`."""

import re
from datetime import timedelta
from zoneinfo import available_timezones

from bot.language.clock import length_at
from bot.language.line import Line
from bot.language.text import fold
from bot.language.zones import known
from bridge.domain.reminder import NEVER

_RECALL = re.compile(r"\s*(?:le\s+|les\s+|the\s+)?(?:rappels?|reminders?)\b\s*[:=]?\s*")
_ZONE = re.compile(
    r"\s*(?:mon\s+|le\s+|my\s+|the\s+)?(?:fuseau(?:\s+horaire)?|time\s?zone|zone)\b\s*[:=]?\s*"
)
_NONE = {"aucun", "aucune", "non", "jamais", "none", "no", "never", "off"}
_START = {"0", "0 min", "0min", "au debut", "at the start"}
_WORDS = re.compile(r"\s?(?:avant|before)?")
_THE = re.compile(r"(?:la|le|l'|les|de|the|heure\sde)\s?")
_LONGEST = timedelta(days=1)


def read_recall(line: Line) -> int | None:
    """Return how many minutes before a meeting a salon is to be reminded, negative for never.

    `None` for another setting, or for no length of at most a day.
    """
    found = _RECALL.match(line.shadow)
    text = "" if found is None else line.shadow[found.end() :].strip(" .!")
    if text in _NONE:
        return NEVER
    if text in _START:
        return 0
    length = length_at(text, 0) if text else None
    if length is None or not _WORDS.fullmatch(text[length[1] :]):
        return None
    span = length[0].span
    return round(span.total_seconds() / 60) if span <= _LONGEST else None


def read_zone(line: Line) -> str | None:
    """Return a zone by its place or IANA name, empty for none; `None` for another setting."""
    found = _ZONE.match(line.shadow)
    text = "" if found is None else line.text[found.end() :].strip(" .!")
    if not text:
        return None
    if text in available_timezones():
        return text
    place = fold(text)
    if place in _NONE:
        return ""
    zone = known(place) or known(_THE.sub("", place, count=1))
    return None if zone is None else zone.key
