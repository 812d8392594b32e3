"""The last time of things that are said only once in a while."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from bridge.domain.quota import Pace
from bridge.store.statements import query, upsert
from bridge.store.tables import once
from bridge.store.tx import Tx

_CLAIM = upsert(once, "name", replace=["at"], where=once.c.at <= bindparam("unless_after"))
_HELD = query(select(once.c.at).where(once.c.name == bindparam("name")))
_TAKE = upsert(once, "name", replace=["at"])
_LAST = select(once.c.at).where(once.c.name == bindparam("name"))


@dataclass(frozen=True, slots=True)
class OnceRows:
    """Implements `bridge.ports.Once`."""

    tx: Tx

    async def claim(self, name: str, now: datetime, *, unless_after: datetime) -> bool:
        """Store that it happens now; `False` if it already happened after `unless_after`."""
        values = {"name": name, "at": now, "unless_after": unless_after}
        return bool(await self.tx.run(_CLAIM, values))

    async def take(self, name: str, now: datetime, pace: Pace) -> datetime | None:
        """Take one more of what comes at a pace; return from when that may be, if not now."""
        row = await self.tx.one(_HELD, name=name)
        full = None if row is None else row.at
        again = pace.again(full, now)
        if again is None:
            await self.tx.run(_TAKE, {"name": name, "at": pace.taken(full, now)})
        return again

    async def last(self, name: str) -> datetime | None:
        """Return when it last happened, if that was stored."""
        found: datetime | None = await self.tx.scalar(_LAST, name=name)
        return found
