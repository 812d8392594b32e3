"""Notes facts for the audit, in the transaction of their cause."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bridge.domain.audit import AuditFact, AuditKind, Decider
from bridge.domain.cause import OPERATOR
from bridge.domain.grant import Grant
from bridge.domain.invitation import Invitation, InvitationState
from bridge.domain.meeting import Occurrence
from bridge.domain.partner import Issuer
from bridge.domain.policy import Policy
from bridge.domain.seat import Seat
from bridge.domain.window import Graces
from bridge.errors import ParvisError
from bridge.ids import ActorId, InvitationId, OccurrenceId
from bridge.ports.work import HasAudit


def person_of(invitation: Invitation) -> str:
    """Return the person whom an invitation is to, as pseudonyms are made of them.

    Without an address it is a person of this invitation alone: names are not theirs alone.
    """
    return invitation.email or str(invitation.id)


async def note_admission(
    work: HasAudit,
    seat: Seat,
    invitation: Invitation,
    policy: Policy,
    *,
    decided_by: Decider,
) -> None:
    """Note that a guest was admitted."""
    await work.audit.note(
        AuditFact(
            kind=AuditKind.ADMITTED,
            actor=seat.admitted_by if decided_by is Decider.SALON else None,
            subject=person_of(invitation),
            occurrence=seat.occurrence,
            invitation=invitation.id,
            seat=seat.id,
            decided_by=decided_by,
            mode=policy.mode.name,
        )
    )


async def note_refusal(
    work: HasAudit,
    invitation: Invitation,
    occurrence: OccurrenceId,
    *,
    rule: str,
    decided_by: Decider,
    by: ActorId | None = None,
) -> None:
    """Note that a guest was refused at the door, and by which rule."""
    await work.audit.note(
        AuditFact(
            kind=AuditKind.REFUSED,
            actor=by,
            subject=person_of(invitation),
            occurrence=occurrence,
            invitation=invitation.id,
            decided_by=decided_by,
            rule=rule,
        )
    )


async def note_lock(work: HasAudit, invitation: Invitation, occurrence: OccurrenceId) -> None:
    """Note that a link is locked after too many wrong proofs."""
    await work.audit.note(
        AuditFact(
            kind=AuditKind.LOCKED,
            subject=person_of(invitation),
            occurrence=occurrence,
            invitation=invitation.id,
            rule="proof",
        )
    )


async def note_ends(work: HasAudit, seats: Iterable[Seat], *, by: ActorId | None = None) -> None:
    """Note seats that have ended, each with its reason."""
    await work.audit.note(
        *(
            AuditFact(
                kind=AuditKind.ENDED,
                actor=by,
                occurrence=seat.occurrence,
                invitation=seat.invitation,
                seat=seat.id,
                rule="" if seat.why is None else seat.why.value,
            )
            for seat in seats
        )
    )


async def note_out(work: HasAudit, seat: Seat, took: timedelta | None) -> None:
    """Note that the guest of an ended seat is out, and how long it took.

    Without a key of the media server nobody measures it: `took` is `None` then.
    """
    await work.audit.note(
        AuditFact(
            kind=AuditKind.OUT,
            occurrence=seat.occurrence,
            invitation=seat.invitation,
            seat=seat.id,
            rule="" if seat.why is None else seat.why.value,
            ms=None if took is None else round(took.total_seconds() * 1000),
            outcome="unmeasured" if took is None else "",
        )
    )


async def note_invitations(
    work: HasAudit,
    kind: AuditKind,
    whom: Iterable[Invitation],
    occurrence: OccurrenceId,
    *,
    by: ActorId | None = None,
) -> None:
    """Note invitations that were issued, withdrawn, or the like."""
    await work.audit.note(
        *(
            AuditFact(
                kind=kind,
                actor=by,
                subject=person_of(one),
                occurrence=occurrence,
                invitation=one.id,
            )
            for one in whom
        )
    )


async def note_expiries(
    work: HasAudit,
    known: Iterable[Invitation],
    occurrence: Occurrence,
    graces: Graces,
    now: datetime,
) -> None:
    """Note the invitations of a date whose time has passed: each end of a window once."""
    expired = [
        (one, one.window(occurrence, graces).closes)
        for one in known
        if one.state(occurrence, graces, now) is InvitationState.EXPIRED
    ]
    await work.audit.note(
        *(
            AuditFact(
                kind=AuditKind.EXPIRED,
                subject=person_of(one),
                occurrence=occurrence.id,
                invitation=one.id,
                once=f"{one.id}:{occurrence.id}:{closes.isoformat()}",
            )
            for one, closes in expired
        )
    )


async def note_erasure(work: HasAudit, occurrence: OccurrenceId, count: int) -> None:
    """Note that the names and addresses of a meeting's guests were erased, and how many."""
    await work.audit.note(
        AuditFact(kind=AuditKind.ERASED, occurrence=occurrence, detail={"count": count})
    )


async def note_refused_line(work: HasAudit, error: ParvisError, by: ActorId) -> None:
    """Note that an agent's line was refused by a right, a rule or a limit, and by which."""
    reason = error.parameters.get("reason")
    rule = f"{error.code}.{reason}" if isinstance(reason, str) else error.code
    await work.audit.note(AuditFact(kind=AuditKind.LINE_REFUSED, actor=by, rule=rule))


async def note_grant(
    work: HasAudit, grant: Grant, invitation: Invitation, occurrence: OccurrenceId
) -> None:
    """Note a grant to a partner's person, under the id that the partner keeps too."""
    await work.audit.note(
        AuditFact(
            kind=AuditKind.GRANTED,
            actor=invitation.invited_by,
            subject=person_of(invitation),
            occurrence=occurrence,
            invitation=invitation.id,
            decided_by=Decider.PARTNER,
            partner=grant.issuer,
            grant=str(grant.id),
        )
    )


async def note_grant_refusal(work: HasAudit, issuer: Issuer, rule: str) -> None:
    """Note that a partner's genuine request was refused, and by which rule."""
    await work.audit.note(AuditFact(kind=AuditKind.GRANT_REFUSED, partner=issuer, rule=rule))


async def note_grants_ended(work: HasAudit, grants: Iterable[Grant], *, by: ActorId) -> None:
    """Note grants that have ended, each with its reason."""
    await work.audit.note(
        *(
            AuditFact(
                kind=AuditKind.GRANT_REVOKED,
                actor=by,
                invitation=grant.invitation,
                partner=grant.issuer,
                grant=str(grant.id),
                rule="" if grant.why is None else grant.why.value,
            )
            for grant in grants
        )
    )


async def note_operator(
    work: HasAudit,
    command: str,
    outcome: str = "done",
    *,
    about: InvitationId | None = None,
    partner: str = "",
) -> None:
    """Note a command of the operator that changes something."""
    await work.audit.note(
        AuditFact(
            kind=AuditKind.OPERATOR,
            actor=OPERATOR.name,
            command=command,
            outcome=outcome,
            invitation=about,
            partner=partner,
        )
    )
