"""The file of a feed: a calendar to subscribe to (RFC 5545, RFC 7986).

Import it when the first feed is read: icalendar takes a quarter of a second.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vDuration, vUri

from bridge.calendars.itip import EventText, event_component, zone_components
from bridge.domain.feed import FeedEvent
from bridge.i18n import Language

COLOUR = "royalblue"
"""One of the names of CSS, which RFC 7986 demands."""


_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedText:
    """The words of a whole feed."""

    language: Language
    name: str
    join: str
    """The label of a meeting's link."""
    changed_at: datetime
    """When it changed last: the DTSTAMP of all events, so that the same feed is the same file."""
    refreshed: timedelta
    """How often calendars are asked to look."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event with its words."""

    of: FeedEvent
    title: str = field(repr=False)
    description: str = field(repr=False)


def feed_file(text: FeedText, entries: Iterable[Entry]) -> bytes:
    """Return a feed as a file, in UTF-8."""
    entries = list(entries)
    calendar = Calendar()
    calendar.add("prodid", f"-//Parvis//Parvis//{text.language.value.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", text.name)
    calendar.add("x-wr-calname", text.name)
    calendar.add("color", COLOUR)
    calendar.add("refresh-interval", vDuration(text.refreshed), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", f"PT{text.refreshed // _MINUTE}M")
    for zone in zone_components(one.of.event for one in entries):
        calendar.add_component(zone)
    for one in entries:
        calendar.add_component(_component(text, one))
    return bytes(calendar.to_ical(sorted=False))


def _component(text: FeedText, one: Entry) -> Event:
    of = one.of
    said = EventText(
        language=text.language,
        title=one.title,
        description=one.description,
        link=of.link,
        stamp=text.changed_at,
    )
    made = event_component(of.event, said, cancelled=of.cancelled)
    if of.link:
        how = {"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": text.join}
        made.add("conference", vUri(of.link), parameters=how)
    return made
