"""The documentation shows every state of the door's pages that tests look at, and nothing else."""

import re
from pathlib import Path

from tests.door.pictures import IMAGES, TAKEN, documented

SHOWN = re.compile(r"!\[[^\]]+\]\((?:docs/)?images/([a-z0-9-]+\.png)\)")
LOOKED_AT = re.compile(r'await seen\(\w+, f?"([a-z{}-]+)"\)')
PAGES = Path("docs/pages.md")


def shown(*pages: Path) -> set[str]:
    return {name for page in pages for name in SHOWN.findall(page.read_text())}


def test_every_picture_is_there_and_used():
    used = shown(Path("README.md"), *Path("docs").glob("*.md"))
    assert used == {path.name for path in IMAGES.glob("*.png")}


def test_every_state_that_is_looked_at_is_shown():
    names = {
        name
        for path in Path("tests/door").glob("*.py")
        for name in LOOKED_AT.findall(path.read_text())
    }
    assert len(names) > 30
    pictures = shown(PAGES)
    for name in names:
        picture = documented(f"door-{name.replace('{language}', 'fr')}{TAKEN}")
        if picture is not None:
            pattern = re.sub(r"\\{\w+\\}", "[a-z]+", re.escape(picture))
            assert any(re.fullmatch(pattern, one) for one in pictures), picture
