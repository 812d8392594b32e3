"""Judges what a line came to, once played, by what the corpus allows.

A deed that does not keep what the line said is as unwanted as any other; a line that is offered
and does not keep it misleads.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from tests.corpus.play import Outcome, Player, kept
from tests.corpus.reader import Line

_MET = frozenset({"colleague", "none", "not-yet"})
"""The results that an offered line may give as well as the typed one."""


class Verdict(Enum):
    """The result of a line."""

    RIGHT = "right"
    UNWANTED = "unwanted"
    """It does what nobody asked for, or not all that was asked for."""
    MISLEADING = "misleading"
    """The line that is offered does something else than was meant, or can't be read."""
    OTHER = "other"
    """Another answer than those that are right: nothing happens."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A line and what came of it."""

    row: Line
    verdict: Verdict
    answer: str


async def played(player: Player, those: Iterable[Line]) -> list[Judged]:
    """Play each line, and the line that is offered instead; return what each came to."""
    return [await _judged(player, row) for row in those]


async def _judged(player: Player, row: Line) -> Judged:
    outcome = await player.typed(row)
    if outcome.changes:
        return _done(row, outcome)
    if outcome.example:
        return _offered(row, outcome, await player.typed(row, outcome.example))
    right = outcome.words & set(row.allowed)
    return Judged(row, Verdict.RIGHT if right else Verdict.OTHER, _told(outcome))


def _done(row: Line, outcome: Outcome) -> Judged:
    """Judge a deed: it makes all the changes that are right, and no others."""
    right = outcome.words & set(row.allowed) and _same(outcome.changes) == _same(row.may_change)
    lost = kept(outcome, row.keeps, f"{row.line} {outcome.body}")
    verdict = Verdict.UNWANTED if lost or not right else Verdict.RIGHT
    return Judged(row, verdict, f"{_told(outcome)} {lost or ''}")


def _offered(row: Line, refused: Outcome, outcome: Outcome) -> Judged:
    """Judge a refusal by what its line comes to in the same place; help is no suggestion."""
    told, allowed = f"{refused.example} → {_told(outcome)}", set(row.allowed)
    if outcome.words == {"help"}:
        right = allowed & {"help", *refused.words}
        return Judged(row, Verdict.RIGHT if right else Verdict.OTHER, told)
    if outcome.words & allowed & _MET and not outcome.changes:
        return Judged(row, Verdict.RIGHT, told)
    meant = allowed & {f"refuse:{verb}" for verb in outcome.verbs}
    itself = outcome.words & allowed  # what another verb may change is not said
    besides = itself and _same(outcome.changes) - _same(row.may_change)
    lost = kept(outcome, row.keeps, refused.example)
    verdict = Verdict.RIGHT if meant and not besides and not lost else Verdict.MISLEADING
    return Judged(row, verdict, f"{told} {lost or ''}")


def _told(outcome: Outcome) -> str:
    """Return an outcome for whoever reads what a line came to."""
    words, changes = "|".join(sorted(outcome.words)), ";".join(sorted(outcome.changes))
    return f"{words} {changes} {outcome.body[:150]!r}"


def _same(changes: Iterable[str]) -> set[str]:
    return {change.casefold() for change in changes}
