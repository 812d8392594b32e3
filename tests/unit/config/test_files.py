"""Files are taken from other accounts, and nothing else is touched."""

import stat
from pathlib import Path

import pytest

from bridge.store import DATABASE_ERRORS, Vault, open_store
from config.files import PRIVATE, shut, shut_existing


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_made_or_taken_from_others(tmp_path: Path):
    new, old = tmp_path / "new", tmp_path / "old"
    old.touch(mode=0o644)
    for path in (new, old):
        shut(path)
        assert mode_of(path) == PRIVATE
    shut_existing(tmp_path / "none")
    assert sorted(tmp_path.iterdir()) == [new, old]


async def test_a_folder_in_place_of_the_database_stays_open(tmp_path: Path):
    """Or its owner could not enter it any more: `/tmp` itself, for all that run there."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    shut(folder)
    assert mode_of(folder) == 0o755
    with pytest.raises(DATABASE_ERRORS):
        async with open_store(f"sqlite:///{folder}", vault=Vault({"k1": bytes(32)}, "k1")):
            pass
    assert mode_of(folder) == 0o755
