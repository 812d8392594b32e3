"""Random changes on both sides of a calendar, with kills between: they always come together.

Nothing is lost, nothing is there twice, and once both agree nothing more is said or written.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.domain.calendar_event import CalendarEvent, EventDate, EventField
from bridge.domain.series import Recurrence
from bridge.store import migrate
from bridge.store.work import open_store
from tests.contract.lasting import empty
from tests.contract.store_samples import vault
from tests.doubles.clocks import SetClock
from tests.doubles.ports import Killed
from tests.services.house import START, House
from tests.unit.bot.desk import Desk
from tests.unit.bot.test_kills import MortalStore

pytestmark = [pytest.mark.long, pytest.mark.slow]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Step = tuple[str, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "line.move",
                "line.name",
                "line.skip",
                "line.back",
                "calendar.move",
                "calendar.all",
                "calendar.name",
                "calendar.skip",
                "calendar.date",
                "calendar.rule",
                "poll",
                "wait",
                "kill",
            ]
        ),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=7,
)


@dataclass
class Game:
    desk: Desk
    store: MortalStore
    lines: int = 0

    async def play(self, step: Step) -> None:
        what, which = step
        if what == "kill":
            self.store.dies_at = self.store.commits + 1 + which
            return
        try:
            await self._play(what, which)
        except Killed:
            self.store.dies_at = 0
            self.desk.office.wire(self.store)

    async def _play(self, what: str, which: int) -> None:
        match what.partition("."):
            case "line", _, act:
                await self._line(act, which)
            case "calendar", _, act:
                await self._calendar(act, which)
            case "poll", _, _:
                await self.desk.poll()
            case _:
                await self.desk.later(which * 7 * MINUTE)

    async def _line(self, act: str, which: int) -> None:
        self.lines += 1
        meeting, _ = await self.desk.of()
        lines = {
            "move": f'!visio déplacer "{meeting.title}" à {9 + which}h15',
            "name": f'!visio renommer "{meeting.title}" en "Nom {which}"',
            "skip": f'!visio annuler "{meeting.title}" le {8 + 7 * (which % 3)}/12',
            "back": "!visio rétablir",
        }
        await self.desk.office.says(lines[act], f"line-{self.lines}")

    async def _calendar(self, act: str, which: int) -> None:
        hrefs = self.desk.hrefs()
        if not hrefs:
            return
        old = self.desk.servers.text(hrefs[0])
        event = await self.desk.texts.read(old)
        changed = self._changed(event, act, which)
        now = self.desk.house.clock.now()
        self.desk.servers.edit(hrefs[0], await self.desk.texts.write(changed, old, stamp=now))

    def _changed(self, event: CalendarEvent, act: str, which: int) -> CalendarEvent:
        if act == "name":
            return replace(event, title=f"Titre {which}")
        if act in ("move", "all"):
            return _moved(event, event.start.replace(hour=8 + which, minute=45))
        rule = event.recurrence
        if rule is None:
            return event
        if act == "rule":
            weekly = f"FREQ=WEEKLY;BYDAY=TU;COUNT={6 + which}"
            return replace(event, recurrence=Recurrence(rule=weekly), dates=())
        return _dated(event, rule, which, skips=act == "skip")

    async def settled(self) -> None:
        self.store.dies_at = 0
        for _ in range(3):
            await self.desk.later(20 * MINUTE)
            await self.desk.poll()

    async def check(self) -> None:
        await self.settled()
        meeting, _ = await self.desk.of()
        async with self.store.reading() as work:
            ours = await self.desk.describing.describe(work, meeting.id)
            copies = await work.calendars.copies_of(meeting.id)
        assert ours is not None
        assert len(copies) == 1
        assert len(self.desk.house.visio.asked) == 1
        if ours.event.cancelled:
            assert self.desk.hrefs() == []
        else:
            theirs = await self.desk.event()
            left = {EventField.PEOPLE, EventField.ANSWERS}
            mine, other = ours.event.fields(), theirs.fields()
            differs = {key for key in {*mine, *other} - left if mine.get(key) != other.get(key)}
            assert differs == set(), (theirs, ours.event)
        quiet = self.desk.servers.count("put"), len(self.desk.office.account.sent)
        await self.desk.poll()
        await self.desk.poll()
        assert (self.desk.servers.count("put"), len(self.desk.office.account.sent)) == quiet


def _moved(event: CalendarEvent, start: datetime) -> CalendarEvent:
    """Return an event at another hour, with all that is left out or moved."""
    rule, by = event.recurrence, start - event.start
    if rule is None:
        return replace(event, start=start)
    return replace(
        event,
        start=start,
        recurrence=replace(rule, without=tuple(one + by for one in rule.without)),
        dates=tuple(
            replace(one, original=one.original + by) for one in event.dates if not one.cancelled
        ),
    )


def _dated(event: CalendarEvent, rule: Recurrence, which: int, *, skips: bool) -> CalendarEvent:
    """Return an event with one date left out, or at another hour."""
    day = datetime(2026, 12, 8, event.start.hour, event.start.minute) + 7 * DAY * (which % 3)
    others = tuple(one for one in event.dates if one.original != day)
    if skips:
        without = tuple(sorted({*rule.without, day}))
        return replace(event, dates=others, recurrence=replace(rule, without=without))
    if day in rule.without:
        return event
    moved = EventDate(original=day, start=day + (1 + which) * HOUR, length=HOUR)
    dates = sorted([*others, moved], key=lambda one: one.original)
    return replace(event, dates=tuple(dates))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("calendars") / "parvis.db"
    url = f"sqlite+aiosqlite:///{path}"
    asyncio.run(migrate(url))
    return url


async def playing(url: str, line: str, some: list[Step]) -> None:
    clock = SetClock(START)
    async with open_store(url, vault=vault(), clock=clock, upgrade=False) as opened:
        await empty(opened)
        store = MortalStore(opened.engines, opened.vault, clock, alone=False)
        desk = Desk(House(store, clock))
        await desk.link()
        await desk.says(line)
        game = Game(desk, store)
        for step in some:
            await game.play(step)
        await game.check()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(some=steps, series=st.booleans())
def test_both_sides_come_together(template: str, some: list[Step], series: bool) -> None:
    line = "!visio tous les mardis à 10h pendant 1h" if series else "!visio demain 14h30"
    asyncio.run(playing(template, f'{line} "Budget"', some))
