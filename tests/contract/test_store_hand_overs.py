"""Rows that a transaction hands to its own process after the commit, claimed as written."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from bridge.domain.message import Message
from bridge.ids import EventId, SalonId, UserId
from bridge.store import Changed, InboxRow, Store
from tests.contract.store_samples import SALON, START, event, message
from tests.contract.test_store_queues import due, names, post

BOT = UserId("@visio:agent.tchap")
OTHER = SalonId("!other:agent.tchap")


@dataclass
class Hearing:
    """Commits, and a sender that takes what it is offered."""

    commits: list[Changed] = field(default_factory=list)
    willing: bool = True
    offered: list[str] = field(default_factory=list)

    def takes(self, message: Message) -> bool:
        self.offered.append(message.idempotency_key)
        return self.willing

    @property
    def taken(self) -> list[str]:
        return names([row for one in self.commits for row in one.taken])

    @property
    def received(self) -> list[EventId]:
        return [row.event for one in self.commits for row in one.received]


@pytest.fixture
def hearing(store: Store) -> Iterator[Hearing]:
    made = Hearing()
    forget = store.on_commit(made.commits.append)
    with store.sent_by(made):
        yield made
    forget()


class TestMessages:
    async def test_one_for_which_nothing_waits_is_taken(self, store: Store, hearing: Hearing):
        await post(store, message("a"))
        assert hearing.taken == ["a"]
        assert not any(one.outbox for one in hearing.commits), "nobody need look"
        assert await due(store) == []
        (row,) = [row for one in hearing.commits for row in one.taken]
        await store.outbox.sent(row, EventId("$a"), START)
        async with store.reading() as work:
            assert await work.outbox.event_of("a") == "$a"

    async def test_the_second_of_a_salon_waits(self, store: Store, hearing: Hearing):
        await post(store, message("a"), message("b"))
        assert hearing.taken == ["a"]
        assert hearing.commits[-1].outbox
        (row,) = [row for one in hearing.commits for row in one.taken]
        await store.outbox.sent(row, EventId("$a"), START)
        assert names(await due(store)) == ["b"]

    async def test_none_is_taken_that_the_sender_does_not_want(
        self, store: Store, hearing: Hearing
    ):
        hearing.willing = False
        await post(store, message("a"))
        assert hearing.taken == []
        assert hearing.commits[-1].outbox
        assert names(await due(store)) == ["a"]

    async def test_a_repeat_hands_over_nothing(self, store: Store, hearing: Hearing):
        await post(store, message("a"))
        assert await post(store, message("a")) == [False]
        assert hearing.taken == ["a"]

    async def test_after_a_kill_it_is_sent_by_the_next_process(
        self, store: Store, hearing: Hearing
    ):
        await post(store, message("a"))
        assert hearing.taken == ["a"]
        await store.outbox.released()
        assert names(await due(store)) == ["a"]


def line(name: str, salon: SalonId = SALON) -> InboxRow:
    return InboxRow(
        event=event(name),
        account=BOT,
        salon=salon,
        kind="message",
        payload={"body": name},
        received_at=START,
    )


class TestEvents:
    async def test_one_of_a_salon_where_none_waits(self, store: Store, hearing: Hearing):
        await store.inbox.record(BOT, "1", [line("a")])
        assert hearing.received == [event("a")]
        assert not hearing.commits[-1].inbox, "nobody need look"
        (row,) = await store.inbox.pending(BOT, 9)
        assert (row.event, row.payload) == (event("a"), {"body": "a"}), "it is the net"

    async def test_one_behind_another_waits_for_its_turn(self, store: Store, hearing: Hearing):
        await store.inbox.record(BOT, "1", [line("a")])
        await store.inbox.record(BOT, "2", [line("b")])
        await store.inbox.record(BOT, "3", [line("c", OTHER)])
        assert hearing.received == [event("a"), event("c")]
        assert [one.inbox for one in hearing.commits] == [False, True, False]

    async def test_several_at_once_are_looked_for(self, store: Store, hearing: Hearing):
        await store.inbox.record(BOT, "1", [line("a"), line("b", OTHER)])
        assert hearing.received == []
        assert hearing.commits[-1].inbox

    async def test_a_redelivered_one_is_not_handled_again(self, store: Store, hearing: Hearing):
        await store.inbox.record(BOT, "1", [line("a")])
        async with store() as work:
            await work.inbox.done(event("a"))
        await store.inbox.record(BOT, "2", [line("a")])
        assert hearing.received == [event("a")]
