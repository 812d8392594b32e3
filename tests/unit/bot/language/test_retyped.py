"""A line is offered again with one person named by their id: all else of it stays."""

import pytest

from bot.language.line import Line
from bot.language.retyped import typed_with
from bot.language.text import normal
from bridge.i18n import Language

ID = "@bob:agent.tchap"


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("inviter Bob", f"!visio inviter {ID}"),
        ("inviter BÖB", f"!visio inviter {ID}"),
        ("inviter Bob et Zoé", f"!visio inviter {ID} et Zoé"),
        ("inviter bob@x.example; Bob", f"!visio inviter bob@x.example; {ID}"),
        ("inviter Bob Roux; Bob", f"!visio inviter Bob Roux; {ID}"),
        ("inviter Bob; Bobby", f"!visio inviter {ID}; Bobby"),
        ("inviter Jean-Bob; Bob", f"!visio inviter Jean-Bob; {ID}"),
        ("16h Point Bob avec Bob jusqu'à 18h", f"!visio 16h Point Bob avec {ID} jusqu'à 18h"),
        ("inviter\nBob\nLéa", f"!visio inviter, {ID}, Léa"),
    ],
)
def test_the_person_alone_is_replaced(line: str, offered: str):
    assert of(line) == offered


def of(line: str, language: Language = Language.FR) -> str:
    read = Line.of(normal(line))
    return typed_with(read, "Bob", ID, prefix="!visio", language=language)


def test_whom_the_line_does_not_name_so_is_invited_alone():
    assert of("inviter Robert") == f"!visio inviter {ID}"
    assert of("invite Robert", Language.EN) == f"!visio invite {ID}"
