"""One character with several meanings: the message that it is on decides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.conversation.origins import Origin
from bot.conversation.reactions import ReactionAct
from bot.conversation.talk import Talk
from bridge.errors import Refused
from bridge.ids import EventId
from bridge.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class EitherAct:
    """The act of the first of these that the message concerns."""

    acts: Sequence[ReactionAct]
    lasts: bool = False

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it answers such a message."""
        return await self._meant(work, target) is not None

    async def refused(self) -> None:
        """Ask nobody."""

    async def take(self, work: UnitOfWork, origin: Origin, refused: Refused | None, /) -> None:
        """Do it. Raises Refused."""
        act = None if origin.about is None else await self._meant(work, origin.about)
        if act is not None:
            await act.take(work, origin, refused)

    async def _meant(self, work: UnitOfWork, target: EventId) -> ReactionAct | None:
        for act in self.acts:
            if await act.concerns(work, target):
                return act
        return None


def beside(talk: Talk, key: str, act: ReactionAct) -> Talk:
    """Return a talk in which a character also does this act, on messages that it concerns.

    The act that it has there must need no server before it is taken.
    """
    known = talk.reactions.get(key)
    acts = [act] if known is None else [known, act]
    return replace(talk, reactions={**talk.reactions, key: EitherAct(acts)})
