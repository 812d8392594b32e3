"""Messages leave in order of worth, within the rate, each once, and none stops the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect

import pytest

from bot.conversation.outbox import _transaction
from bot.matrix.events import SendLater, SendRefused
from bridge.domain.message import Message, Notice, Priority, ToSalon
from bridge.ids import EventId, SalonId
from bridge.store.claims import OutboxRow
from bridge.store.tx import Tx
from bridge.store.work import Store
from tests.doubles.clocks import SetClock
from tests.doubles.ports import FailingWorks
from tests.services.house import House
from tests.unit.bot.office import ALICE, BOB, SALON, Office
from tests.wiring import minter

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OTHER = SalonId("!other:agent.tchap")


def note(name: str, **other: object) -> Notice:
    values: dict[str, object] = {
        "idempotency_key": name,
        "template": "text.colon",
        "to": ToSalon(salon=SALON),
    }
    return Notice(**values | other)  # type: ignore[arg-type]


async def post(office: Office, *messages: Message) -> None:
    async with office.house.store() as work:
        for message in messages:
            await work.outbox.post(message)


async def outcome(store: Store) -> list[tuple[str, str | None]]:
    """Return the outcome of each finished message."""
    async with store.begin(writing=False) as tx:
        rows = await tx.connection.exec_driver_sql(
            "select dedupe, failure from outbox where done_at is not null order by seq"
        )
        return [(row.dedupe, row.failure) for row in rows]


@pytest.fixture
def two(office: Office) -> Office:
    """An office with two salons."""
    office.account.enter(OTHER, [ALICE, BOB])
    return office


class TestOrder:
    async def test_answers_before_notices_before_edits(self, two: Office):
        await post(
            two,
            note("edit", priority=Priority.EDIT),
            note("there", to=ToSalon(salon=OTHER), priority=Priority.NOTICE),
            note("reminder", priority=Priority.NOTICE),
            note("first", priority=Priority.ANSWER),
            note("second", priority=Priority.ANSWER),
        )
        await two.flush()
        assert [name for name, _ in await outcome(two.house.store)] == [
            "edit",
            "there",
            "reminder",
            "first",
            "second",
        ]
        order = [one.transaction for one in two.account.sent if one.salon == SALON]
        assert order == [transaction(name) for name in ("first", "second", "reminder", "edit")]

    async def test_of_several_edits_the_last_leaves_as_things_are_then(self, office: Office):
        await office.says("!visio Budget")
        await office.hears(office.line("!visio inviter Léa", "a"))
        edits = [one for one in office.account.sent if one.edits]
        office.account.troubles.append(SendLater(30, "limited"))
        for name in ("b", "c", "d"):
            await office.hears(office.line(f"!visio inviter {name}@x.example", name))
        office.ticks[0] += 60
        office.house.clock.forward(MINUTE)
        await office.flush()
        later = [one for one in office.account.sent if one.edits][len(edits) :]
        assert len(later) == 1
        assert "Partenaires externes (4)" in later[0].body


def transaction(idempotency_key: str) -> str:
    """Return the id under which a message was sent."""
    return _transaction(note(idempotency_key))


class TestRate:
    async def test_a_burst_then_a_message_a_second(self, kept: Store):
        assert isinstance(kept.clock, SetClock)
        office = Office(House(kept, kept.clock), rate=1, burst=3)
        await post(office, *(note(f"n{n}") for n in range(6)))
        await office.flush()
        assert len(office.account.sent) == 3
        for expected in (4, 5):
            office.ticks[0] += 1
            office.house.clock.forward(SECOND)
            await office.flush()
            assert len(office.account.sent) == expected

    async def test_a_token_that_another_lane_took(self, kept: Store):
        assert isinstance(kept.clock, SetClock)
        office = Office(House(kept, kept.clock), rate=1, burst=1)
        office.account.enter(OTHER, [ALICE])
        await post(office, note("a"), note("b", to=ToSalon(salon=OTHER)))
        rows = await office.sender.outbox.due(office.house.clock.now(), 2)
        for row in rows:
            await office.sender._send(row)
        assert len(office.account.sent) == 1
        office.ticks[0] += 1
        office.house.clock.forward(SECOND)
        await office.flush()
        assert len(office.account.sent) == 2

    @pytest.mark.parametrize("rate", [0, 5])
    async def test_the_homeserver_says_later(self, kept: Store, rate: float):
        assert isinstance(kept.clock, SetClock)
        office = Office(House(kept, kept.clock), rate=rate, burst=10)
        office.account.enter(OTHER, [ALICE])
        office.account.troubles.append(SendLater(20, "limited"))
        await post(office, note("a"), note("b", to=ToSalon(salon=OTHER)))
        await office.flush()
        assert office.account.sent == [], "the account as a whole is limited"
        office.ticks[0] += 21
        office.house.clock.forward(21 * SECOND)
        await office.flush()
        assert len(office.account.sent) == 2

    async def test_what_alone_waits_holds_up_nobody_else(self, kept: Store):
        assert isinstance(kept.clock, SetClock)
        office = Office(House(kept, kept.clock), rate=5, burst=10)
        office.account.enter(OTHER, [ALICE])
        office.account.troubles.append(SendLater(20, "unanswered", alone=True))
        await post(office, note("a"), note("b", to=ToSalon(salon=OTHER)))
        await office.flush()
        assert [one.transaction for one in office.account.sent] == [transaction("b")]
        office.house.clock.forward(21 * SECOND)
        await office.flush()
        assert [one.transaction for one in office.account.sent][1:] == [transaction("a")]

    async def test_what_waits_is_not_overtaken(self, office: Office):
        office.account.troubles.append(SendLater(20, "limited"))
        await post(office, note("a"))
        await office.flush()
        await post(office, note("b"))
        await office.flush()
        assert office.account.sent == []
        office.ticks[0] += 20
        office.house.clock.forward(20 * SECOND)
        await office.flush()
        assert [one.transaction for one in office.account.sent] == [
            transaction("a"),
            transaction("b"),
        ]


class TestRefused:
    async def test_it_is_given_up_and_the_next_leaves(self, office: Office):
        office.account.troubles.append(SendRefused("M_FORBIDDEN"))
        await post(office, note("a"), note("b"))
        await office.flush()
        assert await outcome(office.house.store) == [("a", "M_FORBIDDEN"), ("b", None)]

    async def test_a_salon_that_is_gone(self, office: Office):
        await post(office, note("a", to=ToSalon(salon=OTHER)), note("b"))
        await office.flush()
        assert await outcome(office.house.store) == [("a", "M_FORBIDDEN"), ("b", None)]

    async def test_what_rings_reaches_its_people_in_private(self, office: Office):
        """Messages about guests at the door reach people even if we were removed from the salon."""
        office.account.troubles.append(SendRefused("M_FORBIDDEN"))
        await post(office, note("a", mentions=(ALICE, BOB), thread=EventId("$root")))
        await office.flush()
        assert office.bodies() == []
        for person in (ALICE, BOB):
            assert office.private(person) == [" : "]
        assert all("m.relates_to" not in one.content for one in office.account.sent)

    async def test_what_is_refused_in_private_too_is_given_up(self, office: Office):
        office.account.troubles.extend([SendRefused("M_FORBIDDEN"), SendRefused("M_UNKNOWN")])
        await post(office, note("a", mentions=(ALICE,)))
        await office.flush()
        assert [why for _, why in await outcome(office.house.store)] == ["M_FORBIDDEN", "M_UNKNOWN"]

    async def test_nothing_to_say_any_more(self, office: Office):
        await office.says("!visio Budget")
        await office.record(office.line("!visio inviter Léa", "b"))
        await office.handle()
        await office.record(office.line("!visio retirer Léa", "c"))
        await office.handle()
        await office.flush()
        assert office.private() == []
        assert ("nothing to say") in [why for _, why in await outcome(office.house.store)]


class TestFaults:
    async def test_one_that_cannot_be_worded_stops_no_other_salon(self, two: Office):
        await post(two, note("odd", template="no.such.key"), note("b", to=ToSalon(salon=OTHER)))
        await two.flush()
        assert [one.salon for one in two.account.sent] == [OTHER]

    async def test_it_is_tried_again(self, office: Office):
        await post(office, note("odd", template="meeting.ended"), note("b"))
        await office.flush()
        assert office.account.sent == []
        assert await outcome(office.house.store) == []

    async def test_and_given_up_in_time_so_that_its_salon_goes_on(self, office: Office):
        await post(office, note("odd", template="no.such.key"), note("b"))
        for _ in range(60):
            await office.flush()
            office.house.clock.forward(MINUTE)
        assert await outcome(office.house.store) == [("odd", "not worded"), ("b", None)]


class TestDatabase:
    """It fails at any of the sender's steps; nothing is lost, and nothing is shown twice."""

    async def test_before_the_words(self, office: Office):
        await post(office, note("a"))
        store = office.house.store
        failing = replace(office.house.tools, works=FailingWorks(store, [OSError("down")]))
        office.sender.wording = replace(office.wording, tools=failing)
        with pytest.raises(OSError, match="down"):
            await office.flush()
        await office.flush()
        assert len(office.account.sent) == 1

    async def test_after_it_left(self, office: Office):
        await post(office, note("a"))
        faults = [OSError("down")]

        @asynccontextmanager
        async def begin(*, writing: bool = True, long: bool = False) -> AsyncIterator[Tx]:
            if office.account.sent and faults:
                raise faults.pop()
            async with office.house.store.begin(writing=writing, long=long) as tx:
                yield tx

        office.sender.outbox = replace(office.sender.outbox, begin=begin)
        with pytest.raises(OSError, match="down"):
            await office.flush()
        await office.flush()
        assert office.account.asked == [transaction("a")] * 2
        assert len(office.account.sent) == 1
        assert await outcome(office.house.store) == [("a", None)]


