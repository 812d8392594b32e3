"""The exchange of a partner's word for a grant (RFC 7523), in the order that denies the earliest.

Whose word it is, with which key, signed for us, never used before; then whether the meeting is open
to that partner, the person comes under the agreement, the quota allows it, and the salon agrees.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import uuid4

from bridge.domain.codes import Minter
from bridge.domain.effective import (
    INVALID_TARGET,
    PolicyRefusal,
    Used,
    closed_to,
    entry_of,
    in_force,
    refused_domain,
    refused_person,
    refused_quota,
    refused_time,
    terms_of,
)
from bridge.domain.grant import Grant, GrantEnd
from bridge.domain.home import HomeInstance
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.partner import EntryTerm, Issuer, Partner, Vouching
from bridge.domain.quota import HOUR
from bridge.domain.vouched import Assertion
from bridge.domain.window import Window
from bridge.errors import AssertionRefused, GrantRefused
from bridge.ids import GrantId, GrantRequestId, PartyId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.federation import PartnerTokens, Signs
from bridge.services.auditing import note_grant, note_grant_refusal, note_grants_ended
from bridge.services.federation import recording
from bridge.services.federation.approvals import Approvals, Undecided
from bridge.services.federation.meetings import meeting_in
from bridge.services.invitations.invitations import Guest, Invitations
from bridge.services.tools import Tools

SCOPE = "meeting:join"
ACCESS_TOKEN = "at+jwt"  # noqa: S105 - the media type of such tokens (RFC 9068)
_KEPT = timedelta(minutes=5)
"""How long after its end an assertion's `jti` is remembered: longer than any skew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantAsked:
    """A partner's request."""

    assertion: str = field(repr=False)
    resource: str
    request: str = ""
    """The id of an earlier request, which waits for the salon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A grant, as the partner's instance is told."""

    grant: GrantId
    link: str = field(repr=False)
    token: str = field(repr=False)
    window: Window
    waiting_room: bool
    title: str
    starts: datetime
    ends: datetime
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The salon has not decided yet."""

    error: str
    request: GrantRequestId
    interval: int
    """Seconds until the partner may ask again."""


@dataclass(frozen=True, slots=True)
class _Given:
    grant: Grant
    invitation: Invitation
    occurrence: Occurrence
    meeting: Meeting
    replaced: tuple[GrantId, ...]


_Outcome: TypeAlias = "_Given | Pending | PolicyRefusal | AssertionRefused"


def actor_of(issuer: Issuer) -> PartyId:
    """Return the name of a partner as the party that does something."""
    return PartyId(f"partner:{issuer}")


def used_digest(kind: str, issuer: Issuer, jti: str) -> bytes:
    """Return the digest under which a signed text is noted as used."""
    return hashlib.sha256(f"{kind}\n{issuer}\n{jti}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Exchange:
    """Use case of role federation: grants to partners' people."""

    tools: Tools
    invitations: Invitations
    approvals: Approvals
    tokens: PartnerTokens
    signs: Signs
    home: HomeInstance

    @property
    def _minter(self) -> Minter:
        return self.invitations.minter

    async def grant(self, asked: GrantAsked) -> Granted | Pending:
        """Return a grant for a partner's person, or the request that waits for the salon.

        Raises AssertionRefused and GrantRefused, and PartnerAway and PartnerUntrusted if the
        partner's keys can't be had.
        """
        issuer = self.tokens.issuer(asked.assertion)
        partner = await self.partner(issuer)
        assertion = await self.tokens.assertion(partner, asked.assertion)
        if assertion.resource != asked.resource:
            raise AssertionRefused("resource")
        async with self.tools.works() as work:
            # Nothing is raised in here: a refused assertion stays used.
            outcome = await self._decide(work, assertion, asked.request, partner)
            if isinstance(outcome, PolicyRefusal):
                await note_grant_refusal(work, issuer, outcome.rule)
        match outcome:
            case PolicyRefusal(error, rule):
                raise self._refused(issuer, error, rule)
            case AssertionRefused():
                raise outcome
            case Pending():
                return outcome
            case _:
                recording.granted(outcome.grant, replaced=outcome.replaced)
                return self._told(outcome, asked.resource)

    async def partner(self, issuer: Issuer) -> Partner:
        """Return a partner whose agreement is in force. Raises GrantRefused."""
        async with self.tools.works.reading() as work:
            partner = await work.partners.get(issuer)
        if partner is None:
            raise self._refused(issuer, "invalid_client", "issuer.unknown")
        if not partner.in_force(self.tools.now()):
            raise self._refused(issuer, "invalid_client", "issuer.not-in-force")
        return partner

    def _refused(self, issuer: Issuer, error: str, rule: str) -> GrantRefused:
        recording.refused(issuer, error, rule)
        return GrantRefused(error, rule)

    async def _decide(
        self, work: UnitOfWork, assertion: Assertion, request: str, verified: Partner
    ) -> _Outcome:
        now, issuer = self.tools.now(), assertion.issuer
        # Read again, and locked: a kill switch waits for us, or we see what it did.
        partner = await work.partners.get(issuer)
        if partner is None or not in_force(partner, now):
            return PolicyRefusal("invalid_client", "issuer.not-in-force")
        if partner.thumbprint != verified.thumbprint:
            return PolicyRefusal("invalid_client", "issuer.repinned")
        digest = used_digest("assertion", issuer, assertion.jti)
        if not await work.grants.use(digest, until=assertion.expires_at + _KEPT):
            return AssertionRefused("replay")
        slug = self.home.room_of(assertion.resource)
        about = None if slug is None else await meeting_in(work, slug, self.tools.policy, now)
        if about is None:
            return PolicyRefusal(INVALID_TARGET, "resource.unknown")
        opened = issuer in await work.grants.opened(about[0].id)
        refusal = closed_to(partner, *about, opened=opened) or self._policy(
            partner, assertion, about[1]
        )
        if refusal is not None:
            return refusal
        return await self._person(work, partner, assertion, about, request)

    def _policy(
        self, partner: Partner, assertion: Assertion, occurrence: Occurrence
    ) -> PolicyRefusal | None:
        return (
            refused_person(partner, assertion)
            or refused_domain(self.tools.policy, assertion)
            or refused_time(partner, occurrence)
        )

    async def _person(
        self,
        work: UnitOfWork,
        partner: Partner,
        assertion: Assertion,
        about: tuple[Meeting, Occurrence],
        request: str,
    ) -> _Outcome:
        occurrence = about[1]
        subjects = self._minter.pseudonyms(f"{assertion.issuer} {assertion.subject}")
        former = await self._former(work, assertion.issuer, subjects, occurrence)
        found = former[-1][1] if former else None
        if found is not None and found.revoked_at is not None:
            return PolicyRefusal("access_denied", "withdrawn")
        refusal = await self._quota(work, partner, occurrence, again=found is not None)
        if refusal is not None:
            return refusal
        entry = entry_of(partner, Vouching.BRIDGE)
        if entry is EntryTerm.APPROVAL:
            answered = await self.approvals.poll(
                work, partner, assertion, about, subjects=subjects, request=request
            )
            if isinstance(answered, Undecided):
                return Pending(
                    error=answered.error, request=answered.request, interval=answered.interval
                )
            if isinstance(answered, PolicyRefusal):
                return answered
            assertion = replace(assertion, name=answered.name)  # the one that the salon approved
        terms = terms_of(partner, self.tools.policy, walks_in=entry is not EntryTerm.WAITING_ROOM)
        whom = Guest(name=shown_name(assertion, partner), email=proven_address(assertion))
        invitation = await self.invitations.vouched(
            work, occurrence, whom, terms, by=actor_of(partner.issuer), found=found
        )
        return await self._give(work, about, invitation, subjects[0], [one for one, _ in former])

    async def _former(
        self,
        work: UnitOfWork,
        issuer: Issuer,
        subjects: tuple[bytes, ...],
        occurrence: Occurrence,
    ) -> list[tuple[Grant, Invitation]]:
        """Return the person's grants for this date that have not ended, the last one last."""
        former = []
        for grant in await work.grants.of_person(issuer, subjects):
            invitation = await work.invitations.get(grant.invitation)
            if invitation is not None and invitation.covers(occurrence):
                former.append((grant, invitation))
        return former

    async def _quota(
        self, work: UnitOfWork, partner: Partner, occurrence: Occurrence, *, again: bool
    ) -> PolicyRefusal | None:
        since = self.tools.now() - HOUR
        known = await work.invitations.of_occurrence(occurrence.id)
        coming = [one for one in known if one.revoked_at is None]
        by = actor_of(partner.issuer)
        used = Used(
            partner_hour=await work.grants.given(partner.issuer, since),
            all_hour=await work.grants.given(None, since),
            partner_here=sum(one.invited_by == by for one in coming) - again,
            guests_here=len(coming) - again,
        )
        return refused_quota(partner, self.tools.policy, used, most=self.home.grants_per_hour)

    async def _give(
        self,
        work: UnitOfWork,
        about: tuple[Meeting, Occurrence],
        invitation: Invitation,
        subject: bytes,
        former: list[Grant],
    ) -> _Given:
        now = self.tools.now()
        issuer = Issuer(invitation.invited_by.partition(":")[2])
        replaced = [one.ended(now, GrantEnd.REPLACED) for one in former]
        await work.grants.save(*replaced)
        await note_grants_ended(work, replaced, by=invitation.invited_by)
        grant = Grant(
            id=GrantId(uuid7(now)),
            issuer=issuer,
            subject=subject,
            invitation=invitation.id,
            number=invitation.number,
            token=str(uuid4()),
            created_at=now,
        )
        await work.grants.add(grant)
        await note_grant(work, grant, invitation, about[1].id)
        meeting, occurrence = about
        return _Given(grant, invitation, occurrence, meeting, tuple(one.id for one in former))

    def _told(self, given: _Given, resource: str) -> Granted:
        invitation, occurrence = given.invitation, given.occurrence
        window = invitation.window(occurrence, self.tools.policy.graces)
        code = self._minter.code(invitation.id, invitation.number, invitation.key)
        claims = {
            "iss": self.home.issuer,
            "aud": self.home.audience,
            "sub": str(given.grant.id),
            "client_id": given.grant.issuer,
            "scope": SCOPE,
            "jti": given.grant.token,
            "iat": int(self.tools.now().timestamp()),
            "nbf": int(window.opens.timestamp()),
            "exp": int(window.closes.timestamp()),
            "meeting": resource,
        }
        walks_in = invitation.terms is not None and invitation.terms.walks_in
        return Granted(
            grant=given.grant.id,
            link=f"{self.home.door}/j/{code}",
            token=self.signs.sign(claims, typ=ACCESS_TOKEN),
            window=window,
            waiting_room=not walks_in,
            title=occurrence.titled(given.meeting),
            starts=occurrence.start,
            ends=occurrence.end,
            zone=occurrence.zone,
        )


def shown_name(assertion: Assertion, partner: Partner) -> str:
    """Return the name that others read: the partner's word for it, and the partner's own name."""
    return f"{assertion.name} ({partner.label})"


def proven_address(assertion: Assertion) -> str:
    """Return the person's address, if the partner says that it is verified."""
    return assertion.email if assertion.email_verified else ""
