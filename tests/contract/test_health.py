"""PostgreSQL away or read-only, as operators see it: health, the alert, and the check."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from prometheus_client import generate_latest

from bot.program.backlog import StoredBacklog
from bot.program.checks import machine
from bot.program.checks.findings import Severity
from bot.program.health import Ailment, Health
from bot.program.pulse import Pulse
from bridge.ids import UserId
from bridge.metrics import Metrics
from bridge.store import open_store
from bridge.vitals import Vitals
from tests.alerts import ringing
from tests.contract.store_samples import START, vault
from tests.doubles.clocks import SetClock
from tests.servers.postgres import Cluster
from tests.servers.tcp import Mode, Relay, relay


class Watched:
    """A process on a PostgreSQL database behind a relay."""

    def __init__(self, url: str, health: Health, between: Relay) -> None:
        self.url, self.health, self.between = url, health, between
        self.metrics = Metrics()

    async def ailments(self) -> list[Ailment]:
        return (await self.health.look(self.metrics)).ailments

    def alerts(self) -> set[str]:
        return ringing(generate_latest(self.metrics.registry).decode())

    async def checked(self) -> tuple[Severity, str]:
        (finding,) = await machine.database(self.url)
        return finding.outcome, finding.found


@pytest.fixture
async def watched(template: str, cluster: Cluster) -> AsyncIterator[Watched]:
    made = await cluster.create_database(template=template)
    async with relay(cluster.port) as between, opened(made, cluster, between) as watched:
        yield watched
    await cluster.drop_database(made)


@asynccontextmanager
async def opened(made: str, cluster: Cluster, between: Relay) -> AsyncIterator[Watched]:
    url, clock = made.replace(f":{cluster.port}/", f":{between.port}/"), SetClock(START)
    async with open_store(url, vault=vault(), clock=clock) as store:
        database = StoredBacklog(store)
        pulse = Pulse(database, clock, time.monotonic, lately=0)
        yield Watched(
            url,
            Health(
                user=UserId("@visio:agent.example"),
                database=database,
                pulse=pulse,
                clock=clock,
                vitals=Vitals(clock),
            ),
            between,
        )
        between.become(Mode.PASS)


async def test_a_server_that_is_away(watched: Watched) -> None:
    assert await watched.ailments() == []
    assert await watched.checked() == (Severity.OK, "ok")
    watched.between.become(Mode.CUT)
    assert await watched.ailments() == [Ailment.DATABASE]
    assert {"ParvisDatabaseAway", "ParvisUnready"} <= watched.alerts()
    assert await watched.checked() == (Severity.FAIL, "unreachable")
    watched.between.become(Mode.PASS)
    assert await watched.ailments() == []
    assert not {"ParvisDatabaseAway", "ParvisUnready"} & watched.alerts()


async def test_a_server_that_only_lets_read(watched: Watched, cluster: Cluster) -> None:
    """As a replica does that nobody made the first, or a server that ran out of room."""
    name = watched.url.rpartition("/")[2]
    await cluster._admin(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    watched.between.become(Mode.PASS)  # connections of before are cut
    assert await watched.ailments() == [Ailment.DATABASE]
    assert "ParvisDatabaseAway" in watched.alerts()
    assert await watched.checked() == (Severity.FAIL, "unwritable")
