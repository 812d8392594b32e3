"""Codes that were mailed to guests; the value from which a code derives is stored, not the code."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from bridge.domain.proof import Challenge
from bridge.ids import ChallengeId, InvitationId, VisitId
from bridge.store.statements import AnyRow, insert, query
from bridge.store.tables import challenges
from bridge.store.tx import Tx, fields

_ADD = insert(challenges)
_GET = query(select(challenges).where(challenges.c.id == bindparam("id")))
_LAST = query(
    select(challenges)
    .where(challenges.c.visit == bindparam("visit"))
    .order_by(challenges.c.asked_at.desc(), challenges.c.id.desc())
    .limit(1)
)
_SINCE = query(
    select(challenges)
    .where(challenges.c.invitation == bindparam("invitation"))
    .where(challenges.c.asked_at > bindparam("moment"))
    .order_by(challenges.c.asked_at, challenges.c.id)
)
_SAVE = update(challenges).where(challenges.c.id == bindparam("saved"))


@dataclass(frozen=True, slots=True)
class ChallengeRows:
    """Implements `bridge.ports.ChallengeRepository`."""

    tx: Tx

    async def add(self, challenge: Challenge) -> None:
        """Insert a challenge."""
        await self.tx.run(_ADD, asdict(challenge))

    async def get(self, challenge: ChallengeId) -> Challenge | None:
        """Return a challenge."""
        return _challenge(await self.tx.one(_GET, id=challenge))

    async def last(self, visit: VisitId) -> Challenge | None:
        """Return the newest challenge of a visit, the only one that counts."""
        return _challenge(await self.tx.one(_LAST, visit=visit))

    async def since(self, invitation: InvitationId, moment: datetime) -> Sequence[Challenge]:
        """Return an invitation's challenges that were asked for after a moment, oldest first."""
        rows = await self.tx.all(_SINCE, invitation=invitation, moment=moment)
        return [Challenge(**fields(row)) for row in rows]

    async def save(self, challenge: Challenge) -> None:
        """Replace a challenge's row."""
        await self.tx.run(_SAVE, {"saved": challenge.id, **asdict(challenge)})


def _challenge(row: AnyRow | None) -> Challenge | None:
    return None if row is None else Challenge(**fields(row))
