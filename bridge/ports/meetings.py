"""Meetings, the salons they are asked for in, and who is in them, in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bridge.domain.agent import Agent
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.presence import Presence
from bridge.domain.salon import Salon
from bridge.ids import EventId, MeetingId, OccurrenceId, SalonId, UserId


class MeetingRepository(Protocol):
    """Meetings and their occurrences."""

    async def add(self, meeting: Meeting, occurrence: Occurrence) -> bool:
        """Keep both, unless their source event has a meeting already; tell whether kept."""
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

    async def occurrence_of(self, meeting: MeetingId) -> Occurrence | None:
        """Return the only occurrence of a meeting without recurrence."""
        ...

    async def place_of(self, occurrence: OccurrenceId) -> tuple[SalonId | None, UserId] | None:
        """Return where an occurrence has its card, once its room is there; holds nothing."""
        ...

    async def by_card(self, event: EventId) -> tuple[Meeting, Occurrence] | None:
        """Return the meeting whose card or source command this event is."""
        ...

    async def of_salon(
        self, salon: SalonId, *, ending_after: datetime
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return the salon's planned occurrences that end after that moment, by start."""
        ...

    async def of_organiser(
        self, organiser: UserId, *, ending_after: datetime
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return an organiser's planned occurrences that end after that moment, by start."""
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

    async def save_occurrence(self, occurrence: Occurrence) -> None:
        """Replace an occurrence's row."""
        ...

    async def touched(self, *, within: timedelta) -> Mapping[OccurrenceId, datetime]:
        """Return of which occurrences guests are told other things since so long ago, and when.

        A transaction is found under the moment of its change, not of its commit, on the clock of
        who made it: ask a few seconds further back than you were told.
        """
        ...

    async def moved_salon(self, old: SalonId, new: SalonId) -> None:
        """Follow a salon's upgrade: its meetings are now in the new one."""
        ...


@dataclass(frozen=True, slots=True)
class Followed:
    """An occurrence whose room is looked into: its window is open, or somebody is still there."""

    occurrence: OccurrenceId
    room: str
    names: bool = False
    """Its salon wants to be told who was there."""
    late: bool = False
    """It is not planned for now any more, but nobody has seen its room empty."""


class PresenceRepository(Protocol):
    """Who is, and was, in meetings."""

    async def followed(
        self, *, starting_before: datetime, ending_after: datetime
    ) -> Sequence[Followed]:
        """Return the planned occurrences between these moments that have a room.

        And, `late`, those where somebody was that were not over by then.
        """
        ...

    async def add(self, presence: Presence) -> bool:
        """Keep that somebody came; `False` when it is kept already."""
        ...

    async def get(self, occurrence: OccurrenceId) -> Presence | None:
        """Return what is known of an occurrence to which somebody came."""
        ...

    async def save(self, presence: Presence) -> None:
        """Replace what is known."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> None:
        """Blank the names of who was there."""
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
    """What is kept of agents who used Parvis."""

    async def get(self, user: UserId) -> Agent | None:
        """Return an agent who was seen before."""
        ...

    async def save(self, agent: Agent) -> None:
        """Insert or replace an agent's row."""
        ...
