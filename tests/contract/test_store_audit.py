"""The audit in the database: on both, with several writers, against somebody who may write there."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import IntegrityError

from bridge.domain.audit import AuditFact, AuditKeys, AuditKind, AuditRecord, pseudonym
from bridge.domain.audit_check import AuditVerdict, FlawKind, check
from bridge.ids import UserId
from bridge.store.audit import AuditKeyForeign, AuditLedger
from bridge.store.tables import audit, secrets
from bridge.store.work import Store
from tests.contract.lasting import without_triggers
from tests.contract.store_samples import audit_keys, vault
from tests.doubles.clocks import SetClock

KEYS = audit_keys()
LEA, ALICE = "lea@example.org", UserId("@alice:agent.tchap")
REFUSED = AuditFact(kind=AuditKind.REFUSED, actor=ALICE, subject=LEA, rule="answer")
MINUTE = timedelta(minutes=1)


class Refusal(Exception):
    """Rolls back."""


@pytest.fixture
def opened(store: Store, clock: SetClock) -> Callable[..., Store]:
    """Return another process on the database, with these keys."""

    def of(keys: AuditKeys = KEYS) -> Store:
        return Store(store.engines, vault(), clock, alone=False, audit=keys)

    return of


@pytest.fixture
def kept(opened: Callable[..., Store]) -> Store:
    return opened()


def ledger(store: Store) -> AuditLedger:
    assert store.audit is not None
    return store.audit


async def note(store: Store, *facts: AuditFact) -> None:
    async with store() as work:
        await work.audit.note(*(facts or (REFUSED,)))


async def rolled_back(store: Store, times: int) -> None:
    """Note facts in a transaction that fails."""
    with suppress(Refusal):
        async with store() as work:
            for _ in range(times):
                await work.audit.note(REFUSED)
            raise Refusal


async def chained(store: Store, clock: SetClock, count: int = 5) -> Sequence[AuditRecord]:
    """Note and link so many records, each a minute after the one before."""
    for n in range(count):
        await note(store, replace(REFUSED, ms=n))
        clock.forward(MINUTE)
    await ledger(store).chain(clock.now())
    return await ledger(store).linked()


async def verdict(store: Store, *, keys: AuditKeys = KEYS) -> AuditVerdict:
    return check(await ledger(store).linked(), await ledger(store).waiting(), keys)


async def tamper(store: Store, statement: str) -> None:
    """Do as somebody who administers the database, triggers or not."""
    async with store.begin() as tx:
        if tx.connection.dialect.name == "sqlite":
            await tx.connection.run_sync(lambda sync: _tamper(sync, statement))
            return
        await tx.connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER USER")
        await tx.connection.exec_driver_sql(statement)
        await tx.connection.exec_driver_sql("ALTER TABLE audit ENABLE TRIGGER USER")


def _tamper(connection: Connection, statement: str) -> None:
    without_triggers(connection.connection.cursor(), statement)


async def count(store: Store) -> int:
    async with store.begin(writing=False) as tx:
        return int(await tx.scalar(select(func.count()).select_from(audit)))


class TestNoting:
    async def test_is_done_with_its_cause_or_not_at_all(self, kept: Store):
        async with kept() as work:
            await work.audit.note(REFUSED, REFUSED)
        await rolled_back(kept, 1)
        assert len(await ledger(kept).waiting()) == 2

    async def test_without_keys_keeps_nothing(self, store: Store, clock: SetClock):
        store = Store(store.engines, vault(), clock, alone=False)
        await note(store)
        assert store.audit is None
        assert await count(store) == 0

    async def test_keeps_a_fact_once_that_has_a_name(self, kept: Store):
        named = replace(REFUSED, once="a")
        await note(kept, named)
        await note(kept, named, replace(REFUSED, once="b"))
        assert await count(kept) == 2

    async def test_keeps_no_name_and_no_address(self, kept: Store):
        await note(kept)
        (record,) = await ledger(kept).waiting()
        salts = await ledger(kept).salts()
        assert list(salts) == ["2026-12"]
        assert record.said == {
            "by": pseudonym(salts["2026-12"], ALICE),
            "subject": pseudonym(salts["2026-12"], LEA),
            "rule": "answer",
        }

    async def test_does_not_trust_a_salt_that_was_rolled_back(self, kept: Store):
        await rolled_back(kept, 2)
        assert await ledger(kept).salts() == {}
        await note(kept)
        (record,) = await ledger(kept).waiting()
        (salt,) = (await ledger(kept).salts()).values()
        assert record.said["subject"] == pseudonym(salt, LEA)

    async def test_of_all_processes_uses_one_salt(self, opened: Callable[..., Store]):
        stores = [opened() for _ in range(3)]
        await asyncio.gather(*(note(one) for one in stores))
        said = {record.said["subject"] for record in await ledger(stores[0]).waiting()}
        assert len(said) == 1


class TestTheDatabase:
    """Triggers: no statement of ours, wrong or injected, changes the past."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit SET body = '{}'",
            "UPDATE audit SET position = position + 10",
            "UPDATE audit SET position = NULL",
            "DELETE FROM audit",
        ],
    )
    @pytest.mark.parametrize("linked", [True, False])
    async def test_refuses_to_change_records(
        self, kept: Store, clock: SetClock, statement: str, *, linked: bool
    ):
        if linked:
            await chained(kept, clock, 2)
        else:
            await note(kept)
        before = [*await ledger(kept).linked(), *await ledger(kept).waiting()]
        if not linked and "position +" in statement:
            return  # it changes nothing where nothing has a position
        with pytest.raises(IntegrityError, match="never"):
            async with kept.begin() as tx:
                await tx.connection.execute(text(statement))
        assert [*await ledger(kept).linked(), *await ledger(kept).waiting()] == before

    async def test_refuses_to_empty_the_table(self, kept: Store, clock: SetClock):
        await chained(kept, clock, 2)
        if kept.engines.path is not None:
            return  # SQLite has no TRUNCATE
        with pytest.raises(IntegrityError, match="never"):
            async with kept.begin() as tx:
                await tx.connection.execute(text("TRUNCATE audit"))


