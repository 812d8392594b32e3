"""The stream that tells a guest's page its standing, on real sockets."""

import asyncio
import json
import resource
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from sqlalchemy import event

from bridge.store.tx import Changed
from bridge.store.vault import Vault
from bridge.store.work import Store, open_store
from federation.door.app import Subscribe
from federation.door.settings import DoorOptions
from federation.door.streams import PER_VISIT
from tests.door.house import OPENS, START, House, Link, enter, open_house
from tests.doubles.ports import FailingWorks, FakeMedia, FakePasses
from tests.wiring import Media, admitting

PATIENCE = 10.0


def news_of(store: Store) -> Subscribe:
    """Tells the door of this process's changes, as `bot.program.app` does."""

    def news(look: Callable[[], None]) -> Callable[[], None]:
        def heard(what: Changed) -> None:
            if what.guests:
                look()

        return store.on_commit(heard)

    return news


def media() -> Media:
    return Media(FakeMedia(), FakePasses(), "wss://media.example:7880")


@pytest.fixture
async def streaming_house(works: Store) -> AsyncIterator[House]:
    async with open_house(works, media=media(), news=news_of(works)) as house:
        house.clock.set(START)
        yield house


@dataclass
class Stream:
    """A stream as a page reads it."""

    answer: ClientResponse

    async def lines(self) -> list[str]:
        """Return the lines of the next event, none at the end."""
        lines: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while line := (await self.answer.content.readline()).decode():
                if line == "\n":
                    break
                lines.append(line.rstrip("\n"))
        return lines

    async def told(self) -> dict[str, Any]:
        (data,) = [one for one in await self.lines() if one.startswith("data: ")]
        return dict(json.loads(data.removeprefix("data: ")))

    async def state(self) -> str:
        return str((await self.told())["state"])

    async def ended(self) -> bool:
        return await self.lines() == []


@asynccontextmanager
async def listening(session: ClientSession, path: str) -> AsyncIterator[Stream]:
    async with session.get(f"{path}/events") as answer:
        assert answer.status == 200, await answer.text()
        yield Stream(answer)


async def status(session: ClientSession, path: str) -> int:
    async with session.get(f"{path}/events") as answer:
        return answer.status


@dataclass
class Guest:
    """A waiting guest with an open stream."""

    link: Link
    session: ClientSession
    path: str
    stream: Stream


@asynccontextmanager
async def waiting(house: House, state: str = "waiting") -> AsyncIterator[Guest]:
    link = await house.invite()
    async with house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            assert answer.status == 200
        async with listening(session, path) as stream:
            assert await stream.state() == state
            yield Guest(link, session, path, stream)


async def test_a_stream_tells_what_status_tells(streaming_house: House):
    link = await streaming_house.invite()
    async with streaming_house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(f"{path}/status") as answer:
            asked = await answer.json()
        async with listening(session, path) as stream:
            headers = stream.answer.headers
            told = await stream.told()
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert told.pop("closes_in") == pytest.approx(asked.pop("closes_in"), abs=5)
    assert told == asked


@pytest.mark.parametrize(("admit", "state"), [(True, "admitted"), (False, "refused")])
async def test_the_salons_answer_is_told_at_once(streaming_house: House, admit, state):
    async with waiting(streaming_house) as guest:
        began = monotonic()
        await streaming_house.decide(guest.path, admit=admit)
        assert await guest.stream.state() == state
        assert monotonic() - began < 1


async def test_what_another_process_changes_is_told_within_two_seconds(
    works: Store, database: Path
):
    vault = Vault({"v1": b"\x01" * 32}, "v1")
    async with (
        open_house(works, media=media(), news=news_of(works)) as house,
        open_store(f"sqlite:///{database}", vault=vault, upgrade=False) as other,
    ):
        theirs = admitting(replace(house.tools, works=other), media=media())
        elsewhere = replace(house, works=other, mode=theirs)
        house.clock.set(START)
        async with waiting(house) as guest:
            began = monotonic()
            await elsewhere.decide(guest.path)
            assert await guest.stream.state() == "admitted"
            assert monotonic() - began < 2


