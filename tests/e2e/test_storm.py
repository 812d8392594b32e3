"""Sixty commands while the process is killed four times."""

import asyncio
import signal
from collections.abc import Sequence

import pytest

from tests.doubles.visio import VisioDouble
from tests.e2e.house import House, Salon, until
from tests.e2e.storm.verdict import unaudited

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]


async def test_sixty_commands_over_four_kills(house: House) -> None:
    parvis, visio = house.world.parvis, house.world.visio
    salons = [await house.salon(encrypted=number < 2) for number in range(6)]
    titles = [[f"s{place}-{number:02}" for number in range(10)] for place in range(len(salons))]
    made = visio.rooms_created
    asking = asyncio.create_task(_ask_all(salons, titles))
    for kill in range(1, 5):
        await _rooms(house, visio, made + 12 * kill)
        await parvis.stop(signal.SIGKILL)
        await parvis.spawn()
    await asking
    await house.quiet(120)
    links = set()
    for salon, wanted in zip(salons, titles, strict=True):
        cards = [text for text in await salon.whole() if "Rejoindre" in text]
        assert sorted(title for title in wanted for card in cards if title in card) == wanted
        assert len(cards) == len(wanted)
        links |= {card.rpartition("/")[2] for card in cards}
    assert len(links) == 60
    assert await unaudited(house) == []


async def _rooms(house: House, visio: VisioDouble, goal: int) -> None:
    try:
        await until(lambda: visio.rooms_created >= goal)
    except TimeoutError:
        parvis = house.world.parvis
        ended = parvis.process and parvis.process.returncode
        raise AssertionError(
            f"{visio.rooms_created} of {goal} rooms; to handle, do and send: {await house.left()};"
            f" ended with {ended}\n{parvis.log()[-6000:]}"
        ) from None


async def _ask_all(salons: Sequence[Salon], titles: Sequence[Sequence[str]]) -> None:
    async def ask(salon: Salon, wanted: Sequence[str]) -> None:
        for title in wanted:
            await salon.says(f"!visio {title}")

    await asyncio.gather(*map(ask, salons, titles))
