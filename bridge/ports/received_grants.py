"""The grants that partners gave our people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bridge.domain.partner import Issuer
from bridge.domain.received_grant import ReceivedGrant
from bridge.ids import ReceivedGrantId, UserId


class ReceivedGrantRepository(Protocol):
    """Requests for grants, and the grants that came of them."""

    async def add(self, received: ReceivedGrant) -> None:
        """Insert a request."""
        ...

    async def save(self, received: ReceivedGrant) -> None:
        """Replace its row."""
        ...

    async def get(self, received: ReceivedGrantId) -> ReceivedGrant | None:
        """Return one, locked."""
        ...

    async def by_grant(self, partner: Issuer, grant: str) -> ReceivedGrant | None:
        """Return the one with a partner's id of a grant, locked."""
        ...

    async def of_resource(self, partner: Issuer, resource: str) -> Sequence[ReceivedGrant]:
        """Return those that are not over for a partner's meeting, locked."""
        ...

    async def of_partner(self, partner: Issuer) -> Sequence[ReceivedGrant]:
        """Return all of a partner's that are not over, locked."""
        ...

    async def of_user(self, user: UserId, *, since: datetime) -> Sequence[ReceivedGrant]:
        """Return those of one of our people that are not over, and lead somewhere after a moment.

        The next one comes first.
        """
        ...
