"""The journal stores a sync's events whole, once, and returns them unchanged."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation import journal
from bot.conversation.journal import DatabaseJournal, pack, unpack
from bot.matrix.events import (
    Arrived,
    Batch,
    Deleted,
    Incoming,
    IncomingMessage,
    Joined,
    LevelsChanged,
    MembersChanged,
    PendingEvent,
    Reaction,
    Removed,
    Trust,
    Undecryptable,
    Upgraded,
)
from bridge.ids import EventId, SalonId, UserId
from bridge.store.inbox import InboxJournal
from bridge.store.tx import Tx
from bridge.store.work import Store
from tests.unit.bot.office import ALICE, BOB, SALON, Office

AT = datetime(2026, 12, 1, 9, 30, 0, 123000, tzinfo=UTC)
NEW = SalonId("!new:agent.tchap")
LINE = IncomingMessage(
    event=EventId("$m"),
    salon=SALON,
    sender=ALICE,
    sent_at=AT,
    body="!visio Budget — été 🙂",
    formatted="<b>!visio</b>",
    mentions=frozenset({BOB, ALICE}),
    thread=EventId("$root"),
    reply_to=EventId("$card"),
    trust=Trust.SIGNED,
)
EVENTS: list[Incoming] = [
    LINE,
    Reaction(event=EventId("$r"), salon=SALON, sender=BOB, sent_at=AT, target=LINE.event, key="✅"),
    replace(LINE, event=EventId("$c"), replaces=LINE.event),
    Deleted(event=EventId("$g"), salon=SALON, sender=BOB, sent_at=AT, target=LINE.event),
    Joined(event=EventId("$j"), salon=SALON, sent_at=AT, invited_by=ALICE),
    Joined(event=EventId("$k"), salon=SALON, sent_at=AT),
    Arrived(event=EventId("$o"), salon=SALON, sent_at=AT),
    MembersChanged(event=EventId("$m"), salon=SALON, sent_at=AT),
    Removed(event=EventId("$x"), salon=SALON, sent_at=AT, by=BOB, reason="ménage"),
    Upgraded(event=EventId("$u"), salon=SALON, sent_at=AT, replacement=NEW, by=BOB),
    LevelsChanged(event=EventId("$l"), salon=SALON, sent_at=AT),
    Undecryptable(event=EventId("$d"), salon=SALON, sender=BOB, sent_at=AT),
]


@pytest.mark.parametrize("incoming", EVENTS, ids=lambda one: type(one).__name__)
def test_each_kind_comes_back_as_it_was(incoming: Incoming):
    assert unpack(*pack(incoming)) == incoming


def test_each_kind_has_been_thought_of():
    assert {type(one) for one in EVENTS} == set(get_args(Incoming))


anything = st.text(st.characters(codec=None, exclude_categories=()))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(body=anything, who=anything, at=st.integers(0, 4 * 10**9))
async def test_no_line_stops_the_sync(kept: Store, body: str, who: str, at: int):
    """Decrypted text may be anything: no character of it may make a batch impossible to store."""
    inbox = DatabaseJournal(kept.inbox, UserId("@parvis:agent.tchap"), kept.clock)
    line = replace(
        LINE,
        event=EventId(f"${abs(hash((body, who, at)))}"),
        body=body,
        sender=UserId(f"@{who}:x"),
        thread=EventId(body),
        sent_at=AT + timedelta(milliseconds=at),
    )
    await inbox.record(Batch(position="s", incoming=[line]))
    rows = await kept.inbox.pending(inbox.account, 10_000)
    found = unpack(rows[-1].kind, rows[-1].payload)
    assert isinstance(found, IncomingMessage)
    assert len(found.body) == len(body)
    assert "\x00" not in found.body
    found.body.encode()
    if body.isprintable():
        assert found.body == body
    async with kept() as work:
        await work.inbox.done(line.event)


async def test_no_depth_stops_the_sync(office: Office):
    """Homeservers let pass what is nested hundreds deep; nobody can read it back."""
    deep: object = "x"
    for _ in range(900):
        deep = [deep]
    content = {"session_id": "s", "m.relates_to": {"m.in_reply_to": {"event_id": "$a"}}, "x": deep}
    sealed = PendingEvent(LINE.event, SALON, "s", AT, {"content": content})
    await office.journal.record(Batch(position="s", sealed=[sealed]))
    (kept,) = await office.journal.sealed()
    found = kept.source["content"]
    assert isinstance(found, dict)
    assert found["m.relates_to"] == content["m.relates_to"]


class TestDatabase:
    async def test_a_batch_and_its_position(self, office: Office):
        assert await office.journal.position() is None
        await office.journal.record(Batch(position="s1", incoming=EVENTS[:2]))
        await office.journal.record(Batch(position="s2", incoming=EVENTS[:3]))
        assert await office.journal.position() == "s2"
        kept = []
        while rows := await office.house.store.inbox.pending(office.account.user, 9):
            kept += [unpack(row.kind, row.payload) for row in rows]
            async with office.house.store() as work:
                for row in rows:
                    await work.inbox.done(row.event)
        assert kept == EVENTS[:3]

    async def test_two_accounts_have_two_positions(self, office: Office):
        await office.journal.record(Batch(position="s1", incoming=EVENTS[:1]))
        other = replace(office.journal, account=BOB)
        assert await other.position() is None
        await other.record(Batch(position="t1"))
        assert await office.journal.position() == "s1"

    async def test_sealed_until_its_key_comes(self, office: Office):
        paris = timezone(timedelta(hours=1))
        sealed = PendingEvent(
            event=LINE.event,
            salon=SALON,
            session="abc",
            received_at=AT.astimezone(paris),
            source={"type": "m.room.encrypted", "content": {"odd": "\ud800", "deep": ["\x00"]}},
        )
        other = replace(sealed, event=EventId("$n"))
        await office.journal.record(Batch(position="s1", sealed=[sealed, other]))
        found, _ = await office.journal.sealed()
        assert found.source == {
            "type": "m.room.encrypted",
            "content": {"odd": "\ufffd", "deep": ["\ufffd"]},
        }
        assert (found.received_at, found.session) == (AT, "abc")
        assert await office.house.store.inbox.pending(office.account.user, 9) == []
        await office.journal.opened(LINE.event, LINE)
        await office.journal.opened(other.event, None)
        assert await office.journal.sealed() == []
        (row,) = await office.house.store.inbox.pending(office.account.user, 9)
        assert unpack(row.kind, row.payload) == LINE

    async def test_a_line_is_unreadable_in_the_file_and_blank_once_handled(
        self, office: Office, database: Path
    ):
        secret = "Réorganisation-7f3a"
        await office.record(office.line(f"!visio liste {secret}"))
        assert not holds(database, secret)
        await office.handle()
        async with office.house.store.begin() as tx:
            rows = await tx.connection.exec_driver_sql("select payload from inbox")
            assert [row.payload for row in rows] == [None]

    async def test_a_database_that_fails_is_asked_until_it_is_well(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(journal, "_AGAIN", 0)
        faults = [OSError("down"), OSError("still down")]

        @asynccontextmanager
        async def begin(*, writing: bool = True, long: bool = False) -> AsyncIterator[Tx]:
            if faults:
                raise faults.pop()
            async with office.house.store.begin(writing=writing, long=long) as tx:
                yield tx

        store = office.house.store
        inbox = InboxJournal(begin, store.vault, store.quiet)
        failing = replace(office.journal, inbox=inbox)
        await failing.record(Batch(position="s1", incoming=[LINE]))
        assert await office.journal.position() == "s1"
        assert len(await office.house.store.inbox.pending(office.account.user, 9)) == 1


def holds(database: Path, words: str) -> bool:
    """Tell whether the files of a database hold words in clear."""
    files = database.parent.glob(f"{database.name}*")
    return any(words.encode() in file.read_bytes() for file in files)
