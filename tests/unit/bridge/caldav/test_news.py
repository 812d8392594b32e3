"""A home's answer that is known already is not read."""

import re
from datetime import timedelta
from email.utils import format_datetime

import pytest

from bridge.domain.calendar import SyncMode
from tests.unit.bridge.caldav.kit import HOME, LOGIN, NOW, bench, member, multistatus, says


def home(ctag: str) -> str:
    kind = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
    return member(f"{HOME}work/", kind, f"<s:getctag>{ctag}</s:getctag>")


async def test_the_same_answer_is_known_and_another_one_is_read():
    answers = says(multistatus(home("1")), multistatus(home("1")), multistatus(home("2")))
    async with bench(answers) as made:
        first = await made.calendars.news(made.home, LOGIN, b"")
        assert first.calendars is not None
        assert [one.ctag for one in first.calendars] == ["1"]
        again = await made.calendars.news(made.home, LOGIN, first.mark)
        assert (again.mark, again.calendars) == (first.mark, None)
        changed = await made.calendars.news(made.home, LOGIN, first.mark)
        assert changed.mark != first.mark
        assert changed.calendars is not None
        assert [one.ctag for one in changed.calendars] == ["2"]


@pytest.mark.parametrize(("age", "shown"), [(0, ""), (1, ""), (3, "itself"), (90_000, "itself")])
async def test_a_state_of_the_present_second_is_none_yet(age: int, shown: str):
    """SOGo's states are seconds: another event of the same second would change nothing."""
    state = str(int((NOW - timedelta(seconds=age)).timestamp()))
    told = re.sub("</d:prop>", f"<d:sync-token>{state}</d:sync-token></d:prop>", home(state))
    answer = multistatus(told)
    answer.headers["Date"] = format_datetime(NOW, usegmt=True)
    async with bench(says(answer)) as made:
        (found,) = await made.calendars.look(made.home, LOGIN)
    said = state if shown else ""
    assert (found.ctag, found.token, found.mode) == (said, said, SyncMode.SYNC)
