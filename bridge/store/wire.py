"""What the database needs done now and then."""

from datetime import timedelta

from bridge.domain.capability import Capability, HourlyTask, PeriodicTask
from bridge.store.work import Store

ERASE_EVERY = timedelta(minutes=1)
"""How long what was erased stays in a log that nobody reads."""
PURGE_AT = 17
"""The minute of each hour at which what is past any use is deleted."""


def upkeep(store: Store) -> Capability:
    """Return what runs for the database's own sake."""
    return Capability(
        periodic=[PeriodicTask("store.erase", ERASE_EVERY, store.erase)],
        hourly=[HourlyTask("store.purge", PURGE_AT, store.purge)],
    )
