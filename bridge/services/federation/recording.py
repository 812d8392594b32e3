"""Records the events of grants, with one function for each."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from bridge.domain.grant import Grant, GrantEnd
from bridge.domain.partner import Issuer
from bridge.ids import GrantId, GrantRequestId, InvitationId, VisitId

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


def signed_in(issuer: Issuer, invitation: InvitationId, visit: VisitId) -> None:
    """Record a guest for whom their organisation's OpenID provider vouches."""
    log.info("guest.signed-in", partner=issuer, invitation=str(invitation), visit=str(visit))


def not_signed_in(issuer: Issuer, rule: str) -> None:
    """Record a sign-in that proved nothing, with its rule."""
    log.info("guest.sign-in-refused", partner=issuer, rule=rule)


def received(grant: str, issuer: Issuer) -> None:
    """Record a grant that a partner gave one of our people."""
    log.info("grant.received", grant=grant, partner=issuer)


def refused_elsewhere(issuer: Issuer, error: str, word: str) -> None:
    """Record a partner's refusal, with its word for us."""
    log.info("grant.refused-elsewhere", partner=issuer, error=error, word=word)


def returned(grant: str, issuer: Issuer | None) -> None:
    """Record the return of a grant to its partner."""
    log.info("grant.returned", grant=grant, partner=issuer)


def ended_elsewhere(grant: str, issuer: Issuer, why: str) -> None:
    """Record the end of a grant of one of our people, by its partner."""
    log.info("grant.ended-elsewhere", grant=grant, partner=issuer, why=why)
