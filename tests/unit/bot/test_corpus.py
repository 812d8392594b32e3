"""Lines that agents type are right or helpful, and none does or offers what nobody asked for."""

from collections.abc import Sequence

import pytest

from bridge.i18n import Language
from tests.corpus.judge import Judged, Verdict
from tests.corpus.reader import read
from tests.unit.bot.corpus import judged

pytestmark = pytest.mark.slow

BOUND = 0.95
INVITING = ("!visio inviter", "!visio invite")
"""The people that a line invites are judged where guests and colleagues are distinguished."""
DISPUTED = frozenset(
    {
        # A weekday before a noun is a day as well as a title: it is asked about, with its date.
        "!visio Monday committee",
        # Of an unknown zone no hour is certain; in quotes the words are a title.
        "!visio demain 14h heure réunionnaise Bilan",
    }
)
"""Lines on whose answer reader and corpus differ."""


@pytest.fixture(scope="module")
def lines() -> Sequence[Judged]:
    return judged(row for row in read() if not row.line.startswith(INVITING))


@pytest.mark.parametrize("language", Language)
def test_right_or_helpful(lines: Sequence[Judged], language: Language):
    those = [one for one in lines if one.row.lang == language]
    right = sum(one.verdict is Verdict.RIGHT for one in those)
    assert right >= BOUND * len(those)


@pytest.mark.parametrize("verdict", [Verdict.UNWANTED, Verdict.MISLEADING])
def test_nothing_unwanted(lines: Sequence[Judged], verdict: Verdict):
    found = [one for one in lines if one.verdict is verdict]
    assert [(one.row.line, one.answer) for one in found if one.row.line not in DISPUTED] == []
