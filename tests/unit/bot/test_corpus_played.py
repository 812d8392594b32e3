"""Lines of the corpus, played as a user meets them; `make bench ONLY=lines` plays all of them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.i18n import Language
from tests.corpus.judge import Judged, Verdict, played
from tests.corpus.play import Player
from tests.corpus.reader import Line, read
from tests.corpus.situations import SITUATIONS, staged

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEP = 12
"""Of so many lines one is played."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def player(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Player]:
    async with staged(migrated, tmp_path_factory.mktemp("corpus")) as stage:
        yield Player(stage)


def wrong(found: list[Judged]) -> list[tuple[str, str, str]]:
    return [
        (one.verdict.value, one.row.line, one.answer)
        for one in found
        if one.verdict is not Verdict.RIGHT
    ]


def samples() -> Iterator[Line]:
    """Return from each situation a line that changes something there, or the first."""
    languages = [language.value for language in Language]
    for place, situation in enumerate(SITUATIONS):
        lang = languages[place % len(languages)]
        those = [one for one in read() if one.situation == situation and one.lang == lang]
        yield next((one for one in those if one.may_change), those[0])


def row(line: str, situation: str) -> Line:
    return next(one for one in read() if (one.line, one.situation) == (line, situation))


MENDED = [
    ("!visio inviter paul@partenaire.example jusqu’à 13h", "salon-one-planned"),
    ("!visio inviter Paul Petit avec code", "salon-one-planned"),
    ("!visio inviter à Revue", "salon-one-planned"),
    ("!visio inviter paul@partenaire.example, tél. 01 23 45 67 89", "salon-one-planned"),
    ("!visio inviter paul@partenaire.example à la réunion de demain", "salon-two-planned"),
    ("!visio remove", "salon-one-planned"),
    ("!visio refuser l’entrée à Jean Dupont", "door-waiting"),
]
"""Lines that the reader took well, and that came to something else where they were typed."""


async def test_what_the_reader_alone_does_not_decide(player: Player):
    assert wrong(await played(player, (row(*one) for one in MENDED))) == []


async def test_reminders(player: Player):
    those = [one for one in read() if "rappel" in one.line.lower() or "remind" in one.line.lower()]
    assert wrong(await played(player, those)) == []


async def test_handovers(player: Player):
    verbs = ("confi", "repren", "hand over", "take over")
    those = [one for one in read() if any(verb in one.line.lower() for verb in verbs)]
    assert wrong(await played(player, those)) == []


async def test_each_situation(player: Player):
    assert wrong(await played(player, samples())) == []


@pytest.mark.parametrize(
    ("line", "situation", "altered", "verdict"),
    [
        ("!visio terminer", "salon-one-live", {"allowed": ("help",)}, Verdict.UNWANTED),
        ("!visio Point budget", "salon-empty", {"keeps": (("title", "Point"),)}, Verdict.UNWANTED),
        (
            "!visio retirer tous",
            "salon-one-planned",
            {"may_change": ("withdrawn:jean@partenaire.example",)},
            Verdict.UNWANTED,
        ),
        (
            "!visio demain Point budget",
            "salon-empty",
            {"allowed": ("refuse:list",)},
            Verdict.MISLEADING,
        ),
        (
            "!visio demain Point budget",
            "salon-empty",
            {"keeps": (("start", "2026-12-03"),)},
            Verdict.MISLEADING,
        ),
        ("!visio liste", "salon-one-planned", {"allowed": ("none",)}, Verdict.OTHER),
    ],
)
async def test_what_is_not_right_is_told(
    player: Player, line: str, situation: str, altered: dict[str, Any], verdict: Verdict
):
    right = row(line, situation)
    (before,) = await played(player, [right])
    (after,) = await played(player, [replace(right, **altered)])
    assert (before.verdict, after.verdict) == (Verdict.RIGHT, verdict)


@pytest.mark.long
async def test_one_line_in_twelve(player: Player):
    assert wrong(await played(player, read()[::STEP])) == []
