"""1️⃣ 2️⃣ 3️⃣: reactions that choose one row of a message of ours, whatever it offers."""

from collections.abc import Sequence

from bot.conversation.either import EitherAct
from bot.conversation.reactions import ReactionAct
from bot.conversation.talk import Talk

_KEYCAP, _VARIATION = "\u20e3", "\ufe0f"
_DIGITS = ("1", "2", "3")
KEYCAPS = tuple(f"{one}{_VARIATION}{_KEYCAP}" for one in _DIGITS)
"""The characters as clients show them."""


def numbered(*families: Sequence[ReactionAct]) -> Talk:
    """Return the talk in which the n-th character does the n-th act of one of these families."""
    reactions: dict[str, ReactionAct] = {}
    for digit, *acts in zip(_DIGITS, *families, strict=True):
        act = EitherAct(acts)
        reactions[f"{digit}{_KEYCAP}"] = reactions[f"{digit}{_VARIATION}{_KEYCAP}"] = act
    return Talk(reactions=reactions)
