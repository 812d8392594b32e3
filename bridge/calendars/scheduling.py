"""Reads what a calendar in a mail wants of us: its METHOD, and what guests' calendars say."""

from dataclasses import dataclass, field
from datetime import timedelta

from bridge.calendars.content import MOST_EVENTS, Component, parsed, unescaped
from bridge.calendars.people import address_of, answer_of
from bridge.calendars.reading import is_cancelled, sequence_of
from bridge.calendars.times import Clocks
from bridge.domain.incoming import CalendarReply
from bridge.errors import EventUnreadable


@dataclass(frozen=True, slots=True)
class Scheduling:
    """A calendar that was mailed (RFC 5546)."""

    method: str
    """In capitals; empty if it says none."""
    replies: tuple[CalendarReply, ...] = field(repr=False)
    """Each of its events, read as if it were a reply."""
    cancelled: bool = False
    """Whether all its events are cancelled."""


def scheduling_of(text: str, zone: str) -> Scheduling:
    """Return a mailed calendar; `zone` is that of times without one.

    Bytes that are no UTF-8 may be in it as `surrogateescape` leaves them. Raises EventUnreadable.
    """
    calendars = parsed(text)
    if len(calendars) != 1:
        raise EventUnreadable("calendars")
    [calendar] = calendars
    events = calendar.parts("VEVENT")
    if len(events) > MOST_EVENTS:
        raise EventUnreadable("events")
    zones = {_text(one, "TZID"): one for one in calendar.parts("VTIMEZONE")}
    clocks = Clocks(zone, zones)
    method = _text(calendar, "METHOD").strip().upper()
    replies = tuple(_reply(one, clocks) for one in events)
    return Scheduling(method, replies, all(map(is_cancelled, events)))


def _reply(event: Component, clocks: Clocks) -> CalendarReply:
    lines = event.all("ATTENDEE")
    alone = lines[0] if len(lines) == 1 else None
    start, original = clocks.time(event, "DTSTART"), clocks.time(event, "RECURRENCE-ID")
    stamp = clocks.time(event, "DTSTAMP")
    timed = start is not None and not start.day
    return CalendarReply(
        uid=_text(event, "UID").strip(),
        attendee="" if alone is None else address_of(alone),
        answer=None if alone is None else answer_of(alone),
        sequence=sequence_of(event),
        stamp=None if stamp is None else stamp.moment,
        original=None if original is None else original.moment,
        start=start.moment if start is not None and timed else None,
        length=clocks.length(event, start) if start is not None and timed else timedelta(),
    )


def _text(part: Component, name: str) -> str:
    line = part.first(name)
    return "" if line is None else unescaped(line.value)
