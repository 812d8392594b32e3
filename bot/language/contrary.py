"""Words that take back a line's order, or add another order."""

from collections.abc import Iterable
from itertools import pairwise

from bot.language.text import STOPS, fold, word_set

_CONTRARY = word_set(
    """ne pas not never jamais mais but plutot instead rather sauf except nobody personne aucun
    aucune non retirer remove withdraw inviter annuler cancel terminer prolonger extend
    admettre refuser supprimer delete renvoyer resend"""
) | {"au lieu", "no one", "no longer", "a part"}


def is_contrary(words: Iterable[str]) -> bool:
    """Tell whether such a word, in small letters, is among these words."""
    typed = (word.rstrip(STOPS) for word in words)
    small = [fold(word) for word in typed if word[:1].islower()]
    pairs = {f"{one} {two}" for one, two in pairwise(small)}
    return bool(_CONTRARY & {*small, *pairs}) or any(word.endswith("n't") for word in small)
