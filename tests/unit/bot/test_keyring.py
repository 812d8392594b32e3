"""Key files are made once, read always, and refused when they are no keys."""

import os
import stat

import pytest

from bot.program.keyring import KeyOpen, KeysMissing, key_set
from bridge.errors import KeysUnusable

RANDOM = "6f1c0e9b5ad24738c1d92be07f8a364509e4b7d15c2f8a63be3d7014a9c8f526"


def provided(path, content, mode=0o400):
    path.write_text(content)
    path.chmod(mode)


def test_the_first_start_makes_a_key_that_the_next_one_reads(tmp_path):
    first = key_set(tmp_path / "keys", "links", create=True)
    again = key_set(tmp_path / "keys", "links", create=False)
    assert first == again
    assert len(first.keys[first.current]) == 32
    mode = stat.S_IMODE((tmp_path / "keys" / "links-0001.key").stat().st_mode)
    assert mode == 0o400


def test_uses_have_keys_of_their_own(tmp_path):
    links = key_set(tmp_path, "links", create=True)
    rows = key_set(tmp_path, "rows", create=True)
    assert set(links.keys.values()).isdisjoint(rows.keys.values())


def test_the_newest_key_is_current_and_older_ones_stay(tmp_path):
    old = key_set(tmp_path, "rows", create=True)
    provided(tmp_path / "rows-0002.key", RANDOM)
    both = key_set(tmp_path, "rows", create=True)
    assert both.current == "0002"
    assert both.keys["0001"] == old.keys["0001"]


def test_a_missing_key_is_not_made_where_secrets_are_provided(tmp_path):
    with pytest.raises(KeysMissing):
        key_set(tmp_path, "links", create=False)


@pytest.mark.parametrize("content", ["", "zz", "é", RANDOM[:62], RANDOM + "11", "11" * 32])
def test_a_file_that_is_no_key_is_refused_by_name_and_not_quoted(tmp_path, content):
    provided(tmp_path / "links-0001.key", content)
    with pytest.raises(KeysUnusable, match=r"links-0001\.key") as caught:
        key_set(tmp_path, "links", create=True)
    assert not content or content not in str(caught.value)


@pytest.mark.parametrize("mode", [0o404, 0o440, 0o444, 0o644, 0o420])
def test_a_key_that_others_can_read_is_refused_with_the_mend(tmp_path, mode):
    provided(tmp_path / "links-0001.key", RANDOM, mode)
    with pytest.raises(KeyOpen, match=r"links-0001\.key$"):
        key_set(tmp_path, "links", create=True)


def test_the_folder_and_its_keys_are_for_their_owner_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        key_set(tmp_path / "keys", "links", create=True)
    finally:
        os.umask(before)
    made = (tmp_path / "keys", *(tmp_path / "keys").iterdir())
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o700, 0o400]
