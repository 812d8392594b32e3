"""Requests at partners' instances for our people, and what they are told of the answers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, Kind, pace
from bridge.domain.agent import Agent, Method
from bridge.domain.home import HomeInstance
from bridge.domain.message import Notice, Parameter, Parameters, ToPerson, address, phrase
from bridge.domain.names import clean_words
from bridge.domain.partner import Direction, Issuer, Partner
from bridge.domain.received_grant import ReceivedGrant, ReceivedState
from bridge.domain.resources import matches, origin_of
from bridge.errors import GrantRefused, PartnerAway, PartnerUntrusted
from bridge.ids import ReceivedGrantId
from bridge.ports import UnitOfWork
from bridge.ports.federation import (
    GrantedElsewhere,
    PartnerDirectory,
    PartnerServers,
    PendingElsewhere,
    Pseudonyms,
    Request,
)
from bridge.services.federation import recording
from bridge.services.federation.joining import post_link
from bridge.services.tools import Tools

log = structlog.get_logger()

TOLD_AFTER = timedelta(minutes=1)
"""How long a partner may be away until our person hears of it."""
_LONGEST_PAUSE = timedelta(minutes=1)
_RETURNED_UNTIL = timedelta(days=1)
"""How long we try to give back a grant whose end we don't know."""
_LONGEST_TITLE = 120
_REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "invalid_target": "target",
        "access_denied": "denied",
        "invalid_client": "client",
        "invalid_grant": "word",
        "expired_token": "expired",
    }
)
"""The sentences for the errors of the protocol; all others have one."""


class _Told(Exception):
    """The request is over: `template` is what its person is told."""

    def __init__(self, template: str, **parameters: Parameter) -> None:
        super().__init__(template)
        self.template = template
        self.parameters = parameters


