"""When an agent's calendar is taken: spans of time alone, never what takes them.

A colleague learns by them that somebody is free, and the calendar's owner that a meeting collides.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.domain.answer import Answer
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.event import instant

_NOTHING = timedelta()


@dataclass(frozen=True, slots=True, order=True)
class BusySpan:
    """A time that is taken; both moments are in UTC."""

    start: datetime
    end: datetime

    def meets(self, start: datetime, end: datetime) -> bool:
        """Tell whether some of it is between two moments."""
        return self.start < end and start < self.end


def joined(spans: Iterable[BusySpan]) -> tuple[BusySpan, ...]:
    """Return spans in order, those that touch or overlap as one."""
    found: list[BusySpan] = []
    for one in sorted(spans):
        if found and one.start <= found[-1].end:
            found[-1] = BusySpan(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return tuple(found)


def spans_of(
    event: CalendarEvent, starts: Sequence[datetime], own: Collection[str]
) -> Sequence[BusySpan]:
    """Return the spans that an event takes of the time of the person with the addresses `own`.

    `starts` are those that its rule gives in the time in question: naive, in its zone. What is
    cancelled, transparent or declined by that person takes none.
    """
    if event.cancelled:
        return ()
    declined = any(one.address in own and one.answer is Answer.NO for one in event.attendees)
    plain = event.busy and not declined
    of_date = {one.original: one.busy and not one.declined & set(own) for one in event.taken}
    apart = {one.original for one in event.dates}
    found = [
        (one.start, one.length)
        for one in event.dates
        if not one.cancelled and of_date.get(one.original, plain)
    ]
    if not event.orphan:
        given = starts if event.recurrence is not None else (event.start,)
        found += [
            (one, event.length) for one in given if one not in apart and of_date.get(one, plain)
        ]
    return [_span(event, *one) for one in found if one[1] > _NOTHING]


def _span(event: CalendarEvent, start: datetime, length: timedelta) -> BusySpan:
    """Return the moments of a date; a day ends at midnight, also when clocks change."""
    begins = instant(start, event.zone)
    if event.all_day:
        return BusySpan(begins, instant(start + length, event.zone))
    return BusySpan(begins, begins + length)
