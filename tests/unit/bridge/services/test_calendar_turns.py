"""The workers that one calendar host may hold, while another one is quick."""

import asyncio

import pytest

from bridge.errors import CalendarBusy
from bridge.services.calendars.turns import AT_ONCE, HostTurns

SLOW, QUICK = "https://slow.example/dav/", "https://quick.example/dav/"


async def hold(turns: HostTurns, url: str, until: asyncio.Event) -> None:
    async with turns.at(url):
        await until.wait()


async def test_a_slow_host_holds_a_few_workers_alone():
    turns, answers = HostTurns(patience=0.01), asyncio.Event()
    waiting = [asyncio.create_task(hold(turns, SLOW, answers)) for _ in range(3 * AT_ONCE)]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    while len(done) < 2 * AT_ONCE:
        more, _ = await asyncio.wait(set(waiting) - done, return_when=asyncio.FIRST_COMPLETED)
        done |= more
    assert all(isinstance(one.exception(), CalendarBusy) for one in done)
    async with turns.at(QUICK):
        answers.set()
    held = await asyncio.gather(*waiting, return_exceptions=True)
    assert held.count(None) == AT_ONCE


async def test_a_turn_is_free_again_whatever_came_of_it():
    turns = HostTurns(patience=0.01)
    for _ in range(2 * AT_ONCE):
        with pytest.raises(ValueError, match="broken"):
            async with turns.at(SLOW):
                raise ValueError("broken")
    async with turns.at(SLOW):
        pass


async def test_who_waits_gets_the_turn_of_who_ends():
    turns, first, second = HostTurns(patience=30), asyncio.Event(), asyncio.Event()
    held = [asyncio.create_task(hold(turns, QUICK, first)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    late = asyncio.create_task(hold(turns, QUICK, second))
    await asyncio.sleep(0)
    first.set()
    second.set()
    await asyncio.gather(*held, late)
