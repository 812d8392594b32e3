"""Key files are made once, read always, and refused when they are no keys."""

import stat

import pytest

from bot.keyring import KeysMissing, key_set


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
    (tmp_path / "rows-0002.key").write_text("11" * 32)
    both = key_set(tmp_path, "rows", create=True)
    assert both.current == "0002"
    assert both.keys["0001"] == old.keys["0001"]


def test_a_missing_key_is_not_made_where_secrets_are_provided(tmp_path):
    with pytest.raises(KeysMissing):
        key_set(tmp_path, "links", create=False)


@pytest.mark.parametrize("content", ["", "zz", "11" * 31, "11" * 33])
def test_a_file_that_is_no_key_is_refused_by_name_and_not_quoted(tmp_path, content):
    (tmp_path / "links-0001.key").write_text(content)
    with pytest.raises(ValueError, match=r"links-0001\.key") as caught:
        key_set(tmp_path, "links", create=True)
    assert not content or content not in str(caught.value)
