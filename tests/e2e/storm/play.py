"""The storm itself: stories begin as kills go on, so that every kill meets some."""

import asyncio
import contextlib
import random  # noqa: TID251 - the same fates again, with the same seed
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.house import Doorway, Salon
from tests.e2e.storm.agendas import Agenda
from tests.e2e.storm.fates import Killer, Kills, Weather
from tests.e2e.storm.stage import Stage
from tests.e2e.storm.story import COMMANDS, CalendarStory, PlannedStory, Story
from tests.e2e.storm.verdict import Verdict, agreed, judged

SALONS, ENCRYPTED = 10, 2
BESIDE = 3
"""Stories at once in each salon."""
PLANNED = 4
"""Of so many stories one is of a planned meeting."""
QUIET = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything."""

    kills: int
    commands: int
    forms: int
    weather: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one run."""

    verdict: Verdict
    kills: Kills
    stories: Sequence[Story]


async def play(stage: Stage, size: Size, seed: int, agenda: Agenda | None = None) -> Outcome:
    """Play the storm on a stage where all is up, and look what became of it."""
    chance, kills = random.Random(seed), Kills()
    salons = [await stage.house.salon(encrypted=n < ENCRYPTED) for n in range(SALONS)]
    places, pace = await _places(stage, salons[0])
    count = max(1, size.commands // COMMANDS)
    stories = [_story(n, salons[n % SALONS], seed, size, agenda) for n in range(count)]
    rooms, door = stage.house.world.visio.rooms_created, Doorway()
    killer = Killer(stage, places, pace, chance, kills)
    try:
        async with asyncio.TaskGroup() as group:
            killing = group.create_task(killer.go(size.kills))
            blowing = group.create_task(Weather(stage, chance).blow()) if size.weather else None
            killing.add_done_callback(lambda _: blowing.cancel() if blowing else None)
            for place in range(SALONS):
                begun = _spread(count, lambda: _share(killing, kills, size.kills))
                group.create_task(_salon(stories[place::SALONS], door, begun))
    finally:
        await door.close()
    await _quiet(stage)
    verdict = await judged(stage, stories, rooms, kills)
    if agenda is not None:
        await agreed(agenda, stories, verdict)
    return Outcome(verdict, kills, stories)


def _story(number: int, salon: Salon, seed: int, size: Size, agenda: Agenda | None) -> Story:
    """Return one of the stories: each fourth is of a planned meeting, each other of those moves
    in a calendar too, if there is one.
    """
    title, turn = f"o{seed}-{number:04}", number // PLANNED
    if agenda is not None and number % PLANNED == PLANNED - 1 and turn % 2 == 0:
        return CalendarStory(
            salon, title, comes=False, agenda=agenda, line_first=turn % PLANNED == 0
        )
    if number % PLANNED == PLANNED - 1:
        return PlannedStory(salon, title, comes=False)
    return Story(salon, title, comes=number < size.forms)


def _share(killing: asyncio.Task[None], kills: Kills, wanted: int) -> float:
    """Return which part of the kills is done."""
    return 1.0 if killing.done() else len(kills.died) / max(1, wanted)


def _spread(count: int, done: Callable[[], float]) -> Callable[[Story], bool]:
    """Return a function that tells whether a story's time has come."""

    def due(story: Story) -> bool:
        return int(story.title.rpartition("-")[2]) <= count * done()

    return due


async def _salon(stories: Sequence[Story], door: Doorway, due: Callable[[Story], bool]) -> None:
    """Play the stories of one salon, some of them at once, each when its time has come."""
    free = asyncio.Semaphore(BESIDE)

    async def one(story: Story) -> None:
        async with free:
            await story.play(door)

    async with asyncio.TaskGroup() as group:
        for story in stories:
            while not due(story):
                await asyncio.sleep(0.1)
            group.create_task(one(story))


async def _places(stage: Stage, salon: Salon) -> tuple[list[str], float]:
    """Play one story while every process writes down where it commits.

    Return the places, and how slow the machine is.
    """
    with tempfile.TemporaryDirectory(prefix="parvis-places-") as folder:
        logs = [Path(folder) / life.parvis.name for life in stage.lives]
        watched = [life.watched(log) for life, log in zip(stage.lives, logs, strict=True)]
        for life, one in zip(stage.lives, watched, strict=True):
            await life.parvis.stop()
            await one.parvis.start(*one.arguments)
        door = Doorway()
        await Story(salon, "o-places", comes=True).play(door)
        await door.close()
        await stage.house.quiet()
        for one in watched:
            await one.parvis.stop()
        pace = await stage.start()
        lines = [line for log in logs if log.exists() for line in log.read_text().splitlines()]
    return list(dict.fromkeys(lines)), pace


async def _quiet(stage: Stage) -> None:
    """Return once everything is done that was asked for, and no mail is still to leave."""
    unsettled = (
        "SELECT count(*) FROM agenda WHERE kind = 'mail.send'",
        "SELECT count(*) FROM meetings WHERE state = 'asked'",
    )
    with contextlib.suppress(TimeoutError):  # what is left then is counted as lost
        async with asyncio.timeout(QUIET):
            while any([int(str((await stage.house.rows(one))[0][0])) for one in unsettled]):
                await asyncio.sleep(0.2)
            await stage.house.quiet(QUIET)
