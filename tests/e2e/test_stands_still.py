"""A fault of the bot leaves the door open; the bot restarts, or says what it waits for."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from http import HTTPStatus

import aiohttp
import pytest
import pytest_asyncio

from tests.alerts import ringing
from tests.e2e.house import PATIENCE, House, until
from tests.e2e.worlds import Installed, people
from tests.sandbox.world import World, world
from tests.servers.synapse import Synapse

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ailing_house(installed: Installed, synapse: Synapse) -> AsyncIterator[House]:
    """One process of all roles; that it logs errors is what is tested here."""
    async with world(
        program=installed.program,
        environment=installed.environment,
        forks=installed.forks,
        settings={"logs": {"format": "json"}},
        synapse=synapse,
    ) as made:
        await made.parvis.start()
        async with people(made) as opened:
            yield opened


@contextlib.asynccontextmanager
async def open_all_along(made: World) -> AsyncIterator[list[int]]:
    """Ask the door again and again, and demand that it always answered."""
    answers: list[int] = []

    async def ask() -> None:
        limit = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=limit) as guest:
            while True:
                async with guest.get(f"{made.parvis.door}/j/{'A' * 22}") as answer:
                    answers.append(answer.status)
                await asyncio.sleep(0.1)

    asking = asyncio.create_task(ask())
    yield answers
    assert not asking.done(), asking.exception()
    asking.cancel()
    assert answers
    assert set(answers) == {HTTPStatus.OK}


def account(made: World, path: str, body: dict[str, object]) -> None:
    """Have the bot's account do something, as its owner elsewhere."""
    who: dict[str, object] = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": made.bot.user},
        "password": made.bot.password,
    }
    token = made.synapse.call("POST", "/_matrix/client/v3/login", who)["access_token"]
    made.synapse.call("POST", f"/_matrix/client/v3/{path}", {**body, "auth": who}, token=token)


async def test_keys_that_cannot_be_written_hold_up_the_bot_alone(ailing_house: House) -> None:
    made = ailing_house.world
    salon = await ailing_house.salon()
    await salon.meeting("Avant")
    [file] = (made.parvis.folder / "matrix").glob("keys-*.db")
    async with open_all_along(made) as answers:
        with contextlib.closing(sqlite3.connect(file)) as other:
            other.execute("BEGIN IMMEDIATE")
            await salon.says("!visio Pendant")
            await until(lambda: made.parvis.log().count("bot.begins_again") >= 1)
            before = len(answers)
            await until(lambda: len(answers) > before + 5)
            other.execute("ROLLBACK")
        await salon.card("Pendant")


async def test_signed_out_it_signs_in_anew(ailing_house: House) -> None:
    """In a salon in clear: what is encrypted before the new device is known stays unreadable."""
    made = ailing_house.world
    salon = await ailing_house.salon(encrypted=False)
    await salon.meeting("Connecté")
    async with open_all_along(made):
        await asyncio.to_thread(account, made, "logout/all", {})
        await until(lambda: made.parvis.log().count("matrix.logged_in") > 1)
        await salon.meeting("De retour")


async def test_without_an_account_it_stands_still_and_says_so(ailing_house: House) -> None:
    made = ailing_house.world
    async with open_all_along(made):
        await asyncio.to_thread(account, made, "account/deactivate", {})
        await until(lambda: "bot.stands_still" in made.parvis.log(), PATIENCE)
        async with (
            aiohttp.ClientSession() as operator,
            operator.get(f"{made.parvis.admin}/readyz") as answer,
        ):
            assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
            assert "account" in (await answer.json())["ailments"]
            async with operator.get(f"{made.parvis.admin}/metrics") as metrics:
                assert "ParvisBotStandsStill" in ringing(await metrics.text())
    code, said, _ = await made.parvis.run("check")
    assert code == 1
    assert "account" in said or "session" in said
    assert await made.parvis.stop() == 0
    await made.parvis.spawn()
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as guest:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with guest.get(f"{made.parvis.door}/j/{'A' * 22}") as answer:
                    assert answer.status == HTTPStatus.OK
                    break
            await asyncio.sleep(0.05)
    assert await made.parvis.stop() == 0
