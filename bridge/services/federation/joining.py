"""`rejoindre`: one of our people asks for a seat in a partner's meeting, and may give it back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from bridge.domain.agenda import Due, Kind
from bridge.domain.authority import Act
from bridge.domain.cause import Cause
from bridge.domain.home import HomeInstance
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import JoinLink, ToPerson, moment
from bridge.domain.partner import Direction, Partner
from bridge.domain.quota import Pace
from bridge.domain.received_grant import ReceivedGrant, ReceivedState
from bridge.domain.resources import origin_of
from bridge.errors import LimitReached, NotAllowed
from bridge.ids import ReceivedGrantId, UserId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.work import HasPartners
from bridge.services.federation.meetings import meeting_in
from bridge.services.permissions import allows
from bridge.services.quotas import whole_minute
from bridge.services.tools import Tools

PACE = Pace(most=10, period=timedelta(minutes=10))
"""How often one agent may ask partners."""


class JoinAnswer(Enum):
    """The answer to a request that makes no new row, or to one that does."""

    NO_PARTNER = "no-partner"
    UNKNOWN_PARTNER = "unknown-partner"
    """No partner has the name that the line says."""
    OUR_DOOR = "our-door"
    HELD = "held"
    """They have a seat there, and get the link again."""
    WAITING = "waiting"
    """They have asked already."""
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class OurMeeting:
    """The address is that of a meeting of ours, which the author may know."""

    meeting: Meeting
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Joining:
    """Use cases of an agent on seats in partners' meetings; all take the command's transaction."""

    tools: Tools
    home: HomeInstance | None
    """Our side; `None`: there are no partners."""

    async def partners(self, work: HasPartners) -> Sequence[Partner]:
        """Return the partners to whose meetings our people may go now, by their labels."""
        now = self.tools.now()
        return [
            one
            for one in await work.partners.all()
            if one.in_force(now) and Direction.OUTBOUND in one.directions
        ]

    async def join(
        self, work: UnitOfWork, cause: Cause, address: str, *, partner: Partner | None = None
    ) -> JoinAnswer | OurMeeting:
        """Ask for a seat for the author at a meeting's address; the agenda asks the partner.

        `partner`: the one whom they named. Raises NotAllowed, LimitReached.
        """
        to = _agent(cause)
        if self.home is None or not await self.partners(work):
            return JoinAnswer.NO_PARTNER
        if origin_of(address) == self.home.door:
            return JoinAnswer.OUR_DOOR
        ours = None if partner is not None else await self._ours(work, cause, address)
        if ours is not None:
            return ours
        now = self.tools.now()
        for one in await work.received_grants.of_user(to.user, since=now):
            if one.resource == address and one.is_to_come(now):
                await post_link(work, one, again=cause.event)
                return JoinAnswer.HELD
            if one.resource == address and one.waits and partner is None:
                return JoinAnswer.WAITING
        await self._count(work, to.user)
        received = ReceivedGrant(
            id=ReceivedGrantId(uuid7(now)),
            user=to.user,
            account=to.account,
            resource=address,
            asked_at=now,
            partner=None if partner is None else partner.issuer,
        )
        await work.received_grants.add(received)
        await work.agenda.plan([Due(Kind.JOIN, str(received.id), now)])
        return JoinAnswer.ASKED

    async def seats(self, work: UnitOfWork, user: UserId) -> Sequence[ReceivedGrant]:
        """Return a person's seats at partners that lead somewhere, the next one first."""
        now = self.tools.now()
        known = await work.received_grants.of_user(user, since=now)
        return [one for one in known if one.is_to_come(now)]

    async def give_back(
        self, work: UnitOfWork, cause: Cause, address: str | None
    ) -> Sequence[ReceivedGrant]:
        """Give back the author's seat, or withdraw their request, at an address.

        Without an address, the only one that they have; return those that might be meant, and do
        nothing, if there are several. Raises NotAllowed.
        """
        to, now = _agent(cause), self.tools.now()
        known = await work.received_grants.of_user(to.user, since=now)
        meant = [one for one in known if one.waits or one.is_to_come(now)]
        if address is not None:
            meant = [one for one in meant if one.resource == address]
        if address is not None or len(meant) == 1:
            for one in meant:
                await begin_return(work, self.tools, one)
        return meant

    async def _ours(self, work: UnitOfWork, cause: Cause, address: str) -> OurMeeting | None:
        assert self.home is not None
        slug = self.home.room_of(address)
        now = self.tools.now()
        about = None if slug is None else await meeting_in(work, slug, self.tools.policy, now)
        if about is None or not allows(Act.LINK, cause, about[0], self.tools.policy):
            return None
        return OurMeeting(*about)

    async def _count(self, work: UnitOfWork, user: UserId) -> None:
        again = await work.once.take(f"join:{user}", self.tools.now(), PACE)
        if again is not None:
            zone = await work.agents.zone(user) or self.tools.policy.zone
            at = moment(whole_minute(again), zone)
            raise LimitReached(reason="joins", at=at, limit=PACE.most)


async def begin_return(work: UnitOfWork, tools: Tools, one: ReceivedGrant) -> None:
    """Have a grant given back by the agenda; a request that has none yet is over at once."""
    now = tools.now()
    if not one.token:
        await work.received_grants.save(one.ended(now))
        return
    await work.received_grants.save(replace(one, state=ReceivedState.RETURNING))
    await work.agenda.plan([Due(Kind.RETURN, str(one.id), now)])


async def post_link(work: UnitOfWork, one: ReceivedGrant, *, again: str = "") -> None:
    """Have a person's link sent to them by direct message."""
    await work.outbox.post(
        JoinLink(
            idempotency_key=f"join-link:{one.id}:{one.grant}:{again}",
            to=ToPerson(user=one.user, account=one.account),
            received=one.id,
            grant=one.grant,
        )
    )


def _agent(cause: Cause) -> ToPerson:
    """Return the author's own address. Raises NotAllowed for whoever is no agent."""
    to = cause.private
    if to is None or cause.actor.outside:
        raise NotAllowed(reason="outside")
    return to
