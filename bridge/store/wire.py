"""The database's own periodic tasks."""

from datetime import timedelta

from bridge.domain.capability import Capability, HourlyTask, PeriodicTask
from bridge.store.work import Store

ERASE_EVERY = timedelta(minutes=1)
"""How long erased data stays in a log that nobody reads."""
PURGE_AT = 17
"""The minute of each hour at which rows past their retention are deleted."""


def upkeep(store: Store) -> Capability:
    """Return the tasks that the database itself needs."""
    return Capability(
        periodic=[PeriodicTask("store.erase", ERASE_EVERY, store.erase)],
        hourly=[HourlyTask("store.purge", PURGE_AT, store.purge)],
    )