async def test_an_extension_is_told_to_who_is_in(streaming_house: House):
    async with waiting(streaming_house) as guest:
        await streaming_house.decide(guest.path)
        before = await guest.stream.told()
        until = guest.link.occurrence.end + timedelta(hours=1)
        await streaming_house.save(replace(guest.link.invitation, until=until))
        after = await guest.stream.told()
        assert after["state"] == "admitted"
        assert after["closes_in"] > before["closes_in"] + 1800


async def test_the_door_opens_by_the_clock_alone(streaming_house: House):
    streaming_house.clock.set(OPENS - timedelta(seconds=1))
    async with waiting(streaming_house, "early") as guest:
        assert await guest.stream.state() == "waiting"
        assert timedelta(0) <= streaming_house.clock.now() - OPENS < timedelta(seconds=1)


@pytest.mark.parametrize("hours", [-1, 2])
async def test_a_clock_that_is_set_is_told_within_two_seconds(streaming_house: House, hours: int):
    """With another time the standing changes; it does not wait for the stream's next beat."""
    async with waiting(streaming_house) as guest:
        begun = monotonic()
        streaming_house.clock.forward(timedelta(hours=hours))
        streaming_house.steps.look()
        told = await guest.stream.told()
        assert told["state"] == ("early" if hours < 0 else "over"), told
        assert monotonic() - begun < 2


CHECK = "touched >="


class Questions:
    """The door's queries of its database."""

    def __init__(self, store: Store) -> None:
        self.asked: list[str] = []
        self._more = asyncio.Event()
        event.listen(store.engines.reading.sync_engine, "before_cursor_execute", self._note)

    def _note(self, *of: Any) -> None:
        self.asked.append(of[2])
        self._more.set()

    async def checks(self, count: int) -> None:
        """Wait until the door has asked `count` times for changes."""
        async with asyncio.timeout(PATIENCE):
            while sum(CHECK in one for one in self.asked) < count:
                self._more.clear()
                await self._more.wait()

    async def settled(self) -> None:
        """Forget the queries that the setup caused."""
        await self.checks(2)
        self.asked.clear()


async def test_while_nothing_changes_one_question_a_second_serves_all(
    streaming_house: House, works: Store
):
    async with AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(waiting(streaming_house))
        questions = Questions(works)
        await questions.settled()
        began = monotonic()
        await questions.checks(3)
        assert monotonic() - began > 2
        assert len(questions.asked) == 3


async def test_a_change_is_read_once_for_all_who_wait_for_the_meeting(
    streaming_house: House, works: Store
):
    """The door reads one admission with five queries, however many others wait."""
    link = await streaming_house.invite()
    async with AsyncExitStack() as stack:
        paths, streams = [], []
        for _ in range(10):
            one = await streaming_house.invite_to(link.meeting, link.occurrence)
            session = await stack.enter_async_context(streaming_house.browser())
            paths.append(await enter(session, one.code))
            stream = await stack.enter_async_context(listening(session, paths[-1]))
            assert await stream.state() == "waiting"
            streams.append(stream)
        questions = Questions(works)
        await questions.settled()
        await streaming_house.decide(paths[3])
        assert await streams[3].state() == "admitted"
        assert len([one for one in questions.asked if CHECK not in one]) <= 5


async def test_a_stream_is_for_the_visits_own_browser(streaming_house: House):
    async with waiting(streaming_house) as guest, streaming_house.browser() as other:
        async with other.get(f"{guest.path}/events") as answer:
            assert answer.status == 403
            told = await answer.json(content_type=None)
        assert told["type"] == "urn:parvis:door:lost"
        await enter(other, guest.link.code)
        assert await status(other, guest.path) == 403
        assert await status(other, f"/m/{'0' * 32}") == 403


