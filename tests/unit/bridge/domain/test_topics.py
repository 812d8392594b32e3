"""A meeting's topics: lines of visible characters, without an address."""

import pytest

from bridge.domain.topics import read_topics
from bridge.domain.welcome import Flaw


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("1. Budget\n2. Calendrier", "1. Budget\n2. Calendrier"),
        ("\n\n 1. Budget \n\n\n\n2.  Calendrier\n \n", "1. Budget\n\n2. Calendrier"),
        ("Bud\u202eget\u200b\n\u2800", "Budget"),
        ("\n \n", ""),
        ("", ""),
    ],
)
def test_lines_are_kept_and_what_nobody_sees_is_not(typed: str, text: str):
    assert read_topics(typed, 2000) == text


@pytest.mark.parametrize(
    ("typed", "longest", "flaw"),
    [
        ("x" * 11, 10, Flaw.LONG),
        ("x", 0, Flaw.FORBIDDEN),
        ("Budget\nvoir piege.example/entrer", 2000, Flaw.ADDRESS),
        ("Budget\nhttps://piege.example", 2000, Flaw.ADDRESS),
        ("Budget\nlea@piege.example", 2000, Flaw.ADDRESS),
    ],
)
def test_flaws(typed: str, longest: int, flaw: Flaw):
    assert read_topics(typed, longest) is flaw


def test_none_are_always_allowed():
    assert read_topics(" ", 0) == ""
