"""An event of a calendar (RFC 5545), as far as Parvis understands it.

A merge compares three states of it field by field: the one that both sides last agreed on, kept as
digests, the calendar's, and ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from bridge.domain.answer import Answer
from bridge.domain.series import Recurrence
from bridge.ids import MeetingId


class EventField(StrEnum):
    """The fields that are merged, each as a whole."""

    TIME = "time"
    """Start, length, zone, and whether it takes whole days."""
    RULE = "rule"
    """The recurrence with its exceptions."""
    TITLE = "title"
    STATUS = "status"
    """Whether it is cancelled."""
    PEOPLE = "people"
    """The attendees' addresses, without their answers."""
    ANSWERS = "answers"
    LINK = "link"
    """The address at which one joins, and the delimited block in the description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """A person of an event."""

    address: str = field(repr=False)
    """In lower case, without `mailto:`."""
    name: str = field(default="", repr=False)
    answer: Answer | None = None
    """`None`: not answered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDate:
    """One date of a series that differs from its rule: an override (RECURRENCE-ID)."""

    original: datetime
    """The start that the rule gives: naive, in the event's zone."""
    start: datetime
    """Naive, in the event's zone."""
    length: timedelta
    title: str = field(default="", repr=False)
    """Empty: the event's."""
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """All events of one UID: what the calendar says, or what we want it to say."""

    uid: str
    start: datetime
    """Naive, in `zone`; of an event that takes whole days, midnight."""
    length: timedelta
    zone: str
    """An IANA name."""
    all_day: bool = False
    title: str = field(default="", repr=False)
    """Without a tag `#visio`."""
    tagged: bool = False
    """Whether the title has the tag `#visio`."""
    recurrence: Recurrence | None = None
    dates: tuple[EventDate, ...] = ()
    """Ascending by `original`."""
    cancelled: bool = False
    hidden: bool = False
    """Whether its class is PRIVATE, CONFIDENTIAL or one that we don't know."""
    organizer: str = field(default="", repr=False)
    """An address in lower case; empty if there is none."""
    attendees: tuple[Attendee, ...] = ()
    """Ascending by address, without the organizer."""
    meeting: MeetingId | None = None
    """The meeting of which it says that it is a copy (our property)."""
    link: str = field(default="", repr=False)
    """The first link to a meeting that was found, ours or another platform's."""
    phone: str = field(default="", repr=False)
    """Set in events that we write: the number and the PIN in words."""
    topics: str = field(default="", repr=False)
    """Set in events that we write."""
    sequence: int = 0

    def fields(self) -> Mapping[str, str]:
        """Return a digest of each field (`EventField`): two spellings of one state have one."""
        rule = self.recurrence
        dates = [
            f"{one.original} {one.start} {one.length} {one.title} {one.cancelled}"
            for one in self.dates
        ]
        said: dict[EventField, list[object]] = {
            EventField.TIME: [self.start, self.start.fold, self.length, self.zone, self.all_day],
            EventField.RULE: [
                "" if rule is None else rule.rule,
                *([] if rule is None else ["-", *rule.without, "+", *rule.besides]),
                *dates,
            ],
            EventField.TITLE: [self.title],
            EventField.STATUS: [self.cancelled],
            EventField.PEOPLE: [one.address for one in self.attendees],
            EventField.ANSWERS: [f"{one.address} {one.answer}" for one in self.attendees],
            EventField.LINK: [self.link, self.phone, self.topics],
        }
        return {one.value: _digest(values) for one, values in said.items()}


def _digest(values: list[object]) -> str:
    return sha256("\n".join(map(str, values)).encode()).hexdigest()[:16]
