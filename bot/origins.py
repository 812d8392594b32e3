"""From a line to its origin: its author with what the homeserver says of them now."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog

from bot.matrix.events import (
    Account,
    Deleted,
    Message,
    Reaction,
    SalonState,
    SendLater,
    SendRefused,
)
from bot.salon import is_agent
from bridge.clock import Clock
from bridge.domain.authority import Membership
from bridge.domain.origin import Origin
from bridge.domain.policy import Policy
from bridge.ids import SalonId, UserId
from bridge.ports import Works

log = structlog.get_logger()


def origin_of(message: Message, state: SalonState, servers: Collection[str], me: UserId) -> Origin:
    """Return where a line comes from, as far as its own salon tells.

    Who has left a direct message since is not in it.
    """
    present = message.sender in state.members
    return Origin(
        event=message.event,
        salon=message.salon,
        by=message.sender,
        thread=message.thread,
        about=message.reply_to,
        at=message.sent_at,
        corrects=message.replaces,
        direct=state.direct and present,
        silent=not state.may_speak(me),
        level=state.level(message.sender),
        present=present,
        outside=not is_agent(message.sender, servers),
    )


def origin_of_touch(
    touch: Reaction | Deleted, state: SalonState, servers: Collection[str]
) -> Origin:
    """Return where a reaction comes from, or the deletion of a line."""
    return Origin(
        event=touch.event,
        salon=touch.salon,
        by=touch.sender,
        about=touch.target,
        at=touch.sent_at,
        level=state.level(touch.sender),
        present=touch.sender in state.members,
        outside=not is_agent(touch.sender, servers),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Finds out what an author is in the salons that a direct message may be about."""

    works: Works
    account: Account
    policy: Policy
    clock: Clock

    async def of(self, origin: Origin) -> Mapping[SalonId, Membership]:
        """Return the author's membership of the salons of their own meetings.

        A salon that can't be read now is left out: nobody's right follows from it.
        """
        if not origin.direct:
            return {}
        after = self.clock.now() - self.policy.graces.after
        async with self.works.reading() as work:
            own = await work.meetings.of_organiser(origin.by, ending_after=after)
            replied = None if origin.about is None else await work.meetings.by_card(origin.about)
        pairs = [*own, replied] if replied is not None else own
        salons = sorted({meeting.salon for meeting, _ in pairs} - {origin.salon})
        found = await asyncio.gather(*(self._in(salon, origin) for salon in salons))
        return {
            salon: known for salon, known in zip(salons, found, strict=True) if known is not None
        }

    async def _in(self, salon: SalonId, origin: Origin) -> Membership | None:
        try:
            state = await self.account.salon(salon)
        except (SendLater, SendRefused) as error:
            log.info("membership.unknown", salon=salon, error=type(error).__name__)
            return None
        return Membership(origin.by in state.members, state.level(origin.by))
