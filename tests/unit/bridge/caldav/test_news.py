"""A home's answer that is known already is not read."""

from tests.unit.bridge.caldav.kit import HOME, LOGIN, bench, member, multistatus, says


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
