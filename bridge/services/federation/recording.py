"""What is recorded of grants: one function for each event."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from bridge.domain.grant import Grant, GrantEnd
from bridge.domain.partner import Issuer
from bridge.ids import GrantId, GrantRequestId

log = structlog.get_logger()


def granted(grant: Grant, *, replaced: Sequence[GrantId]) -> None:
    """Record a grant to a partner's person."""
    log.info(
        "grant.given",
        grant=str(grant.id),
        partner=grant.issuer,
        invitation=str(grant.invitation),
        replaced=[str(one) for one in replaced],
    )


def refused(issuer: Issuer, error: str, rule: str) -> None:
    """Record a refusal with its rule, which the partner is not told."""
    log.info("grant.refused", partner=issuer, error=error, rule=rule)


def asked(request: GrantRequestId, issuer: Issuer) -> None:
    """Record a request that the salon is asked about."""
    log.info("grant.asked", request=str(request), partner=issuer)


def decided(request: GrantRequestId, issuer: Issuer, *, approved: bool) -> None:
    """Record a salon's decision."""
    log.info("grant.decided", request=str(request), partner=issuer, approved=approved)


def ended(grants: Sequence[Grant], why: GrantEnd, *, by: str, now: datetime) -> None:
    """Record the end of grants, and who ended them."""
    for one in grants:
        log.info(
            "grant.ended",
            grant=str(one.id),
            partner=one.issuer,
            why=why.value,
            by=by,
            at=now.isoformat(),
        )
