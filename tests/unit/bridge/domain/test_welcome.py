"""A salon's own line on its guests' page: what it may hold."""

import pytest

from bridge.domain.salon import Salon
from bridge.domain.welcome import Flaw, read, welcome_of
from bridge.ids import SalonId

LINE = "Coupez vos micros"


@pytest.mark.parametrize(
    ("typed", "longest", "line"),
    [
        (f"  {LINE}\n ", 40, LINE),
        ("", 40, ""),
        ("", 0, ""),
        (LINE, 0, Flaw.FORBIDDEN),
        (LINE, len(LINE), LINE),
        (LINE, len(LINE) - 1, Flaw.LONG),
        ("https://exemple.fr/a", 40, Flaw.ADDRESS),
        ("www.exemple", 40, Flaw.ADDRESS),
        ("lea@exemple", 40, Flaw.ADDRESS),
        ("exemple.fr", 40, Flaw.ADDRESS),
        ("À 10.30, puis à 11.45.", 40, "À 10.30, puis à 11.45."),
    ],
)
def test_a_line_is_read_or_refused_for_its_flaw(typed: str, longest: int, line: str):
    assert read(typed, longest) == line


def test_a_line_that_is_too_long_since_is_not_shown():
    salon = Salon(id=SalonId("!salon:agent.tchap"), welcome=LINE)
    assert welcome_of(salon) == welcome_of(salon, len(LINE)) == LINE
    assert welcome_of(salon, len(LINE) - 1) == ""
    assert welcome_of(None) == welcome_of(None, 40) == ""