@dataclass(frozen=True, slots=True)
class JoinRequests:
    """Handlers of the agenda; a partner is asked outside of any transaction."""

    tools: Tools
    servers: PartnerServers
    directory: PartnerDirectory
    pseudonyms: Pseudonyms
    home: HomeInstance

    async def ask(self, due: Due) -> datetime | None:
        """Ask the partner for one of our people, again while it has not decided or is away."""
        one = await self._read(due)
        if one is None or not one.waits:
            return None
        now = self.tools.now()
        if now >= one.waits_until():
            pending = one.state is ReceivedState.PENDING
            await self._end(one, "join.undecided" if pending else "join.unreached")
            return None
        try:
            partner = await self._partner(one)
            answer = await self._answer(one, partner)
        except _Told as told:
            await self._end(one, told.template, told.parameters)
            return None
        except PartnerAway as away:
            return await self._later(one, away)
        if isinstance(answer, PendingElsewhere):
            return await self._pending(one, partner, answer)
        await self._held(one, partner, answer)
        return None

    async def give_back(self, due: Due) -> datetime | None:
        """Tell a partner that a grant is given back, until it knows or the grant is over.

        Raises PartnerAway, PartnerUntrusted: then again.
        """
        one = await self._read(due)
        if one is None or one.state is not ReceivedState.RETURNING:
            return None
        now = self.tools.now()
        until = one.closes or one.asked_at + _RETURNED_UNTIL
        async with self.tools.works.reading() as work:
            partner = None if one.partner is None else await work.partners.get(one.partner)
        if partner is not None and now < until:
            try:
                await self.servers.revoke(partner, one.token)
            except PartnerAway as away:
                if not away.after:
                    raise
                return now + timedelta(seconds=away.after)
        recording.returned(one.grant, one.partner)
        await self._end(one, None)
        return None

    # --- finding the partner --------------------------------------------------------------------

    async def _partner(self, one: ReceivedGrant) -> Partner:
        """Return the partner whose meeting it is. Raises _Told, PartnerAway."""
        now = self.tools.now()
        async with self.tools.works.reading() as work:
            known = await work.partners.all()
        there = {
            partner.issuer: partner
            for partner in known
            if partner.in_force(now) and Direction.OUTBOUND in partner.directions
        }
        if one.partner is not None:
            if one.partner not in there:
                raise _Told("join.over")
            return there[one.partner]
        found, sure = await self._of_pattern(one.resource, list(there.values()))
        ours = self.home.room_of(one.resource) is not None
        if not found and not ours:
            issuer = await self._of_door(one.resource)
            found = [there[issuer]] if issuer in there else []
        if not found:
            raise _Told("join.ours" if ours else "join.nobody")
        if len(found) > 1 or ours or not sure:
            raise _Told("join.which", rows=[_row(one, partner) for partner in found])
        return found[0]

    async def _of_pattern(
        self, resource: str, partners: Sequence[Partner]
    ) -> tuple[list[Partner], bool]:
        """Return the partners that say the address is theirs, and whether all have been heard.

        Else a partner could claim the address of one that is away. Raises PartnerAway if none
        does, and one could not be asked.
        """
        asked = (self.directory.instance(one) for one in partners)
        said = await asyncio.gather(*asked, return_exceptions=True)
        found, away, untrusted = [], None, False
        for partner, instance in zip(partners, said, strict=True):
            if isinstance(instance, PartnerAway):
                away = instance
            elif isinstance(instance, PartnerUntrusted):
                log.warning("partner.untrusted", partner=partner.issuer, why=str(instance))
                untrusted = True
            elif isinstance(instance, BaseException):
                raise instance
            elif matches(instance.resource_pattern, resource):
                found.append(partner)
        if not found and away is not None:
            raise away
        return found, away is None and not untrusted

    async def _of_door(self, resource: str) -> Issuer | None:
        """Return the issuer that protects an address: it is a door's, whose issuer may differ."""
        try:
            return await self.servers.protects(resource) or Issuer(origin_of(resource))
        except PartnerAway:
            return Issuer(origin_of(resource))

    # --- the request ----------------------------------------------------------------------------

    async def _answer(
        self, one: ReceivedGrant, partner: Partner
    ) -> GrantedElsewhere | PendingElsewhere:
        """Return a partner's answer. Raises _Told, PartnerAway."""
        try:
            return await self.servers.ask(await self._request(one, partner))
        except PartnerUntrusted as error:
            log.warning("partner.untrusted", partner=partner.issuer, why=str(error))
            raise _Told("join.untrusted", partner=partner.label) from error
        except GrantRefused as error:
            recording.refused_elsewhere(partner.issuer, error.error, error.rule)
            named = _REFUSALS.get(error.error, "other")
            raise _Told(f"join.refused.{named}", partner=partner.label) from error

    async def _request(self, one: ReceivedGrant, partner: Partner) -> Request:
        async with self.tools.works.reading() as work:
            agent = await work.agents.get(one.user)
        return Request(
            partner=partner,
            resource=one.resource,
            subject=await self.pseudonyms.of(one.user, partner.issuer),
            claims=_claims(one, agent, partner, self.home),
            request=one.request or None,
        )

    # --- the answers ----------------------------------------------------------------------------

    async def _pending(
        self, one: ReceivedGrant, partner: Partner, answer: PendingElsewhere
    ) -> datetime | None:
        async with self.tools.works() as work:
            known = await work.received_grants.get(one.id)
            if known is None or not known.waits:
                return None
            waiting = replace(
                known,
                state=ReceivedState.PENDING,
                partner=partner.issuer,
                request=answer.request or known.request,
            )
            await work.received_grants.save(waiting)
            await tell(work, known, "join.pending", {"partner": partner.label}, once="pending")
        return self.tools.now() + timedelta(seconds=answer.again)

    async def _held(self, one: ReceivedGrant, partner: Partner, answer: GrantedElsewhere) -> None:
        privacy = (await self.directory.instance(partner)).privacy
        async with self.tools.works() as work:
            known = await work.received_grants.get(one.id)
            if known is None:
                return
            held = replace(
                known,
                state=ReceivedState.HELD,
                ended_at=None,
                partner=partner.issuer,
                grant=answer.grant,
                link=answer.link,
                token=answer.token,
                title=clean_words(answer.title, _LONGEST_TITLE),
                host=clean_words(answer.host, _LONGEST_TITLE) or partner.label,
                privacy=privacy if privacy.startswith("https://") else "",
                opens=answer.opens,
                closes=answer.closes,
                starts=answer.starts,
                ends=answer.ends,
                zone=answer.zone,
                waiting_room=answer.waiting_room,
            )
            if known.waits:
                await work.received_grants.save(held)
                await post_link(work, held)
            else:  # its person changed their mind while the partner answered
                await work.received_grants.save(replace(held, state=ReceivedState.RETURNING))
                due = Due(Kind.RETURN, str(held.id), self.tools.now())
                await work.agenda.plan([due])
        recording.received(answer.grant, partner.issuer)

    async def _later(self, one: ReceivedGrant, away: PartnerAway) -> datetime:
        now = self.tools.now()
        waited = now - one.asked_at
        log.info("partner.away", partner=one.partner, why=str(away))
        if waited >= TOLD_AFTER:
            async with self.tools.works() as work:
                await tell(work, one, "join.away", once="away")
        pause = max(pace(waited, _LONGEST_PAUSE), timedelta(seconds=away.after))
        return min(now + pause, max(one.waits_until(), now + timedelta(seconds=2)))

    async def _read(self, due: Due) -> ReceivedGrant | None:
        async with self.tools.works.reading() as work:
            return await work.received_grants.get(ReceivedGrantId(UUID(due.key)))

    async def _end(
        self,
        one: ReceivedGrant,
        template: str | None,
        parameters: Parameters | None = None,
    ) -> None:
        """End a request, and tell its person; nothing if it was ended meanwhile."""
        async with self.tools.works() as work:
            known = await work.received_grants.get(one.id)
            if known is None or known.state is not one.state:
                return
            await work.received_grants.save(known.ended(self.tools.now()))
            if template is not None:
                given = {"address": address(one.resource), **(parameters or {})}
                await tell(work, one, template, given, once="end")


async def tell(
    work: UnitOfWork,
    one: ReceivedGrant,
    template: str,
    parameters: Parameters | None = None,
    *,
    once: str,
) -> None:
    """Tell a person something of their request or seat, once for each `once`."""
    await work.outbox.post(
        Notice(
            idempotency_key=f"join:{one.id}:{once}",
            to=ToPerson(user=one.user, account=one.account),
            template=template,
            parameters={"address": address(one.resource), **(parameters or {})},
            mentions=(one.user,),
        )
    )


def _row(one: ReceivedGrant, partner: Partner) -> Parameter:
    return phrase("join.which-row", {"address": one.resource, "partner": partner.label})


def _claims(
    one: ReceivedGrant, agent: Agent | None, partner: Partner, home: HomeInstance
) -> Mapping[str, str | bool]:
    """Return the claims that the agreement allows; the protocol wants some name at least."""
    tells, name = partner.tells, agent.name if agent is not None else ""
    claims: dict[str, str | bool] = {"name": home.organisation or home.issuer}
    if "name" in tells and name:
        claims["name"] = name
    if "org" in tells:
        claims["org"] = home.organisation
    if "mxid" in tells:
        claims["mxid"] = one.user
    if "email" in tells and agent is not None and agent.identity is not None:
        claims["email"] = agent.identity.email
        claims["email_verified"] = agent.identity.method is Method.MAP
    return claims
