"""Judges what a line came to, once played, by what the corpus allows."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from enum import Enum

from tests.corpus.play import Outcome, Player, kept
from tests.corpus.reader import Line

_DOING = frozenset(
    ("meet", "invite", "withdraw", "resend", "extend", "end", "cancel", "move", "rename")
    + ("admit", "deny", "language", "settings")
)


class Verdict(Enum):
    """What a line came to."""

    RIGHT = "right"
    UNWANTED = "unwanted"
    """It does what nobody asked for."""
    MISLEADING = "misleading"
    """The line that is offered does something else than was meant, or can't be read."""
    LOSSY = "lossy"
    """The right verb, but without all that the line said."""
    OTHER = "other"
    """Another answer than those that are right: nothing happens."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A line and what came of it."""

    row: Line
    verdict: Verdict
    answer: str


async def played(player: Player, those: Iterable[Line]) -> AsyncIterator[Judged]:
    """Play lines, and the lines that are offered instead; return what each came to."""
    for row in sorted(those, key=lambda one: one.situation):
        outcome = await player.typed(row)
        if outcome.example and not outcome.changes:
            yield await _offered(player, row, outcome)
        else:
            yield _met(row, outcome)


def _met(row: Line, outcome: Outcome) -> Judged:
    """Judge an answer that offers nothing."""
    words, allowed = outcome.words, set(row.allowed)
    told = f"{'|'.join(sorted(words))} {';'.join(sorted(outcome.changes))} {outcome.body[:160]!r}"
    if outcome.changes:
        if not words & allowed or not _same(outcome.changes) <= _same(row.may_change):
            return Judged(row, Verdict.UNWANTED, told)
        lost = kept(outcome, row.keeps, f"{row.line} {outcome.body}")
        if lost or _same(outcome.changes) != _same(row.may_change):
            return Judged(row, Verdict.LOSSY, f"{told} lost: {lost}")
        return Judged(row, Verdict.RIGHT, told)
    return Judged(row, Verdict.RIGHT if words & allowed else Verdict.OTHER, told)


async def _offered(player: Player, row: Line, refused: Outcome) -> Judged:
    """Judge a refusal by what the line that it offers comes to, where it is typed next."""
    outcome = await player.typed(row, refused.example)
    told = f"{refused.example} → {'|'.join(sorted(outcome.words))} {';'.join(sorted(outcome.changes))}"
    if outcome.words == {"help"}:
        right = {*refused.words, "help", "refuse"} & set(row.allowed)
        return Judged(row, Verdict.RIGHT if right else Verdict.OTHER, told)
    if not {f"refuse:{word}" for word in _verbs(outcome)} & set(row.allowed):
        return Judged(row, Verdict.MISLEADING, f"{told} {outcome.body[:120]!r}")
    besides = outcome.words & set(row.allowed) & _DOING and _same(outcome.changes) - _same(row.may_change)
    if besides:
        return Judged(row, Verdict.MISLEADING, f"{told} besides: {sorted(besides)}")
    lost = kept(outcome, row.keeps, refused.example)
    return Judged(row, Verdict.LOSSY if lost else Verdict.RIGHT, f"{told} lost: {lost}")


def _verbs(outcome: Outcome) -> frozenset[str]:
    """Return the verbs that the line offered is; where it asks which meeting, its command's."""
    return outcome.words | (outcome.named if "ask" in outcome.words else frozenset())


def _same(changes: Iterable[str]) -> set[str]:
    return {change.casefold() for change in changes}
