"""Random moves and cancellations of a series, against a naive model that only has a list of dates.

The planned dates are those of the model, and the agenda has exactly the rows that follow from them.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.domain.agenda import Kind
from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.series import Reach
from bridge.ids import MeetingId
from bridge.store import migrate, open_store
from tests.contract.lasting import empty
from tests.contract.store_samples import vault
from tests.doubles.clocks import SetClock
from tests.services.house import House
from tests.services.test_series import DAY, planned

ZONES = ("Europe/Paris", "America/Cayenne", "Indian/Reunion", "Pacific/Noumea", "Pacific/Auckland")
FIRST = datetime(2027, 2, 22, 9)
"""A Monday; clocks change in Paris and in Auckland while it is played."""
DAYS = 600
_COURSE = frozenset({Kind.OPEN, Kind.CLOSE, Kind.FORGET})
"""Rows of each date; the cards have a row for the whole series."""


@dataclass
class Rule:
    """A rule as text, and a naive reading of it."""

    text: str
    on: Callable[[datetime, datetime], bool]
    """Whether a day (second) is one of the series that begins on another (first)."""


def week_of(day: datetime) -> int:
    return (day.date() - datetime(2027, 1, 4).date()).days // 7


RULES = {
    "daily": Rule("FREQ=DAILY", lambda *_: True),
    "working days": Rule("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", lambda _, day: day.weekday() < 5),
    "weekly": Rule("FREQ=WEEKLY", lambda first, day: (day - first).days % 7 == 0),
    "some days": Rule(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
        lambda first, day: day.weekday() in (0, 2) and (week_of(day) - week_of(first)) % 2 == 0,
    ),
    "month's day": Rule("FREQ=MONTHLY;BYMONTHDAY=22", lambda _, day: day.day == 22),
    "month's Monday": Rule(
        "FREQ=MONTHLY;BYDAY=4MO", lambda _, day: day.weekday() == 0 and 22 <= day.day <= 28
    ),
    "month's last": Rule(
        "FREQ=MONTHLY;BYDAY=-1MO",
        lambda _, day: day.weekday() == 0 and (day + 7 * DAY).month != day.month,
    ),
}


@dataclass
class Date:
    place: datetime
    wall: datetime
    gone: bool = False


@dataclass
class Model:
    """All the dates that a series will ever have in these tests."""

    dates: list[Date]

    def coming(self, now: datetime, zone: ZoneInfo) -> list[Date]:
        return [
            one
            for one in self.dates
            if not one.gone and one.wall.replace(tzinfo=zone).astimezone(UTC) > now
        ]


Act = tuple[str, int, int, int]
acts = st.lists(
    st.tuples(
        st.sampled_from(["move", "follow", "all", "cancel", "end", "wait"]),
        st.integers(0, 6),
        st.integers(-3, 3),
        st.integers(-90, 300),
    ),
    min_size=1,
    max_size=6,
)


@dataclass
class Play:
    house: House
    zone: ZoneInfo
    model: Model
    meeting: MeetingId
    by_days: bool
    """Whether all dates move by as much on another day too: no month's place is among its rule."""

    async def every(self) -> list[Occurrence]:
        """Return the planned dates, past ones too."""
        async with self.house.store.reading() as work:
            found = await work.meetings.occurrences_of(self.meeting)
        return [one for one in found if one.state is OccurrenceState.PLANNED]

    async def planned(self) -> list[Occurrence]:
        return [one for one in await self.every() if one.start > self.house.clock.now()]

    async def act(self, act: Act) -> None:
        what, which, days, minutes = act
        now = self.house.clock.now()
        if what == "wait":
            await self.house.run_until(now + (which + 1) * 3 * DAY)
            return
        there = await self.planned()
        if not there:
            return
        chosen = there[which % len(there)]
        date = next(one for one in self.model.dates if one.wall == chosen.wall_start)
        async with self.house.store() as work:
            both = await work.meetings.both(chosen.id)
            assert both is not None
            match what:
                case "cancel":
                    await self.house.changes.cancel(work, both)
                    date.gone = True
                case "end":
                    if which < 5:  # seldom: little is left
                        return
                    await self.house.changes.cancel(work, both, reach=Reach.FOLLOWING)
                    for one in self.model.dates:
                        one.gone = one.gone or one.place >= date.place
                case "move":
                    wall = date.wall + timedelta(days=days, minutes=minutes)
                    if self.taken(wall) or self.at(wall) <= now:
                        return
                    await self.house.changes.move(work, both, wall)
                    date.wall = wall
                case _:
                    by = timedelta(days=days if self.by_days else 0, minutes=minutes)
                    if not self.follow(date, there, by, everything=what == "all"):
                        return
                    reach = Reach.ALL if what == "all" else Reach.FOLLOWING
                    await self.house.changes.move(work, both, date.place, reach=reach)

    def follow(
        self, date: Date, there: list[Occurrence], by: timedelta, *, everything: bool
    ) -> bool:
        """Move a date and those that follow in the model; `False` where people would not."""
        now, first = self.house.clock.now(), date.place
        if everything:
            first = min(one.original for one in there if one.original is not None)
        follow = [one for one in self.model.dates if one.place >= first]
        walls = {
            id(one): one.place + by if one.wall == one.place or one is date else one.wall
            for one in follow
            if self.at(one.wall) > now
        }
        after = [walls.get(id(one), one.wall) for one in self.model.dates if not one.gone]
        other_days = [one for one in follow if (one.place + by).date() != one.place.date()]
        early = any(self.at(walls[id(one)]) <= now for one in follow if id(one) in walls)
        if (other_days and not self.by_days) or early or len(set(after)) < len(after):
            return False
        for one in follow:
            one.place, one.wall = one.place + by, walls.get(id(one), one.wall)
        return True

    def at(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def taken(self, wall: datetime) -> bool:
        return any(one.wall == wall for one in self.model.dates)

    async def check(self) -> None:
        now = self.house.clock.now()
        await self.house.run_due()
        await self.house.shown()
        there = await self.planned()
        coming = {one.wall: one for one in self.model.coming(now, self.zone)}
        assert {one.wall_start for one in there} <= coming.keys()
        for one in there:
            assert one.original == coming[one.wall_start].place
            assert one.start == self.at(one.wall_start)
            assert one.end - one.start == timedelta(hours=1)
        places = sorted(one.place for one in coming.values() if self.at(one.place) > now)
        near = [one for one in places if self.at(one) <= now + 60 * DAY]
        wanted = places[: min(max(2, len(near)), 100)]
        assert {one.original for one in there} >= set(wanted)
        kept = {one.original for one in there}
        more = [self.at(one) for one in places if one not in kept]
        await self.check_agenda(there, now, more)

    async def check_agenda(
        self, there: list[Occurrence], now: datetime, more: list[datetime]
    ) -> None:
        rows = await self.house.planned()
        graces, policy = self.house.policy.graces, self.house.policy
        expected: dict[tuple[Kind, str], datetime] = {}
        for one in there:
            key, closes = str(one.id), one.end + graces.after
            opens = one.start - graces.before
            expected[Kind.OPEN, key] = opens if opens > now else one.start
            expected[Kind.CLOSE, key] = one.end
            expected[Kind.FORGET, key] = closes + policy.forget_after
        mine = {str(one.id) for one in there}
        found = {
            (kind, key): at for (kind, key), at in rows.items() if key in mine and kind in _COURSE
        }
        assert found == expected
        assert await self.cards(rows) == await self.cards_due(now)
        carry = rows.get((Kind.CARRY, str(self.meeting)))
        if not more:
            assert carry is None
        else:
            assert carry is not None
            last = sorted(self.at(one.original) for one in there if one.original)
            assert now < carry <= min(more[0] - 60 * DAY, last[-2] if len(last) > 1 else more[0])

    async def cards(self, rows: Mapping[tuple[Kind, str], datetime]) -> dict[str, datetime]:
        return {key: at for (kind, key), at in rows.items() if kind is Kind.NEXT}

    async def cards_due(self, now: datetime) -> dict[str, datetime]:
        """A card is due a day before its date, or when all dates before it are over."""
        there = [one for one in await self.every() if one.end > now]
        due = {}
        for one in there:
            ends = [other.end for other in there if other.start < one.start]
            if one.card is None:
                due[str(one.id)] = max([one.start - DAY, *ends])
        return due


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("model") / "parvis.db"
    url = f"sqlite+aiosqlite:///{path}"
    asyncio.run(migrate(url))
    return url


async def play(url: str, rule: Rule, zone: str, some: list[Act]) -> None:
    clock = SetClock(datetime(2027, 2, 20, 8, tzinfo=UTC))
    async with open_store(url, vault=vault(), clock=clock, upgrade=False) as store:
        await empty(store)
        await playing(House(store, clock), rule, zone, some)


async def playing(house: House, rule: Rule, zone: str, some: list[Act]) -> None:
    made = await planned(house, rule.text, FIRST, zone=zone)
    await house.run_due()
    days = [FIRST + n * DAY for n in range(DAYS)]
    model = Model([Date(day, day) for day in days if rule.on(FIRST, day)])
    game = Play(house, ZoneInfo(zone), model, made.meeting.id, "MONTHLY" not in rule.text)
    await game.check()
    for act in some:
        await game.act(act)
        await game.check()


@pytest.mark.long
@pytest.mark.slow
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rule=st.sampled_from(sorted(RULES)), zone=st.sampled_from(ZONES), some=acts)
def test_a_series_is_what_a_list_of_its_dates_would_be(
    template: str, rule: str, zone: str, some: list[Act]
):
    asyncio.run(play(template, RULES[rule], zone, some))
