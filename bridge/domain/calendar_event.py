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
from bridge.domain.event import instant
from bridge.domain.rules import local_time, parts_of
from bridge.domain.series import Recurrence
from bridge.ids import MeetingId

DATE_LINK = "link:"
"""Begins the name of the field of one date's own link; its start by the rule follows."""


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
class DateTaken:
    """The time of one date of a series that is an event of its own: taken or free.

    No merge looks at it.
    """

    original: datetime
    """The start that the rule gives: naive, in the event's zone."""
    busy: bool
    """Whether it takes its owner's time (TRANSP)."""
    declined: frozenset[str] = frozenset()
    """The addresses of those who declined it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateLink:
    """The link of one date of a series that has a room of its own."""

    original: datetime
    """The start that the rule gives: naive, in the event's zone."""
    link: str = field(repr=False)
    phone: str = field(default="", repr=False)
    topics: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """All events of one UID: what the calendar says, or what we want it to say.

    Without a recurrence but with `dates`, it is some dates of a series that the calendar does not
    have (`orphan`); the times and the title are those of the first of them.
    """

    uid: str
    start: datetime
    """Naive, in `zone`; of an event that takes whole days, midnight."""
    length: timedelta
    zone: str
    """An IANA name."""
    all_day: bool = False
    title: str = field(default="", repr=False)
    """Without a tag `#visio`; empty if it is hidden."""
    tagged: bool = False
    """Whether the title has the tag `#visio`."""
    recurrence: Recurrence | None = None
    unfollowed: str = ""
    """The reason why its recurrence is not followed, a word for the log: it is beyond our limits.
    It then is its first date alone, and `write` leaves its recurrence as it is."""
    dates: tuple[EventDate, ...] = ()
    """Ascending by `original`."""
    taken: tuple[DateTaken, ...] = ()
    """Ascending by `original`; also of dates that are as their rule gives them."""
    cancelled: bool = False
    busy: bool = True
    """Whether it takes its owner's time (TRANSP)."""
    hidden: bool = False
    """Whether its class is PRIVATE, CONFIDENTIAL or one that we don't know: its people, too, are
    for its owner's eyes alone."""
    organizer: str = field(default="", repr=False)
    """An address in lower case; empty if there is none."""
    attendees: tuple[Attendee, ...] = ()
    """Ascending by address, without the organizer, rooms and equipment."""
    meeting: MeetingId | None = None
    """The meeting of which it says that it is a copy (our property)."""
    link: str = field(default="", repr=False)
    """The first link to a meeting that was found, ours or another platform's."""
    phone: str = field(default="", repr=False)
    """Of events that we write: the number and the PIN in words."""
    topics: str = field(default="", repr=False)
    """Of events that we write."""
    apart: bool = False
    """Whether each date has a link of its own, and the series a line that says so."""
    links: tuple[DateLink, ...] = ()
    """Those to our Visio that are not the event's, ascending by `original`."""
    sequence: int = 0
    """Of the event itself: its dates may have other ones."""

    @property
    def orphan(self) -> bool:
        """Whether it has some dates of a series alone."""
        return self.recurrence is None and bool(self.dates)

    @property
    def left_out(self) -> tuple[datetime, ...]:
        """The starts that the rule gives and that don't take place, ascending.

        Calendars have two forms for it, and some turn one into the other.
        """
        without = () if self.recurrence is None else self.recurrence.without
        return tuple(sorted({*without, *(one.original for one in self.dates if one.cancelled)}))

    def fields(self) -> Mapping[str, str]:
        """Return a digest of each field (`EventField`): two spellings of one state have one.

        A single event's time is a moment: calendars may tell it in another zone. Each date that
        differs from the rule is a field of its own, `date:` and its start by the rule: left out,
        besides, moved, renamed or cancelled, so that changes of two dates on two sides are no
        conflict.
        """
        said: dict[str, list[object]] = {
            EventField.TIME: self._time(),
            EventField.RULE: self._rule(),
            EventField.TITLE: [self.title],
            EventField.STATUS: [self.cancelled],
            EventField.PEOPLE: [one.address for one in self.attendees],
            EventField.ANSWERS: [f"{one.address} {one.answer}" for one in self.attendees],
            EventField.LINK: [self.link, *self._block(self.phone, self.topics, apart=self.apart)],
        }
        dated = {**self._dates(), **self._links()}
        return {str(one): _digest(values) for one, values in {**said, **dated}.items()}

    def _block(self, phone: str, topics: str, *, apart: bool = False) -> list[object]:
        """Return the words of our block: none in a hidden event, into which we write none."""
        return [] if self.hidden else [phone, topics, *(["apart"] if apart else [])]

    def _links(self) -> Mapping[str, list[object]]:
        return {
            f"{DATE_LINK}{one.original:%Y%m%dT%H%M%S}": [
                one.link,
                *self._block(one.phone, one.topics),
            ]
            for one in self.links
        }

    def _time(self) -> list[object]:
        if self.all_day:
            return [self.start.date(), self.length]
        if self.recurrence is None and not self.unfollowed:
            return [instant(self.start, self.zone), self.length]
        return [self.start, self.length, self.zone]

    def _rule(self) -> list[object]:
        if self.recurrence is None:
            return [self.unfollowed]
        return [*rule_parts(self.recurrence.rule, "UTC" if self.all_day else self.zone)]

    def _dates(self) -> Mapping[str, list[object]]:
        zone = "UTC" if self.all_day else self.zone
        besides = () if self.recurrence is None else self.recurrence.besides
        said: dict[str, list[object]] = {date_field(one): ["+"] for one in besides}
        for one in self.dates:
            moved = [instant(one.start, zone), one.length, one.title]
            said[date_field(one.original)] = moved
        return {**said, **{date_field(one): ["-"] for one in self.left_out}}


def date_field(original: datetime) -> str:
    """Return the name of the field of one date of a series, by its start by the rule: naive."""
    return f"date:{original:%Y%m%dT%H%M%S}"


def rule_parts(rule: str, zone: str) -> list[str]:
    """Return the parts of a rule: the same for two spellings of it. Raises ValueError."""
    parts = parts_of(rule)
    if "UNTIL" in parts:
        parts["UNTIL"] = str(instant(local_time(parts["UNTIL"]), zone))
    if parts.get("INTERVAL", "1") == "1":
        parts.pop("INTERVAL", None)
    if parts.get("WKST") == "MO":
        del parts["WKST"]
    return sorted(f"{name}={','.join(sorted(one.split(',')))}" for name, one in parts.items())


def _digest(values: list[object]) -> str:
    return sha256("\n".join(map(str, values)).encode()).hexdigest()[:16]
