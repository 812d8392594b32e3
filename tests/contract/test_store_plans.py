"""The hot queries use an index, on both databases and with rows to choose among."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from bridge.domain.agenda import Due, Kind
from bridge.domain.quota import Pace
from bridge.domain.scope import NamedOccurrences
from bridge.ids import QuestionId, SalonId, UserId, uuid7
from bridge.store import InboxRow, Store, StoreWork, open_store
from bridge.store.agenda import AgendaOutcome, Claimable
from bridge.store.claims import Claimed
from bridge.store.connections import DatabaseConnection
from bridge.store.tables import metadata
from tests.contract.store_samples import (
    ORGANISER,
    SALON,
    START,
    edit,
    invitation,
    meeting,
    message,
    occurrence,
    vault,
    visit,
)
from tests.contract.store_samples import event as event_id
from tests.doubles.clocks import SetClock

BOT = UserId("@visio:agent.tchap")
OTHER = SalonId("!other:agent.tchap")

DATED = occurrence(meeting())
GUEST = invitation(DATED)
NAMED = replace(GUEST, scope=NamedOccurrences(frozenset({DATED.id})), until=None)
QUESTION = QuestionId(uuid7(START))
KINDS = Claimable([Kind.OPEN, Kind.MAIL])
LEASE = timedelta(minutes=1)


async def settled(work: StoreWork) -> None:
    """Write what came of what was claimed."""
    claimed = Claimed(Due(Kind.OPEN, "1", START), 1, 1)
    again = AgendaOutcome(claimed, at=START + LEASE)
    await work.agenda.settle(
        [AgendaOutcome(claimed), again, AgendaOutcome(claimed, retry_at=START)]
    )


READ: dict[str, Callable[[StoreWork], Awaitable[object]]] = {
    "invitation by digest": lambda work: work.invitations.by_digest(GUEST.digest),
    "invitations": lambda work: work.invitations.of_occurrence(DATED.id),
    "named dates": lambda work: work.invitations.get(NAMED.id),
    "visit by id": lambda work: work.visits.get(visit(GUEST).id),
    "visits": lambda work: work.visits.count(GUEST.id),
    "all visits": lambda work: work.visits.of_occurrence(DATED.id),
    "place of a visit": lambda work: work.visits.place(visit(GUEST).id),
    "question by notice": lambda work: work.questions.by_notice(event_id()),
    "open questions": lambda work: work.questions.open(GUEST.id),
    "questions of an occurrence": lambda work: work.questions.of_occurrence(DATED.id),
    "highest number": lambda work: work.questions.last(DATED.id),
    "silent devices": lambda work: work.questions.silent(START),
    "a question's visits": lambda work: work.visits.of_question(QUESTION),
    "undecided visits": lambda work: work.visits.pending(QUESTION),
    "visits by number": lambda work: work.visits.numbered(DATED.id, 1),
    "occurrence and meeting": lambda work: work.meetings.both(DATED.id),
    "place of a card": lambda work: work.meetings.place_of(DATED.id),
    "watched seats": lambda work: work.seats.watched(START),
    "standing offers": lambda work: work.offers.standing(DATED.id),
    "offer by notice": lambda work: work.offers.by_notice(event_id()),
    "all seats": lambda work: work.seats.of_occurrence(DATED.id),
    "followed": lambda work: work.presences.followed(starting_before=START, ending_after=START),
    "presence": lambda work: work.presences.get(DATED.id),
    "live": lambda work: work.presences.count(),
    "last time": lambda work: work.once.last("x"),
    "left before": lambda work: work.outbox.event_of("12"),
    "host by digest": lambda work: work.hosts.by_digest(GUEST.digest),
    "hosts of a salon": lambda work: work.hosts.of_salon(SALON),
    "salons of hosts": lambda work: work.hosts.salons(),
    "ours": lambda work: work.outbox.left(event_id(), SALON),
    "card": lambda work: work.meetings.by_card(event_id()),
    "salon": lambda work: work.meetings.of_salon(SALON, ending_after=START),
    "meetings of an hour": lambda work: work.meetings.asked_by(ORGANISER, START),
    "meetings of an hour here": lambda work: work.meetings.asked_in(SALON, START),
    "guests of a month": lambda work: work.invitations.invited_by(ORGANISER, START),
    "mails of an hour": lambda work: work.mails.asked_by(ORGANISER, START),
    "mails to guests": lambda work: work.mails.to([GUEST.id]),
    "language of a guest": lambda work: work.visits.language(GUEST.id),
    "organiser": lambda work: work.meetings.of_organiser(ORGANISER, ending_after=START),
    "occurrences": lambda work: work.meetings.occurrences_of(GUEST.meeting),
    "touched": lambda work: work.meetings.touched(within=LEASE),
    "next due": lambda work: work.agenda.next(KINDS),
    "waiting": lambda work: work.agenda.waiting(now=START),
    "planned": lambda work: work.agenda.planned([Kind.MAIL], until=START + LEASE),
}
WRITE: dict[str, Callable[[StoreWork], Awaitable[object]]] = {
    "claim": lambda work: work.agenda.claim(KINDS, now=START, limit=9, lease=LEASE),
    "settle": settled,
    "visit held": lambda work: work.visits.get(visit(GUEST).id),
    "strangers": lambda work: work.visits.invalidate(GUEST.id),
    "renew": lambda work: work.agenda.renew(
        [Claimed(Due(Kind.OPEN, "1", START), 1, 1)], until=START + LEASE
    ),
    "drop": lambda work: work.agenda.drop(Kind.OPEN, ["1", "2"]),
    "done": lambda work: work.inbox.done(event_id()),
    "post": lambda work: work.outbox.post(edit("new")),
    "pace": lambda work: work.once.take("x", START, Pace(3)),
    "newest visits": lambda work: work.visits.keep(GUEST.id, newest=3),
    "hosts": lambda work: work.hosts.forget(DATED.id),
    "forget": lambda work: work.invitations.forget(DATED.id),
}
QUEUE: dict[str, Callable[[Store], Awaitable[object]]] = {
    "pending": lambda store: store.inbox.pending(BOT, 10),
    "sealed": lambda store: store.inbox.sealed(BOT),
    "due": lambda store: store.outbox.due(START, 10),
    "due in turns": lambda store: store.outbox.due(START, 10, behind={SALON}),
    "left": lambda store: store.outbox.event_of("12"),
    "next message": lambda store: store.outbox.next_at(),
    "purge of events": lambda store: store.retention.events(START),
    "purge of messages": lambda store: store.retention.messages(START),
    "purge of meetings": lambda store: store.retention.meetings(START + 9 * LEASE * 60),
    "purge of agents": lambda store: store.retention.agents(START),
    "oldest": lambda store: store.outbox.oldest_waiting(START),
}


async def ask(store: Store, name: str) -> None:
    """Run one of the hot queries."""
    if name in READ:
        async with store.reading() as work:
            await READ[name](work)
    elif name in WRITE:
        async with store() as work:
            await WRITE[name](work)
    else:
        await QUEUE[name](store)


async def seed(store: Store) -> None:
    async with store() as work:
        held = meeting()
        dated = occurrence(held)
        await work.meetings.add(held, dated)
        await work.invitations.add(invitation(dated))
        dates = NamedOccurrences(frozenset({dated.id}))
        await work.invitations.add(replace(NAMED, meeting=held.id, scope=dates))
        await work.agenda.plan([Due(Kind.OPEN, str(n), START) for n in range(50)])
        for n in range(20):
            await work.outbox.post(message(str(n)))
    rows = [
        InboxRow(
            event=event_id(),
            account=BOT,
            salon=SALON,
            kind="message",
            payload={},
            received_at=START,
        )
        for _ in range(20)
    ]
    await store.inbox.record(BOT, "s1", rows)


@asynccontextmanager
async def explained(store: Store) -> AsyncIterator[list[str]]:
    """Gather the plan of every statement of the block."""
    asked: list[tuple[str, object]] = []
    plans: list[str] = []

    def note(
        _connection: object,
        _cursor: DBAPICursor,
        statement: str,
        parameters: object,
        _context: ExecutionContext,
        _many: bool,
    ) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            asked.append((statement, parameters))

    engine = store.engines.writing.sync_engine
    targets = {engine, store.engines.reading.sync_engine}
    for target in targets:
        event.listen(target, "before_cursor_execute", note)
    yield plans
    for target in targets:
        event.remove(target, "before_cursor_execute", note)
    async with store.engines.writing.begin() as connection:
        for statement, parameters in asked:
            plans += await plan_of(connection, statement, parameters)
    assert plans, "nothing was asked"


async def plan_of(connection: DatabaseConnection, statement: str, parameters: object) -> list[str]:
    if connection.dialect.name == "sqlite":
        explain = "EXPLAIN QUERY PLAN "
    else:
        # With a handful of rows a scan is right; what matters is whether an index would do.
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN "
    result = await connection.exec_driver_sql(explain + statement, parameters)  # type: ignore[arg-type]  # as they came
    return [str(row[-1]) for row in result]


def scans(line: str) -> bool:
    """Tell whether a line of a plan reads a whole table."""
    words = line.split()
    whole = words[0] == "SCAN" and words[1] in metadata.tables and "USING" not in words
    return whole or "Seq Scan" in line


@asynccontextmanager
async def looping(url: str) -> AsyncIterator[Store]:
    """Open a PostgreSQL database that joins by nested loops: as it may choose to, by its figures."""
    async with (
        open_store(url, vault=vault(), clock=SetClock(START)) as store,
        store.begin() as tx,
    ):
        name = await tx.connection.scalar(text("SELECT current_database()"))
        for kind in ("hashagg", "hashjoin", "mergejoin", "material", "sort"):
            await tx.connection.execute(text(f'ALTER DATABASE "{name}" SET enable_{kind} = off'))
    async with open_store(url, vault=vault(), clock=SetClock(START)) as store:
        yield store


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
class TestLimits:
    """A limit holds whatever the plan: in a nested loop, a sub-select may run once for each row."""

    async def test_of_what_is_claimed(self, store_url: str):
        async with looping(store_url) as store:
            await seed(store)
            async with store() as work:
                claimed = await work.agenda.claim(KINDS, now=START, limit=3, lease=LEASE)
        assert [one.due.key for one in claimed] == ["0", "1", "2"]

    @pytest.mark.parametrize("behind", [(), (OTHER,)])
    async def test_of_what_leaves(self, store_url: str, behind: tuple[SalonId, ...]):
        async with looping(store_url) as store:
            async with store() as work:
                for n in range(9):
                    await work.outbox.post(message(str(n), salon=SalonId(f"!{n}:agent.tchap")))
            rows = await store.outbox.due(START, 3, behind=behind)
        assert [row.message.idempotency_key for row in rows] == ["0", "1", "2"]


class TestPlans:
    @pytest.mark.parametrize("name", [*READ, *WRITE, *QUEUE])
    async def test_uses_an_index(self, store: Store, name: str):
        await seed(store)
        async with explained(store) as plans:
            await ask(store, name)
        assert not [line for line in plans if scans(line)], "\n".join(plans)

    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    @pytest.mark.parametrize("name", ["next due", "claim", "due"])
    async def test_stops_at_the_first_ones(self, store: Store, name: str):
        """With a backlog, the earliest are found without sorting all."""
        await seed(store)
        async with explained(store) as plans:
            await ask(store, name)
        assert not [line for line in plans if "TEMP B-TREE" in line], "\n".join(plans)

    async def test_would_notice(self, store: Store):
        async with explained(store) as plans, store.reading() as work:
            await work.meetings.get(meeting().id)
            await work.meetings.tx.scalar(text("SELECT title FROM meetings WHERE title = 'x'"))  # type: ignore[arg-type]  # not a query of ours
        assert [line for line in plans if scans(line)]
