"""A hundred times the meetings, past and planned, cost no statement more than half as much again.

In one salon's and one organiser's worst case, on both databases, for all that Parvis asks each
second, for each command and for each request.
"""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from bridge.domain.agenda import Due, Kind
from bridge.store.agenda import Claimable
from tests.contract.effort import (
    MOST,
    TIMES,
    Asked,
    Efforts,
    effort_of,
    efforts,
    growth,
    recorded,
)
from tests.contract.grown import grow, opened
from tests.contract.hot import PURGE, QUEUE, READ, SELDOM, WRITE, methods
from tests.contract.store_samples import ORGANISER, SALON, START
from tests.servers.postgres import Cluster

Filled = Callable[[str, int], str]


@pytest.fixture(scope="session")
def filled(request: pytest.FixtureRequest) -> Filled:
    """Return the address of a database of a kind with so many past and planned meetings."""
    made: dict[tuple[str, int], str] = {}

    def of(database: str, count: int) -> str:
        if (database, count) not in made:
            url = _sqlite(request, count) if database == "sqlite" else _postgresql(request)
            asyncio.run(grow(url, count))
            made[database, count] = url
        return made[database, count]

    return of


def _sqlite(request: pytest.FixtureRequest, count: int) -> str:
    folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    path = folders.mktemp("grown") / f"{count}.db"
    shutil.copy(request.getfixturevalue("migrated"), path)
    return f"sqlite:///{path}"


def _postgresql(request: pytest.FixtureRequest) -> str:
    cluster: Cluster = request.getfixturevalue("cluster")
    template: str = request.getfixturevalue("template")
    return asyncio.run(cluster.create_database(template=template))


async def hot(url: str) -> Efforts:
    async with opened(url) as store:
        return await efforts(store, [*READ, *WRITE, *QUEUE, *PURGE])


async def searches(url: str, asked: Sequence[Asked]) -> Efforts:
    async with opened(url) as store:
        found = await effort_of(store, asked)
    return {("a search", statement): effort for statement, effort in found.items()}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
class TestGrowth:
    @pytest.mark.parametrize("count", [50, pytest.param(1000, marks=pytest.mark.long)])
    @pytest.mark.timeout(900)
    def test_costs_the_same(self, filled: Filled, database: str, count: int):
        few = asyncio.run(hot(filled(database, count)))
        many = asyncio.run(hot(filled(database, TIMES * count)))
        assert many.keys() == few.keys()
        grown = [one for one, times in growth(few, many).items() if times > MOST]
        assert not grown, "\n".join(f"{one}: {few[one]} → {many[one]}" for one in grown)

    def test_would_notice(self, filled: Filled, database: str):
        """A search by a column without index, and two by an index of which they read all."""
        asked: list[Asked] = [
            ("SELECT id FROM meetings WHERE title = 'none'", ()),
            (f"SELECT id FROM meetings WHERE salon = '{SALON}' AND level = 'none'", ()),
            (f"SELECT id FROM meetings WHERE organiser = '{ORGANISER}' ORDER BY title LIMIT 1", ()),
        ]
        few, many = (asyncio.run(searches(filled(database, n), asked)) for n in (50, 50 * TIMES))
        assert all(times > MOST for times in growth(few, many).values())


async def backlog_of_polls(url: str, count: int) -> Efforts:
    """Return what it costs to look for other kinds' work while so many polls are due."""
    others = Claimable([kind for kind in Kind if kind is not Kind.POLL])
    async with opened(url) as store:
        async with store() as work:
            await work.agenda.plan([Due(Kind.POLL, str(n), START) for n in range(count)])
            await work.agenda.plan([Due(Kind.OPEN, "later", START + timedelta(days=1))])
        with recorded() as asked:
            async with store.reading() as work:
                assert await work.agenda.next(others) == START + timedelta(days=1)
        found = await effort_of(store, asked)
    return {("agenda.next", statement): effort for statement, effort in found.items()}


async def test_a_backlog_of_one_kind_costs_the_others_nothing(store_url: str):
    few = await backlog_of_polls(store_url, 10)
    many = await backlog_of_polls(store_url, 2000)
    assert many.keys() == few.keys()
    assert all(times <= MOST for times in growth(few, many).values()), (few, many)


def test_nothing_that_is_asked_is_left_out():
    assert methods() == {name.partition(",")[0] for name in (*READ, *WRITE, *SELDOM)}
