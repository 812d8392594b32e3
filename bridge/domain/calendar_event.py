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
        """Return a digest of each field (`EventField`): two spellings of one state have one.

        Each date that differs from the rule is a field of its own, `date:` and its start by the
        rule: left out, besides, moved, renamed or cancelled, so that changes of two dates on two
        sides are no conflict.
        """
        said: dict[str, list[object]] = {
            EventField.TIME: [self.start, self.start.fold, self.length, self.zone, self.all_day],
            EventField.RULE: [] if self.recurrence is None else [self.recurrence.rule],
            EventField.TITLE: [self.title],
            EventField.STATUS: [self.cancelled],
            EventField.PEOPLE: [one.address for one in self.attendees],
            EventField.ANSWERS: [f"{one.address} {one.answer}" for one in self.attendees],
            EventField.LINK: [self.link, self.phone, self.topics],
        }
        rule = self.recurrence
        if rule is not None:
            said |= {date_field(one): ["-"] for one in rule.without}
            said |= {date_field(one): ["+"] for one in rule.besides}
        for one in self.dates:
            moved = [one.start, one.length, one.title, one.cancelled]
            said[date_field(one.original)] = ["-"] if one.cancelled else moved
        return {str(one): _digest(values) for one, values in said.items()}


def date_field(original: datetime) -> str:
    """Return the name of the field of one date of a series, by its start by the rule: naive."""
    return f"date:{original:%Y%m%dT%H%M%S}"


def _digest(values: list[object]) -> str:
    return sha256("\n".join(map(str, values)).encode()).hexdigest()[:16]