async def test_a_stream_ends_when_the_visit_is_forgotten(streaming_house: House):
    async with waiting(streaming_house) as guest:
        async with streaming_house.works() as work:
            await work.invitations.forget(guest.link.occurrence.id)
            await work.meetings.save_occurrence(guest.link.occurrence)
        assert await guest.stream.ended()
        assert await status(guest.session, guest.path) == 403


async def test_where_visio_admits_there_is_no_stream(works: Store):
    async with open_house(works) as house, house.browser() as session:
        path = await enter(session, (await house.invite()).code)
        assert await status(session, path) == 404


def beating(settings: DoorOptions) -> DoorOptions:
    return replace(settings, limits=replace(settings.limits, beat=0.1))


async def test_a_stream_says_now_and_then_that_it_stands(works: Store):
    async with open_house(works, beating, media=media()) as house:
        house.clock.set(START)
        async with waiting(house) as guest:
            left = [(await guest.stream.told())["closes_in"] for _ in range(3)]
            assert left == sorted(left, reverse=True)
            assert len(set(left)) == 3


async def test_a_visit_has_a_few_streams_and_one_that_closes_makes_room(
    streaming_house: House, settled
):
    async with waiting(streaming_house) as guest, AsyncExitStack() as stack:
        more = [
            await stack.enter_async_context(listening(guest.session, guest.path))
            for _ in range(PER_VISIT - 1)
        ]
        async with guest.session.get(f"{guest.path}/events") as answer:
            assert answer.status == 429
            assert answer.headers["Retry-After"] == "60"
            assert answer.headers["Content-Type"] == "application/problem+json"
        more[-1].answer.close()
        await settled(lambda: status(guest.session, guest.path), 200)


async def test_a_network_has_so_many_streams(works: Store):
    def scarce(settings: DoorOptions) -> DoorOptions:
        return replace(settings, limits=replace(settings.limits, streams=2))

    async with open_house(works, scarce, media=media()) as house:
        house.clock.set(START)
        async with waiting(house), waiting(house), house.browser() as session:
            path = await enter(session, (await house.invite()).code)
            assert await status(session, path) == 429
            async with session.get(f"{path}/status") as answer:
                assert answer.status == 200


async def test_who_hangs_up_leaves_nothing_behind(works: Store, settled):
    async with open_house(works, beating, media=media()) as house:
        house.clock.set(START)

        async def count(name: str = "parvis_door_streams") -> float | None:
            return house.registry.get_sample_value(name)

        async with waiting(house):
            assert await count() == 1
        await settled(count, 0)
        labels = {"route": "/m/{visit}/events", "status": "200"}
        assert house.registry.get_sample_value("parvis_door_answers_total", labels) == 1
        labels = {"route": "/m/{visit}/events", "status": "500"}
        assert house.registry.get_sample_value("parvis_door_answers_total", labels) is None


async def test_open_streams_do_not_hold_up_the_end(works: Store):
    async with AsyncExitStack() as guests:
        async with open_house(works, media=media()) as house:
            house.clock.set(START)
            streams = [(await guests.enter_async_context(waiting(house))).stream for _ in range(5)]
            began = monotonic()
        assert monotonic() - began < 2
        for stream in streams:
            assert await stream.ended()


async def test_a_database_that_goes_away_ends_streams_and_answers_nothing_odd(works: Store):
    failing = FailingWorks(works, [])
    async with open_house(failing, media=media()) as house:
        house.clock.set(START)
        async with waiting(house) as guest:
            failing.faults.append(ConnectionRefusedError())
            assert await guest.stream.ended()
            async with listening(guest.session, guest.path) as again:
                assert await again.state() == "waiting"
                await house.decide(guest.path)
                assert await again.state() == "admitted"


async def test_the_door_may_hold_as_many_connections_as_the_system_grants(works: Store):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        async with open_house(works, media=media()):
            assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 1024
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
