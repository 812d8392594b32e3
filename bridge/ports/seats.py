"""Who is let in, in the database: seats, their ends put off, and the organiser's page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bridge.domain.authority import Membership
from bridge.domain.host import HostLink
from bridge.domain.offer import Offer
from bridge.domain.seat import Seat
from bridge.ids import EventId, HostId, OccurrenceId, OfferId, SalonId, SeatId, VisitId


class SeatRepository(Protocol):
    """Places in meetings, and who had one."""

    async def add(self, seat: Seat) -> None:
        """Keep a new seat."""
        ...

    async def get(self, seat: SeatId) -> Seat | None:
        """Return a seat."""
        ...

    async def peek(self, seat: SeatId) -> Seat | None:
        """Return a seat without holding it."""
        ...

    async def of_visit(self, visit: VisitId) -> Seat | None:
        """Return the last seat a visit was given."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Seat]:
        """Return all seats of an occurrence, those given up too, oldest first."""
        ...

    async def held(self, occurrence: OccurrenceId) -> Sequence[Seat]:
        """Return the seats of an occurrence that nobody gave up, oldest first."""
        ...

    async def by_identity(self, identity: str) -> Seat | None:
        """Return whose an identity on the media server is."""
        ...

    async def watched(self, now: datetime) -> Sequence[Seat]:
        """Return the seats that are held, and those whose bearer is not out or may come back."""
        ...

    async def out(self, seat: SeatId, until: datetime) -> bool:
        """Note that the bearer of a seat that ended is out, and may come back until then.

        `False` when it is known already, or the seat is held.
        """
        ...

    async def seen(self, seat: SeatId, until: datetime) -> None:
        """Note until when the bearer of a seat that ended may come back again."""
        ...

    async def looks(self, seat: Seat) -> None:
        """Note how its bearer is to look, and when that was put back; no page shows it."""
        ...

    async def save(self, seat: Seat) -> None:
        """Replace a seat's row; its page is told."""
        ...


class OfferRepository(Protocol):
    """Notices by which a salon may put off when guests have to leave."""

    async def add(self, offer: Offer) -> None:
        """Keep a new offer."""
        ...

    async def get(self, offer: OfferId) -> Offer | None:
        """Return an offer."""
        ...

    async def by_notice(self, event: EventId) -> Offer | None:
        """Return the offer that a message in the salon makes, without holding it."""
        ...

    async def standing(self, occurrence: OccurrenceId) -> Sequence[Offer]:
        """Return the offers for an occurrence of which nothing became yet, oldest first."""
        ...

    async def save(self, offer: Offer) -> None:
        """Replace what became of an offer."""
        ...


class HostLinkRepository(Protocol):
    """Links to the host's page of the door."""

    async def add(self, link: HostLink) -> None:
        """Keep a new link; what this person had for the same occurrence is dead."""
        ...

    async def get(self, host: HostId) -> HostLink | None:
        """Return a link."""
        ...

    async def by_digest(self, digest: bytes) -> HostLink | None:
        """Return the link whose code has this digest."""
        ...

    async def open(self, host: HostId, session: bytes, now: datetime) -> bool:
        """Give the link to the browser that opens it; `False` when another one has it."""
        ...

    async def of_salon(self, salon: SalonId) -> Sequence[HostLink]:
        """Return the links to meetings of a salon, without holding anything."""
        ...

    async def salons(self) -> Sequence[SalonId]:
        """Return the salons to whose meetings there are links."""
        ...

    async def stand(self, host: HostId, membership: Membership) -> None:
        """Note what the homeserver says now of a link's person."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> int:
        """Drop the links of an occurrence; return how many."""
        ...
