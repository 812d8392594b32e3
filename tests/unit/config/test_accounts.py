"""`[[accounts]]` says what `[matrix]` says; one account is served."""

import pytest

from config.load import load
from tests.unit.config.test_load import LEAST, Write, refused, write  # noqa: F401 - a fixture

LISTED = LEAST.replace("[matrix]", "[[accounts]]")
OTHER = '[[accounts]]\nhomeserver = "http://localhost:8009"\nuser = "@other:localhost"\n'


def test_one_account_of_the_list_is_the_bots(write: Write) -> None:  # noqa: F811
    assert load(write(LISTED)) == load(write(LEAST))


def test_variables_apply_to_it(
    write: Write,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARVIS_MATRIX__PREFIX", "!reunion")
    matrix = load(write(LISTED)).matrix
    assert (matrix.prefix, matrix.user) == ("!reunion", "@visio:localhost")


@pytest.mark.parametrize(
    ("text", "english", "french"),
    [
        (
            LISTED + OTHER,
            "accounts: this version serves one account: write one table",
            "accounts: cette version sert un seul compte : écrivez une seule table",
        ),
        (
            LEAST + OTHER,
            "accounts: write [[accounts]] or [matrix], not both",
            "accounts: écrivez [[accounts]] ou [matrix], pas les deux",
        ),
        (
            LEAST.replace("[matrix]", "[accounts]"),
            "accounts: write [[accounts]], a table for each account",
            "accounts: écrivez [[accounts]], une table par compte",
        ),
        (
            "accounts = []\n" + LEAST.partition("[visio]")[2].join(["[visio]", ""]),
            "accounts: this version serves one account: write one table",
            "accounts: cette version sert un seul compte : écrivez une seule table",
        ),
    ],
)
def test_anything_else_is_refused(
    write: Write,  # noqa: F811
    text: str,
    english: str,
    french: str,
) -> None:
    path = write(text)
    assert english in refused(path)
    assert french in refused(path, "fr")
