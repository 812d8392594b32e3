"""Calendar hosts: how agents' accounts are there, as the last polls left them. None is asked."""

import math
from collections.abc import Sequence
from datetime import timedelta

from bot.program.checks.findings import Finding, ok, warn
from bridge.clock import Clock
from bridge.ports.agent_calendars import HostTally

MOST = 20
"""Hosts that are named."""
LATE = timedelta(hours=3)
"""A host of which no account was read for so long is out of order."""


async def check(hosts: Sequence[HostTally] | None, *, clock: Clock) -> list[Finding]:
    """Report each host; nothing if no calendar is linked, or the database can't be asked."""
    if hosts is None:
        return []
    found = [_of(one, clock) for one in hosts[:MOST]]
    left = len(hosts) - MOST
    return [*found, ok("calendars", "more", n=left)] if left > 0 else found


def _of(one: HostTally, clock: Clock) -> Finding:
    age = None if one.ok_at is None else clock.now() - one.ok_at
    told: dict[str, object] = {"host": one.host, "n": one.linked}
    failing = {"away": one.away, "refused": one.refused, "gone": one.gone}
    if one.away and not one.well and (age is None or age > LATE):
        return warn("calendars", "silent", **told, hours=_hours(age))
    if any(failing.values()):
        return warn("calendars", "failing", **told, well=one.well, **failing)
    if age is None:
        return ok("calendars", "new", **told)
    return ok("calendars", **told, hours=_hours(age))


def _hours(age: timedelta | None) -> str:
    return "–" if age is None else str(max(math.ceil(age / timedelta(hours=1)), 1))
