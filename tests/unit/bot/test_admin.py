import asyncio
import contextlib
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from bot.program import health as admin
from bot.program.backlog import StoredBacklog
from bot.program.health import Backlog, Health, make_admin, serve_admin
from bot.program.pulse import Pulse
from bot.program.upkeep import Still
from bridge.domain.agenda import Due, Kind
from bridge.ids import UserId
from bridge.metrics import Metrics
from bridge.store import Store
from bridge.vitals import Part, Vitals
from tests.doubles.clocks import SetClock

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
ZERO = timedelta(0)
BOT = UserId("@visio:agent.example")
NOTHING = Backlog({}, 0, ZERO, ZERO)


@dataclass
class Known:
    sync_age: timedelta | None = timedelta(seconds=31)
    signed: bool = True
    unsigned: bool = False
    undecryptable_total: int = 2
    forged_total: int = 3
    sync_failures_total: int = 5
    rewound_total: int = 1
    still: Still | None = None


@dataclass
class Told:
    answer: Backlog = NOTHING
    error: BaseException | None = None
    hangs: bool = False
    unwritable: Exception | None = None
    written: int = 0

    async def backlog(self, now: datetime, full: Collection[Kind] = ()) -> Backlog:
        assert (now, full) == (NOW, ())
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return self.answer

    async def write(self, now: datetime) -> None:
        assert now == NOW
        if self.unwritable is not None:
            raise self.unwritable
        self.written += 1


@dataclass
class Running:
    base: str
    session: ClientSession = field(repr=False)
    metrics: Metrics

    async def ready(self) -> tuple[int, list[str]]:
        status, ailments, degraded = await self.told()
        assert not degraded
        return status, ailments

    async def told(self) -> tuple[int, list[str], list[str]]:
        async with self.session.get(f"{self.base}/readyz") as answer:
            body = await answer.json()
            assert body["ready"] is (not body["ailments"])
            return answer.status, body["ailments"], body["degraded"]

    async def named(self, gauge: str) -> set[str]:
        async with self.session.get(f"{self.base}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
            samples = [sample for each in families if each.name == gauge for sample in each.samples]
            assert samples, "each name is there from the first look on"
            return {sample.labels["what"] for sample in samples if sample.value}

    async def measured(self) -> dict[str, float]:
        async with self.session.get(f"{self.base}/metrics") as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            families = text_string_to_metric_families(await answer.text())
            return {sample.name: sample.value for each in families for sample in each.samples}


@asynccontextmanager
async def running(health: Health) -> AsyncIterator[Running]:
    metrics = Metrics("0.1.0")
    async with (
        serve_admin(make_admin(health, metrics), "127.0.0.1", 0) as port,
        ClientSession() as session,
    ):
        yield Running(f"http://127.0.0.1:{port}", session, metrics)


@dataclass
class Hands:
    full: Collection[Kind] = ()


def health(
    database: Told | None = None,
    account: Known | None = None,
    *,
    works: bool = True,
    vitals: Vitals | None = None,
    **more: Any,
) -> Health:
    told = database or Told()
    return Health(
        user=BOT,
        database=told,
        pulse=Pulse(told, SetClock(NOW), time.monotonic),
        clock=SetClock(NOW),
        vitals=vitals or Vitals(SetClock(NOW)),
        account=account,
        worker=Hands() if works else None,
        **more,
    )


async def test_a_process_that_answers_is_alive() -> None:
    async with (
        running(health(Told(error=OSError()))) as it,
        it.session.get(f"{it.base}/livez") as answer,
    ):
        assert (answer.status, await answer.text()) == (200, "ok\n")


async def test_a_quiet_homeserver_is_no_ailment() -> None:
    async with running(health(account=Known())) as it:
        assert await it.ready() == (200, [])


@pytest.mark.parametrize("seen", [None, timedelta(seconds=76)])
async def test_no_sync_is_an_ailment(seen: timedelta | None) -> None:
    async with running(health(account=Known(sync_age=seen))) as it:
        assert await it.ready() == (503, ["sync"])


async def test_a_process_without_the_bot_needs_no_sync() -> None:
    async with running(health()) as it:
        assert await it.ready() == (200, [])


@pytest.mark.parametrize("error", [OSError("down"), TimeoutError()])
async def test_a_database_away_is_an_ailment(error: Exception) -> None:
    async with running(health(Told(error=error), Known(sync_age=None))) as it:
        assert await it.ready() == (503, ["sync", "database"])
        assert (await it.measured())["parvis_database_up"] == 0


async def test_a_database_that_hangs_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "DATABASE_TIMEOUT", 0.05)
    async with running(health(Told(hangs=True))) as it:
        assert await it.ready() == (503, ["database"])


