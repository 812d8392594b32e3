"""The guide's table of what one sees: each alert rings when readyz says what the table says."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import generate_latest

from bot.program.health import Ailment, Backlog, Impairment
from bot.program.upkeep import Still
from bridge.metrics import Metrics
from bridge.vitals import Part, Vitals
from tests.alerts import ringing, rules
from tests.doubles.clocks import SetClock
from tests.guide import GUIDE as TEXT
from tests.unit.bot.test_admin import Known, Told, health

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
UNANSWERED = {"ParvisDown", "ParvisMediaAway", "ParvisCalendarHostAway"}
"""Alerts on what no single answer of the process tells: that there is none, how a counter grows, or
what its worker counts each minute."""


@dataclass(frozen=True)
class Row:
    what: str
    ailments: frozenset[str]
    degraded: frozenset[str]
    alerts: frozenset[str]


def rows() -> list[Row]:
    table = TEXT.partition("| what happened | `/readyz` | alert |")[2].partition("\n\n")[0]
    found = []
    for line in table.splitlines()[2:]:
        what, readyz, alerts, _ = (cell.strip() for cell in line.strip("|").split("|"))
        names = set(re.findall(r"`([a-z]+)`", readyz))
        degraded = set(re.findall(r"`([a-z]+)` degraded", readyz))
        ringing = frozenset(re.findall(r"`(\w+)`", alerts))
        found.append(Row(what, frozenset(names - degraded), frozenset(degraded), ringing))
    return found


def test_the_table_names_what_there_is() -> None:
    assert len(rows()) == 12
    for row in rows():
        assert row.ailments <= set(Ailment), row.what
        assert row.degraded <= set(Impairment), row.what
        assert row.alerts <= set(rules()), row.what
    every = re.findall(r"^\| (`[a-z]+`(?:, `[a-z]+`)*) \|", TEXT, re.MULTILINE)
    explained = {name.strip("`") for cell in every for name in cell.split(", ")}
    assert set(Ailment) | set(Impairment) <= explained


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.what)
async def test_what_the_table_says_rings(row: Row) -> None:
    """The same state as the row's, and the metrics that it makes."""
    vitals, clock = Vitals(SetClock(NOW)), timedelta(minutes=5)
    for part in Part:
        if part.value in row.degraded:
            vitals.failed(part, "away")
    late = clock if "agenda" in row.ailments else timedelta(0)
    told = Told(Backlog({}, 0, late, late))
    told.unwritable = OSError("away") if "database" in row.ailments else None
    unsigned = "identity" in row.degraded
    account = Known(
        signed=not unsigned,
        unsigned=unsigned,
        sync_age=clock if "sync" in row.ailments else timedelta(0),
        still=Still.ACCOUNT if "account" in row.ailments else None,
    )
    metrics = Metrics()
    report = await health(told, account, vitals=vitals).look(metrics)
    assert set(report.ailments) == row.ailments
    assert set(report.degraded) == row.degraded - {"disk"}, "that one is a disk's own"
    if row.degraded == {"disk"}:
        return
    rung = ringing(generate_latest(metrics.registry).decode())
    assert row.alerts - UNANSWERED - {"ParvisDegraded"} <= rung
    assert ("ParvisDegraded" in rung) is bool(report.degraded)


def test_nothing_rings_while_all_is_well() -> None:
    metrics = Metrics()
    metrics.signed.labels("@visio:agent.example").set(1)
    metrics.database.set(1)
    metrics.bot_up.labels("@visio:agent.example").set(1)
    assert not ringing(generate_latest(metrics.registry).decode())
