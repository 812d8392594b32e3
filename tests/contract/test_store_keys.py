"""Encrypted columns, their keys, and missing keys."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from bridge.domain.colleague import Colleague
from bridge.domain.presence import Presence
from bridge.ids import UserId
from bridge.store import InboxRow, SealBroken, Store, Vault, open_store
from bridge.store.engine import migrating_engine
from tests.contract.store_samples import (
    ORGANISER,
    SALON,
    START,
    event,
    meeting,
    message,
    occurrence,
    room,
)

BOT = UserId("@visio:agent.tchap")
OLD = b"k" * 32  # as in store_samples.vault()
NEW = b"n" * 32
CLEAR = (
    "Point d’étape",
    "987 654",
    "!visio secret",
    "seed of the account",
    "Alice Martin",
    "bob@agents.example",
)
COLLEAGUES = (
    Colleague(UserId("@cleo:agent.tchap"), "Cléo Durand"),
    Colleague(None, "", "bob@agents.example"),
)


KEPT = replace(room(), owner=ORGANISER)


async def fill(store: Store) -> None:
    held = meeting(room=room())
    dated = replace(occurrence(held), colleagues=COLLEAGUES, own_room=KEPT)
    there = Presence(
        occurrence=dated.id, began_at=START, looked_at=START, names=frozenset({"Alice Martin"})
    )
    async with store() as work:
        await work.meetings.add(held, dated)
        await work.presences.add(there)
        await work.outbox.post(message("a"))
    await store.inbox.record(BOT, "s1", [line("a")])
    await store.secrets.put("seed", b"seed of the account")


def line(name: str) -> InboxRow:
    return InboxRow(
        event=event(name),
        account=BOT,
        salon=SALON,
        kind="message",
        payload={"body": "!visio secret"},
        received_at=START,
    )


async def dumped(url: str) -> str:
    """Return all that the database holds, except the titles of meetings."""
    engine = migrating_engine(url)
    found: list[str] = []
    async with engine.begin() as connection:
        for table in ("outbox", "inbox", "secrets", "presences", "meetings", "occurrences"):
            columns = "phone, room_url" if table == "meetings" else "*"
            rows = await connection.execute(text(f"SELECT {columns} FROM {table}"))
            found += [
                cell.decode("latin-1") if isinstance(cell, bytes) else str(cell)
                for row in rows
                for cell in row
            ]
    await engine.dispose()
    return "\n".join(found)


async def execute(url: str, statement: str) -> None:
    engine = migrating_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


class TestKeys:
    async def test_nothing_secret_is_readable(self, own: Store, store_url: str):
        await fill(own)
        contents = await dumped(store_url)
        assert "https://visio.example" in contents
        assert not [one for one in CLEAR if one in contents]

    async def test_other_keys_are_refused_before_harm_is_done(self, own: Store, store_url: str):
        await fill(own)
        for keys in ({"k2": NEW}, {"k1": NEW}):
            with pytest.raises(SealBroken):
                async with open_store(store_url, vault=Vault(keys, next(iter(keys)))):
                    pass

    async def test_rotating_the_key_reseals_every_row(self, own: Store, store_url: str):
        await fill(own)
        both = Vault({"k1": OLD, "k2": NEW}, "k2")
        async with open_store(store_url, vault=both) as rotating:
            assert await rotating.reseal() == 8
            assert await rotating.reseal() == 0
        async with open_store(store_url, vault=Vault({"k2": NEW}, "k2")) as rotated:
            assert await rotated.secrets.get("seed") == b"seed of the account"
            (waiting,) = await rotated.inbox.pending(BOT, 5)
            assert waiting.payload == {"body": "!visio secret"}
            (row,) = await rotated.outbox.due(START, 5)
            assert row.message == message("a")
            async with rotated.reading() as work:
                (late,) = await work.presences.followed(starting_before=START, ending_after=START)
                there = await work.presences.get(late.occurrence)
                assert there is not None
                assert there.names == {"Alice Martin"}
                ((held, dated),) = await work.meetings.of_salon(SALON, ending_after=START)
            assert held.room is not None
            assert held.room.phone == room().phone
            assert dated.colleagues == COLLEAGUES
            assert dated.own_room == KEPT
            async with rotated.reading() as work:
                named = COLLEAGUES[0].user
                assert named is not None
                assert await work.expected.of(named, ending_after=START, most=9) == [dated.id]

    async def test_what_cannot_be_read_holds_up_nothing(self, own: Store, store_url: str):
        await fill(own)
        await execute(store_url, "UPDATE outbox SET dedupe = 'moved'")
        await execute(store_url, "UPDATE inbox SET event = '$moved'")
        async with own() as work:
            await work.outbox.post(message("b"))
        await own.inbox.record(BOT, "s2", [line("b")])
        assert [row.event for row in await own.inbox.pending(BOT, 1)] == []
        assert [row.event for row in await own.inbox.pending(BOT, 1)] == [event("b")]
        assert await own.outbox.due(START, 5) == []
        assert [row.message.idempotency_key for row in await own.outbox.due(START, 5)] == ["b"]