async def test_a_database_that_only_lets_read_is_an_ailment() -> None:
    async with running(health(Told(unwritable=OSError("full")), works=False)) as it:
        assert await it.ready() == (503, ["database"])
        assert (await it.measured())["parvis_database_up"] == 0
        assert await it.named("parvis_unready") == {"database"}


async def test_a_write_that_succeeded_lately_is_not_made_again() -> None:
    told = Told()
    async with running(health(told)) as it:
        assert [await it.ready() for _ in range(3)] == [(200, [])] * 3
        assert await it.named("parvis_unready") == set()
    assert told.written == 1


FORMER = UserId("@former:agent.example")
LATE = Backlog(
    {FORMER: timedelta(minutes=6), None: ZERO},
    3,
    timedelta(seconds=61),
    timedelta(seconds=61),
    2,
    4,
    9,
    5,
)
BUSY = replace(LATE, agenda_stuck=ZERO)


async def test_only_who_does_the_work_is_late() -> None:
    async with running(health(Told(LATE), Known())) as it:
        assert await it.told() == (503, ["agenda"], ["outbox"])
        assert await it.named("parvis_unready") == {"agenda"}
        assert await it.named("parvis_degraded") == {"outbox"}
    async with running(health(Told(LATE), Known(), works=False)) as it:
        assert await it.told() == (200, [], ["outbox"])
    async with running(health(Told(LATE), works=False)) as it:
        assert await it.ready() == (200, [])


async def test_a_worker_that_has_more_than_it_can_do_at_once_works() -> None:
    async with running(health(Told(BUSY))) as it:
        assert await it.told() == (200, [], ["agenda"])
        assert await it.named("parvis_degraded") == {"agenda"}


@pytest.mark.parametrize("part", [Part.MAIL, Part.VISIO, Part.MEDIA])
async def test_what_is_impaired_is_told_and_the_process_is_ready(part: Part) -> None:
    vitals = Vitals(SetClock(NOW))
    async with running(health(account=Known(), vitals=vitals)) as it:
        vitals.failed(part, "refused")
        assert await it.told() == (200, [], [part.value])
        assert await it.named("parvis_degraded") == {part.value}
        vitals.worked(part)
        assert await it.ready() == (200, [])
        assert await it.named("parvis_degraded") == set()


@pytest.mark.parametrize("still", list(Still))
async def test_a_bot_that_stands_still_is_told(still: Still) -> None:
    async with running(health(account=Known(still=still))) as it:
        assert await it.ready() == (503, [still.value])
        assert await it.named("parvis_unready") == {still.value}
        assert (await it.measured())["parvis_bot_up"] == 0


async def test_a_homeserver_that_never_answered_is_counted_from_the_start() -> None:
    waits = health(account=Known(sync_age=None), started=NOW - timedelta(minutes=5))
    async with running(waits) as it:
        assert await it.ready() == (503, ["sync"])
        assert (await it.measured())["parvis_sync_age_seconds"] == 300, "or no alarm could ring"


async def test_a_disk_that_is_nearly_full_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = health(folders=[tmp_path / "not" / "there" / "yet"])
    async with running(room) as it:
        assert await it.ready() == (200, [])
        left = (await it.measured())["parvis_disk_free_bytes"]
        monkeypatch.setattr(admin, "FULL", left + (1 << 40))
        assert await it.told() == (200, [], ["disk"])


