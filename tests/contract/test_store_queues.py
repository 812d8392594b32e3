"""Outbox, inbox, secrets, and what is said once: on both databases."""

from datetime import timedelta

from bridge.domain.message import Card, CardEdit, Message, Priority, ToAuthor, ToPerson, ToSalon
from bridge.ids import EventId, SalonId, UserId
from bridge.store import InboxRow, OutboxRow, Store
from tests.contract.store_samples import SALON, START, edit, event, meeting, message, occurrence
from tests.doubles.clocks import SetClock

BOT = UserId("@visio:agent.tchap")
OTHER = SalonId("!other:agent.tchap")
MINUTE = timedelta(minutes=1)


async def post(store: Store, *messages: Message) -> list[bool]:
    async with store() as work:
        return [await work.outbox.post(one) for one in messages]


async def due(store: Store, limit: int = 10) -> list[OutboxRow]:
    return await store.outbox.due(store.clock.now(), limit)


def names(rows: list[OutboxRow]) -> list[str]:
    return [row.message.idempotency_key for row in rows]


class TestOutbox:
    async def test_comes_back_as_it_was(self, store: Store):
        posted = message("a", mentions=(BOT,), reply_to=event("r"), thread=event("t"))
        personal = message("b", to=ToPerson(user=BOT, account=BOT))
        answer = message("c", to=ToSalon(salon=OTHER, author=BOT))
        await post(store, posted, personal, answer)
        assert [row.message for row in await due(store)] == [posted, personal, answer]

    async def test_for_its_author_alone(self, store: Store):
        posted = message("a", to=ToAuthor(author=BOT, salon=SALON))
        assert posted.confidant == BOT
        await post(store, posted)
        assert [row.message for row in await due(store)] == [posted]

    async def test_one_that_was_given_up_may_be_queued_again(self, store: Store):
        async def again() -> bool:
            async with store() as work:
                return await work.outbox.again(message("a"))

        assert await again()
        assert not await again(), "it is still to leave"
        (row,) = await due(store)
        await store.outbox.failed(row.id, "M_FORBIDDEN")
        assert await again()
        (row,) = await due(store)
        await store.outbox.sent(row, event("e"), START)
        assert not await again(), "it left"

    async def test_the_same_cause_says_it_once(self, store: Store):
        assert await post(store, message("a"), message("a")) == [True, False]
        (row,) = await due(store)
        await store.outbox.sent(row, event("sent"), START)
        assert await post(store, message("a")) == [False]
        assert await store.outbox.event_of("a") == event("sent")
        assert await store.outbox.event_of("b") is None

    async def test_one_at_a_time_in_a_salon_in_order(self, store: Store):
        await post(store, message("a"), message("b"), message("c", salon=OTHER))
        first = await due(store)
        assert names(first) == ["a", "c"]
        assert await due(store) == []
        await store.outbox.sent(first[0], event(), START)
        assert names(await due(store)) == ["b"]

    async def test_messages_leave_by_priority(self, store: Store):
        edit, answer = message("edit", priority=Priority.EDIT), message("answer", salon=OTHER)
        await post(store, edit, answer, message("answer here"))
        assert names(await due(store)) == ["answer", "answer here"]

    async def test_an_answer_overtakes_what_nobody_asked_for(self, store: Store):
        notices = [message(f"notice {n}") for n in range(3)]
        await post(store, *notices, message("elsewhere", salon=OTHER))
        await post(store, message("answer", priority=Priority.ANSWER))
        assert names(await due(store, 1)) == ["answer"]

    async def test_a_salon_that_had_its_turn_comes_after_its_equals(self, store: Store):
        await post(store, message("a"), message("b", salon=OTHER))
        taken = await store.outbox.due(START, 2, behind={SALON})
        assert names(taken) == ["b", "a"]

    async def test_but_not_behind_what_is_worth_less(self, store: Store):
        await post(store, message("a", priority=Priority.ANSWER), message("b", salon=OTHER))
        (first,) = await store.outbox.due(START, 1, behind={SALON})
        assert first.message.idempotency_key == "a"

    async def test_what_is_in_flight_is_not_overtaken(self, store: Store):
        await post(store, message("edit", priority=Priority.EDIT))
        (edit,) = await due(store)
        await post(store, message("answer"))
        assert await due(store) == []
        await store.outbox.later(edit.id, START + MINUTE)
        assert names(await due(store)) == ["answer"]

    async def test_put_off_holds_its_salon_only(self, store: Store, clock: SetClock):
        await post(store, message("a"), message("b"), message("c", salon=OTHER))
        rows = await due(store)
        await store.outbox.later(rows[0].id, START + MINUTE)
        await store.outbox.failed(rows[1].id, "M_FORBIDDEN")
        assert await due(store) == []
        assert await store.outbox.next_at() == START + MINUTE
        clock.forward(seconds=60)
        (row,) = await due(store)
        assert (row.message.idempotency_key, row.attempts) == ("a", 1)

    async def test_a_dead_sender_gives_back(self, store: Store, clock: SetClock):
        await post(store, message("a"))
        assert names(await due(store)) == ["a"]
        clock.forward(seconds=119)
        assert await due(store) == []
        clock.forward(seconds=1)
        assert names(await due(store)) == ["a"]
        assert await store.outbox.released() == 1
        assert names(await due(store)) == ["a"]

    async def test_only_the_last_state_leaves(self, store: Store):
        old, new = edit("1"), edit("2", title="Autre titre")
        await post(store, old, message("other", priority=Priority.EDIT))
        assert await post(store, new) == [True]
        assert await post(store, old) == [False]  # its cause, repeated, undoes nothing
        (row,) = await due(store)
        assert row.message == new  # in the place of the old one
        await store.outbox.sent(row, event(), START)
        assert names(await due(store)) == ["other"]

    async def test_what_is_being_sent_is_not_replaced(self, store: Store):
        old, new, newest = (edit(n) for n in "123")
        await post(store, old)
        (sending,) = await due(store)
        await post(store, new, newest)
        assert await due(store) == []
        await store.outbox.sent(sending, event(), START)
        assert [row.message for row in await due(store)] == [newest]

    async def test_the_card_is_known_once_it_left(self, store: Store):
        held = meeting()
        dated = occurrence(held)
        to = ToSalon(salon=SALON)
        card = Card(idempotency_key="card", to=to, occurrence=dated.id)
        later = CardEdit(idempotency_key="edit", to=to, occurrence=dated.id)
        async with store() as work:
            await work.meetings.add(held, dated)
            await work.outbox.post(card)
            await work.outbox.post(later)
        for name in ("card", "edit"):
            (row,) = await due(store)
            await store.outbox.sent(row, event(name), START)
        async with store.reading() as work:
            assert await work.meetings.by_card(event("card")) is not None
            assert await work.meetings.by_card(event("edit")) is None

    async def test_how_long_the_oldest_waits(self, store: Store, clock: SetClock):
        assert await store.outbox.oldest_waiting(clock.now()) == {}
        await post(store, message("a"))
        clock.forward(seconds=5)
        await post(store, message("b"))
        assert await store.outbox.oldest_waiting(clock.now()) == {None: timedelta(seconds=5)}
        await post(store, message("c", to=ToSalon(salon=SALON, account=BOT)))
        clock.forward(seconds=1)
        waiting = {None: timedelta(seconds=6), BOT: timedelta(seconds=1)}
        assert await store.outbox.oldest_waiting(clock.now()) == waiting

    async def test_each_account_sends_its_own_and_the_first_what_names_none(self, store: Store):
        other = UserId("@other:agent.example")
        salons = [SalonId(f"!{name}:agent.example") for name in "abc"]
        for account, salon in zip((None, BOT, other), salons, strict=True):
            await post(store, message(salon, to=ToSalon(salon=salon, account=account)))
        now = store.clock.now()
        second = store.outbox.of(other, others=[BOT], first=False)
        first = store.outbox.of(BOT, others=[other])
        assert names(await first.due(now, 10)) == salons[:2]
        assert names(await second.due(now, 10)) == [salons[2]]
        assert await second.next_at() is None

    async def test_the_first_account_sends_what_a_former_one_left(self, store: Store):
        former, other = UserId("@former:agent.example"), UserId("@other:agent.example")
        for name, account in (("a", former), ("b", BOT)):
            await post(store, message(name, to=ToSalon(salon=SALON, account=account)))
        now = store.clock.now()
        assert await store.outbox.of(other, others=[BOT], first=False).due(now, 10) == []
        first = store.outbox.of(BOT, others=[other])
        (row,) = await first.due(now, 10)
        assert row.message.to.account == former
        await store.outbox.sent(row, event(), now)
        assert names(await first.due(now, 10)) == ["b"]

    async def test_a_clock_that_is_set_back_puts_nothing_off(self, store: Store, clock: SetClock):
        await post(store, message("a"))
        (row,) = await due(store)
        await store.outbox.later(row.id, START + MINUTE)
        clock.forward(seconds=-3600)
        await store.outbox.clock_set(clock.now())
        assert names(await store.outbox.due(clock.now(), 10)) == ["a"]

    async def test_purged(self, store: Store):
        await post(store, message("a"), message("b"))
        (row,) = await due(store)
        await store.outbox.sent(row, event(), START)
        assert await store.retention.messages(START) == 0
        assert await store.retention.messages(START + MINUTE) == 1
        assert names(await due(store)) == ["b"]


