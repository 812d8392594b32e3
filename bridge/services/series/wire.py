"""Series: their next dates, and the rules of zones."""

from datetime import timedelta

from bridge.domain.agenda import Kind
from bridge.domain.capability import Capability, PeriodicTask
from bridge.services.series.carrying import Carrying
from bridge.services.series.zone_rules import ZoneRules

LOOK_EVERY = timedelta(minutes=1)
"""How soon after a start with other rules of zones all is derived anew."""


def series(carrying: Carrying, rules: ZoneRules) -> Capability:
    """Return the handler and the task of series."""
    return Capability(
        handlers={Kind.CARRY: carrying.carry},
        periodic=[PeriodicTask("zones.rules", LOOK_EVERY, rules.look, shared=True)],
    )
