"""Reads the series of an event that a calendar wrote: its zone by name, all else in its wall time.

The names of zones that Windows has are read too.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bridge.calendars.guard import check
from bridge.domain.rules import local_text, local_time, parts_of, rule_of
from bridge.domain.series import Recurrence, Series
from bridge.domain.wall import wall_of
from bridge.errors import RecurrenceRefused
from bridge.ids import MeetingId

LONGEST_TEXT = 512 * 1024
"""Characters of an event."""


def series_in(text: str, meeting: MeetingId) -> Series:
    """Return the series of the first event with a rule, for a meeting.

    Its exceptions count whether they name a moment in UTC, a wall time or a day. Raises
    RecurrenceRefused for a text without such an event, without a zone, or beyond our limits.
    """
    if len(text) > LONGEST_TEXT:
        raise RecurrenceRefused(why="long")
    event = _event(text)
    zone = _zone(event)
    if zone is None or not isinstance(event.start, datetime):
        raise RecurrenceRefused(why="zone")
    start, end = event.start, event.end
    wall = _wall(start, zone, start)
    recurrence = Recurrence(
        rule=_rule(event["RRULE"].to_ical().decode(), zone),
        without=tuple(sorted({_wall(one, zone, wall) for one in _dates(event, "EXDATE")})),
        besides=tuple(sorted({_wall(one, zone, wall) for one in _dates(event, "RDATE")})),
    )
    series = Series(
        meeting=meeting,
        start=wall,
        length=end - start if isinstance(end, datetime) else timedelta(),
        zone=zone.key,
        recurrence=recurrence,
    )
    check(series)
    return series


def _event(text: str) -> Any:
    from icalendar import Calendar  # noqa: PLC0415 - a fifth of a second

    try:
        calendars = Calendar.from_ical(text, multiple=True)
        events = [one for calendar in calendars for one in calendar.walk("VEVENT")]
        return next(one for one in events if "RRULE" in one)
    except (ValueError, StopIteration) as error:
        raise RecurrenceRefused(why="event") from error


def _zone(event: Any) -> ZoneInfo | None:
    """Return the zone of the start, by its own name or by the one that Windows has for it."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415

    named = event["DTSTART"].params.get("TZID") if "DTSTART" in event else None
    if named is None:
        return None
    try:
        return ZoneInfo(WINDOWS_TO_OLSON.get(named, named))
    except (ValueError, ZoneInfoNotFoundError):
        return None


def _dates(event: Any, name: str) -> Iterator[date]:
    lists = event.get(name, [])
    for one in lists if isinstance(lists, list) else [lists]:
        values: Iterable[Any] = getattr(one, "dts", ())
        yield from (value.dt for value in values if isinstance(value.dt, date))


def _wall(value: date, zone: ZoneInfo, start: datetime) -> datetime:
    """Return a wall time: of a day alone, that day at the hour of the series."""
    if not isinstance(value, datetime):
        return datetime.combine(value, start.time())
    return value if value.tzinfo is None else wall_of(value, zone)


def _rule(text: str, zone: ZoneInfo) -> str:
    """Return a rule with its end in wall time: calendars write it in UTC."""
    try:
        parts = parts_of(text)
        until = parts.get("UNTIL", "")
        if until:
            end = local_time(until)
            if until.endswith("Z"):
                end = wall_of(end.replace(tzinfo=ZoneInfo("UTC")), zone)
            parts["UNTIL"] = local_text(end)
    except ValueError as error:
        raise RecurrenceRefused(why="rule") from error
    return rule_of(parts)
