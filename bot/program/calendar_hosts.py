"""Calendar hosts, as the metrics show them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bridge.metrics import Metrics
from bridge.ports.agent_calendars import HostTally
from bridge.store import DATABASE_ERRORS, Store

log = structlog.get_logger()

MOST = 50
"""Hosts with a label of their own."""
FEWEST = 3
"""Accounts at a host with a label of its own: a domain of one person names that person."""
OTHERS = "other"
_PACE = 60.0
"""Seconds between two counts: they read an entry of an index for each account."""
_TIMEOUT = 5.0


@dataclass(slots=True)
class CalendarHosts:
    """Counts accounts by host, now and then, for `Metrics`."""

    store: Store
    monotonic: Callable[[], float]
    _next: float = field(default=float("-inf"))

    async def note(self, metrics: Metrics, now: datetime) -> None:
        """Record how the accounts of each host are; nothing if the database does not say."""
        if self.monotonic() < self._next:
            return
        self._next = self.monotonic() + _PACE
        try:
            async with asyncio.timeout(_TIMEOUT), self.store.reading(long=True) as work:
                hosts = await work.calendars.tally()
        except DATABASE_ERRORS as error:
            log.warning("calendar.hosts-unknown", error=type(error).__name__)
            return
        record(metrics, hosts, now)


def record(metrics: Metrics, hosts: Sequence[HostTally], now: datetime) -> None:
    """Set the gauges of calendar hosts; those with few accounts are one."""
    named = [one for one in hosts if one.linked >= FEWEST][:MOST]
    others = [one for one in hosts if one not in named]
    rest = HostTally(
        host=OTHERS,
        well=sum(one.well for one in others),
        away=sum(one.away for one in others),
        refused=sum(one.refused for one in others),
        gone=sum(one.gone for one in others),
    )
    metrics.calendar_accounts.clear()
    metrics.calendar_age.clear()
    for one in (*named, rest) if rest.linked else named:
        counts = {"well": one.well, "away": one.away, "refused": one.refused, "gone": one.gone}
        for state, many in counts.items():
            metrics.calendar_accounts.labels(one.host, state).set(many)
        if one.ok_at is not None:
            age = max((now - one.ok_at).total_seconds(), 0)
            metrics.calendar_age.labels(one.host).set(age)
