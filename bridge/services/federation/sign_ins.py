"""Guests who sign in at their own organisation, before the salon is asked about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bridge.domain.invitation import Standing
from bridge.domain.partner import Partner, signs_in
from bridge.domain.proof import Proof
from bridge.domain.sign_in import SignIn, began_in, place_of, redirect_address
from bridge.errors import PartnerAway, PartnerUntrusted, SignInRefused
from bridge.ids import VisitId
from bridge.ports.federation import PartnerProviders
from bridge.ports.work import HasPartners, ReadsVisits
from bridge.services.federation import recording
from bridge.services.tools import Tools
from bridge.services.visits.snapshot import Admission, admission_held, admission_of


class SignInOutcome(StrEnum):
    """The result of a sign-in, for the page that offers the next way."""

    SIGNED_IN = "signed-in"
    AWAY = "provider-away"
    CANCELLED = "sign-in-cancelled"
    REFUSED = "sign-in-refused"
    OTHER = "sign-in-other"
    """The guest signed in with another address than the invitation's."""
    UNVERIFIED = "sign-in-unverified"
    """Their organisation does not vouch for their address."""
    STALE = "sign-in-stale"
    """The answer came too late, twice, or to another question."""
    ELSEWHERE = "elsewhere"
    """No sign-in is offered now: the page tells the present state."""


_TOLD = {"cancelled": SignInOutcome.CANCELLED, "unverified": SignInOutcome.UNVERIFIED}


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that begins: where the guest is sent."""

    address: str = field(repr=False)
    organisation: str


class _Reads(ReadsVisits, HasPartners, Protocol):
    """Reads visits, and partners."""


@dataclass(frozen=True, slots=True)
class SignIns:
    """Use cases of a sign-in. No transaction is open while a provider is asked."""

    tools: Tools
    providers: PartnerProviders
    door: str
    """The door's public address, without a path."""

    async def offered(self, visit: VisitId) -> str | None:
        """Return the organisation at which a visit's guest may sign in; the visit is checked."""
        async with self.tools.works.reading() as work:
            admission = await admission_of(work, visit, self.tools.policy)
            partner = None if admission is None else await self._partner(work, admission)
        return None if partner is None else partner.label

    async def begin(self, visit: VisitId, secret: str, ticket: str) -> Begun | SignInOutcome | None:
        """Return where to sign in, for the visit's own browser; `None` for anybody else.

        `ticket` is the secret of a cookie that this browser gets with it.
        """
        async with self.tools.works.reading() as work:
            admission = await admission_of(work, visit, self.tools.policy)
            if admission is None or not admission.belongs_to(secret):
                return None
            partner = await self._partner(work, admission)
        if partner is None:
            return SignInOutcome.ELSEWHERE
        asked = SignIn.begin(visit, partner, ticket, self.tools.now())
        try:
            address = await self.providers.address(asked, self._redirect(asked))
        except (PartnerAway, PartnerUntrusted) as error:
            return self._failed(partner, error)
        return Begun(address, partner.label)

    async def finish(
        self, visit: VisitId, secret: str, ticket: str, place: str, answer: Mapping[str, str]
    ) -> SignInOutcome | None:
        """Judge a provider's answer, which came to its own `place`; `None` for anybody else."""
        state = answer.get("state", "")
        async with self.tools.works() as work:
            admission = await admission_held(work, visit, self.tools.policy)
            if admission is None or not admission.belongs_to(secret):
                return None
            partner = await self._partner(work, admission)
            if partner is None:
                return SignInOutcome.ELSEWHERE
            asked = self._asked(visit, partner, ticket, state)
            if asked is None or place != place_of(asked.provider):
                return SignInOutcome.STALE
            if not await work.grants.use(asked.used, until=asked.ends_at):
                return SignInOutcome.STALE
        try:
            person = await self.providers.person(asked, self._redirect(asked), answer)
        except (SignInRefused, PartnerAway, PartnerUntrusted) as error:
            return self._failed(partner, error)
        return await self._proved(visit, partner, person.email)

    def _asked(self, visit: VisitId, partner: Partner, ticket: str, state: str) -> SignIn | None:
        """Return the sign-in to which a state belongs, if it is this visit's and in time."""
        named = began_in(state)
        if named is None:
            return None
        now = self.tools.now()
        asked = SignIn.begin(visit, partner, ticket, now).since(named[1])
        return asked if asked.takes(state, now) else None

    async def _proved(self, visit: VisitId, partner: Partner, email: str) -> SignInOutcome:
        """Store the proof, if the address is the invitation's and the partner is still trusted."""
        async with self.tools.works() as work:
            admission = await admission_held(work, visit, self.tools.policy)
            still = None if admission is None else await self._partner(work, admission)
            if admission is None or still is None or still.provider != partner.provider:
                return SignInOutcome.ELSEWHERE
            if email.casefold() != admission.invitation.email.casefold():
                recording.not_signed_in(partner.issuer, "address")
                return SignInOutcome.OTHER
            await work.visits.prove(visit, Proof.OIDC, by=partner.label)
        recording.signed_in(partner.issuer, admission.invitation.id, visit)
        return SignInOutcome.SIGNED_IN

    async def _partner(self, work: _Reads, admission: Admission) -> Partner | None:
        now = self.tools.now()
        if admission.standing(now) is not Standing.PROVING:
            return None
        return signs_in(await work.partners.all(), admission.invitation.email, now)

    def _redirect(self, asked: SignIn) -> str:
        return redirect_address(self.door, asked.provider)

    def _failed(
        self, partner: Partner, error: SignInRefused | PartnerAway | PartnerUntrusted
    ) -> SignInOutcome:
        recording.not_signed_in(partner.issuer, str(error))
        if isinstance(error, SignInRefused):
            return _TOLD.get(error.reason, SignInOutcome.REFUSED)
        return SignInOutcome.AWAY
