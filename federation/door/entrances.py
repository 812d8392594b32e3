"""How guests enter by the door, in each admission mode that has them wait on a page of ours."""

from dataclasses import dataclass
from typing import Protocol

from bridge.clock import Clock
from bridge.ids import VisitId
from bridge.services.enforcement.webhooks import Hearing
from bridge.services.seats.decisions import Pass, Seats
from bridge.services.seats.modes import Admitting, HostAdmits, SalonAdmits, VisioAdmits
from bridge.services.visits.arrivals import Admissions
from bridge.services.visits.snapshot import Admission
from federation.door.knocks import Knocks
from federation.door.metrics import DoorMetrics
from federation.door.settings import DoorLimits
from federation.door.signs import SignsOfLife
from federation.door.status import VisitCache
from federation.door.streams import Streams


class OpenPages(Protocol):
    """Learns which visits have a page open, and does for them what the mode needs."""

    def here(self, visit: str, admission: Admission, *, asks: bool = False) -> None:
        """Note that a visit's page is open: it has a stream, or `asks`."""
        ...

    async def end(self) -> None:
        """Stop."""
        ...


class GivesPasses(Protocol):
    """Gives a visit's own browser the pass with which it takes part."""

    async def pass_of(self, visit: VisitId, secret: str) -> Pass | None:
        """Return the pass; `None` for any other browser. Raises VisioError, MediaUnreachable."""
        ...


class _Unwatched:
    """For modes in which guests wait on Visio's page: no page of ours is open."""

    def here(self, visit: str, admission: Admission, *, asks: bool = False) -> None:
        """Do nothing."""

    async def end(self) -> None:
        """Do nothing."""


NOBODY_WATCHES = _Unwatched()


@dataclass(frozen=True, slots=True)
class WaitingPages:
    """The pages of visits that wait."""

    cache: VisitCache
    streams: Streams
    clock: Clock


@dataclass(frozen=True, slots=True)
class Entrance:
    """The door's parts for guests who wait and meet on a page of ours."""

    url: str
    """The media server's address for browsers."""
    passes: GivesPasses
    pages: OpenPages
    hearing: Hearing | None
    """Receives the media server's webhooks, if we hold a key of it."""
    seats: Seats | None = None
    """Answers guests for the host's page, unless they are answered in Visio."""


def entrance_of(
    admitting: Admitting,
    admissions: Admissions,
    waiting: WaitingPages,
    limits: DoorLimits,
    metrics: DoorMetrics,
) -> Entrance | None:
    """Return the entrance of a mode; `None` if guests go on to Visio's own page."""
    match admitting:
        case VisioAdmits():
            return None
        case HostAdmits(knocking=knocking, enforcement=held):
            knocks = Knocks(knocking, waiting.cache, waiting.streams, waiting.clock, metrics)
            return Entrance(knocking.url, knocking, knocks, None if held is None else held.hearing)
        case SalonAdmits(seats=seats, enforcement=enforcement):
            every = limits.signs
            signs = SignsOfLife(admissions, waiting.streams, waiting.clock, every=every)
            return Entrance(seats.url, seats, signs, enforcement.hearing, seats)
