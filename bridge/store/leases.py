"""Leases: the right of one process to do something for all, renewed while it lives.

A process that dies, hangs or loses its network releases the right by itself: another takes over
once the lease has ended. For a moment both may believe that they hold it, so all work under a lease
must be idempotent.
"""

import secrets
from datetime import timedelta
from time import monotonic

from sqlalchemy import bindparam, or_, update

from bridge.clock import Clock, Monotonic
from bridge.store.statements import upsert
from bridge.store.tables import leases
from bridge.store.tx import Begin

LENGTH = timedelta(seconds=3)
"""If the lease is not renewed for this long, another process takes over."""
_RENEWED = LENGTH.total_seconds() / 3
"""Seconds for which a lease that we held is believed to be ours still."""
_ABSENCE = LENGTH.total_seconds() / 2
"""Seconds for which a process that gave the lease up leaves it to others."""

# A lease that ends later than any could was written before the clock was set back.
_TAKE = upsert(
    leases,
    "name",
    replace=["holder", "until"],
    where=or_(
        leases.c.holder == bindparam("me"),
        leases.c.until <= bindparam("now"),
        leases.c.until > bindparam("latest"),
    ),
)
_RELEASE = update(leases).where(
    leases.c.name == bindparam("which"), leases.c.holder == bindparam("me")
)


class Leadership:
    """The right of one process to do for all what must be done only once."""

    def __init__(
        self, begin: Begin, name: str, clock: Clock, monotonic: Monotonic = monotonic
    ) -> None:
        """Prepare; nothing is taken yet."""
        self._begin = begin
        self._name = name
        self._clock = clock
        self._monotonic = monotonic
        self._me = secrets.token_hex(8)
        self._until = self._back = float("-inf")

    async def held(self) -> bool:
        """Tell whether it is ours; take or renew it if necessary. Raises DATABASE_ERRORS."""
        asked = self._monotonic()
        if asked < self._until:
            return True
        if asked < self._back:
            return False
        now = self._clock.now()
        values = {"name": self._name, "holder": self._me, "until": now + LENGTH}
        asks = {"me": self._me, "now": now, "latest": now + LENGTH}
        async with self._begin() as tx:
            held = bool(await tx.run(_TAKE, values | asks))
        self._until = asked + _RENEWED if held else float("-inf")
        return held

    async def release(self) -> None:
        """Give it up if it is ours, and leave it to others for a moment. Raises DATABASE_ERRORS."""
        if self._until == float("-inf"):
            return
        self._until, self._back = float("-inf"), self._monotonic() + _ABSENCE
        values = {"which": self._name, "me": self._me, "until": self._clock.now()}
        async with self._begin() as tx:
            await tx.run(_RELEASE, values)
