import pytest

from benchmarks.statistics import Pair, percentile


@pytest.mark.parametrize(
    ("part", "found"), [(0.0, 1), (0.2, 1), (0.21, 2), (0.5, 3), (0.95, 5), (1.0, 5)]
)
def test_a_percentile_is_one_of_the_values(part, found):
    assert percentile([5, 3, 1, 4, 2], part) == found


def test_nothing_has_no_percentile():
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_a_pair_gives_ours_first():
    pair = Pair(ours=[1, 2, 9], peer=[4, 5, 6])
    assert pair.medians() == (2, 5)
    assert pair.at(1.0) == (9, 6)
