"""Transactions, on both databases."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from bridge.domain.agenda import Due, Kind
from bridge.errors import SchemaOutdated
from bridge.ids import QuestionId, uuid7
from bridge.ports import UnitsOfWork
from bridge.store import Changed, Store, open_store
from bridge.store.work import StoreWork
from tests.contract.store_samples import (
    SALON,
    START,
    event,
    invitation,
    meeting,
    message,
    occurrence,
    room,
    vault,
    visit,
)


class TestTransactions:
    async def test_is_what_the_services_ask_for(self, store: Store):
        works: UnitsOfWork = store  # mypy's business
        async with works.reading() as work:
            assert await work.salons.get(SALON) is None

    async def test_an_error_undoes_everything(self, store: Store):
        kept = meeting()

        async def fail() -> None:
            async with store() as work:
                await work.meetings.add(kept, occurrence(kept))
                await work.outbox.post(message("a"))
                raise ZeroDivisionError

        heard: list[Changed] = []
        store.on_commit(heard.append)
        with pytest.raises(ZeroDivisionError):
            await fail()
        assert heard == []
        async with store.reading() as work:
            assert await work.meetings.get(kept.id) is None
        assert await store.outbox.due(START, 1) == []

    async def test_a_reader_does_not_write(self, store: Store):
        with pytest.raises(DBAPIError):
            async with store.reading() as work:
                await work.outbox.post(message("a"))

    async def test_a_reader_waits_for_no_writer(self, store: Store):
        kept = meeting()
        async with store() as writing:
            await writing.meetings.add(kept, occurrence(kept))
            async with store.reading() as work:
                assert await work.meetings.get(kept.id) is None

    async def test_what_is_read_to_be_saved_stays(self, store: Store):
        """Ten at a time add one: nobody's change is lost."""
        kept = meeting()
        dated = occurrence(kept)
        async with store() as work:
            await work.meetings.add(kept, dated)

        async def change() -> None:
            async with store() as work:
                found = await work.meetings.occurrence(dated.id)
                assert found is not None
                await work.meetings.save_occurrence(found.moved(found.start, found.end))

        await asyncio.gather(*(change() for _ in range(10)))
        async with store.reading() as work:
            found = await work.meetings.occurrence(dated.id)
            assert found is not None
            assert found.sequence == dated.sequence + 10

    async def test_cancelled_in_the_middle(self, store: Store):
        kept = meeting()
        inside = asyncio.Event()

        async def write() -> None:
            async with store() as work:
                await work.meetings.add(kept, occurrence(kept))
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(write())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with store() as work:
            assert await work.meetings.get(kept.id) is None


class TestPurge:
    async def test_the_purge_deletes_what_is_done_once_it_is_of_no_use(self, store: Store):
        async with store() as work:
            await work.inbox.done(event("a"))
            await work.outbox.post(message("a"))
            await work.once.claim("a", START, unless_after=START)
        (row,) = await store.outbox.due(START, 1)
        await store.outbox.sent(row, event(), START)
        await store.purge(START + timedelta(days=7, seconds=1))
        assert await store.outbox.event_of("a") is None
        async with store() as work:
            assert not await work.inbox.done(event("a"))
        await store.purge(START + timedelta(days=30, seconds=1))
        async with store() as work:
            assert await work.inbox.done(event("a"))
            assert await work.once.claim("a", START, unless_after=START - timedelta(days=1))


class TestListeners:
    async def test_told_of_what_guests_are_told(self, store: Store):
        """And not of what a door notes, or each guest who comes would wake all who wait."""
        held = meeting(room=room())
        dated = occurrence(held)
        guest = invitation(dated)
        seen = visit(guest)
        async with store() as work:
            await work.meetings.add(held, dated)
            await work.invitations.add(guest)
            await work.visits.add(seen)
        heard: list[Changed] = []
        store.on_commit(heard.append)
        changes: list[Callable[[StoreWork], Awaitable[object]]] = [
            lambda work: work.invitations.save(guest),
            lambda work: work.meetings.save(held),
            lambda work: work.meetings.save_occurrence(dated),
            lambda work: work.visits.refuse(seen.id, START),
        ]
        for change in changes:
            async with store() as work:
                await change(work)
        assert heard == [Changed(guests=True)] * len(changes)
        async with store() as work:
            await work.visits.add(visit(guest))
            await work.visits.listed(seen.id, QuestionId(uuid7(START)), 1, START)
            await work.visits.seen([seen.id], START)
            await work.visits.left(seen.id, START)
            await work.visits.refuse(seen.id, START)
            await work.invitations.waits(guest, START)
        assert len(heard) == len(changes)

    async def test_told_after_the_commit_only(self, store: Store):
        heard: list[Changed] = []
        stop = store.on_commit(heard.append)
        async with store() as work:
            await work.agenda.plan([Due(Kind.OPEN, "a", START), Due(Kind.MAIL, "b", START)])
            await work.outbox.post(message("a"))
            assert heard == []
        assert heard == [Changed(agenda=START, outbox=True)]
        async with store() as work:
            await work.meetings.of_salon(SALON, ending_after=START)
        await store.outbox.due(START, 1)
        assert len(heard) == 1
        stop()
        async with store() as work:
            await work.outbox.post(message("c"))
        assert len(heard) == 1


class TestOpening:
    async def test_an_empty_sqlite_file_is_prepared(self, tmp_path: Path):
        path = tmp_path / "new" / "parvis.db"
        async with open_store(f"sqlite:///{path}", vault=vault()) as store:
            assert await store.secrets.get("x") is None

    async def test_a_server_is_not_touched(self, empty_url: str):
        with pytest.raises(SchemaOutdated):
            async with open_store(empty_url, vault=vault(), upgrade=False):
                pass
