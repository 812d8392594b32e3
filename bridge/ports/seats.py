"""Admissions in the database: seats, offers to extend, and links to the host's page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bridge.domain.authority import Membership
from bridge.domain.host import HostLink
from bridge.domain.offer import Offer
from bridge.domain.seat import Seat
from bridge.ids import EventId, HostId, OccurrenceId, OfferId, SalonId, SeatId, VisitId


class SeatRepository(Protocol):
    """Guests' places in meetings, ended ones too."""

    async def add(self, seat: Seat) -> None:
        """Insert a seat."""
        ...

    async def get(self, seat: SeatId) -> Seat | None:
        """Return a seat."""
        ...

    async def peek(self, seat: SeatId) -> Seat | None:
        """Return a seat without locking it."""
        ...

    async def of_visit(self, visit: VisitId) -> Seat | None:
        """Return the newest seat that a visit was given."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Seat]:
        """Return all seats of an occurrence, ended ones too, oldest first."""
        ...

    async def held(self, occurrence: OccurrenceId) -> Sequence[Seat]:
        """Return the seats of an occurrence that have not ended, oldest first."""
        ...

    async def by_identity(self, identity: str) -> Seat | None:
        """Return the seat with this identity on the media server."""
        ...

    async def watched(self, now: datetime) -> Sequence[Seat]:
        """Return held seats, and ended ones whose guest is not out or may come back."""
        ...

    async def out(self, seat: SeatId, until: datetime) -> bool:
        """Store that the guest of an ended seat is out, and may come back until then.

        `False` if that is known already, or the seat is held.
        """
        ...

    async def seen(self, seat: SeatId, until: datetime) -> None:
        """Store until when the guest of an ended seat may come back."""
        ...

    async def looks(self, seat: Seat) -> None:
        """Store how others are to see its guest, and when that was restored; no page shows it."""
        ...

    async def save(self, *seats: Seat) -> None:
        """Replace these seats' rows, and notify their pages."""
        ...


class OfferRepository(Protocol):
    """Offers to a salon to extend a meeting, so that guests may stay longer."""

    async def add(self, offer: Offer) -> None:
        """Insert an offer."""
        ...

    async def get(self, offer: OfferId) -> Offer | None:
        """Return an offer."""
        ...

    async def by_notice(self, event: EventId) -> Offer | None:
        """Return the offer that a message in the salon makes, without locking it."""
        ...

    async def standing(self, occurrence: OccurrenceId) -> Sequence[Offer]:
        """Return an occurrence's offers that nobody has answered yet, oldest first."""
        ...

    async def save(self, offer: Offer) -> None:
        """Store an offer's outcome."""
        ...


class HostLinkRepository(Protocol):
    """Links to the host's page of the door."""

    async def add(self, link: HostLink) -> None:
        """Insert a link; it replaces the one that this person had for the same occurrence."""
        ...

    async def get(self, host: HostId) -> HostLink | None:
        """Return a link."""
        ...

    async def by_digest(self, digest: bytes) -> HostLink | None:
        """Return the link whose code has this digest."""
        ...

    async def open(self, host: HostId, session: bytes, now: datetime) -> bool:
        """Bind the link to the browser that opens it; `False` if it is bound to another one."""
        ...

    async def of_salon(self, salon: SalonId) -> Sequence[HostLink]:
        """Return the links to meetings of a salon, without locking them."""
        ...

    async def salons(self) -> Sequence[SalonId]:
        """Return the salons to whose meetings there are links."""
        ...

    async def stand(self, host: HostId, membership: Membership) -> None:
        """Store what the homeserver says now of the membership of a link's holder."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> int:
        """Delete the links of an occurrence; return how many."""
        ...
