"""What one process of several does for all, as long as it says so in time.

A process that dies, hangs or loses its network lets go by itself: another takes over once the
lease is over. For a moment both may believe that they hold it, so what is done under a lease must
bear being done twice.
"""

import secrets
from datetime import timedelta
from time import monotonic

from sqlalchemy import bindparam, or_

from bridge.clock import Clock, Monotonic
from bridge.store.statements import upsert
from bridge.store.tables import leases
from bridge.store.tx import Begin

LENGTH = timedelta(seconds=15)
"""After this without a word another process takes over."""
_RENEWED = LENGTH.total_seconds() / 3
"""Seconds for which what was held is believed to be held still."""

# One that ends later than any could is from a clock that was set back since.
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


class Leadership:
    """The right of one process to do what is done once for all."""

    def __init__(
        self, begin: Begin, name: str, clock: Clock, monotonic: Monotonic = monotonic
    ) -> None:
        """Take nothing yet."""
        self._begin = begin
        self._name = name
        self._clock = clock
        self._monotonic = monotonic
        self._me = secrets.token_hex(8)
        self._until = float("-inf")

    async def held(self) -> bool:
        """Tell whether it is ours, taking or renewing it where need be. Raises DATABASE_ERRORS."""
        asked = self._monotonic()
        if asked < self._until:
            return True
        now = self._clock.now()
        values = {"name": self._name, "holder": self._me, "until": now + LENGTH}
        asks = {"me": self._me, "now": now, "latest": now + LENGTH}
        async with self._begin() as tx:
            held = bool(await tx.run(_TAKE, values | asks))
        self._until = asked + _RENEWED if held else float("-inf")
        return held
