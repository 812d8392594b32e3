"""A meeting's topics on its guests' pages, and in the file for their calendar."""

from dataclasses import replace
from datetime import timedelta

from tests.door.house import START, House, Link, enter
from tests.unit.bridge.calendars.ics import opened

TOPICS = "1. Budget <b>2027</b>\n\n2. Calendrier"
SHOWN = '<dd class="topics">1. Budget &lt;b&gt;2027&lt;/b&gt;\n\n2. Calendrier</dd>'


async def invited(house: House, topics: str = TOPICS) -> Link:
    link = await house.invite()
    async with house.works() as work:
        await work.meetings.save(replace(link.meeting, topics=topics))
    return link


async def page(house: House, link: Link, query: str = "") -> str:
    async with house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(f"{path}{query}") as answer:
            return await answer.text()


async def test_a_guest_who_may_come_reads_them_line_by_line(house: House):
    link = await invited(house)
    text = await page(house, link)
    assert SHOWN in text
    assert "<dt>Ordre du jour</dt>" in text
    assert "<dt>Topics</dt>" in await page(house, link, "?lang=en")


async def test_the_page_of_a_link_that_leads_nowhere_has_none(house: House):
    link = await invited(house)
    house.clock.set(START + timedelta(days=1))
    assert "Calendrier" not in await page(house, link)


async def test_none_and_longer_ones_than_are_allowed_by_now_have_no_place(house: House):
    for topics in ("", "x" * 2001):
        assert 'class="topics"' not in await page(house, await invited(house, topics))


async def test_the_file_for_a_calendar_has_them_above_the_link(house: House):
    link = await invited(house)
    house.clock.set(START - timedelta(days=1))
    async with house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(f"{path}/calendar?lang=fr") as answer:
            (event,) = opened(await answer.read()).events
    said = str(event["DESCRIPTION"])
    assert said.index(TOPICS) < said.index("─") < said.index("/j/")