class TestTheChain:
    async def test_is_sound(self, kept: Store, clock: SetClock):
        records = await chained(kept, clock)
        assert [one.position for one in records] == [1, 2, 3, 4, 5]
        assert await ledger(kept).waiting() == []
        assert (await verdict(kept)).sound
        head = await ledger(kept).head(clock.now())
        assert head is not None
        assert (head.position, head.link) == (5, records[-1].link)

    async def test_goes_on_where_it_ended(self, kept: Store, clock: SetClock):
        await chained(kept, clock, 2)
        await note(kept)
        assert not (await verdict(kept)).flaws
        assert await ledger(kept).chain(clock.now()) == 1
        assert await ledger(kept).chain(clock.now()) == 0
        assert (await verdict(kept)).last == 3

    async def test_has_no_head_without_records(self, kept: Store, clock: SetClock):
        assert await ledger(kept).head(clock.now()) is None

    async def test_of_several_processes_is_one(self, opened: Callable[..., Store], clock: SetClock):
        """They note and link at the same time: every record has one place, and no two the same."""
        stores = [opened() for _ in range(4)]

        async def work(store: Store) -> None:
            for _ in range(10):
                await note(store)
                await ledger(store).chain(clock.now())

        await asyncio.gather(*map(work, stores))
        found = await verdict(stores[0])
        assert found.sound
        assert (found.checked, found.last, found.waiting) == (40, 40, 0)

    @pytest.mark.parametrize(
        ("statement", "flaw"),
        [
            ("UPDATE audit SET kind = 'guest.admitted' WHERE position = 3", FlawKind.CHANGED),
            ("DELETE FROM audit WHERE position = 3", FlawKind.MISSING),
            ("DELETE FROM audit WHERE position < 3", FlawKind.BEGINNING),
            ("UPDATE audit SET position = position + 1 WHERE position = 5", FlawKind.MISSING),
            ("UPDATE audit SET link = mac WHERE position = 5", FlawKind.BROKEN),
        ],
    )
    async def test_shows_what_an_administrator_did(
        self, kept: Store, clock: SetClock, statement: str, flaw: FlawKind
    ):
        await chained(kept, clock)
        await tamper(kept, statement)
        assert flaw in {one.flaw for one in (await verdict(kept)).flaws}

    async def test_shows_a_removal_after_it_went_on(self, kept: Store, clock: SetClock):
        """The chainer makes its next link from the one that it finds, and only a head tells."""
        await chained(kept, clock)
        head = await ledger(kept).head(clock.now())
        assert head is not None
        await tamper(kept, "DELETE FROM audit WHERE position > 3")
        await chained(kept, clock, 4)
        records = await ledger(kept).linked()
        assert check(records, (), KEYS).sound
        assert [one.flaw for one in check(records, (), KEYS, [head]).flaws] == [FlawKind.OTHER]

    async def test_says_when_another_key_signs(
        self, kept: Store, opened: Callable[..., Store], clock: SetClock
    ):
        await chained(kept, clock, 2)
        both = AuditKeys({**KEYS.keys, "0002": b"2" * 32}, "0002")
        new = opened(both)
        await chained(new, clock, 2)
        records = await ledger(new).linked()
        assert [(one.kind, one.key, one.link_key) for one in records[1:4]] == [
            (AuditKind.REFUSED, "0001", "0001"),
            (AuditKind.KEY, "0001", "0001"),
            (AuditKind.REFUSED, "0002", "0002"),
        ]
        assert (await verdict(new, keys=both)).sound

    async def test_is_of_one_key_for_all_processes(self, opened: Callable[..., Store]):
        await ledger(opened()).recognise()
        await ledger(opened()).recognise()
        other = opened(AuditKeys({"0001": b"x" * 32}, "0001"))
        with pytest.raises(AuditKeyForeign, match="0001"):
            await ledger(other).recognise()
        await ledger(opened(AuditKeys({"0002": b"2" * 32}, "0002"))).recognise()
        with pytest.raises(AuditKeyForeign, match="0002"):
            await ledger(opened(AuditKeys({"0002": b"3" * 32}, "0002"))).recognise()

    async def test_is_left_alone_by_a_process_without_its_key(
        self, kept: Store, opened: Callable[..., Store], clock: SetClock
    ):
        await chained(kept, clock, 2)
        other = opened(AuditKeys({"0002": b"2" * 32}, "0002"))
        await note(other)
        assert await ledger(other).chain(clock.now()) == 0
        assert len(await ledger(other).waiting()) == 1