class Willing:
    """Takes every message for a sender that can't begin to send any."""

    def takes(self, _: Message) -> bool:
        return True


class TestHandedOver:
    async def test_what_it_can_not_begin_is_given_back_and_leaves(self, two: Office):
        """Another is handed over while the first is given back."""
        store, taken = two.house.store, list[OutboxRow]()
        forget = store.on_commit(lambda what: taken.extend(what.taken))
        with store.sent_by(Willing()):
            await post(two, note("a"), note("b", to=ToSalon(salon=OTHER)))
        forget()
        first, second = taken
        two.sender.hand([first])

        @asynccontextmanager
        async def begin(*, writing: bool = True, long: bool = False) -> AsyncIterator[Tx]:
            if writing and taken:
                taken.clear()
                two.sender.hand([second])
            async with store.begin(writing=writing, long=long) as tx:
                yield tx

        two.sender._lost = False  # else a start releases all
        two.sender.outbox = replace(two.sender.outbox, begin=begin)
        await two.flush()
        assert await outcome(store) == [("a", None), ("b", None)]


class TestRestart:
    async def test_what_was_in_hand_leaves_again_as_the_same_event(self, office: Office):
        office.account.lost = True
        office.account.troubles.append(SendLater(0, "timeout"))
        await post(office, note("a"), note("b"))
        (row,) = await office.house.store.outbox.due(office.house.clock.now(), 9)
        with pytest.raises(SendLater):
            await office.account.send(
                SALON, {"body": "sent, but nobody knows"}, transaction=transaction("a")
            )
        assert row.message.idempotency_key == "a"
        office.wire(office.house.store)
        await office.flush()
        assert office.account.asked.count(transaction("a")) == 2
        assert [one.transaction for one in office.account.sent] == [
            transaction("a"),
            transaction("b"),
        ]

    async def test_an_answer_that_was_lost_is_asked_for_again(self, office: Office):
        office.account.lost = True
        office.account.troubles.append(SendLater(5, "timeout"))
        await office.says("!visio Budget")
        office.ticks[0] += 5
        office.house.clock.forward(5 * SECOND)
        await office.flush()
        (card,) = office.account.seen(SALON)
        assert (await office.house.of())[1].card == card.event

    async def test_running_until_told_to_stop(self, two: Office):
        await post(
            two, *(note(f"n{n}", to=ToSalon(salon=[SALON, OTHER][n % 2])) for n in range(20))
        )
        stop = asyncio.Event()
        running = asyncio.create_task(two.run(stop))
        async with asyncio.timeout(10):
            while len(two.account.sent) < 20:
                await asyncio.sleep(0)
        stop.set()
        await running
        for salon in (SALON, OTHER):
            order = [one.transaction for one in two.account.sent if one.salon == salon]
            names = [f"n{n}" for n in range(20) if [SALON, OTHER][n % 2] == salon]
            assert order == [transaction(name) for name in names]


async def test_no_code_is_anywhere_in_the_database(own: Store, database: Path):
    """Links left by mail and in a direct message; the files hold none of their codes."""
    assert isinstance(own.clock, SetClock)
    office = Office(House(own, own.clock))
    await office.says("!visio Budget")
    await office.says("!visio inviter lea@partenaire.example, Jean", "b")
    await office.says("!visio retirer Jean", "c")
    await office.says("!visio inviter Jean", "d")
    codes = [
        minter().code(one.id, number, "k1")
        for one in await office.house.guests()
        for number in range(3)
    ]
    told = " ".join(office.private())
    assert sum(code in told for code in codes) == 2, "the canary sings where it may"
    files = list(database.parent.glob(f"{database.name}*"))
    raw = b"".join(file.read_bytes() for file in files)
    tables = connect(database)
    names = [row[0] for row in tables.execute("select name from sqlite_master where type='table'")]
    rows = str([tables.execute(f"select * from {name}").fetchall() for name in names])
    tables.close()
    assert "Budget" in rows, "the rows were read"
    for code in codes:
        assert code.encode() not in raw
        assert code not in rows
        assert code[:20].encode() not in raw
