"""Outages as operators see them: readyz, the metric with its alert, and `parvis check`.

Each row of the table in docs/operator.md, on the installed program; those that need another
database are in tests/contract/test_health.py, a clock that is set in tests/contract/test_agenda.py,
and an account that is lost in test_stands_still.py.
"""

import asyncio
import contextlib
import json
import secrets
import sqlite3
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.alerts import ringing
from tests.e2e.house import PATIENCE, House
from tests.e2e.worlds import Installed, Neighbours, neighbours, open_world, people
from tests.servers.synapse import Synapse
from tests.servers.tcp import Mode

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(400),
]

WAIT = 200.0
"""Seconds: the longest limit is two minutes without a sync."""


@dataclass(slots=True)
class Station:
    """The operator's view: the program, and a relay before each of its dependencies."""

    house: House
    between: Neighbours

    async def ready(self) -> tuple[int, list[str], list[str]]:
        """Return the answer of readyz."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.house.world.parvis.admin}/readyz") as answer,
        ):
            body = await answer.json()
            return answer.status, body["ailments"], body["degraded"]

    async def alerts(self) -> set[str]:
        """Return the alerts that ring."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.house.world.parvis.admin}/metrics") as answer,
        ):
            return ringing(await answer.text())

    async def checked(self) -> dict[str, tuple[str, str]]:
        """Return the findings of `parvis check`, by check."""
        _, said, complaint = await self.house.world.parvis.run("check", "--json")
        found: list[dict[str, Any]] = json.loads(said or complaint)
        return {one["check"]: (one["outcome"], one["found"]) for one in found}

    async def until(
        self, *, ailments: Collection[str] = (), degraded: Collection[str] = ()
    ) -> tuple[int, list[str], list[str]]:
        """Return the answer of readyz once it names exactly these ailments."""
        said: object = None
        try:
            async with asyncio.timeout(WAIT):
                while True:
                    said = status, ailing, impaired = await self.ready()
                    if set(ailing) == set(ailments) and set(degraded) <= set(impaired):
                        return status, ailing, impaired
                    await asyncio.sleep(0.2)
        except TimeoutError:
            log = self.house.world.parvis.log()[-2000:]
            raise AssertionError(f"readyz says {said}\n{log}") from None

    async def well(self, part: str) -> None:
        """Return once readyz does not name a part any more."""
        async with asyncio.timeout(PATIENCE):
            while part in (await self.ready())[2]:
                await asyncio.sleep(0.2)

    async def rings(self, alert: str) -> None:
        """Return once an alert rings."""
        async with asyncio.timeout(WAIT):
            while alert not in await self.alerts():
                await asyncio.sleep(0.5)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def station(installed: Installed, synapse: Synapse) -> AsyncIterator[Station]:
    """A program whose media server is away, and all else is well."""
    async with contextlib.AsyncExitStack() as stack:
        world = await stack.enter_async_context(open_world(installed, synapse))
        between = await stack.enter_async_context(neighbours(world))
        between.media.become(Mode.CUT)
        media = {
            "way": "livekit",
            "url": f"ws://127.0.0.1:{between.media.port}",
            "key": "parvis",
            "secret": secrets.token_hex(32),
        }
        world.configure({**between.settings(world), "media": media})
        await world.parvis.start()
        house = await stack.enter_async_context(people(world))
        yield Station(house, between)


async def test_visio_mail_and_the_media_server_away(station: Station) -> None:
    """The process is ready, and says what is impaired, until it is well again."""
    salon = await station.house.salon()
    card = await salon.meeting("Comité")
    assert (await station.ready())[:2] == (200, [])
    station.between.visio.become(Mode.CUT)
    station.between.mail.become(Mode.CUT)
    await salon.says("!visio inviter jean@partenaire.example", about=card)
    await salon.says('!visio "Autre réunion"')

    status, _, _ = await station.until(degraded={"mail", "visio", "media"})
    assert status == 200
    assert "ParvisDegraded" in await station.alerts()
    found = await station.checked()
    assert found["running"] == ("warn", "degraded")
    assert found["visio"] == ("fail", "visio-unreachable")
    assert found["mail"] == ("fail", "unreachable")
    assert found["media"] == ("fail", "unreachable")

    station.between.visio.become(Mode.PASS)
    station.between.mail.become(Mode.PASS)
    await station.house.world.mail.wait_for(
        lambda one: "jean@partenaire.example" in one.recipients, PATIENCE
    )
    await station.well("mail")
    await salon.meeting("Encore une autre")
    await station.well("visio")


async def test_a_mail_server_that_stands_still(station: Station) -> None:
    salon = await station.house.salon()
    card = await salon.meeting("Lente")
    station.between.mail.become(Mode.HANG)
    await salon.says("!visio inviter lea@partenaire.example", about=card)
    assert (await station.until(degraded={"mail"}))[0] == 200
    assert "ParvisDegraded" in await station.alerts()
    assert (await station.checked())["mail"] == ("fail", "timeout")
    station.between.mail.become(Mode.PASS)
    await station.house.world.mail.wait_for(
        lambda one: "lea@partenaire.example" in one.recipients, WAIT
    )


async def test_the_homeserver_away_and_a_locked_database(station: Station) -> None:
    """The database is looked at while the two minutes go by that a sync may take."""
    station.between.homeserver.become(Mode.CUT)
    path = station.house.world.parvis.folder / "parvis.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert (await station.until(ailments={"database"}))[0] == 503
        assert "ParvisDatabaseAway" in await station.alerts()
        found = await station.checked()
        assert found["database"] == ("fail", "unwritable")
        assert found["running"] == ("fail", "unready")
        other.execute("ROLLBACK")

    assert (await station.until(ailments={"sync"}))[0] == 503
    await station.rings("ParvisNotSyncing")
    assert (await station.checked())["homeserver"] == ("fail", "unreachable")
    station.between.homeserver.become(Mode.PASS)
    await station.until()