class TestRetention:
    async def test_deletes_the_oldest_and_says_so(self, kept: Store, clock: SetClock):
        records = await chained(kept, clock, 6)
        assert await ledger(kept).cut(records[3].at, clock.now()) == 3
        left = await ledger(kept).linked()
        assert [one.position for one in left] == [4, 5, 6]
        assert (await verdict(kept)).sound
        await ledger(kept).chain(clock.now())
        assert (await verdict(kept)).sound
        assert (await ledger(kept).linked())[-1].said["upto"] == 3

    async def test_keeps_the_last_record_to_link_to(self, kept: Store, clock: SetClock):
        await chained(kept, clock, 3)
        assert await ledger(kept).cut(clock.now(), clock.now()) == 2
        await chained(kept, clock, 2)
        assert (await verdict(kept)).sound
        assert await ledger(kept).cut(clock.now(), clock.now()) == 3
        assert (await verdict(kept)).sound

    async def test_deletes_nothing_that_is_young(self, kept: Store, clock: SetClock):
        records = await chained(kept, clock, 3)
        assert await ledger(kept).cut(records[0].at, clock.now()) == 0
        assert await ledger(kept).cut(clock.now() - 99 * MINUTE, clock.now()) == 0

    async def test_of_no_records_deletes_none(self, kept: Store, clock: SetClock):
        assert await ledger(kept).cut(clock.now(), clock.now()) == 0

    async def test_forgets_people_by_their_month(self, kept: Store, clock: SetClock):
        """Afterwards nobody finds a person's records any more, and the chain holds."""
        await ledger(kept).prepare(clock.now())
        await chained(kept, clock, 2)
        assert list(await ledger(kept).salts()) == ["2026-12", "2027-01"]
        assert await ledger(kept).forget("2026-12", clock.now()) == 0
        clock.forward(days=62)
        assert await ledger(kept).forget("2027-01", clock.now()) == 1
        assert list(await ledger(kept).salts()) == ["2027-01"]
        await ledger(kept).chain(clock.now())
        last = (await ledger(kept).linked())[-1]
        assert (last.kind, last.said) == (AuditKind.FORGOTTEN, {"month": "2026-12"})
        assert (await verdict(kept)).sound

    async def test_makes_salts_ahead_and_once(self, opened: Callable[..., Store], clock: SetClock):
        stores = [opened() for _ in range(3)]
        clock.at = datetime.fromisoformat("2026-12-31T23:59:00+00:00")
        await asyncio.gather(*(ledger(one).prepare(clock.now()) for one in stores))
        before = await ledger(stores[0]).salts()
        await ledger(stores[1]).prepare(clock.now())
        assert await ledger(stores[2]).salts() == before
        assert sorted(before) == ["2026-12", "2027-01"]

    async def test_salts_are_encrypted(self, kept: Store, clock: SetClock):
        await ledger(kept).prepare(clock.now())
        salts: Mapping[str, bytes] = await ledger(kept).salts()
        async with kept.begin(writing=False) as tx:
            stored = (await tx.connection.scalars(select(secrets.c.value))).all()
        assert not [one for one in stored if any(salt in one for salt in salts.values())]
