"""How many things run at once, and what comes of those that are cut."""

import asyncio
from datetime import UTC, datetime, timedelta

from bridge.agenda.hands import HANDS, OF_ONE_KIND, WorkerPool
from bridge.domain.agenda import Due, Kind
from bridge.domain.capability import LONGEST
from bridge.store.agenda import AgendaOutcome
from bridge.store.claims import Claimed
from tests.doubles.clocks import SetClock

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
KINDS = [Kind.OPEN, Kind.MAIL]


def claimed(number: int, kind: Kind = Kind.OPEN) -> Claimed:
    return Claimed(Due(kind, str(number), NOW), number, claim=1)


def make() -> tuple[WorkerPool, asyncio.Event]:
    ended = asyncio.Event()
    return WorkerPool(SetClock(NOW), ended=ended.set), ended


async def hang(_: Due) -> None:
    await asyncio.Event().wait()


async def test_room_shrinks_and_comes_back():
    some, _ = make()
    gate = asyncio.Event()

    async def wait(_: Due) -> None:
        await gate.wait()

    assert some.room(KINDS) == (KINDS, OF_ONE_KIND)
    for number in range(OF_ONE_KIND):
        some.start(claimed(number), wait, LONGEST)
    assert some.room(KINDS) == ([Kind.MAIL], OF_ONE_KIND)
    assert some.room([Kind.OPEN]) == ([], 0)
    for kind in (Kind.MAIL, Kind.CODE, Kind.CREATE):
        assert some.room(list(Kind))[1] == OF_ONE_KIND, "three kinds that hang leave room"
        first = len(some.held())
        for number in range(OF_ONE_KIND):
            some.start(claimed(first + number, kind), wait, LONGEST)
    assert some.room([Kind.EJECT]) == ([Kind.EJECT], 0)
    assert len(some.held()) == HANDS
    gate.set()
    await some.drain()
    assert some.room(KINDS) == (KINDS, OF_ONE_KIND)
    assert len(some.take()) == HANDS
    assert some.take() == []


async def test_each_row_has_its_own_limit():
    some, ended = make()
    some.start(claimed(1, Kind.MAIL), hang, LONGEST)
    some.start(claimed(2), hang, timedelta(0))
    await ended.wait()
    (cut,) = some.take()
    assert cut.claimed.id == 2
    assert [one.id for one in some.claims()] == [1]
    await some.drain(0)


async def test_a_full_kind_comes_back_at_half():
    some, ended = make()
    gates = [asyncio.Event() for _ in range(OF_ONE_KIND)]

    async def wait(due: Due) -> None:
        await gates[int(due.key)].wait()

    for number in range(OF_ONE_KIND):
        some.start(claimed(number), wait, LONGEST)
    assert some.room([Kind.OPEN]) == ([], 0)
    for left in reversed(range(OF_ONE_KIND)):
        ended.clear()
        gates[left].set()
        while len(some.held()) > left:
            await asyncio.sleep(0)
        assert ended.is_set() == (left <= OF_ONE_KIND / 2)
        assert some.room([Kind.OPEN])[1] == (OF_ONE_KIND - left if left <= OF_ONE_KIND / 2 else 0)


async def test_outcomes_that_could_not_be_written_stay_first():
    some, ended = make()

    async def done(_: Due) -> None:
        return None

    some.start(claimed(1), done, LONGEST)
    await ended.wait()
    first = some.take()
    ended.clear()
    some.start(claimed(2), done, LONGEST)
    await ended.wait()
    some.give_back(first)
    assert [outcome.claimed.id for outcome in some.take()] == [1, 2]


async def test_what_does_not_end_is_cut_and_runs_again():
    some, _ = make()
    some.start(claimed(1), hang, LONGEST)
    await some.drain(0.05)
    assert some.take() == [AgendaOutcome(claimed(1), retry_at=NOW)]


async def test_nothing_to_drain():
    some, _ = make()
    await some.drain()
    assert some.take() == []
