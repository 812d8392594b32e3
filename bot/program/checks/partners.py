"""Agreements with partners that are about to end."""

from bot.program.checks.findings import Finding, ok, warn
from bot.program.existing import NotSetUp, open_existing
from bridge.clock import Clock
from bridge.errors import SchemaOutdated
from bridge.services.federation.wire import SOON
from config.settings import Settings


async def check(settings: Settings, *, clock: Clock) -> list[Finding]:
    """Count the days until the agreements end; says nothing without a federation."""
    if settings.federation.issuer is None:
        return []
    try:
        async with open_existing(settings) as store, store.reading() as work:
            known = await work.partners.all()
    except (NotSetUp, SchemaOutdated):
        return []  # the check of the database says so
    today, found = clock.now().date(), []
    for one in known:
        days = (one.ends - today).days
        if one.enabled and days < 0:
            found.append(warn("partners", "over", partner=one.label))
        elif one.enabled and days <= SOON.days:
            found.append(warn("partners", "soon", partner=one.label, days=days))
    return found or [ok("partners", n=len(known))]