async def test_metrics_are_measured_when_they_are_read() -> None:
    async with running(health(Told(LATE), Known())) as it:
        it.metrics.command("invite", "done", 0.2)
        it.metrics.command("invite", "done", 0.3)
        it.metrics.visio_error("visio-unreachable")
        it.metrics.mail("refused")
        it.metrics.ran("mail.send", 3, failed=True)
        it.metrics.ran("mail.send", 40, failed=False)
        measured = await it.measured()
    expected = {
        "parvis_sync_age_seconds": 31,
        "parvis_bot_up": 1,
        "parvis_device_signed": 1,
        "parvis_undecryptable": 2,
        "parvis_forged": 3,
        "parvis_sync_failures": 5,
        "parvis_sync_rewound": 1,
        "parvis_database_up": 1,
        "parvis_outbox_oldest_seconds": 360,
        "parvis_agenda_waiting": 3,
        "parvis_seats": 2,
        "parvis_meetings_live": 4,
        "parvis_people": 9,
        "parvis_mails_waiting": 5,
        "parvis_agenda_lateness_seconds": 61,
        "parvis_commands_total": 2,
        "parvis_command_seconds_count": 2,
        "parvis_visio_errors_total": 1,
        "parvis_mails_total": 1,
        "parvis_agenda_runs_total": 1,
        "parvis_agenda_delay_seconds_sum": 40,
        "parvis_build_info": 1,
    }
    assert {name: measured[name] for name in expected} == expected
    assert "parvis_account_expires_days" not in measured, "the settings do not say"


def test_two_programs_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.mail("sent")
    assert first.registry.get_sample_value("parvis_mails_total", {"outcome": "sent"}) == 1
    assert second.registry.get_sample_value("parvis_mails_total", {"outcome": "sent"}) is None


def over(store: Store) -> Health:
    """Health over a real database, that writes at each look."""
    clock, database = SetClock(NOW), StoredBacklog(store)
    pulse = Pulse(database, clock, time.monotonic, lately=0)
    return Health(user=BOT, database=database, pulse=pulse, clock=clock, vitals=Vitals(clock))


async def test_what_waits_is_read_from_a_real_database(kept: Store) -> None:
    database = StoredBacklog(kept)
    assert await database.backlog(NOW) == NOTHING
    async with kept() as work:
        since = NOW - timedelta(seconds=90)
        await work.agenda.plan(
            [
                Due(Kind.MAIL, "1", since),
                Due(Kind.OPEN, "2", NOW + timedelta(hours=1)),
                Due(Kind.MAIL, "3", NOW + timedelta(minutes=30)),
                Due(Kind.CODE, "4", NOW + timedelta(seconds=30)),
            ]
        )
    late = timedelta(seconds=90)
    told = Backlog({}, 1, late, late, mails=3)
    assert await database.backlog(NOW) == told
    assert await database.backlog(NOW, {Kind.MAIL}) == replace(told, agenda_stuck=ZERO)
    assert await database.backlog(NOW, set(Kind)) == replace(told, agenda_stuck=ZERO)


async def test_a_locked_database_is_not_ready_until_it_lets_go(
    own: Store, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write that waits is never cut: it succeeds, or is refused, once the lock is gone."""
    real = over(own)
    with contextlib.closing(sqlite3.connect(database, timeout=0)) as other:
        async with running(real) as it:
            assert await it.ready() == (200, [])
            other.execute("BEGIN EXCLUSIVE")
            monkeypatch.setattr(admin, "WRITE_TIMEOUT", 0.05)
            assert await it.ready() == (503, ["database"])
            assert await it.ready() == (503, ["database"])
            assert (await it.measured())["parvis_database_up"] == 0
            other.execute("ROLLBACK")
            monkeypatch.setattr(admin, "WRITE_TIMEOUT", 5)
            assert await it.ready() == (200, [])


async def test_a_full_disk_is_not_ready(kept: Store) -> None:
    """A limit on the size of this process's files does to writes what a full disk does."""
    real = over(kept)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with running(real) as it:
        with capture_logs():  # standard output may be a file as well
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
            try:
                said = await it.ready()
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert said == (503, ["database"])
        assert await it.ready() == (200, [])
