"""docs/interop/sentences.md has the evidence for all that sentences say of other systems."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bridge.i18n import Language

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/interop/sentences.md"
NAMED = re.compile(
    r"Visio|LiveKit|Tchap|Element|Matrix|homeserver|ProConnect|media server|mail server"
    r"|serveur de (?:mail|messagerie|médias|visio)|messagerie|navigateur|browser",
)
CATALOGUES = ("bot", "check", "dates", "door", "language", "mail")


def sentences(language: Language) -> Iterator[tuple[str, str]]:
    """Return each key with all the forms of its sentence."""
    for name in CATALOGUES:
        path = resources.files("bridge").joinpath("locales", language, f"{name}.po")
        with path.open("rb") as file:
            for one in read_po(file):
                key = one.id if isinstance(one.id, str) else one.id[0]
                text = one.string if isinstance(one.string, str) else " ".join(one.string or ())
                if key:
                    yield key, text


def rows() -> Iterator[tuple[list[str], str]]:
    """Return the sentences of each line, and how it was seen."""
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            keys, _, seen = cells
            yield re.findall(r"`([^`]+)`", keys), seen


@pytest.mark.parametrize("language", list(Language))
def test_each_that_names_another_system_has_a_line(language: Language):
    known = {key for keys, _ in rows() for key in keys}
    naming = {key for key, text in sentences(language) if NAMED.search(text)}
    assert naming - known == set(), f"say in {PAGE.name} what is true, and how it was seen"


def test_each_line_is_of_a_sentence_that_is_there():
    there = {key for language in Language for key, _ in sentences(language)}
    assert {key for keys, _ in rows() for key in keys} - there == set()


def test_each_line_says_how_it_was_seen_and_what_it_names_is_there():
    for keys, seen in rows():
        assert seen, keys
        for path in re.findall(r"`(tests/[^`]+)`|(docs/\S+\.md)", seen):
            assert (ROOT / "".join(path)).exists(), path
