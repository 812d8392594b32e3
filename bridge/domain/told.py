"""A meeting as calendars are told it: its recurrence without what does not take place."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from bridge.domain.calendar_event import Attendee, CalendarEvent, DateLink, EventDate
from bridge.domain.event import walled
from bridge.domain.meeting import Meeting, Occurrence, VisioRoom
from bridge.domain.names import clean_words
from bridge.domain.series import Recurrence, Series
from bridge.ids import MeetingId, OccurrenceId

LONGEST_TITLE = 200
"""Characters of an event's title that we read or write."""


def length_of(occurrence: Occurrence) -> timedelta:
    """Return how long an occurrence was planned to be."""
    return occurrence.due_end - occurrence.start


def differs(one: Occurrence, series: Series) -> bool:
    """Tell whether a date has another time than its rule gives; ended early, it has not."""
    return one.wall_start != one.original or length_of(one) != series.length


def told_recurrence(series: Series, dates: Iterable[Occurrence]) -> Recurrence:
    """Return a series' rule with all that is left out: holidays too, and dates that are void."""
    known = series.recurrence
    gone = {one.original for one in dates if one.void and one.original is not None}
    return Recurrence(
        rule=known.rule,
        without=tuple(sorted({*series.left_out, *(gone - set(known.besides))})),
        besides=tuple(one for one in known.besides if one not in gone),
    )


def meeting_uid(meeting: MeetingId, domain: str, apart: OccurrenceId | None = None) -> str:
    """Return the UID of a meeting's event, for its life: the same in feeds and agents' calendars.

    `apart` is for a date that its series has no more, or of several without a series.
    """
    return f"{meeting}@{domain}" if apart is None else f"{meeting}.{apart}@{domain}"


def meeting_event(
    meeting: Meeting,
    occurrences: Sequence[Occurrence],
    series: Series | None,
    *,
    domain: str,
    untitled: str,
    phone: str = "",
    organizer: str = "",
    attendees: Iterable[Attendee] = (),
) -> CalendarEvent:
    """Return a meeting as our side knows it, for an agent's own calendar.

    `occurrences` are all that are known of it, one at least. `untitled` is the title of a meeting
    without one, `phone` the number and the PIN in words. It names no salon. Dates before a series'
    start, of an earlier rule that a change replaced, are not in it.
    """
    title = (series.title if series is not None else None) or meeting.title
    event = _event(meeting, occurrences, series, _title(title) or untitled)
    topics = _apart(meeting.topics)
    event = replace(
        event,
        uid=meeting_uid(meeting.id, domain),
        organizer=organizer,
        attendees=tuple(sorted(attendees, key=lambda one: one.address)),
        meeting=meeting.id,
    )
    room = meeting.room
    if any(one.apart for one in occurrences):
        # A date apart has a room of its own: each date of a series tells its own link.
        if event.recurrence is not None:
            links = _links(meeting, occurrences, event, topics)
            return replace(event, apart=True, links=links)
        (room,) = [one.room_in(meeting) for one in occurrences if not one.void][-1:] or [None]
        phone = phone_words(room)
    if room is None:
        return event
    return replace(event, link=room.url.rstrip("/"), phone=phone, topics=topics)


def phone_words(room: VisioRoom | None) -> str:
    """Return how one joins by phone, in words; empty if one can't."""
    phone = None if room is None else room.phone
    return "" if phone is None else f"{phone.number}, PIN {phone.pin}"


def _links(
    meeting: Meeting, occurrences: Iterable[Occurrence], event: CalendarEvent, topics: str
) -> tuple[DateLink, ...]:
    """Return the links of those dates whose room is made."""
    out = set(event.left_out)
    rooms = {
        one.original: room
        for one in occurrences
        if not one.void and (room := one.room_in(meeting)) is not None
    }
    return tuple(
        DateLink(
            original=original,
            link=rooms[original].url.rstrip("/"),
            phone=phone_words(rooms[original]),
            topics=topics,
        )
        for original in sorted(one for one in rooms if one is not None)
        if original >= event.start and original not in out
    )


def _event(
    meeting: Meeting, occurrences: Sequence[Occurrence], series: Series | None, title: str
) -> CalendarEvent:
    planned = [one for one in occurrences if not one.void]
    if series is None or series.over:
        one = (planned or occurrences)[-1]
        start, end = (at.replace(microsecond=0) for at in (one.start, one.due_end))
        return CalendarEvent(
            uid="",
            start=walled(start, one.zone),
            length=end - start,
            zone=one.zone,
            title=_title(one.titled(meeting)) or title,
            cancelled=not planned,
        )
    dates = []
    for one in planned:
        if one.original is None or one.original < series.start:
            continue
        own = _title(one.titled(meeting))
        named = own if own not in ("", title) else ""
        if named or differs(one, series):
            dates.append(
                EventDate(
                    original=one.original, start=one.wall_start, length=length_of(one), title=named
                )
            )
    return CalendarEvent(
        uid="",
        start=series.start,
        length=series.length,
        zone=series.zone,
        title=title,
        recurrence=told_recurrence(series, occurrences),
        dates=tuple(sorted(dates, key=lambda one: one.original)),
    )


def _title(said: str) -> str:
    return clean_words(said, LONGEST_TITLE)


def _apart(topics: str) -> str:
    """Return topics without the lines that begin and end our block of a description."""
    return topics.replace("─", "-").strip("\n")
