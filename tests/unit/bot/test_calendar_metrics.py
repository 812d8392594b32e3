"""Calendar hosts in metrics, alerts and `parvis check`."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import generate_latest

from bot.program.calendar_hosts import MOST, CalendarHosts, record
from bot.program.checks import calendars
from bot.program.checks.calendars import check
from bot.program.checks.findings import Severity
from bridge.i18n import Language, catalogues
from bridge.metrics import Metrics
from bridge.ports.agent_calendars import HostTally
from tests.alerts import ringing
from tests.doubles.clocks import SetClock
from tests.services.house import House
from tests.spaces import as_typed
from tests.unit.bot.desk import Desk

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
WELL = HostTally(host="dav.example", well=5, ok_at=NOW - timedelta(minutes=50))
AWAY = HostTally(host="away.example", away=4, ok_at=NOW - timedelta(hours=5))
MIXED = HostTally(host="mixed.example", well=3, away=1, refused=2, gone=1, ok_at=NOW)
ALONE = HostTally(host="alice-martin.example", well=1, ok_at=NOW - timedelta(days=9))


def accounts(metrics: Metrics, host: str, state: str) -> float | None:
    labels = {"host": host, "state": state}
    return metrics.registry.get_sample_value("parvis_calendar_accounts", labels)


def age(metrics: Metrics, host: str) -> float | None:
    name = "parvis_calendar_success_age_seconds"
    return metrics.registry.get_sample_value(name, {"host": host})


def test_each_host_shows_how_its_accounts_are():
    metrics = Metrics()
    record(metrics, [MIXED, WELL], NOW)
    states = {one: accounts(metrics, MIXED.host, one) for one in ("well", "away", "refused")}
    assert states == {"well": 3, "away": 1, "refused": 2}
    assert accounts(metrics, MIXED.host, "gone") == 1
    assert age(metrics, WELL.host) == 50 * 60


def test_a_domain_of_one_person_is_no_label():
    metrics = Metrics()
    record(metrics, [WELL, ALONE], NOW)
    assert "alice" not in generate_latest(metrics.registry).decode()
    assert accounts(metrics, "other", "well") == 1
    assert age(metrics, "other") is None


def test_only_so_many_hosts_are_labels():
    metrics = Metrics()
    hosts = [HostTally(host=f"dav-{n}.example", well=3) for n in range(MOST + 2)]
    record(metrics, hosts, NOW)
    assert accounts(metrics, "other", "well") == 6
    assert accounts(metrics, f"dav-{MOST}.example", "well") is None


def test_a_host_that_nobody_uses_any_more_is_shown_no_more():
    metrics = Metrics()
    record(metrics, [WELL, MIXED], NOW)
    record(metrics, [MIXED], NOW)
    assert accounts(metrics, WELL.host, "well") is None
    assert age(metrics, WELL.host) is None


@pytest.mark.parametrize(
    ("hosts", "rings"), [([WELL, MIXED], False), ([WELL, AWAY], True), ([WELL, ALONE], False)]
)
def test_a_host_of_which_nothing_is_read_wakes_the_operator(hosts: list[HostTally], rings: bool):
    metrics = Metrics()
    record(metrics, hosts, NOW)
    said = ringing(generate_latest(metrics.registry).decode())
    assert ("ParvisCalendarHostAway" in said) is rings


async def test_hosts_are_counted_once_a_minute(office):
    house: House = office.house
    desk, ticks, metrics = Desk(house), [0.0], Metrics()
    hosts = CalendarHosts(house.store, lambda: ticks[0])
    await desk.link()
    await hosts.note(metrics, NOW)
    assert accounts(metrics, "other", "well") == 1
    async with house.store() as work:
        (known,) = await work.calendars.accounts_of(list(desk.accounts))
        await work.calendars.drop_account(known.id)
    await hosts.note(metrics, NOW)
    assert accounts(metrics, "other", "well") == 1
    ticks[0] = 61.0
    await hosts.note(metrics, NOW)
    assert accounts(metrics, "other", "well") is None


async def test_the_check_has_a_line_for_each_host():
    found = await check([MIXED, WELL, AWAY, ALONE], clock=SetClock(NOW))
    assert [(one.outcome, one.found) for one in found] == [
        (Severity.WARN, "failing"),
        (Severity.OK, "ok"),
        (Severity.WARN, "silent"),
        (Severity.OK, "ok"),
    ]
    words = catalogues()
    said = [as_typed(one.sentence(words[Language.FR])) for one in found]
    assert "en ordre : 3, sans réponse : 1, mot de passe refusé : 2" in said[0]
    assert "dav.example" in said[1]
    assert "il y a 5 h" in said[2]
    for one in found:
        for language in Language:
            assert one.sentence(words[language])
            assert one.remedy(words[language]) or one.outcome is Severity.OK


async def test_without_accounts_the_check_says_nothing():
    assert await check(None, clock=SetClock(NOW)) == []
    assert await check([], clock=SetClock(NOW)) == []


async def test_of_many_hosts_the_check_names_the_largest():
    hosts = [HostTally(host=f"{n}.example", well=1) for n in range(calendars.MOST + 3)]
    found = await check(hosts, clock=SetClock(NOW))
    assert [one.found for one in found].count("new") == calendars.MOST
    assert (found[-1].found, found[-1].parameters) == ("more", {"n": 3})
