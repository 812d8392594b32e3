"""Deletes expired rows, in batches, and none that may still be used."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event as listening
from sqlalchemy import func, select, text

from bridge.domain.agent import Agent
from bridge.domain.host import HostLink
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.scope import NamedOccurrences
from bridge.domain.seat import Seat
from bridge.ids import HostId, InvitationId, SalonId, SeatId, UserId, VisitId, uuid7
from bridge.store import InboxRow, Store
from bridge.store.postgresql import PostgresEngine
from bridge.store.retention import OCCURRENCES
from bridge.store.tables import metadata
from tests.contract.hot import present
from tests.contract.store_samples import (
    ORGANISER,
    START,
    event,
    invitation,
    mail,
    meeting,
    occurrence,
    visit,
)

DAY = timedelta(days=1)
KEPT_FOR_EVER = {
    *("salons", "feeds", "positions", "secrets", "agenda"),
    *("partners", "partner_statements"),
}


async def counts(store: Store) -> dict[str, int]:
    """Return how many rows each table has, where it has any."""
    async with store.begin(writing=False) as tx:
        found = {
            name: await tx.connection.scalar(select(func.count()).select_from(table))
            for name, table in metadata.tables.items()
        }
    return {name: int(n or 0) for name, n in found.items() if n and name not in KEPT_FOR_EVER}


async def held(store: Store, *, ended: datetime = START, until: datetime | None = None) -> Meeting:
    """Keep a meeting with everything that can hang on one."""
    kept = meeting()
    dated = replace(occurrence(kept), start=ended - timedelta(hours=1), end=ended)
    guest = replace(invitation(dated), until=until)
    browser = visit(guest)
    link = HostLink(
        id=HostId(uuid7(START)),
        occurrence=dated.id,
        user=ORGANISER,
        created_at=START,
        digest=guest.digest,
        key="k1",
    )
    async with store() as work:
        await work.meetings.add(kept, dated)
        await work.invitations.add(guest)
        await work.invitations.add(dates_of(guest, dated))
        await work.visits.add(browser)
        await work.mails.add(mail(guest))
        await work.hosts.add(link)
        await work.seats.add(seat(dated, guest.id, browser.id))
    return kept


def dates_of(guest: Invitation, dated: Occurrence) -> Invitation:
    """Return another guest's invitation, to named dates."""
    named = NamedOccurrences(frozenset({dated.id}))
    identity = InvitationId(uuid7(START))
    return replace(guest, id=identity, digest=identity.bytes, scope=named, until=None)


def seat(dated: Occurrence, guest: InvitationId, browser: VisitId) -> Seat:
    return Seat(
        id=SeatId(uuid7(START)),
        visit=browser,
        invitation=guest,
        occurrence=dated.id,
        room="a-room",
        identity=f"guest-{uuid7(START)}",
        admitted_at=START,
        admitted_by=ORGANISER,
    )


class TestMeetings:
    async def test_go_with_all_that_hangs_on_them(self, store: Store):
        await held(store)
        before = await counts(store)
        assert set(before) == {
            "meetings", "occurrences", "invitations", "invitation_dates", "visits", "mails", "hosts", "seats",
        }  # fmt: skip
        assert await store.retention.meetings(START) == 0
        assert await counts(store) == before
        assert await store.retention.meetings(START + timedelta(seconds=1)) == 1
        assert await counts(store) == {}

    async def test_stay_while_a_guest_has_longer(self, store: Store):
        await held(store, until=START + 2 * DAY)
        assert await store.retention.meetings(START + DAY) == 0
        assert await store.retention.meetings(START + 3 * DAY) == 1

    async def test_stay_while_their_time_is_to_come(self, store: Store):
        kept = await held(store, ended=START + 400 * DAY)
        await store.purge(START + 396 * DAY)
        async with store() as work:
            assert await work.meetings.get(kept.id) == kept

    async def test_are_kept_for_thirteen_months_unless_told_otherwise(self, store: Store):
        await held(store)
        await store.purge(START + timedelta(days=396))
        assert "meetings" in await counts(store)
        await store.purge(START + timedelta(days=396, seconds=1))
        assert await counts(store) == {}

    async def test_go_in_batches_that_hold_up_nobody(self, store: Store):
        """Each is a transaction of its own, so others get in between."""
        async with store() as work:
            for _ in range(2 * OCCURRENCES + 1):
                old = meeting()
                dated = replace(occurrence(old), start=START - DAY, end=START)
                await work.meetings.add(old, dated)
        commits = 0

        def noted(_: object) -> None:
            nonlocal commits
            commits += 1

        engine = store.engines.writing.sync_engine
        listening.listen(engine, "commit", noted)
        assert await store.retention.meetings(START + DAY) == 2 * OCCURRENCES + 1
        listening.remove(engine, "commit", noted)
        assert commits == 3


