"""What is asked each second is not asked again while nobody writes to an SQLite file."""

import sqlite3
from contextlib import closing
from datetime import timedelta

from bridge.domain.agenda import Due, Kind
from bridge.ids import UserId
from bridge.store import Store, open_store
from bridge.store.quiet import Quiet
from tests.contract.store_samples import ORGANISER, SALON, START, event, message, vault

BOT = UserId("@visio:agent.tchap")


async def test_a_commit_of_ours_ends_it(store: Store):
    quiet = store.quiet()
    quiet.begin(quiet.mark())
    assert quiet.lasts is (store.engines.path is not None)
    async with store() as work:
        await work.agenda.plan([Due(Kind.OPEN, "a", START)])
    assert not quiet.lasts


async def test_a_transaction_that_reads_does_not_end_it(store: Store):
    quiet = store.quiet()
    quiet.begin(quiet.mark())
    async with store.reading() as work:
        await work.agents.zone(ORGANISER)
    assert quiet.lasts is (store.engines.path is not None)


async def test_a_commit_of_another_process_ends_it(store: Store):
    if store.engines.path is None:
        return
    quiet = Quiet(store.engines.reading)
    quiet.begin(quiet.mark())
    with closing(sqlite3.connect(store.engines.path)) as other, other:
        other.execute("INSERT INTO once (name, at) VALUES ('x', '2026-01-01 00:00:00.000000')")
    assert not quiet.lasts


async def test_it_lasts_for_nobody_who_has_not_asked(store: Store):
    assert not store.quiet().lasts


async def test_a_commit_between_the_mark_and_the_question_ends_it(store: Store):
    quiet = store.quiet()
    mark = quiet.mark()
    async with store() as work:
        await work.agenda.plan([Due(Kind.OPEN, "a", START)])
    quiet.begin(mark)
    assert not quiet.lasts


async def test_what_another_process_leaves_is_found(store: Store, lasting_url: str):
    """The queues look again once somebody wrote, whoever it was."""
    assert await store.outbox.due(START, 1) == []
    assert await store.inbox.pending(BOT, 1) == []
    async with open_store(lasting_url, vault=vault()) as other, other() as work:
        await work.outbox.post(message("a"))
        await work.inbox.leave(event("e"), account=BOT, salon=SALON, kind="k", payload={})
    assert len(await store.outbox.due(START, 1)) == 1
    assert len(await store.inbox.pending(BOT, 1)) == 1


async def test_a_message_that_is_put_off_is_sent_when_its_time_comes(store: Store):
    async with store() as work:
        await work.outbox.post(message("a"))
    (row,) = await store.outbox.due(START, 1)
    await store.outbox.later(row.id, START + timedelta(seconds=9))
    assert await store.outbox.due(START, 1) == []
    assert await store.outbox.due(START, 1) == []
    assert len(await store.outbox.due(START + timedelta(seconds=9), 1)) == 1
