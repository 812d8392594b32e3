"""The salon's own words on its guests' pages: as words, and only while they may come in."""

from datetime import timedelta

import pytest

from bridge.domain.salon import Salon
from bridge.ids import SalonId
from tests.door.house import START, House, enter

SAID = "Bienvenue ! <b>Micros</b> coupés & caméras"
ESCAPED = "<blockquote>Bienvenue ! &lt;b&gt;Micros&lt;/b&gt; coupés &amp; caméras</blockquote>"


@pytest.fixture
async def greeted(house: House) -> House:
    async with house.works() as work:
        await work.salons.save(Salon(id=SalonId("!salon:agent.example"), welcome=SAID))
    return house


async def page(house: House, link: str, query: str = "") -> str:
    async with house.browser() as session:
        path = await enter(session, link)
        async with session.get(f"{path}{query}") as answer:
            return await answer.text()


async def test_a_guest_who_waits_reads_them_as_the_salons(greeted: House):
    text = await page(greeted, (await greeted.invite()).code)
    assert ESCAPED in text
    assert "Message de l’équipe qui vous invite" in text
    english = await page(greeted, (await greeted.invite()).code, "?lang=en")
    assert "Message from the team that invites you" in english


async def test_the_page_of_a_link_that_leads_nowhere_says_nothing(greeted: House):
    link = await greeted.invite()
    greeted.clock.set(START + timedelta(days=1))
    assert "Bienvenue" not in await page(greeted, link.code)


async def test_without_words_there_is_no_place_for_them(house: House):
    assert "blockquote" not in await page(house, (await house.invite()).code)


async def test_words_that_are_longer_than_what_is_allowed_by_now_are_not_shown(greeted: House):
    async with greeted.works() as work:
        await work.salons.save(Salon(id=SalonId("!salon:agent.example"), welcome="x" * 201))
    assert "xxx" not in await page(greeted, (await greeted.invite()).code)
