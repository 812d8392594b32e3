"""How many requests a host gets: a token bucket for each, kept as one moment.

After an outage, or a start, thousands of polls are due at once; a host that many share would get
as many as its connections carry.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta

from bridge.errors import CalendarBusy

BURST = 3.0
"""Seconds of the rate that may come at once."""
LONGEST_WAIT = 5.0
"""Seconds that a request waits for its turn; beyond, its account comes back later."""
_MOST_HOSTS = 1000
"""Hosts of which something is remembered."""


@dataclass(slots=True)
class HostRate:
    """`rate` requests a second on average to each host; moments are of a monotonic clock."""

    rate: float
    _full: OrderedDict[str, float] = field(default_factory=OrderedDict)
    """When a host's bucket is full again."""

    def take(self, host: str, now: float) -> float:
        """Take a token; return the seconds until it may be used. Raises CalendarBusy.

        Tokens are taken in advance, so that those who wait come one after the other.
        """
        full = max(self._full.get(host, now), now)
        wait = max(0.0, full + 1 / self.rate - now - BURST)
        if wait > LONGEST_WAIT:
            raise CalendarBusy(timedelta(seconds=wait))
        self._full[host] = full + 1 / self.rate
        self._full.move_to_end(host)
        while len(self._full) > _MOST_HOSTS:
            self._full.popitem(last=False)
        return wait
