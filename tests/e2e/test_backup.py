"""What docs/operator.md says to back up is enough, and its way to restore works."""

import asyncio
import contextlib
import secrets
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.house import PATIENCE, Doorway, House, link_in
from tests.e2e.worlds import Installed, open_house
from tests.peers.client import JsClient, missing
from tests.servers.require import need
from tests.servers.synapse import Synapse

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(installed: Installed, synapse: Synapse) -> AsyncIterator[House]:
    """A Parvis that will be lost."""
    need(not missing(), missing() or "")
    async with open_house(installed, synapse) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carole(house: House) -> AsyncIterator[JsClient]:
    """Somebody whose client isolates unsigned devices, and remembers who the bot was."""
    person = house.world.synapse.register()
    async with JsClient(house.world.synapse.url, person.user, person.password) as client:
        yield client


def saved(house: House, to: Path) -> None:
    """Back up the database, while it is in use, and the keys."""
    folder = house.world.parvis.folder
    with (
        contextlib.closing(sqlite3.connect(folder / "parvis.db")) as database,
        contextlib.closing(sqlite3.connect(to / "parvis.db")) as copy,
    ):
        database.backup(copy)
    shutil.copytree(folder / "keys", to / "keys")


def destroyed(house: House) -> None:
    """Lose all that Parvis ever wrote."""
    for path in house.world.parvis.folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name.startswith("parvis.db"):
            path.unlink()


def restored(house: House, source: Path) -> None:
    """Put the backup back, and nothing else, with a new key of links."""
    shutil.copy(source / "parvis.db", house.world.parvis.folder)
    keys = house.world.parvis.folder / "keys"
    shutil.copytree(source / "keys", keys)
    for old in keys.glob("links-*.key"):
        old.unlink()
    new = keys / "links-0001.key"
    new.write_text(secrets.token_hex(32))
    new.chmod(0o400)


async def test_restored_from_a_backup(
    house: House, carole: JsClient, door: Doorway, tmp_path: Path
) -> None:
    world = house.world
    salon = await house.salon()
    await house.alice.invite(salon.id, carole.user)
    await carole.joined(salon.id, world.bot.user)
    card = await salon.meeting("Durable")
    await carole.reads("Durable", sender=world.bot.user)
    await salon.says("!visio inviter jean@partenaire.example")
    letter = await world.mail.wait_for(
        lambda one: "jean@partenaire.example" in one.recipients, PATIENCE
    )
    link = link_in(letter)
    await house.quiet()
    await asyncio.to_thread(saved, house, tmp_path)

    await world.parvis.stop(signal.SIGKILL)
    await asyncio.to_thread(destroyed, house)
    await asyncio.to_thread(restored, house, tmp_path)
    await world.parvis.start()

    assert "retirée" in (await door.tries(link)).text, "no link of before leads in"
    await salon.shows(card, "lien retiré")
    await salon.says("!visio inviter jean@partenaire.example", about=card)
    letter = await world.mail.wait_for(
        lambda one: "jean@partenaire.example" in one.recipients and link_in(one) != link, PATIENCE
    )
    page = await door.tries(link_in(letter))
    assert page.location.startswith(world.visio.url), page.text
    await salon.answer("Jean Dupont")
    await salon.shows(card, "a suivi son lien")
    await salon.says("!visio Renaissance")
    assert (await salon.card("Renaissance")).encrypted
    seen = await carole.reads("Renaissance", sender=world.bot.user)
    assert (seen.failure, seen.shield) == (None, "NONE")
    devices = await carole.devices(world.bot.user)
    assert any(device.signed_by_owner for device in devices)
    assert not any(device.needs_approval for device in devices), "it is who it was"


async def test_an_older_database_beside_the_device_of_today(
    house: House, door: Doorway, tmp_path: Path
) -> None:
    """What happened since the backup is gone; what is asked from now on works."""
    world, salon = house.world, await house.salon()
    await salon.meeting("Ancienne")
    await house.quiet()
    await asyncio.to_thread(saved, house, tmp_path)
    await salon.meeting("Perdue")
    await house.quiet()
    assert await world.parvis.stop() == 0
    for path in world.parvis.folder.glob("parvis.db*"):
        path.unlink()
    shutil.copy(tmp_path / "parvis.db", world.parvis.folder)
    await world.parvis.start()

    new = await salon.meeting("Nouvelle")
    await salon.says("!visio liste")
    listed = await salon.answer("Réunions à venir ou en cours")
    assert "Ancienne" in listed.body
    assert "Nouvelle" in listed.body
    await salon.says("!visio inviter eve@partenaire.example", about=new)
    letter = await world.mail.wait_for(
        lambda one: "eve@partenaire.example" in one.recipients, PATIENCE
    )
    page = await door.tries(link_in(letter), "Ève")
    assert page.location.startswith(world.visio.url)


async def test_a_bot_set_up_anew_with_its_exported_identity(
    house: House, carole: JsClient, tmp_path: Path
) -> None:
    world, parvis = house.world, house.world.parvis
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("une phrase assez longue pour un coffre\n")
    safe, opens = str(tmp_path / "bot-identity"), ("--passphrase-file", str(passphrase))
    code, said, complaint = await parvis.run("keys", "export-seeds", safe, *opens)
    assert code == 0, said + complaint
    assert (await parvis.run("keys", "export-seeds", safe, *opens))[0] != 0, "it is not replaced"

    await parvis.stop()
    await asyncio.to_thread(destroyed, house)
    code, said, complaint = await parvis.run("keys", "import-seeds", safe, *opens)
    assert code == 0, said + complaint
    await parvis.start()
    salon = await carole.create("Nouveau", invite=[world.bot.user])
    await carole.joined(salon, world.bot.user)
    await carole.say(salon, "!visio aide")
    seen = await carole.reads("Voici ce que je sais faire", sender=world.bot.user)
    assert (seen.sent_as, seen.failure, seen.shield) == ("m.room.encrypted", None, "NONE")
    assert not any(device.needs_approval for device in await carole.devices(world.bot.user))
