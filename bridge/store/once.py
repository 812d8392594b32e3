"""Things that are said once in a while."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

from bridge.store.tables import once
from bridge.store.tx import Tx


@dataclass(frozen=True, slots=True)
class OnceRows:
    """Implements `bridge.ports.Once`."""

    tx: Tx

    async def claim(self, name: str, now: datetime, *, unless_after: datetime) -> bool:
        """Note that it happens now; `False` when it happened after `unless_after` already."""
        insert = self.tx.insert(once).values(name=name, at=now)
        claimed = insert.on_conflict_do_update(
            index_elements=["name"], set_={"at": now}, where=once.c.at <= unless_after
        )
        return bool(await self.tx.run(claimed))

    async def purge(self, before: datetime) -> int:
        """Forget what happened before that moment; return how many."""
        return await self.tx.run(delete(once).where(once.c.at < before))