def line(name: str, body: str = "!visio", salon: SalonId = SALON) -> InboxRow:
    return InboxRow(
        event=event(name),
        account=BOT,
        salon=salon,
        kind="message",
        payload={"body": body},
        received_at=START,
    )


def events(rows: list[InboxRow]) -> list[EventId]:
    return [row.event for row in rows]


class TestInbox:
    async def test_rows_and_position_together(self, store: Store):
        assert await store.inbox.position(BOT) is None
        await store.inbox.record(BOT, "s1", [line("a"), line("b", salon=OTHER)])
        await store.inbox.record(BOT, "s2", [])
        assert await store.inbox.position(BOT) == "s2"
        await store.inbox.record(BOT, None, [line("c", salon=OTHER)])
        assert await store.inbox.position(BOT) == "s2", "what was read beside the sync moved it"
        first, second = await store.inbox.pending(BOT, 10)
        assert (first.event, first.payload, first.kind) == (
            event("a"),
            {"body": "!visio"},
            "message",
        )
        assert first.seq < second.seq
        assert events(await store.inbox.pending(BOT, 1)) == [event("a")]
        assert await store.inbox.pending(UserId("@other:x"), 10) == []

    async def test_what_waits_in_one_salon_hides_no_other(self, store: Store):
        rows = [line(f"flood{number}") for number in range(20)]
        await store.inbox.record(BOT, "s1", [*rows, line("other", salon=OTHER)])
        assert events(await store.inbox.pending(BOT, 2)) == [event("flood0"), event("other")]
        async with store() as work:
            await work.inbox.done(event("flood0"))
        assert events(await store.inbox.pending(BOT, 2)) == [event("flood1"), event("other")]

    async def test_redelivery_changes_nothing(self, store: Store):
        await store.inbox.record(BOT, "s1", [line("a"), line("b")])
        async with store() as work:
            assert await work.inbox.done(event("a"))
        async with store() as work:
            assert not await work.inbox.done(event("a"))
        await store.inbox.record(BOT, "s2", [line("a", "changed"), line("b", "changed")])
        (row,) = await store.inbox.pending(BOT, 10)
        assert (row.event, row.payload) == (event("b"), {"body": "!visio"})

    async def test_unknown_events_are_done_once_too(self, store: Store):
        async with store() as work:
            assert await work.inbox.done(event("x"))
            assert not await work.inbox.done(event("x"))
        await store.inbox.record(BOT, "s1", [line("x")])
        assert await store.inbox.pending(BOT, 10) == []

    async def test_an_encrypted_event_is_handled_only_once_it_is_decrypted(self, store: Store):
        await store.inbox.record(BOT, "s1", [line("c")], [line("a"), line("b")])
        assert events(await store.inbox.sealed(BOT)) == [event("a"), event("b")]
        assert events(await store.inbox.pending(BOT, 10)) == [event("c")]
        await store.inbox.opened(event("a"), line("a", "opened", OTHER))
        await store.inbox.opened(event("b"), None)
        await store.inbox.opened(event("c"), None)  # was never sealed
        assert await store.inbox.sealed(BOT) == []
        pending = await store.inbox.pending(BOT, 10)
        assert [row.payload["body"] for row in pending] == ["!visio", "opened"]

    async def test_what_is_taken_back_is_not_read_any_more(self, store: Store):
        await store.inbox.record(BOT, "s1", [line("a")], [line("b"), line("c")])
        async with store() as work:
            await work.inbox.taken_back(event("b"), line("b").salon)
            await work.inbox.taken_back(event("c"), OTHER)
            await work.inbox.taken_back(event("x"), line("b").salon)
        assert events(await store.inbox.sealed(BOT)) == [event("c")]
        await store.inbox.opened(event("b"), line("b"))
        assert events(await store.inbox.pending(BOT, 10)) == [event("a")]

    async def test_purged(self, store: Store):
        await store.inbox.record(BOT, "s1", [line("a"), line("b")], [line("c")])
        async with store() as work:
            await work.inbox.done(event("a"))
        assert await store.retention.events(START) == 0
        assert await store.retention.events(START + MINUTE) == 2
        assert events(await store.inbox.pending(BOT, 10)) == [event("b")]


class TestSecrets:
    async def test_a_secret_is_replaced_and_dropped(self, store: Store):
        assert await store.secrets.get("seed") is None
        await store.secrets.put("seed", b"\x00one")
        await store.secrets.put("seed", b"two")
        await store.secrets.put("other", b"")
        assert await store.secrets.get("seed") == b"two"
        assert await store.secrets.get("other") == b""
        await store.secrets.drop("seed")
        assert await store.secrets.get("seed") is None


class TestOnce:
    async def test_once_in_a_while(self, store: Store):
        day = timedelta(days=1)
        assert await store.claim_once("a", START, START - day)
        assert not await store.claim_once("a", START + MINUTE, START + MINUTE - day)
        assert await store.claim_once("b", START, START - day)
        async with store() as work:
            assert await work.once.claim("a", START + day, unless_after=START)
        assert await store.retention.notices(START + MINUTE) == 1
        assert await store.claim_once("b", START, START - day)
