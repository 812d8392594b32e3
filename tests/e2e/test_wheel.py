"""The browser tests run the files that the wheel installs, byte for byte.

They serve the door from the checkout, in their own process, to set its clock.
"""

from pathlib import Path

import pytest

from tests.e2e.conftest import PACKAGES
from tests.e2e.worlds import Installed

pytestmark = pytest.mark.e2e
CHECKOUT = Path(__file__).parents[2]
SOURCE_OF_THE_PAGE = Path("federation/web")
"""Which is built into `federation/door/static/web`."""


def files(root: Path) -> dict[Path, bytes]:
    found = (path for name in PACKAGES for path in (root / name).rglob("*") if path.is_file())
    return {
        path.relative_to(root): path.read_bytes()
        for path in found
        if "__pycache__" not in path.parts
        and not path.relative_to(root).is_relative_to(SOURCE_OF_THE_PAGE)
    }


def test_the_wheel_holds_what_is_tested(installed: Installed) -> None:
    ours, theirs = files(CHECKOUT), files(installed.folder)
    assert ours.keys() == theirs.keys()
    assert [path for path, held in ours.items() if theirs[path] != held] == []
    built = [path for path in theirs if path.is_relative_to("federation/door/static/web")]
    assert {path.suffix for path in built} >= {".js", ".json"}
