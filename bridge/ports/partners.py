"""Partner organisations: their agreements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bridge.domain.partner import Issuer, Partner


class PartnerRepository(Protocol):
    """Partners; the table is the one truth of whom we trust."""

    async def put(self, partner: Partner, now: datetime) -> bool:
        """Insert or replace a partner; tell whether it is new."""
        ...

    async def get(self, issuer: Issuer) -> Partner | None:
        """Return a partner, whatever its agreement says now."""
        ...

    async def all(self) -> Sequence[Partner]:
        """Return all partners, by their labels."""
        ...
