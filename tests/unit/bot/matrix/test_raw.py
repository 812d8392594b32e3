"""Readers of untrusted JSON give what was asked for."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matrix.raw import as_number, moment, number, route, table, tables, text, texts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from("abc"), JSON), st.sampled_from("abc"))
def test_every_reader_returns_its_type(parent: dict[str, Any], key: str) -> None:
    default = datetime(2026, 1, 1, tzinfo=UTC)
    assert isinstance(text(parent, key), str)
    assert isinstance(number(parent, key), int)
    assert moment(parent, key, default).tzinfo is not None
    assert all(isinstance(each, dict) for each in tables(parent, key))
    assert all(isinstance(each, str) for each in texts(parent, key))
    assert isinstance(table(parent, key, "x"), dict)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (50, 50),
        ("50", 50),
        (" 50", 50),
        ("x", 7),
        (None, 7),
        (True, 7),
        (1.9, 1),
        ([], 7),
        (float("inf"), 7),
    ],
)
def test_levels_of_old_rooms_are_numbers(value: object, read: int) -> None:
    assert as_number(value, 7) == read


def test_paths_are_escaped() -> None:
    assert route("rooms", "!a/b:c", "send") == "/_matrix/client/v3/rooms/%21a%2Fb%3Ac/send"
