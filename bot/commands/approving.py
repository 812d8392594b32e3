"""✅ and ❌ on the message that asks a salon about a partner's person who has no link yet."""

from dataclasses import dataclass, replace

from bot.conversation.origins import Origin
from bot.conversation.reactions import ReactionAct
from bot.conversation.talk import Talk
from bridge.domain.authority import Act
from bridge.errors import Refused
from bridge.ids import EventId, GrantRequestId
from bridge.ports import UnitOfWork
from bridge.services.federation.approvals import decide, request_named
from bridge.services.permissions import allows
from bridge.services.tools import Tools
from bridge.services.visits.asking import NO, YES


@dataclass(frozen=True, slots=True)
class DecideRequest:
    """Approves or refuses a request, by the rights of questions about guests.

    Where the salon admits guests too, the same characters answer questions: `other`.
    """

    tools: Tools
    approve: bool
    other: ReactionAct | None = None
    lasts: bool = False

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on such a message, or on one of the other kind."""
        if await _request(work, target) is not None:
            return True
        return self.other is not None and await self.other.concerns(work, target)

    async def refused(self) -> Refused | None:
        """Return why a guest could not be admitted; a request needs no server."""
        return None if self.other is None else await self.other.refused()

    async def take(self, work: UnitOfWork, origin: Origin, refused: Refused | None, /) -> None:
        """Decide, once; the message then says so."""
        key = None if origin.about is None else await _request(work, origin.about)
        if key is None:
            if self.other is not None:
                await self.other.take(work, origin, refused)
            return
        peeked = await work.grants.request(key, held=False)
        about = None if peeked is None else await work.meetings.both(peeked.occurrence)
        # People elsewhere may know an event's id, and have no right here.
        if about is None or about[0].salon not in (None, origin.salon):
            return
        request = await work.grants.request(key)
        if request is not None and allows(Act.ANSWER, origin.cause, about[0], self.tools.policy):
            now = self.tools.now()
            await decide(work, about, request, by=origin.by, now=now, approved=self.approve)


def with_approvals(talk: Talk, tools: Tools) -> Talk:
    """Return the talk, in which these reactions decide partners' requests too."""
    acts = talk.reactions
    own = {
        YES: DecideRequest(tools, approve=True, other=acts.get(YES)),
        NO: DecideRequest(tools, approve=False, other=acts.get(NO)),
    }
    return replace(talk, reactions={**acts, **own})


async def _request(work: UnitOfWork, notice: EventId) -> GrantRequestId | None:
    key = await work.outbox.key_of(notice)
    return None if key is None else request_named(key)
