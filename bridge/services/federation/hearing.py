"""Events of partners about the seats of our people there: what becomes of them, and who is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.domain.message import Parameter, course, phrase
from bridge.domain.partner import Partner
from bridge.domain.received_grant import ReceivedGrant
from bridge.domain.vouched import PartnerEvent, PartnerEventKind
from bridge.ports import UnitOfWork
from bridge.services.federation import recording
from bridge.services.federation.elsewhere import tell
from bridge.services.tools import Tools

_ENDS = {
    PartnerEventKind.CANCELLED: "join.cancelled",
    PartnerEventKind.REVOKED: "join.withdrawn",
}


@dataclass(frozen=True, slots=True)
class HostNews:
    """Takes events about our people's seats, in the transaction that notes them."""

    tools: Tools

    async def heard(self, work: UnitOfWork, partner: Partner, event: PartnerEvent) -> None:
        """Follow an event, and tell each person whom it concerns; without news, nothing."""
        now = self.tools.now()
        for one in await _meant(work, partner, event):
            if not one.is_to_come(now):
                continue
            if event.kind is PartnerEventKind.MOVED:
                await self._moved(work, one, event)
                continue
            await work.received_grants.save(one.ended(now))
            recording.ended_elsewhere(one.grant, partner.issuer, event.kind.value)
            zone = await self._zone(work, one)
            await tell(work, one, _ENDS[event.kind], described(one, zone), once=event.jti)

    async def _moved(self, work: UnitOfWork, one: ReceivedGrant, event: PartnerEvent) -> None:
        starts, ends = event.starts, event.ends
        if starts is None or ends is None or not starts < ends:
            return
        if (starts, ends) == (one.starts, one.ends):
            return
        moved = one.moved(starts, ends)
        await work.received_grants.save(moved)
        zone = await self._zone(work, one)
        await tell(work, one, "join.moved", described(moved, zone), once=event.jti)

    async def _zone(self, work: UnitOfWork, one: ReceivedGrant) -> str:
        return await work.agents.zone(one.user) or self.tools.policy.zone


async def _meant(
    work: UnitOfWork, partner: Partner, event: PartnerEvent
) -> Sequence[ReceivedGrant]:
    """Return the seats that an event is about: its grant's, else all at its address."""
    if event.grant:
        one = await work.received_grants.by_grant(partner.issuer, event.grant)
        return [] if one is None else [one]
    if event.resource and event.kind is not PartnerEventKind.REVOKED:
        return await work.received_grants.of_resource(partner.issuer, event.resource)
    return []


def described(one: ReceivedGrant, zone: str) -> dict[str, Parameter]:
    """Return a seat's meeting for a sentence: its title, host, and time in a zone."""
    starts, ends = one.starts or one.opens, one.ends or one.closes
    told: dict[str, Parameter] = {
        "title": one.title or phrase("meeting.untitled"),
        "host": one.host,
        "when": course(starts, ends, zone) if starts is not None and ends is not None else "?",
    }
    return told
