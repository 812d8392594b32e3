"""The federation's own work in an engine: agreements that end, requests and events to partners."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bridge.domain.agenda import Kind
from bridge.domain.capability import Capability, HourlyTask
from bridge.metrics import Metrics
from bridge.services.federation.elsewhere import JoinRequests
from bridge.services.federation.ending import Ending
from bridge.services.federation.reporting import PartnerReports
from bridge.services.tools import Tools

log = structlog.get_logger()

SOON = timedelta(days=30)
"""How long before an agreement's end the operator is told."""
_MINUTE = 1
"""The minute of each hour at which agreements are looked at: they end with a day."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Agreements:
    """Watches the ends of agreements."""

    tools: Tools
    ending: Ending
    metrics: Metrics | None = None

    async def look(self, now: datetime) -> None:
        """End the grants under agreements that are over; tell of those that end soon, once a day.

        A partner whose agreement is over gets no grant from that moment on, whether or not this
        runs.
        """
        await self.ending.lapsed()
        async with self.tools.works.reading() as work:
            known = await work.partners.all()
        for partner in known:
            days = (partner.ends - now.date()).days
            if self.metrics is not None:
                self.metrics.agreement(partner.label, days)
            if partner.enabled and 0 <= days <= SOON.days:
                async with self.tools.works() as work:
                    name = f"agreement:{partner.issuer}"
                    if await work.once.claim(name, now, unless_after=now - _DAY):
                        log.warning("partner.ends-soon", partner=partner.issuer, days=days)


def federation(tools: Tools, ending: Ending, metrics: Metrics | None = None) -> Capability:
    """Return its tasks."""
    agreements = Agreements(tools, ending, metrics)
    return Capability(hourly=[HourlyTask("partners.agreements", _MINUTE, agreements.look)])


def asked_of_partners(requests: JoinRequests, reports: PartnerReports) -> Capability:
    """Return the handlers that ask partners' instances, or tell them something."""
    return Capability(
        handlers={
            Kind.JOIN: requests.ask,
            Kind.RETURN: requests.give_back,
            Kind.REPORT: reports.send,
        }
    )
