"""A meeting as one event: once, or a series with the dates that differ from its rule."""

from collections.abc import Sequence
from dataclasses import replace

from bridge.domain.calendar_event import CalendarEvent, EventDate
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.series import Recurrence, Series


def meeting_event(
    meeting: Meeting, dates: Sequence[Occurrence], series: Series | None, *, domain: str
) -> CalendarEvent:
    """Return what our side says of a meeting; its UID is constant, and names no salon."""
    first = min(dates, key=lambda one: (one.start, one.id))
    room = meeting.room
    phone = None if room is None else room.phone
    event = CalendarEvent(
        uid=f"{meeting.id}@{domain}",
        start=first.wall_start,
        length=first.due_end - first.start,
        zone=first.zone,
        title=meeting.title or first.titled(meeting),
        cancelled=all(one.void for one in dates),
        meeting=meeting.id,
        link="" if room is None else room.url,
        phone="" if phone is None else f"{phone.number}, PIN {phone.pin}",
        topics=meeting.topics,
    )
    if series is None:
        return event
    known = series.recurrence
    gone = {one.original for one in dates if one.void and one.original is not None}
    without = {*series.left_out, *(gone - set(known.besides))}
    besides = tuple(one for one in known.besides if one not in gone)
    return replace(
        event,
        start=series.start,
        length=series.length,
        zone=series.zone,
        title=series.title or meeting.title,
        recurrence=Recurrence(rule=known.rule, without=tuple(sorted(without)), besides=besides),
        dates=tuple(sorted(_differing(meeting, dates, series), key=lambda one: one.original)),
    )


def _differing(meeting: Meeting, dates: Sequence[Occurrence], series: Series) -> list[EventDate]:
    """Return the dates with a time, or a title, of their own; one that was ended early has not."""
    title = series.title or meeting.title
    found = []
    for one in dates:
        length = one.due_end - one.start
        if one.original is None or one.void:
            continue
        moved = one.wall_start != one.original or length != series.length
        own = one.titled(meeting)
        if moved or own != title:
            found.append(
                EventDate(
                    original=one.original,
                    start=one.wall_start,
                    length=length,
                    title="" if own == title else own,
                )
            )
    return found
