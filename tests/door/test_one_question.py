"""Many forms of one link, as a scanner or an attacker sends them, on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from uuid import UUID

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from bridge.domain.agenda import Due, Kind
from bridge.domain.invitation import Visit
from bridge.domain.question import ABSENT
from bridge.ids import VisitId
from bridge.services.visits.unanswered import UnansweredQuestions
from bridge.store import Store
from bridge.store.tables import agenda, outbox
from federation.door.settings import DoorOptions
from tests.door.house import START, House, enter, open_house
from tests.doubles.ports import FakeMedia, FakePasses
from tests.wiring import Media


def public(settings: DoorOptions) -> DoorOptions:
    """Set up a door behind a proxy, which checks often for open pages."""
    limits = replace(settings.limits, signs=0.1)
    return replace(settings, limits=limits, trusted_proxies=(ip_network("127.0.0.0/8"),))


@pytest.fixture
async def proxied_house(works: Store) -> AsyncIterator[House]:
    media = Media(FakeMedia(), FakePasses(), "wss://media.example")
    async with open_house(works, public, media=media) as house:
        house.clock.set(START)
        yield house


async def told(store: Store) -> list[str]:
    """Return the templates of all queued messages that no newer one replaces."""
    async with store.begin(writing=False) as tx:
        query = select(outbox.c.template).where(outbox.c.done_at.is_(None)).order_by(outbox.c.seq)
        return [row.template for row in await tx.connection.execute(query)]


async def visit_at(store: Store, path: str) -> Visit:
    async with store.reading() as work:
        found = await work.visits.get(VisitId(UUID(hex=path.rpartition("/")[2])))
    assert found is not None
    return found


async def comes(session: ClientSession, code: str, network: int) -> str:
    """Send the form from a network of its own and open the page; return its path."""
    headers = {"X-Forwarded-For": f"192.0.{network}.7"}
    data = {"name": f"Invité {network}"}
    async with session.post(f"/j/{code}", data=data, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return answer.url.path


async def test_sixty_forms_are_one_question(proxied_house: House, works: Store):
    link = await proxied_house.invite()
    async with proxied_house.browser() as session:
        for first in range(0, 60, 10):
            await asyncio.gather(
                *(comes(session, link.code, network) for network in range(first, first + 10))
            )
            async with works.begin(writing=False) as tx:
                rows = await tx.connection.execute(
                    select(agenda).where(agenda.c.kind == Kind.ASKED)
                )
                (row,) = rows.all()
    proxied_house.clock.set(START + timedelta(minutes=3))
    questions = UnansweredQuestions(replace(proxied_house.tools, works=works))
    async with works() as work:
        listed = await work.visits.asking(link.occurrence.id)
        await work.visits.seen([one.id for one in listed], proxied_house.clock.now())
    for _ in range(2):
        await questions.turn(Due(Kind.ASKED, row.key, proxied_house.clock.now()))
    assert sorted(await told(works)) == [
        "card",
        "guest.answer",
        "guest.answer",
        "guest.waits",
        "guest.waits-long.several",
        "guest.waits.several",
    ]
    assert len(listed) == 60
    assert sorted(one.number for one in listed) == list(range(1, 61))


async def test_whose_page_is_open_stays_in_the_list_and_comes_back_to_it(
    proxied_house: House, works: Store, settled
):
    link = await proxied_house.invite()
    async with proxied_house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            assert answer.status == 200
        asked = (await visit_at(works, path)).question
        questions = UnansweredQuestions(replace(proxied_house.tools, works=works))
        proxied_house.clock.set(START + 2 * ABSENT)
        await questions.turn(Due(Kind.ASKED, str(asked), proxied_house.clock.now()))
        assert (await visit_at(works, path)).left_at is not None

        async def left() -> bool:
            return (await visit_at(works, path)).left_at is not None

        async with session.get(f"{path}/events") as stream:
            assert stream.status == 200
            await settled(left, wanted=False)
            proxied_house.clock.set(START + 4 * ABSENT)

            async def seen() -> bool:
                at = (await visit_at(works, path)).seen_at
                return at is not None and at >= START + 4 * ABSENT

            await settled(seen, wanted=True)
    assert (await told(works)).count("guest.waits") == 1


async def test_the_same_browser_that_opens_the_link_again_is_the_same_device(
    proxied_house: House, works: Store
):
    link = await proxied_house.invite()
    async with proxied_house.browser() as session, proxied_house.browser() as other:
        path = await enter(session, link.code)
        assert await enter(session, link.code) == path
        assert await enter(session, link.code, "Quelqu’un d’autre") != path
        assert await enter(other, link.code) != path
