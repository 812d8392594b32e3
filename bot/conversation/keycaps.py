"""1️⃣ 2️⃣ 3️⃣: reactions that choose one row of a message of ours, whatever it offers."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation.origins import Origin
from bot.conversation.reactions import ReactionAct, ReactionActs
from bot.conversation.talk import Talk
from bridge.errors import Refused
from bridge.ids import EventId
from bridge.ports import UnitOfWork

_KEYCAP, _VARIATION = "\u20e3", "\ufe0f"
_DIGITS = ("1", "2", "3")
KEYCAPS = tuple(f"{one}{_VARIATION}{_KEYCAP}" for one in _DIGITS)
"""The characters as clients show them."""


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


def numbered(*families: Sequence[ReactionAct]) -> Talk:
    """Return the talk in which the n-th character does the n-th act of one of these families."""
    reactions: dict[str, ReactionAct] = {}
    for digit, *acts in zip(_DIGITS, *families, strict=True):
        act = EitherAct(acts)
        reactions[f"{digit}{_KEYCAP}"] = reactions[f"{digit}{_VARIATION}{_KEYCAP}"] = act
    acts_by_key: ReactionActs = reactions
    return Talk(reactions=acts_by_key)
