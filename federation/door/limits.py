"""Rate limits by network: the generic cell rate algorithm, one number per key.

A bucket is stored as the moment when it would be full again. Memory is bounded; the least recently
used bucket is forgotten first, which at worst forgives.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic

from federation.door.settings import Rate

_ROUNDING = 1e-6
"""Seconds that are nothing: what is left of adding and taking away the same span."""


class Limiter:
    """Token buckets of one rate, by key."""

    def __init__(
        self, rate: Rate, *, remembered: int, now: Callable[[], float] = monotonic
    ) -> None:
        self._step = rate.seconds / rate.burst
        self._span = rate.seconds
        self._remembered = remembered
        self._now = now
        self._full: OrderedDict[Hashable, float] = OrderedDict()

    def wait(self, key: Hashable) -> float:
        """Return for how many seconds `key` has no token; 0 if it may go on."""
        full = self._full.get(key)
        if full is None:
            return 0.0
        late = full + self._step - self._span - self._now()
        return late if late > _ROUNDING else 0.0

    def take(self, key: Hashable) -> float:
        """Take one token; return 0, or the seconds until there is one, taking none."""
        now = self._now()
        full = max(self._full.get(key, 0.0), now) + self._step
        late = full - self._span - now
        if late > _ROUNDING:
            return late
        self._full[key] = full
        self._full.move_to_end(key)
        if len(self._full) > self._remembered:
            self._full.popitem(last=False)
        return 0.0

    def __len__(self) -> int:
        return len(self._full)
