"""Meetings, their salons, and the people in them, in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bridge.domain.agent import Agent
from bridge.domain.change import Change
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.presence import Presence
from bridge.domain.salon import Salon
from bridge.domain.series import Series
from bridge.ids import ActorId, EventId, MeetingId, OccurrenceId, SalonId, UserId


@dataclass(frozen=True, slots=True)
class CardPlace:
    """The place of a card, and the account that edits it."""

    meeting: MeetingId
    salon: SalonId | None
    """Without one it is in the organiser's direct message."""
    organiser: UserId
    account: UserId | None
    """The bot's account; `None`: the installation's first."""
    shared: bool = False
    """Whether a calendar has a copy of its meeting, or is to have one."""


class MeetingRepository(Protocol):
    """Meetings and their occurrences."""

    async def add(self, meeting: Meeting, *occurrences: Occurrence) -> bool:
        """Insert both, unless their cause has a meeting already; tell whether inserted."""
        ...

    async def add_occurrences(self, meeting: Meeting, *occurrences: Occurrence) -> None:
        """Insert more occurrences of a meeting."""
        ...

    async def of_series(self, meeting: MeetingId, *, since: datetime) -> Sequence[Occurrence]:
        """Return a series' occurrences whose original start is from then on, by that start.

        `since` is naive, on the clocks of the series. Cancelled ones and past ones too.
        """
        ...

    async def places(self, meeting: MeetingId, *, since: datetime) -> frozenset[datetime]:
        """Return the original starts of a series' occurrences from then on, without locking."""
        ...

    async def in_room(self, slug: str) -> MeetingId | None:
        """Return the meeting that takes place in the Visio room of this name, without locking."""
        ...

    async def planned_of(
        self, meeting: MeetingId, *, ending_after: datetime, held: bool = False
    ) -> Sequence[Occurrence]:
        """Return a meeting's planned occurrences that end after a moment, by start.

        Locked only if `held`, which must be before the rows that depend on any of them
        (docs/decisions/0012-order-of-locks.md): dates of a series share invitations.
        """
        ...

    async def to_come(
        self, *, since: datetime, after: OccurrenceId | None = None, most: int
    ) -> Sequence[Occurrence]:
        """Return planned occurrences that start from a moment on, by start, without locking.

        Of those at that very moment only the ones behind `after`, in the order of their ids.
        """
        ...

    async def get(self, meeting: MeetingId) -> Meeting | None:
        """Return a meeting."""
        ...

    async def occurrence(self, occurrence: OccurrenceId) -> Occurrence | None:
        """Return an occurrence."""
        ...

    async def both(self, occurrence: OccurrenceId) -> tuple[Meeting, Occurrence] | None:
        """Return an occurrence with its meeting."""
        ...

    async def several(
        self, occurrences: Collection[OccurrenceId]
    ) -> Mapping[OccurrenceId, tuple[Meeting, Occurrence]]:
        """Return occurrences with their meetings, without locking them."""
        ...

    async def occurrences_of(self, meeting: MeetingId) -> Sequence[Occurrence]:
        """Return the occurrences of a meeting, by start."""
        ...

    async def place_of(self, occurrence: OccurrenceId) -> CardPlace | None:
        """Return where an occurrence has its card, once its room exists, without locking."""
        ...

    async def by_card(self, event: EventId) -> tuple[Meeting, Occurrence] | None:
        """Return the meeting whose card or source command is this event."""
        ...

    async def of_salon(
        self, salon: SalonId, *, ending_after: datetime, most: int | None = None
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return the salon's planned occurrences that end after that moment, by start.

        None that `note_over` has noted, which end before it; the first `most`, or all.
        """
        ...

    async def of_organiser(
        self, organiser: UserId, *, ending_after: datetime, most: int
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return the same of an organiser."""
        ...

    async def answered_by(
        self, user: UserId, *, ending_after: datetime, most: int
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return the same of an agent who answered that they come or may come, without locking."""
        ...

    async def of_thread(
        self, thread: EventId, *, ending_after: datetime
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return the same of a thread in which meetings were asked for."""
        ...

    async def lately_in(
        self, salon: SalonId, *, asked_after: datetime, ending_after: datetime
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return those of a salon that were asked for after a moment."""
        ...

    async def unmade_in(
        self, salon: SalonId, *, ending_after: datetime
    ) -> tuple[Meeting, Occurrence] | None:
        """Return a salon's last occurrence whose request Visio refused, or never answered."""
        ...

    async def unmade_by(
        self, organiser: UserId, *, ending_after: datetime
    ) -> tuple[Meeting, Occurrence] | None:
        """Return an organiser's last occurrence whose request Visio refused, or never answered."""
        ...

    async def asked_by(self, organiser: UserId, since: datetime) -> Sequence[datetime]:
        """Return when an agent asked for meetings, in order."""
        ...

    async def asked_in(self, salon: SalonId, since: datetime) -> Sequence[datetime]:
        """Return when meetings were asked for in a salon, in order."""
        ...

    async def save(self, meeting: Meeting) -> None:
        """Replace a meeting's row."""
        ...

    async def hand_over(self, meeting: Meeting, keeping: Collection[Occurrence]) -> None:
        """Replace a meeting's row, of another organiser now, whose it is in all lists.

        Of the dates in `keeping`, only the room of its own is stored.
        """
        ...

    async def save_occurrence(self, occurrence: Occurrence) -> None:
        """Replace an occurrence's row."""
        ...

    async def touched(self, *, within: timedelta) -> Mapping[OccurrenceId, datetime]:
        """Return the occurrences whose guests' pages changed within so long, and when they did.

        A transaction is stored with the moment of its change, not of its commit, on the clock of
        the process that made it: ask for a few seconds more than have passed.
        """
        ...

    async def moved_salon(self, old: SalonId, new: SalonId) -> None:
        """Follow a salon's upgrade: move its meetings to the new one."""
        ...

    async def note_over(self, *, ended_before: datetime) -> bool:
        """Note occurrences that ended before a moment as over, so that no search reads them.

        Whoever searches asks for what ends after a later moment. One that was noted by a clock
        that was ahead, and ends after the moment, is noted as not over. Each call notes some;
        `True`: there may be more.
        """
        ...


class ExpectedRepository(Protocol):
    """The occurrences at which agents are expected who were named as colleagues."""

    async def note(self, occurrence: Occurrence) -> None:
        """Store where its colleagues with a Matrix id are expected, in place of earlier ones."""
        ...

    async def of(
        self, user: UserId, *, ending_after: datetime, most: int
    ) -> Sequence[OccurrenceId]:
        """Return the planned occurrences that end after a moment at which an agent is expected.

        By start, without locking; none to which they answered that they do not come.
        """
        ...


class SeriesRepository(Protocol):
    """Series: the rules by which meetings come again."""

    async def get(self, meeting: MeetingId) -> Series | None:
        """Return the series of a meeting, `None` for one that takes place once."""
        ...

    async def several(self, meetings: Collection[MeetingId]) -> Mapping[MeetingId, Series]:
        """Return the series of those meetings that have one, without locking them."""
        ...

    async def save(self, series: Series) -> None:
        """Insert or replace the series of a meeting."""
        ...


@dataclass(frozen=True, slots=True)
class Followed:
    """An occurrence whose room is polled: its window is open, or somebody is still there."""

    occurrence: OccurrenceId
    room: str
    names: bool = False
    """Whether its salon wants to read who was there."""
    late: bool = False
    """Its window is over, but no poll has found its room empty."""


class PresenceRepository(Protocol):
    """Presence: the people who are, and were, in meetings."""

    async def followed(
        self, *, starting_before: datetime, ending_after: datetime
    ) -> Sequence[Followed]:
        """Return the planned occurrences between these moments that have a room.

        With `late`, also those where people were in the meeting that were not over by then.
        """
        ...

    async def add(self, presence: Presence) -> bool:
        """Insert a presence when somebody first enters; `False` if it is there already."""
        ...

    async def get(self, occurrence: OccurrenceId) -> Presence | None:
        """Return the presence of an occurrence that somebody has entered."""
        ...

    async def save(self, presence: Presence) -> None:
        """Replace a presence's row."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> None:
        """Blank the names of the people who were there."""
        ...


class ChangeRepository(Protocol):
    """Changes of meetings, with what they replaced."""

    async def add(self, change: Change) -> bool:
        """Insert a change, once per cause; tell whether inserted."""
        ...

    async def last_of(self, meeting: MeetingId, *, since: datetime) -> Sequence[Change]:
        """Return a meeting's last changes since a moment, the last first."""
        ...

    async def last_by(self, by: ActorId, *, since: datetime) -> Sequence[Change]:
        """Return an actor's last changes since a moment, the last first."""
        ...

    async def restored(self, change: Change, now: datetime) -> None:
        """Record that a change was taken back."""
        ...


class SalonRepository(Protocol):
    """Settings of salons."""

    async def get(self, salon: SalonId) -> Salon | None:
        """Return a salon's settings, `None` before anything was set."""
        ...

    async def save(self, salon: Salon) -> None:
        """Keep a salon's settings."""
        ...

    async def moved(self, old: SalonId, new: SalonId) -> None:
        """Give a salon's settings to the salon that replaces it."""
        ...


class AgentRepository(Protocol):
    """The agents who used Parvis."""

    async def get(self, user: UserId) -> Agent | None:
        """Return an agent who was seen before."""
        ...

    async def save(self, agent: Agent) -> None:
        """Insert or replace an agent's row."""
        ...

    async def add(self, agent: Agent) -> None:
        """Insert an agent's row, unless there is one, which is not locked."""
        ...

    async def zone(self, user: UserId) -> str | None:
        """Return the zone that an agent chose, without locking their row."""
        ...

    async def zones(self, users: Collection[UserId]) -> Mapping[UserId, str]:
        """Return the zones that agents chose, for those who did."""
        ...

    async def choose_zone(self, user: UserId, zone: str | None) -> None:
        """Keep the zone in which an agent reads times; `None`: each meeting's own."""
        ...
