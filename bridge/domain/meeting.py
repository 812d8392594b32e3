"""A meeting, its Visio room and its dated occurrences."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bridge.domain.colleague import Colleague
from bridge.domain.wall import wall_of
from bridge.ids import ActorId, EventId, MeetingId, OccurrenceId, SalonId, UserId, VisioRoomId


class AccessLevel(StrEnum):
    """The people who enter a Visio room without being admitted. It can't be changed later."""

    TRUSTED = "trusted"
    """People with an account walk in, others wait for the organiser."""
    RESTRICTED = "restricted"
    """Only role holders walk in: colleagues wait too."""
    PUBLIC = "public"
    """Everybody walks in; never with guests."""


@dataclass(frozen=True, slots=True)
class Phone:
    """Dial-in. Callers bypass the waiting room, the PIN never expires (docs/interop/visio.md)."""

    number: str
    pin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisioRoom:
    """A room as Visio answered when it was created."""

    id: VisioRoomId
    slug: str
    url: str
    level: AccessLevel
    phone: Phone | None = None
    owner: UserId | None = None
    """The former organiser in whose name it was made, who alone may admit people in Visio;
    `None`: its meeting's organiser."""

    def owned_by(self, owner: UserId, organiser: UserId) -> "VisioRoom":
        """Return it, made in the name of `owner`, for a meeting that `organiser` organises now."""
        return replace(self, owner=None if owner == organiser else owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A request that another agent organise a meeting, until their room is made."""

    to: UserId
    by: ActorId
    at: datetime
    line: EventId | None = None
    """The line that asked for it, which the outcome answers."""

    @property
    def key(self) -> str:
        """Its name among the handovers of its meeting, in idempotency keys."""
        return f"{self.to}:{self.at.isoformat()}"


class MeetingState(StrEnum):
    """The progress of the Visio room."""

    ASKED = "asked"
    """An agent asked; Visio was not asked yet, or could not be reached. It is retried
    automatically."""
    UNCONFIRMED = "unconfirmed"
    """Visio may have made a room: only a person may decide to ask again."""
    REFUSED = "refused"
    """Visio refuses this organiser or this level; it is asked again on demand."""
    READY = "ready"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A Visio room with a title and an organiser, made for one cause."""

    id: MeetingId
    salon: SalonId | None
    """The salon of its card; a meeting without a salon has it in its organiser's direct message."""
    account: UserId | None = None
    """The bot's account that speaks of it; `None`: the installation's first."""
    organiser: UserId
    title: str
    source: str
    """The idempotency key of its cause, which never makes a second meeting."""
    level: AccessLevel
    state: MeetingState
    created_at: datetime
    """When it was asked for; reset when a person asks again."""
    room: VisioRoom | None = None
    thread: EventId | None = None
    state_changes: int = 0
    """How often a person asked again: each time may be announced again."""
    topics: str = field(default="", repr=False)
    """Its subjects, in its organiser's words (`bridge.domain.topics`); empty for none."""
    unanswered: int = 0
    """How often Visio was asked for the room since then, and only a proxy before it answered."""
    missing: UserId | None = None
    """The organiser who has left the salon, once its moderators were told."""
    handover: Handover | None = None
    """Set while another agent is to organise it, and their room is not made."""

    def organised_by(self, user: UserId) -> "Meeting":
        """Return it with another organiser, and no handover any more."""
        return replace(self, organiser=user, handover=None, missing=None, unanswered=0)

    @property
    def line(self) -> EventId | None:
        """The line that asked for it; `None` if no line did."""
        return EventId(self.source) if self.source.startswith("$") else None


class OccurrenceState(StrEnum):
    """The state of an occurrence in the way `redirect`."""

    PLANNED = "planned"
    ENDED = "ended"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One dated instance of a meeting; an instant meeting has one."""

    id: OccurrenceId
    meeting: MeetingId
    title: str | None = None
    """Its own title; `None`: its meeting's."""
    start: datetime
    end: datetime
    zone: str
    """IANA name of the zone in which the organiser thinks of it."""
    state: OccurrenceState = OccurrenceState.PLANNED
    card: EventId | None = None
    sequence: int = 0
    planned_end: datetime | None = None
    """When it was to end, if it was ended or cancelled; `None` while it is planned."""
    colleagues: tuple[Colleague, ...] = ()
    """Agents who were named as participants: the card mentions them, and no mail goes to them."""
    wall: datetime | None = None
    """The start on the clocks of its zone, which is the truth of what is planned: naive.
    `None` becomes what they show at `start`."""
    original: datetime | None = None
    """The start that its series gave it (RECURRENCE-ID): naive; `None`: it is of no series."""
    apart: bool = False
    """Its meeting's room is never its room: it takes place in one of its own alone."""
    own_room: VisioRoom | None = None
    """The room of a date apart, once it was made, or one kept when its meeting was handed over."""

    def __post_init__(self) -> None:
        """Read its zone's clocks, unless what they show is given."""
        if self.wall is None:
            object.__setattr__(self, "wall", wall_of(self.start, ZoneInfo(self.zone)))

    @property
    def wall_start(self) -> datetime:
        """The start on the clocks of its zone: naive."""
        assert self.wall is not None
        return self.wall

    def titled(self, meeting: Meeting) -> str:
        """Return the title to show: its own, else its meeting's; empty if neither has one."""
        return self.title or meeting.title

    def room_in(self, meeting: Meeting) -> VisioRoom | None:
        """Return the room in which it takes place, its own or its meeting's; `None` before."""
        return self.own_room if self.apart or self.own_room is not None else meeting.room

    @property
    def lacks_room(self) -> bool:
        """Whether it is to get a room of its own: it has none, or one of a former organiser."""
        return self.apart and (self.own_room is None or self.own_room.owner is not None)

    @property
    def is_over(self) -> bool:
        """Whether it was ended or cancelled."""
        return self.state is not OccurrenceState.PLANNED

    @property
    def void(self) -> bool:
        """Whether it was ended before it began, or cancelled: it never took place."""
        ended = self.state is OccurrenceState.ENDED and self.end <= self.start
        return ended or self.state is OccurrenceState.CANCELLED

    def moved(self, start: datetime, end: datetime) -> "Occurrence":
        """Return it at another time; its window and its guests' links follow."""
        wall = self.wall if start == self.start else None
        return replace(self, start=start, end=end, wall=wall, sequence=self.sequence + 1)

    @property
    def due_end(self) -> datetime:
        """The end, or the end that was planned before it was ended or cancelled."""
        return self.planned_end or self.end

    @property
    def reopened(self) -> "Occurrence":
        """Return it, planned as it was before it was ended or cancelled."""
        return replace(self, end=self.due_end, state=OccurrenceState.PLANNED, planned_end=None)

    def extended(self, by: timedelta, *, now: datetime) -> "Occurrence":
        """Return it with a later end, counted from its own, or from now if that is past."""
        planned = self.reopened
        return planned.moved(planned.start, max(planned.end, now) + by)

    def ended(self, now: datetime) -> "Occurrence":
        """Return it ended now."""
        return self._closed(now, OccurrenceState.ENDED)

    def cancelled(self, now: datetime) -> "Occurrence":
        """Return it cancelled: it does not take place, or was never intended."""
        return self._closed(now, OccurrenceState.CANCELLED)

    def _closed(self, now: datetime, state: OccurrenceState) -> "Occurrence":
        """Return it over now, or at its start if it has not begun."""
        return replace(
            self,
            end=min(self.end, max(now, self.start)),
            planned_end=self.due_end,
            state=state,
            sequence=self.sequence + 1,
        )
