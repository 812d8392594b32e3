"""Requests of partners about grants that they have: revocation, introspection, events.

Events about our own people's grants at a partner are handed on (`HearsElsewhere`).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from bridge.domain.grant import Grant, GrantEnd
from bridge.domain.home import HomeInstance
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Occurrence
from bridge.domain.partner import Direction, Issuer, Partner
from bridge.domain.vouched import PartnerEvent, PartnerEventKind
from bridge.domain.window import Phase, Window
from bridge.errors import AssertionRefused, GrantRefused
from bridge.ids import GrantId
from bridge.ports import UnitOfWork
from bridge.ports.federation import PartnerTokens
from bridge.services.federation import recording
from bridge.services.federation.ending import Ending
from bridge.services.federation.exchange import actor_of, used_digest
from bridge.services.tools import Tools

_CLIENT_KEPT = timedelta(minutes=10)
"""How long a client assertion's `jti` is remembered: longer than it may be valid."""
_EVENT_KEPT = timedelta(days=1)
"""The same of an event, which its sender may repeat: a repetition has no effect."""


class HearsElsewhere(Protocol):
    """Takes events about our own people's grants at a partner."""

    async def heard(self, work: UnitOfWork, partner: Partner, event: PartnerEvent) -> None:
        """Take an event, in the transaction that notes it; it comes once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspected:
    """A grant that is alive, as its partner is told."""

    grant: Grant
    window: Window
    open: bool


@dataclass(frozen=True, slots=True)
class GrantRequests:
    """Use cases of partners with grants."""

    tools: Tools
    ending: Ending
    tokens: PartnerTokens
    home: HomeInstance
    elsewhere: HearsElsewhere | None = None

    async def client(self, assertion: str) -> Partner:
        """Return the partner that a client assertion authenticates; each works once.

        A partner whose agreement is over may still give grants back. Raises GrantRefused
        (`invalid_client`), PartnerAway, PartnerUntrusted.
        """
        try:
            issuer = self.tokens.issuer(assertion)
            partner = await self._known(issuer)
            jti = await self.tokens.client(partner, assertion)
        except AssertionRefused as error:
            raise GrantRefused("invalid_client", error.reason) from error
        async with self.tools.works() as work:
            until = self.tools.now() + _CLIENT_KEPT
            if not await work.grants.use(used_digest("client", issuer, jti), until=until):
                recording.refused(issuer, "invalid_client", "replay")
                raise GrantRefused("invalid_client", "replay")
        return partner

    async def _known(self, issuer: Issuer) -> Partner:
        async with self.tools.works.reading() as work:
            partner = await work.partners.get(issuer)
        if partner is None:
            recording.refused(issuer, "invalid_client", "issuer.unknown")
            raise GrantRefused("invalid_client", "issuer.unknown")
        return partner

    async def revoke(self, partner: Partner, token: str) -> None:
        """End the grant of an access token; nothing happens for a token that is not theirs."""
        async with self.tools.works() as work:
            grant = await self._of_token(work, partner, token)
            if grant is not None:
                by = actor_of(partner.issuer)
                await self.ending.end(work, partner, [grant], GrantEnd.RETURNED, by=by)

    async def introspect(self, partner: Partner, token: str) -> Introspected | None:
        """Return the grant of an access token while it leads somewhere; else `None`."""
        now, graces = self.tools.now(), self.tools.policy.graces
        async with self.tools.works.reading() as work:
            grant = await self._of_token(work, partner, token)
            found = None if grant is None else await self._place(work, grant)
        if grant is None or found is None or not partner.in_force(now):
            return None
        invitation, occurrence = found
        window = invitation.window(occurrence, graces)
        if not grant.leads(invitation) or window.phase(now) is Phase.AFTER:
            return None
        return Introspected(grant=grant, window=window, open=window.phase(now) is Phase.INSIDE)

    async def _place(self, work: UnitOfWork, grant: Grant) -> tuple[Invitation, Occurrence] | None:
        invitation = await work.invitations.get(grant.invitation)
        date = (await work.grants.dates([grant.id])).get(grant.id)
        occurrence = None if date is None else await work.meetings.occurrence(date)
        return None if invitation is None or occurrence is None else (invitation, occurrence)

    async def _of_token(self, work: UnitOfWork, partner: Partner, token: str) -> Grant | None:
        try:
            jti = self.tokens.ours(token)
        except AssertionRefused:
            return None
        grant = await work.grants.of_token(jti)
        return grant if grant is not None and grant.issuer == partner.issuer else None

    async def hear(self, token: str) -> bool:
        """Take an event; tell whether it is news.

        Raises AssertionRefused, GrantRefused, PartnerAway, PartnerUntrusted.
        """
        issuer = self.tokens.issuer(token)
        partner = await self._known(issuer)
        event = await self.tokens.event(partner, token)
        async with self.tools.works() as work:
            until = self.tools.now() + _EVENT_KEPT
            if not await work.grants.use(used_digest("event", issuer, event.jti), until=until):
                return False
            # Read again, and locked: after a kill switch nothing is heard but that somebody left.
            present = await work.partners.get(issuer)
            if present is None:
                return True
            if event.kind is PartnerEventKind.REVOKED:
                await self._person_left(work, present, event)
            hosts = Direction.OUTBOUND in present.directions
            if self.elsewhere is not None and hosts and present.in_force(self.tools.now()):
                await self.elsewhere.heard(work, present, event)
        return True

    async def _person_left(self, work: UnitOfWork, partner: Partner, event: PartnerEvent) -> None:
        """End all grants of a person, or the one that the event names."""
        grants: list[Grant] = []
        if event.subject:
            minter = self.ending.invitations.minter
            subjects = minter.pseudonyms(f"{partner.issuer} {event.subject}")
            grants += await work.grants.of_person(partner.issuer, subjects)
        if event.grant:
            one = await self._named(work, partner, event.grant)
            grants += [one] if one is not None and one not in grants else []
        by = actor_of(partner.issuer)
        await self.ending.end(work, partner, grants, GrantEnd.RETURNED, by=by)

    async def _named(self, work: UnitOfWork, partner: Partner, name: str) -> Grant | None:
        grant_id = grant_named(name)
        found = None if grant_id is None else await work.grants.get(grant_id)
        return found if found is not None and found.issuer == partner.issuer else None


def grant_named(name: str) -> GrantId | None:
    """Return the id that a text is; `None` if it is none."""
    try:
        return GrantId(UUID(name))
    except ValueError:
        return None
