import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from bot import admin
from bot.admin import Backlog, Health, make_admin, serve_admin
from bot.backlog import StoredBacklog
from bridge.domain.agenda import Due, Kind
from bridge.metrics import Metrics
from bridge.store import Vault, open_store

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
NOTHING = Backlog(timedelta(0), 0, timedelta(0))


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Known:
    sync_age: timedelta | None = timedelta(seconds=31)
    signed: bool = True
    undecryptable_total: int = 2
    forged_total: int = 3
    sync_failures_total: int = 5


@dataclass
class Told:
    answer: Backlog = NOTHING
    error: BaseException | None = None
    hangs: bool = False

    async def backlog(self, now: datetime) -> Backlog:
        assert now == NOW
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return self.answer


@dataclass
class Running:
    base: str
    session: ClientSession = field(repr=False)
    metrics: Metrics

    async def ready(self) -> tuple[int, list[str]]:
        async with self.session.get(f"{self.base}/readyz") as answer:
            body = await answer.json()
            assert body["ready"] is (not body["ailments"])
            return answer.status, body["ailments"]

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


def health(
    database: Told | None = None, account: Known | None = None, *, works: bool = True
) -> Health:
    return Health(database=database or Told(), clock=StoppedClock(), account=account, works=works)


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


LATE = Backlog(timedelta(minutes=6), 3, timedelta(seconds=61), 2, 4, 9)


async def test_only_who_does_the_work_is_late() -> None:
    async with running(health(Told(LATE), Known())) as it:
        assert await it.ready() == (503, ["outbox", "agenda"])
    async with running(health(Told(LATE), Known(), works=False)) as it:
        assert await it.ready() == (503, ["outbox"])
    async with running(health(Told(LATE), works=False)) as it:
        assert await it.ready() == (200, [])


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
        "parvis_device_signed": 1,
        "parvis_undecryptable": 2,
        "parvis_forged": 3,
        "parvis_sync_failures": 5,
        "parvis_database_up": 1,
        "parvis_outbox_oldest_seconds": 360,
        "parvis_agenda_waiting": 3,
        "parvis_seats": 2,
        "parvis_meetings_live": 4,
        "parvis_people": 9,
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
    assert measured["parvis_account_expires_days"] != measured["parvis_account_expires_days"]


def test_two_programs_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.mail("sent")
    assert first.registry.get_sample_value("parvis_mails_total", {"outcome": "sent"}) == 1
    assert second.registry.get_sample_value("parvis_mails_total", {"outcome": "sent"}) is None


async def test_what_waits_is_read_from_a_real_database(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/parvis.db"
    async with open_store(url, vault=Vault({"1": b"k" * 32}, "1")) as store:
        database = StoredBacklog(store)
        assert await database.backlog(NOW) == NOTHING
        async with store() as work:
            late = NOW - timedelta(seconds=90)
            await work.agenda.plan(
                [Due(Kind.MAIL, "1", late), Due(Kind.OPEN, "2", NOW + timedelta(hours=1))]
            )
        assert await database.backlog(NOW) == Backlog(timedelta(0), 1, timedelta(seconds=90))
