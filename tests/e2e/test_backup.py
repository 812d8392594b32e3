"""The backup of docs/operator.md is complete, and its restore works."""

import asyncio
import json
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.house import PATIENCE, Doorway, House, link_in
from tests.e2e.worlds import Installed, open_house
from tests.guide import block, followed
from tests.peers.client import JsClient, missing
from tests.servers.require import need
from tests.servers.smtp import Mail
from tests.servers.synapse import Synapse

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

_DATA, _BACKUP = "/var/lib/parvis/data", "/backup"
"""Their paths in the guide."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lost_house(installed: Installed, synapse: Synapse) -> AsyncIterator[House]:
    """A Parvis that will be lost."""
    need(not missing(), missing() or "")
    async with open_house(installed, synapse) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carole(lost_house: House) -> AsyncIterator[JsClient]:
    """Somebody whose client isolates unsigned devices, and remembers who the bot was."""
    person = lost_house.world.synapse.register()
    async with JsClient(lost_house.world.synapse.url, person.user, person.password) as client:
        yield client


def saved(house: House, to: Path) -> None:
    """Back up the database as the guide says, while it is in use, and the keys."""
    folder = house.world.parvis.folder
    followed(block("sqlite3 /var/lib/parvis/data/parvis.db"), {_DATA: folder, _BACKUP: to})
    shutil.copytree(folder / "keys", to / "keys")


def destroyed(house: House) -> None:
    """Lose all that Parvis ever wrote."""
    for path in house.world.parvis.folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name.startswith("parvis.db"):
            path.unlink()


def restored(house: House, source: Path) -> None:
    """Put the backup back as the guide says, with a new key of links; nothing runs meanwhile."""
    folder = house.world.parvis.folder
    places = {_DATA: folder, _BACKUP: source}
    if not (folder / "keys").exists():
        shutil.copytree(source / "keys", folder / "keys")
    followed(block("cp /backup/parvis.db"), places)
    followed(block("rm -f links-*.key"), places)


def rooms(house: House) -> int:
    """Return how many rooms Visio was asked for."""
    return house.world.visio.rooms_created


async def test_restored_from_a_backup(
    lost_house: House, carole: JsClient, door: Doorway, tmp_path: Path
) -> None:
    world = lost_house.world
    salon = await lost_house.salon()
    await lost_house.alice.invite(salon.id, carole.user)
    await carole.joined(salon.id, world.bot.user)
    card = await salon.meeting("Durable")
    await carole.reads("Durable", sender=world.bot.user)
    await salon.says("!visio inviter jean@partenaire.example")
    letter = await world.mail.wait_for(
        lambda one: "jean@partenaire.example" in one.recipients, PATIENCE
    )
    link = link_in(letter)
    await lost_house.quiet()
    await asyncio.to_thread(saved, lost_house, tmp_path)

    await world.parvis.stop(signal.SIGKILL)
    await asyncio.to_thread(destroyed, lost_house)
    await asyncio.to_thread(restored, lost_house, tmp_path)
    await world.parvis.start("--from-now")

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
    lost_house: House, door: Doorway, tmp_path: Path
) -> None:
    """Nothing since the backup is made a second time; new requests work."""
    world, salon = lost_house.world, await lost_house.salon()
    old = await salon.meeting("Ancienne")
    await salon.says("!visio inviter noe@partenaire.example", about=old)
    first = await mailed(lost_house, "noe@partenaire.example")
    await lost_house.quiet()
    await asyncio.to_thread(saved, lost_house, tmp_path)
    lost = await salon.meeting("Perdue")
    await salon.says("!visio inviter lea@partenaire.example", about=lost)
    link = link_in(await mailed(lost_house, "lea@partenaire.example"))
    await salon.says("!visio retirer noe@partenaire.example", about=old)
    await salon.shows(old, "lien retiré")
    await lost_house.quiet()
    before, said = rooms(lost_house), len(await salon.whole())
    assert await world.parvis.stop() == 0
    await asyncio.to_thread(restored, lost_house, tmp_path)
    await world.parvis.start("--from-now")

    new = await salon.meeting("Nouvelle")
    await lost_house.quiet()
    assert rooms(lost_house) == before + 1
    assert len(await salon.whole()) == said + 1, "the new card, and nothing again"
    assert [len(world.mail.to(f"{who}@partenaire.example")) for who in ("noe", "lea")] == [1, 1]
    assert "retirée" in (await door.tries(link_in(first))).text, "withdrawn before, and still"
    assert not (await door.tries(link)).location, "of a time that the database never saw"
    await salon.says("!visio liste")
    listed = await salon.answer("Réunions à venir ou en cours")
    assert "Ancienne" in listed.body
    assert "Nouvelle" in listed.body
    await salon.says("!visio inviter eve@partenaire.example", about=new)
    page = await door.tries(link_in(await mailed(lost_house, "eve@partenaire.example")), "Ève")
    assert page.location.startswith(world.visio.url)


async def mailed(house: House, address: str) -> Mail:
    """Return the mail that somebody gets."""
    return await house.world.mail.wait_for(lambda one: address in one.recipients, PATIENCE)


async def test_the_password_may_be_taken_away(lost_house: House) -> None:
    """Of a bot that has signed in; before that, the program says what it needs."""
    parvis, salon = lost_house.world.parvis, await lost_house.salon()
    assert await parvis.stop() == 0
    given = parvis.settings.read_text()
    kept = [line for line in given.splitlines() if not line.startswith("password = ")]
    parvis.settings.write_text("\n".join(kept))
    await parvis.start()
    await salon.meeting("Sans mot de passe")
    _, said, _ = await parvis.run("check", "--json")
    found = {one["check"]: one["found"] for one in json.loads(said)}
    assert (found["account"], found["device"], found["running"]) == ("ok", "ok", "ok")
    parvis.settings.write_text(given)


async def test_a_bot_set_up_anew_with_its_exported_identity(
    lost_house: House, carole: JsClient, tmp_path: Path
) -> None:
    world, parvis = lost_house.world, lost_house.world.parvis
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("une phrase assez longue pour un coffre\n")
    safe, opens = str(tmp_path / "bot-identity"), ("--passphrase-file", str(passphrase))
    code, said, complaint = await parvis.run("keys", "export-seeds", safe, *opens)
    assert code == 0, said + complaint
    assert (await parvis.run("keys", "export-seeds", safe, *opens))[0] != 0, "it is not replaced"

    await parvis.stop()
    await asyncio.to_thread(destroyed, lost_house)
    assert (await parvis.run("migrate"))[0] == 0
    code, said, complaint = await parvis.run("keys", "import-seeds", safe, *opens)
    assert code == 0, said + complaint
    await parvis.start()
    salon = await carole.create("Nouveau", invite=[world.bot.user])
    await carole.joined(salon, world.bot.user)
    await carole.say(salon, "!visio aide")
    seen = await carole.reads("Voici ce que je sais faire", sender=world.bot.user)
    assert (seen.sent_as, seen.failure, seen.shield) == ("m.room.encrypted", None, "NONE")
    assert not any(device.needs_approval for device in await carole.devices(world.bot.user))