class TestEverything:
    async def test_of_years_ago_is_gone(self, store: Store):
        """Nothing grows for ever but what is named here, and what still waits."""
        await present(store)
        async with store() as work:
            await work.once.claim("said", START, unless_after=START - DAY)
            await work.grants.use(b"used", until=START)
        tables = metadata.tables.keys() - KEPT_FOR_EVER - {"leases"}
        assert set(await counts(store)) == tables, "each table is filled"
        await store.purge(START + 999 * DAY)
        assert set(await counts(store)) == {"inbox", "outbox"}, "which were never handled or sent"


class TestAgents:
    async def test_go_when_they_are_not_seen_and_have_no_meeting(self, store: Store):
        gone = UserId("@partie:agent.tchap")
        async with store() as work:
            for user, seen in ((ORGANISER, START), (gone, START), (UserId("@la:a"), START + DAY)):
                await work.agents.save(Agent(user=user, name=user, identity=None, seen_at=seen))
        kept = await held(store, ended=START + DAY)
        assert await store.retention.agents(START + timedelta(hours=1)) == 1
        async with store() as work:
            assert await work.agents.get(gone) is None
            assert await work.agents.get(kept.organiser) is not None
        await store.retention.meetings(START + 2 * DAY)
        assert await store.retention.agents(START + timedelta(hours=1)) == 1


class TestQueues:
    async def test_departures_go_after_a_day(self, store: Store):
        """An invitation that was turned down leaves one; thirty days of them served nobody."""
        async with store() as work:
            await work.inbox.done(event("line"))
        bot = UserId("@visio:agent.tchap")
        row = InboxRow(
            event=event("left"),
            account=bot,
            salon=SalonId("!elsewhere:a"),
            kind="removed",
            payload={},
            received_at=START,
        )
        await store.inbox.record(bot, "s1", [row])
        await store.purge(START + 2 * DAY)
        assert (await counts(store))["inbox"] == 2, "not before it was handled"
        async with store() as work:
            await work.inbox.done(event("left"))
        await store.purge(START + DAY)
        assert (await counts(store))["inbox"] == 2
        await store.purge(START + DAY + timedelta(seconds=1))
        assert (await counts(store))["inbox"] == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_what_postgresql_keeps_of_what_was_erased(store: Store):
    """As the operator's guide tells: dead rows until the table is written anew, and the log."""
    kept = meeting()
    dated = occurrence(kept)
    async with store() as work:
        await work.meetings.add(kept, dated)
        await work.invitations.add(replace(invitation(dated), name="Nomcanari"))
        await work.invitations.forget(dated.id)

    server = store.engines.writing
    assert isinstance(server, PostgresEngine)
    asynchronous = server.asynchronous

    async def holds() -> bool:
        async with asynchronous.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await alone.exec_driver_sql("CHECKPOINT")
            folder = await alone.scalar(text("SHOW data_directory"))
            table = await alone.scalar(text("SELECT pg_relation_filepath('invitations')"))
        return b"Nomcanari" in (Path(str(folder)) / str(table)).read_bytes()

    assert await holds(), "a dead row is still a row of the file"
    async with asynchronous.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.exec_driver_sql("VACUUM FULL invitations")
    assert not await holds()
