"""Each effect outside the database has a line that says what a lost answer does, and a test."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/decisions/0021-lost-answers.md"
ROWS = [line.strip("|").split("|") for line in PAGE.read_text().splitlines() if "::" in line]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_each_effect_has_a_test_that_is_there(row: list[str]):
    _, does, proof = row
    assert does.strip()
    named = re.findall(r"`(tests/\S+?\.py)(?:::(\w+))?`", proof)
    assert named
    for path, name in named:
        text = (ROOT / path).read_text()
        assert re.search(rf"(def|class) {name}\b", text), f"{path}: no {name}"
