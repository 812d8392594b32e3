"""A fault of the bot ends nothing else, and the bot restarts."""

import asyncio

import pytest

from bot.matrix.errors import LoggedOut, LoginRefused, Refusal, SessionEnded, StoreBusy
from bot.program.bot_role import ConnectionHealth
from bot.program.upkeep import Still, Upkeep
from bridge.errors import AlreadyRunning


class Bot:
    """Ends in the ways it was given, one after the other, then as it was told to."""

    def __init__(self, *ends: Exception, line: ConnectionHealth | None = None) -> None:
        self.line = line or ConnectionHealth()
        self.stop = asyncio.Event()
        self._ends = list(ends)
        self.saw: list[Still | None] = []

    async def talk(self) -> None:
        """Begin, and end."""
        self.saw.append(self.line.still)
        if self._ends:
            raise ExceptionGroup("tasks", [self._ends.pop(0)])
        self.stop.set()

    async def run(self, *, alone: bool = False) -> None:
        """Be kept up until it stops by itself."""
        upkeep = Upkeep(self.line, alone=alone, pause=0.001)
        async with asyncio.timeout(5):
            await upkeep.run(self.talk, self.stop)


@pytest.mark.parametrize(
    ("end", "still"),
    [
        (LoggedOut("M_UNKNOWN_TOKEN"), Still.ACCOUNT),
        (LoginRefused("M_FORBIDDEN"), Still.ACCOUNT),
        (Refusal(403, "M_USER_DEACTIVATED", {"errcode": "M_USER_DEACTIVATED"}), Still.ACCOUNT),
        (SessionEnded("M_UNKNOWN_TOKEN"), Still.BOT),
        (StoreBusy("database is locked"), Still.BOT),
    ],
)
async def test_beside_other_roles_the_bot_stands_still_and_begins_again(
    end: Exception, still: Still
) -> None:
    bot = Bot(end)
    await bot.run()
    assert bot.saw == [None, still]


async def test_what_nobody_foresaw_ends_the_bot_alone() -> None:
    bot = Bot(RuntimeError("unforeseen"), line=ConnectionHealth(connected=True))
    await bot.run()
    assert bot.saw == [None, Still.BOT]


@pytest.mark.parametrize("end", [AlreadyRunning("another process is the bot"), ValueError("key")])
async def test_a_start_that_is_refused_is_told_at_once(end: Exception) -> None:
    with pytest.raises(ExceptionGroup):
        await Bot(end).run()


@pytest.mark.parametrize("end", [LoggedOut("x"), RuntimeError("unforeseen")])
async def test_alone_the_process_ends_where_a_person_must_act(end: Exception) -> None:
    with pytest.raises(ExceptionGroup):
        await Bot(end, line=ConnectionHealth(connected=True)).run(alone=True)


async def test_alone_it_begins_again_where_nobody_must() -> None:
    bot = Bot(StoreBusy("locked"), SessionEnded("x"), line=ConnectionHealth(connected=True))
    await bot.run(alone=True)
    assert len(bot.saw) == 3


async def test_a_bot_that_stands_still_stops_at_once() -> None:
    bot = Bot(LoggedOut("x"))
    running = asyncio.create_task(Upkeep(bot.line, alone=False).run(bot.talk, bot.stop))
    async with asyncio.timeout(5):
        while bot.line.still is None:
            await asyncio.sleep(0)
        bot.stop.set()
        await running
