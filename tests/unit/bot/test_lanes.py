"""Order in a lane, breadth across lanes, nothing dropped."""

import asyncio

import pytest

from bot.conversation.bucket import Bucket
from bot.conversation.lanes import Lanes


class Table:
    """Rows that go when their work is done, as in a database."""

    def __init__(self, rows):
        self.rows = list(rows)
        self.done = []
        self.at_once = 0
        self.most = 0
        self.gate = asyncio.Event()
        self.rest = 0

    async def fetch(self, _free):
        return list(self.rows)

    async def work(self, row):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await self.gate.wait()
        self.at_once -= 1
        self.rows.remove(row)
        self.done.append(row)
        return self.rest


async def drained(table, lanes):
    stop = asyncio.Event()
    running = asyncio.create_task(lanes.run(stop))
    async with asyncio.timeout(5):
        while table.at_once < lanes.width:
            await asyncio.sleep(0)
        table.gate.set()
        while table.rows:
            await asyncio.sleep(0)
    stop.set()
    await running


async def test_a_lane_keeps_its_order_and_lanes_run_side_by_side():
    table = Table([(lane, n) for n in range(5) for lane in "abc"])
    lanes = Lanes(table.fetch, lambda row: row[0], table.work, width=2)
    await drained(table, lanes)
    for lane in "abc":
        assert [n for name, n in table.done if name == lane] == list(range(5))
    assert table.most == 2


async def test_a_wake_up_is_enough_and_stopping_finishes_what_began():
    table = Table([])
    lanes = Lanes(table.fetch, lambda row: row, table.work)
    stop = asyncio.Event()
    running = asyncio.create_task(lanes.run(stop))
    table.rows.append("late")
    lanes.wake()
    async with asyncio.timeout(5):
        while not table.at_once:
            await asyncio.sleep(0)
    stop.set()
    table.gate.set()
    await running
    assert table.done == ["late"]


def test_a_bucket_gives_its_burst_then_its_rate():
    now = [0.0]
    bucket = Bucket(1, 10, lambda: now[0])
    assert bucket.ready(50) == 10
    assert [bucket.take() for _ in range(11)] == [True] * 10 + [False]
    assert bucket.wait() == 1.0
    assert bucket.ready(5) == 0
    now[0] = 1.0
    assert bucket.take()
    assert not bucket.take()


@pytest.mark.parametrize("rate", [0, 2])
def test_a_bucket_holds_as_long_as_the_homeserver_says(rate: float):
    now = [0.0]
    bucket = Bucket(rate, 10, lambda: now[0])
    bucket.hold(5)
    bucket.hold(3)
    assert not bucket.take()
    assert bucket.ready(9) == 0
    assert bucket.wait() == 5
    now[0] = 5.0
    assert bucket.take()


def test_after_it_a_bucket_fills_at_its_rate():
    now = [0.0]
    bucket = Bucket(2, 10, lambda: now[0])
    bucket.hold(5)
    now[0] = 5.0
    assert [bucket.take(), bucket.take()] == [True, False]


def test_a_bucket_without_a_rate_never_empties():
    bucket = Bucket(0, 1, lambda: 0.0)
    assert all(bucket.take() for _ in range(1000))
    assert bucket.wait() == 0


async def test_a_lane_that_rests_does_not_hold_up_the_end():
    table = Table(["only"])
    table.rest = 30
    table.gate.set()
    lanes = Lanes(table.fetch, lambda row: row, table.work)
    stop = asyncio.Event()
    running = asyncio.create_task(lanes.run(stop))
    async with asyncio.timeout(5):
        while not table.done:
            await asyncio.sleep(0)
        stop.set()
        await running


async def test_a_table_that_fails_is_asked_again():
    table = Table(["row"])
    table.gate.set()
    faults = [OSError(), OSError()]

    async def fetch(free):
        if faults:
            raise faults.pop()
        return await table.fetch(free)

    lanes = Lanes(fetch, lambda row: row, table.work, troubles=(OSError,))
    stop = asyncio.Event()
    running = asyncio.create_task(lanes.run(stop))
    async with asyncio.timeout(5):
        while not table.done:
            lanes.wake()
            await asyncio.sleep(0)
    stop.set()
    await running


async def test_work_that_meets_a_failing_table_rests_and_comes_again():
    table = Table(["row"])
    table.gate.set()
    faults = [OSError()]

    async def work(row):
        if faults:
            raise faults.pop()
        return await table.work(row)

    lanes = Lanes(table.fetch, lambda row: row, work, troubles=(OSError,))
    stop = asyncio.Event()
    running = asyncio.create_task(lanes.run(stop))
    async with asyncio.timeout(5):
        while not table.done:
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert lanes.idle


async def test_a_lane_that_rests_keeps_no_other_waiting():
    rows = [f"down{n}" for n in range(4)]
    done: list[str] = []

    async def fetch(free):
        return [*rows, *([] if done else ["well"])][: free + lanes.kept]

    async def work(row):
        if row == "well":
            done.append(row)
            return 0
        return 30  # it stays where it is: the homeserver does not answer

    lanes = Lanes(fetch, lambda row: row, work, width=2)
    stop = asyncio.Event()
    running = asyncio.create_task(lanes.run(stop))
    async with asyncio.timeout(5):
        while not done:
            await asyncio.sleep(0)
    stop.set()
    await running


async def test_an_item_in_hand_needs_no_fetch():
    fetches = 0

    async def fetch(_free):
        nonlocal fetches
        fetches += 1
        return []

    table = Table(["a", "b", "c"])
    lanes = Lanes(fetch, lambda row: row, table.work, width=2)
    assert not lanes.begin("a"), "it does not run yet"
    stop = asyncio.Event()
    running = asyncio.create_task(lanes.run(stop))
    while not fetches:
        await asyncio.sleep(0)
    assert lanes.begin("a")
    assert not lanes.begin("a"), "its lane is busy"
    assert lanes.begin("b")
    assert not lanes.begin("c"), "all are busy"
    while table.at_once < 2:
        await asyncio.sleep(0)
    assert fetches == 1
    table.gate.set()
    stop.set()
    await running
    assert sorted(table.done) == ["a", "b"]
    assert not lanes.begin("c"), "it has ended"


async def test_an_item_in_hand_takes_no_lane_for_which_a_fetch_is_on_its_way():
    """Otherwise the fetch finds no lane for an item that the table hands out only once."""
    asked, answer = asyncio.Event(), asyncio.Event()
    handed = ["a", "b"]

    async def fetch(free):
        asked.set()
        await answer.wait()
        given, handed[:] = handed[:free], handed[free:]
        return given

    table = Table(["a", "b", "c"])
    lanes = Lanes(fetch, lambda row: row, table.work, width=2)
    stop = asyncio.Event()
    running = asyncio.create_task(lanes.run(stop))
    await asked.wait()
    assert lanes.free == 0
    assert not lanes.begin("c")
    answer.set()
    table.gate.set()
    async with asyncio.timeout(5):
        while len(table.done) < 2:
            await asyncio.sleep(0)
    stop.set()
    await running
    assert sorted(table.done) == ["a", "b"]
