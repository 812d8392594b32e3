"""Reminders as messages: the same for the agenda, which sends them, and for who looks ahead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.domain.agenda import Kind
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import (
    Notice,
    Parameter,
    ToPerson,
    address,
    course,
    moment,
    people,
    phrase,
    span,
)
from bridge.domain.reminder import NOTED_LATE, Reminder
from bridge.ids import UserId
from bridge.services.naming import titled
from bridge.services.telling import to_meeting

_NOW = timedelta(seconds=30)
"""As long before or after the start a meeting begins "now"."""


@dataclass(frozen=True, slots=True)
class Moments:
    """When a reminder was due, and when it is sent."""

    at: datetime
    now: datetime

    @property
    def late(self) -> bool:
        """Whether it is so late that it says so."""
        return self.now - self.at >= NOTED_LATE


def salon_cause(occurrence: Occurrence, at: datetime) -> str:
    """Return the idempotency key of a salon's reminder that is due at a moment."""
    return f"{Kind.RECALL}:{occurrence.id}:{at.isoformat()}"


def salon_notice(
    meeting: Meeting, occurrence: Occurrence, expected: tuple[UserId, ...], when: Moments
) -> Notice:
    """Return a salon's reminder: it answers the card and notifies the people expected, no other."""
    return Notice(
        idempotency_key=salon_cause(occurrence, when.at),
        to=to_meeting(meeting),
        template="reminder.salon-late" if when.late else "reminder.salon",
        parameters={
            "title": titled(meeting, occurrence),
            "begins": begins(occurrence, when.now),
            "late": span(when.now - when.at),
            "people": people(expected),
        },
        mentions=expected,
        reply_to=occurrence.card,
        thread=meeting.thread,
    )


def begins(occurrence: Occurrence, now: datetime) -> Parameter:
    """Return how far away an occurrence's start is, in words."""
    left = occurrence.start - now
    if abs(left) < _NOW:
        return phrase("reminder.now")
    if left > timedelta():
        return phrase("reminder.soon", {"left": span(left)})
    return phrase("reminder.begun", {"ago": span(-left)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """How one agent reads a reminder of their own."""

    zone: str
    """Theirs, or the meeting's."""
    silent: tuple[UserId, ...] = ()
    """For the organiser: the agents who have not answered."""
    snooze: timedelta


def own_notice(
    reminder: Reminder, meeting: Meeting, occurrence: Occurrence, reader: Recipient, when: Moments
) -> Notice:
    """Return an agent's reminder, by direct message, in their own zone."""
    parameters: dict[str, Parameter] = {
        "title": titled(meeting, occurrence),
        "begins": begins(occurrence, when.now),
        "when": course(occurrence.start, occurrence.end, reader.zone),
        "notes": list(_notes(reminder, meeting, occurrence, reader, when)),
    }
    return Notice(
        idempotency_key=reminder.cause,
        to=ToPerson(user=reminder.user, account=reminder.account),
        template="reminder.own",
        parameters=parameters | dict(of_salon(meeting)),
        mentions=(reminder.user,),
    )


def of_salon(meeting: Meeting) -> Mapping[str, Parameter]:
    """Return the parameter by which a person who has left the salon is told nothing of it."""
    return {} if meeting.salon is None else {"of-salon": meeting.salon}


def _notes(
    reminder: Reminder, meeting: Meeting, occurrence: Occurrence, reader: Recipient, when: Moments
) -> Iterable[Parameter]:
    if when.late:
        yield phrase("reminder.late", {"late": span(when.now - when.at)})
    if reminder.before is None and reminder.start != occurrence.start:
        yield phrase("reminder.moved", {"was": moment(reminder.start, reader.zone)})
    if reader.silent:
        yield phrase("reminder.silent", {"people": people(reader.silent)})
    room = occurrence.room_in(meeting)
    if room is not None and room.url:
        yield phrase("reminder.link", {"url": address(room.url)})
    if when.now < occurrence.start:
        yield phrase("reminder.again", {"by": span(reader.snooze)})
