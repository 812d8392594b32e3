"""Documents lead somewhere: notes are in their index, links and citations to files that exist."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
ELSEWHERE = {".venv", ".git", "build", "node_modules", ".hypothesis", ".pytest_cache"}
NOTES = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
HEADINGS = ["Status", "Context", "Decision", "Consequences"]
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")
CITED = re.compile(r"(?<![\w/.:-])(?:[\w-]+/)*[\w.-]+\.md\b")
SOURCES = ("*.py", "*.ts", "*.tsx", "*.toml", "*.html", "*.css", "*.po", "Makefile")


def files(*patterns: str) -> list[Path]:
    """Return the files of the repository of these names, without what was installed or built."""
    return sorted(
        path
        for pattern in patterns
        for path in ROOT.rglob(pattern)
        if not ELSEWHERE & set(path.relative_to(ROOT).parts)
    )


PAGES = files("*.md")


def prose(path: Path) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """Return the anchors that forges give a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.name)
def test_a_note_has_the_four_sections_and_its_number(note: Path) -> None:
    text = prose(note)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert re.match(rf"# {note.name[:4]} \S", text)
    assert all(part.strip() for part in re.split(r"^## .+$", text, flags=re.MULTILINE))


def test_each_note_is_in_the_index_once_and_by_its_title() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    rows = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", index, re.MULTILINE)
    titles = [(note, note.read_text("utf-8").partition("\n")[0]) for note in NOTES]
    assert len(NOTES) > 30
    assert sorted(rows) == [(note.name[:4], note.name, title[7:]) for note, title in titles]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(prose(page)):
        there = page.parent / target if target else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


def test_links_are_found() -> None:
    assert sum(len(LINK.findall(prose(page))) for page in PAGES) > 100


def test_what_sources_cite_is_here() -> None:
    """Everybody with the repository alone can look it up."""
    cited = {
        (name(source), page)
        for source in files(*SOURCES)
        for page in CITED.findall(source.read_text("utf-8"))
    }
    assert len(cited) > 50
    gone = {
        (source, page)
        for source, page in cited
        if not (ROOT / page).exists() and not list(ROOT.glob(f"docs/**/{page}"))
    }
    assert gone == set()


def test_the_version_is_the_same_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    told = re.findall(r"^## \[(\d\S*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    catalogue = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    assert (told[0], catalogue["softwareVersion"]) == (version, version)


def test_the_catalogue_of_public_software_can_read_us() -> None:
    """By version 0.4 of the standard (https://yml.publiccode.tools): what is mandatory."""
    read = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    assert read["publiccodeYmlVersion"] == "0.4"
    assert {"name", "url", "platforms", "categories", "developmentStatus", "softwareType"} < set(
        read
    )
    assert read["legal"]["license"] == "MIT"
    assert read["maintenance"]["contacts"]
    assert set(read["localisation"]["availableLanguages"]) == set(read["description"])
    for told in read["description"].values():
        assert len(told["shortDescription"]) <= 150
        assert 150 <= len(told["longDescription"]) <= 10_000
        assert told["features"]
        assert [one for one in told["screenshots"] if not (ROOT / one).exists()] == []
