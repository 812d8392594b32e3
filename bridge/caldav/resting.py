"""Hosts that are left alone: they asked for it, or several of their accounts failed in a row.

A host whose accounts fail one after the other is out of order as a whole: it rests, longer each
time, and one request then tells whether it is back. Any answer ends that, whatever it says.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog

from bridge.errors import CalendarBusy

log = structlog.get_logger()

_T = TypeVar("_T")
FAILED = 5
"""Accounts that fail without an answer between them, after which their host rests."""
FIRST_REST = 60.0
LONGEST_REST = 3600.0
"""Seconds; each rest is twice as long as the one before."""
PROBED = 5.0
"""Seconds that the others wait while one request tries whether the host is back."""
MOST_HOSTS = 1000
"""Hosts of which something is remembered."""


@dataclass(slots=True)
class _Host:
    failed: set[int] = field(default_factory=set)
    rest: float = 0.0
    """Seconds of the present rest, or the last one; 0: it is well."""
    until: float = 0.0
    probing: bool = False


class Resting:
    """Knows which hosts are left alone; times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._paused: OrderedDict[str, float] = OrderedDict()
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    def demand(self, host: str, now: float) -> None:
        """Raise CalendarBusy while a host is left alone."""
        left = max(self._paused.get(host, 0.0), self._rests_until(host, now)) - now
        if left > 0:
            raise CalendarBusy(timedelta(seconds=left))
        self._paused.pop(host, None)

    def enter(self, host: str, now: float) -> bool:
        """Let a request begin; return true for the one that tries whether the host is back.

        That one must `leave`. Raises CalendarBusy.
        """
        self.demand(host, now)
        known = self._hosts.get(host)
        if known is None or not known.rest:
            return False
        known.probing = True
        return True

    def leave(self, host: str) -> None:
        """Note that a try is over: if nothing came of it, the next request is another one."""
        known = self._hosts.get(host)
        if known is not None:
            known.probing = False

    def pause(self, host: str, seconds: float, now: float) -> None:
        """Leave a host alone that asks for it."""
        remember(self._paused, host, now + seconds)

    def answered(self, host: str) -> None:
        """Note an answer: the host works."""
        known = self._hosts.pop(host, None)
        if known is not None and known.rest:
            log.info("calendar.back", host=host)

    def failed(self, host: str, account: int, now: float) -> None:
        """Note that the host did not answer for an account, or that it is out of order."""
        known = self._hosts.get(host) or _Host()
        remember(self._hosts, host, known)
        if now < known.until:
            return  # it was asked before the rest began
        known.failed.add(account)
        if known.rest or len(known.failed) >= FAILED:
            known.rest = min(known.rest * 2 or FIRST_REST, LONGEST_REST)
            known.until, known.probing = now + known.rest, False
            known.failed.clear()
            log.warning("calendar.rests", host=host, seconds=known.rest)

    def _rests_until(self, host: str, now: float) -> float:
        known = self._hosts.get(host)
        if known is None:
            return 0.0
        return now + PROBED if known.probing else known.until


def remember(known: OrderedDict[str, _T], host: str, value: _T) -> None:
    """Keep something of a host; the one that was noted longest ago goes for it."""
    known[host] = value
    known.move_to_end(host)
    if len(known) > MOST_HOSTS:
        known.popitem(last=False)
