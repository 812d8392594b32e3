"""Federation with partners: what we ask of their instances, and tell them."""

from bridge.domain.agenda import Kind
from bridge.domain.capability import Capability
from bridge.services.federation.elsewhere import JoinRequests
from bridge.services.federation.reporting import PartnerReports


def partners(requests: JoinRequests, reports: PartnerReports) -> Capability:
    """Return its handlers."""
    return Capability(
        handlers={
            Kind.JOIN: requests.ask,
            Kind.RETURN: requests.give_back,
            Kind.REPORT: reports.send,
        }
    )
