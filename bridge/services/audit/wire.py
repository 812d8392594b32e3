"""The audit's periodic tasks."""

from datetime import timedelta

from bridge.domain.capability import Capability, HourlyTask, PeriodicTask
from bridge.services.audit.keeping import AuditUpkeep

LINK_EVERY = timedelta(seconds=1)
"""How long a record waits for its link: as long its removal would not be found."""
ANCHOR_AT = 27
"""The minute of each hour at which the chain's end is written down."""
RETAIN_AT = 37
"""The minute at which old records are deleted."""


def audit(upkeep: AuditUpkeep | None) -> Capability:
    """Return the tasks, none if the audit is off."""
    if upkeep is None:
        return Capability()
    return Capability(
        periodic=[PeriodicTask("audit.link", LINK_EVERY, upkeep.link, shared=True)],
        hourly=[
            HourlyTask("audit.anchor", ANCHOR_AT, upkeep.anchor),
            HourlyTask("audit.retain", RETAIN_AT, upkeep.retain),
        ],
    )
