"""Proofs that guests show besides their link: a code mailed to them, or a PIN told to them.

Nothing here reveals an address or the digits: a code and a PIN derive from a key file, and are
compared, never stored.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.codes import Minter
from bridge.domain.invitation import Invitation, Standing
from bridge.domain.message import Notice, ToPerson
from bridge.domain.proof import MOST, SPAN, TRIES, Challenge, Proof, typed_digits
from bridge.ids import ChallengeId, VisitId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.work import HasChallenges, ReadsVisits
from bridge.services.auditing import note_lock
from bridge.services.naming import titled
from bridge.services.telling import inviter_of
from bridge.services.tools import Tools
from bridge.services.visits.snapshot import Admission, admission_held, admission_of

log = structlog.get_logger()

MAIL, PIN = "mail", "pin"
"""The purposes for which digits are derived."""


class ProofOutcome(StrEnum):
    """The result of a guest's request or of the digits they typed."""

    SENT = "sent"
    """A code is on its way."""
    LATER = "later"
    """The guest asked for too many codes with this invitation."""
    PROVED = "proved"
    WRONG = "wrong"
    UNREAD = "unread"
    """The guest typed no six digits: it costs no try."""
    SPENT = "spent"
    """No code could still be right: the guest must ask for another one."""
    ELSEWHERE = "elsewhere"
    """The guest needs to show nothing now: the page tells the present state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving:
    """The proof that a guest must still show, for the page."""

    proof: Proof
    until: datetime | None = None
    """The end of the last mailed code, while it is valid."""
    left: int = TRIES
    failed: bool = False
    """The last code's mail could not be sent."""
    again_at: datetime | None = None
    """When the guest may ask for another code, after too many."""


def pin_of(invitation: Invitation, minter: Minter) -> str:
    """Return the PIN of an invitation's present link: the next link has another PIN."""
    return minter.digits(invitation.id, invitation.number, invitation.key, PIN)


def code_of(challenge: Challenge, minter: Minter) -> str:
    """Return the digits to mail."""
    return minter.digits(challenge.id, 0, challenge.key, MAIL)


@dataclass(frozen=True, slots=True)
class Proofs:
    """Use cases of the page that asks for a proof."""

    tools: Tools
    minter: Minter

    async def read(self, visit: VisitId) -> Proving | None:
        """Return the proof still to show, `None` for none; the caller has checked the visit."""
        async with self.tools.works.reading() as work:
            admission = await admission_of(work, visit, self.tools.policy)
            owed = None if admission is None else admission.owes
            if admission is None or owed is None:
                return None
            if owed is Proof.PIN:
                return Proving(proof=owed, left=TRIES - admission.invitation.pin_tries)
            last = await work.challenges.last(visit)
            now = self.tools.now()
            again = await self._again_at(work, admission.invitation, now)
        if last is None or not last.open(now):
            failed = last is not None and last.failed is not None
            return Proving(proof=owed, failed=failed, again_at=again)
        return Proving(proof=owed, until=last.ends_at, left=TRIES - last.tries, again_at=again)

    async def _again_at(
        self, work: HasChallenges, invitation: Invitation, now: datetime
    ) -> datetime | None:
        recent = await work.challenges.since(invitation.id, now - SPAN)
        return recent[-MOST].asked_at + SPAN if len(recent) >= MOST else None

    async def ask(self, visit: VisitId, secret: str) -> ProofOutcome | None:
        """Plan a mail with a code for the visit's own browser; `None` for anybody else."""
        now = self.tools.now()
        async with self.tools.works() as work:
            admission = await self._own(work, visit, secret)
            if admission is None:
                return None
            proving = admission.standing(now) is Standing.PROVING
            if not proving or admission.owes is not Proof.MAIL:
                return ProofOutcome.ELSEWHERE
            if await self._again_at(work, admission.invitation, now) is not None:
                return ProofOutcome.LATER
            challenge = Challenge(
                id=ChallengeId(uuid7(now)),
                visit=visit,
                invitation=admission.invitation.id,
                key=self.minter.current,
                asked_at=now,
            )
            await work.challenges.add(challenge)
            await work.agenda.plan([Due(Kind.CODE, str(challenge.id), now)])
        return ProofOutcome.SENT

    async def show(self, visit: VisitId, secret: str, typed: str) -> ProofOutcome | None:
        """Judge the digits typed in the visit's own browser; `None` for anybody else."""
        now = self.tools.now()
        async with self.tools.works() as work:
            admission = await self._own(work, visit, secret)
            if admission is None:
                return None
            if admission.standing(now) is not Standing.PROVING or admission.owes is None:
                return ProofOutcome.ELSEWHERE
            digits = typed_digits(typed)
            if digits is None:
                return ProofOutcome.UNREAD
            if admission.owes is Proof.PIN:
                outcome = await self._pin(work, admission, digits)
            else:
                outcome = await self._code(work, admission, digits, now)
            if outcome is ProofOutcome.PROVED:
                await work.visits.prove(visit, admission.owes)
        log.info("guest.proof", visit=str(visit), proof=admission.owes, outcome=outcome)
        return outcome

    async def _own(self, work: ReadsVisits, visit: VisitId, secret: str) -> Admission | None:
        admission = await admission_held(work, visit, self.tools.policy)
        return admission if admission is not None and admission.belongs_to(secret) else None

    def _same(self, typed: str, key: str, derived: Callable[[], str]) -> bool:
        """Compare in constant time; with a removed key file no digits are right."""
        return key in self.minter.keys and compare_digest(derived(), typed)

    async def _pin(self, work: UnitOfWork, admission: Admission, digits: str) -> ProofOutcome:
        invitation = admission.invitation
        if self._same(digits, invitation.key, lambda: pin_of(invitation, self.minter)):
            return ProofOutcome.PROVED
        tried = replace(invitation, pin_tries=invitation.pin_tries + 1)
        await work.invitations.save(tried)
        if tried.locked:
            await note_lock(work, tried, admission.occurrence.id)
            await work.outbox.post(_locked(admission))
        return ProofOutcome.WRONG

    async def _code(
        self, work: HasChallenges, admission: Admission, digits: str, now: datetime
    ) -> ProofOutcome:
        last = await work.challenges.last(admission.visit.id)
        if last is None or not last.open(now):
            return ProofOutcome.SPENT
        if self._same(digits, last.key, lambda: code_of(last, self.minter)):
            return ProofOutcome.PROVED
        tried = last.tried()
        await work.challenges.save(tried)
        return ProofOutcome.WRONG if tried.open(now) else ProofOutcome.SPENT


def _locked(admission: Admission) -> Notice:
    """Tell the inviter that this link is locked."""
    invitation, meeting = admission.invitation, admission.meeting
    inviter = inviter_of(invitation, meeting)
    return Notice(
        idempotency_key=f"locked:{invitation.id}:{invitation.number}",
        template="guest.locked",
        to=ToPerson(user=inviter),
        mentions=(inviter,),
        parameters={
            "guest": invitation.shown,
            "tries": TRIES,
            "title": titled(meeting, admission.occurrence),
        },
    )
