"""`parvis simulate`, on a real database, beside a process that runs on it."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.program.simulate import SpanRefused, as_json, as_text, foreseen, moment_of
from bot.program.wiring import build, open_database
from bridge.clock import SystemClock
from bridge.domain.agent import Agent
from bridge.domain.message import Notice, ToSalon
from bridge.domain.salon import Salon
from bridge.i18n import Language, catalogues
from bridge.services.invitations.invitations import Guest, Terms
from bridge.services.meetings.lifecycle import MeetingRequest, Meetings
from bridge.services.reminders.own import OwnReminders
from tests.doubles.clocks import SetClock
from tests.services.house import ALICE, BOB, HOUR, MINUTE, SALON, START, said
from tests.unit.bot.test_cli import parvis, settings, write

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("undone")]
DAY = timedelta(days=1)


@pytest.fixture
def ready(tmp_path: Path, set_up: Callable[[Path], None]) -> Path:
    """A home with a meeting of tomorrow, a guest, and a reminder."""
    write(tmp_path)
    set_up(tmp_path)
    asyncio.run(_fill(tmp_path))
    return tmp_path


async def _fill(home: Path) -> None:
    start = START + DAY
    async with build(settings(home), clock=SetClock(START)) as core:
        meetings, own = Meetings(core.tools), OwnReminders(core.tools)
        async with core.store() as work:
            await work.salons.save(Salon(id=SALON, language=Language.EN))
            await work.agents.save(Agent(user=BOB, name="Bob", identity=None, seen_at=START))
            await work.agents.choose_zone(BOB, "Indian/Reunion")
            wanted = MeetingRequest(title="Budget", start=start, end=start + HOUR)
            asked = await meetings.ask(work, said(), wanted)
            assert asked is not None
            guest = Guest("Jean Dupont", "jean@partenaire.example")
            await core.invitations.invite(
                work, said("invite"), asked, [guest], Terms(until=start + 30 * MINUTE)
            )
            await own.set(work, asked[1], BOB, before=15 * MINUTE)
            await work.outbox.post(
                Notice(idempotency_key="x", to=ToSalon(salon=SALON), template="language.set")
            )


async def test_all_is_told_in_the_language_and_zone_of_its_readers(ready: Path):
    found = await foreseen(
        settings(ready), "2026-12-01T00:00", "2026-12-20T00:00", clock=SetClock(START)
    )
    told = {(one.what, one.to): one for one in reversed(found)}
    reminder = told["reminder", SALON]
    assert "begins in 10 min" in reminder.text
    assert reminder.at == datetime(2026, 12, 2, 9, 50, tzinfo=ZoneInfo("Europe/Paris"))
    own = told["reminder", BOB]
    assert own.at.utcoffset() == timedelta(hours=4)
    assert "commence dans 15 min" in own.text.replace("\u00a0", " ")
    assert "heure de La Réunion" in own.text.replace("\u00a0", " ")
    assert "Jean Dupont" in told["problems", ALICE].text
    assert "Budget" in told["mail", "jean@partenaire.example"].text
    cards = [one.text for one in found if one.what == "card" and one.to == SALON]
    assert all("Budget" in one for one in cards)
    assert len(set(cards)) > 2, "each as it is then"
    whats = {one.what for one in found}
    assert whats >= {"room", "card", "message", "window-opens", "meeting-ends", "guests-forgotten"}
    assert [one.at for one in found] == sorted(one.at for one in found)
    text = as_text(found, catalogues()[Language.FR])
    assert "2026-12-02 09:50 CET  rappel  Budget" in text
    assert "/j/" not in text, "no link of a guest"
    assert len(json.loads(as_json(found, catalogues()[Language.FR]))) == len(found)


def test_it_runs_beside_another_process_and_changes_nothing(ready: Path):
    with asyncio.Runner() as runner:
        held = open_database(settings(ready), alone=True)
        runner.run(held.__aenter__())
        before = (ready / "parvis.db").read_bytes()
        shown = parvis(ready, "simulate", "--from", "2020-01-01T00:00", "--to", "2040-01-01T00:00")
        answer = parvis(
            ready, "simulate", "--json", "--from", "2020-01-01T00:00", "--to", "2040-01-01T00:00"
        )
        assert (ready / "parvis.db").read_bytes() == before
        runner.run(held.__aexit__(None, None, None))
    assert (shown.exit_code, answer.exit_code) == (0, 0)
    assert json.loads(answer.stdout)
    assert SystemClock().now().tzinfo is UTC


@pytest.mark.parametrize(
    ("first", "last"), [("demain", "2026-12-08T00:00"), ("2026-12-08T00:00", "2026-12-01T00:00")]
)
def test_moments_that_are_none_are_refused(ready: Path, first: str, last: str):
    result = parvis(ready, "simulate", "--from", first, "--to", last)
    assert result.exit_code == 1
    assert "2026-12-01T00:00" in result.stderr
    assert "Traceback" not in result.output


def test_moments_are_of_the_installations_zone_unless_they_say_otherwise():
    assert moment_of("2026-12-01T00:00", "Europe/Paris").utcoffset() == HOUR
    assert moment_of("2026-12-01T00:00Z", "Europe/Paris").utcoffset() == timedelta()
    with pytest.raises(SpanRefused):
        moment_of("x", "Europe/Paris")


def test_nothing_to_come_is_said(tmp_path: Path, set_up: Callable[[Path], None]):
    write(tmp_path)
    set_up(tmp_path)
    span = ("--from", "2026-12-01T00:00", "--to", "2026-12-08T00:00")
    assert "2026" not in parvis(tmp_path, "simulate", *span).stdout
