"""The merge of three states by field."""

import pytest

from bridge.domain.merging import Merge, merged_fields

BASE = {"time": "1", "title": "a"}


@pytest.mark.parametrize(
    ("theirs", "ours", "taken", "given"),
    [
        ({}, {}, "", ""),
        ({"time": "2"}, {}, "time", ""),
        ({}, {"time": "2"}, "", "time"),
        ({"time": "2"}, {"title": "b"}, "time", "title"),
        ({"time": "2"}, {"time": "3"}, "time", ""),
        ({"time": "2"}, {"time": "2"}, "", ""),
        ({"link": "x"}, {"link": "y"}, "", "link"),
        ({"people": "x"}, {}, "people", ""),
        ({}, {"people": "x"}, "", ""),
        ({"date:1": "-"}, {"date:2": "-"}, "date:1", "date:2"),
    ],
)
def test_what_the_calendar_changed_counts(
    theirs: dict[str, str], ours: dict[str, str], taken: str, given: str
) -> None:
    found = merged_fields(BASE, BASE | theirs, BASE | ours)
    assert found == Merge(frozenset(taken.split()), frozenset(given.split()))


def test_a_field_that_was_taken_away_was_changed() -> None:
    base = BASE | {"date:1": "-"}
    assert merged_fields(base, BASE, base) == Merge(frozenset({"date:1"}))
    assert merged_fields(base, base, BASE) == Merge(given=frozenset({"date:1"}))


def test_without_a_common_state_all_that_differs_is_taken() -> None:
    assert merged_fields({}, BASE, {"time": "2", "title": "a"}).taken == {"time"}
