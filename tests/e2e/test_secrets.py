"""No guest's code is ever in a log, the database, the outbox or an error; nor is another secret."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.house import PATIENCE, Doorway, House, link_in

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

JEAN, FAUX = "jean.secret@partenaire.example", "faux.secret@partenaire.example"
TITLE, NAME = "Fusion confidentielle", "Jeanne Quidam"
NOBODYS = "AAAAAAAAAAAAAAAAAAAAAA"
TOKENS = re.compile(r"syt_\w|Bearer [A-Za-z0-9]|eyJ[A-Za-z0-9]")


async def lived(house: House, door: Doorway) -> tuple[set[str], set[str]]:
    """Have all sorts of things happen; return the codes and the cookies that were given out."""
    mail = house.world.mail
    salon = await house.salon()
    await salon.meeting(TITLE)
    await salon.says(f"!visio inviter {JEAN}")
    first = await mail.wait_for(lambda one: JEAN in one.recipients, PATIENCE)
    await salon.says("!visio inviter Zoé Petit")
    whispered = await house.whispered("personnel de Zoé Petit")
    mail.refuse(FAUX)
    await salon.says(f"!visio inviter {FAUX}")
    await house.whispered("Le serveur de mail refuse")
    links = [link_in(first), link_in(whispered)]
    guests = [door.guest() for _ in range(3)]
    for guest, link in zip(guests, links, strict=False):
        await guest.open(link)
        await guest.enter(link, NAME)
    await salon.says(f"!visio retirer {JEAN}")
    await salon.answer("Lien retiré")
    await salon.says(f"!visio inviter {JEAN}")
    second = await mail.wait_for(
        lambda one: JEAN in one.recipients and links[0] not in one.text(), PATIENCE
    )
    links.append(link_in(second))
    for link in (links[0], links[2], links[2] + "/x", f"{house.world.parvis.door}/j/{NOBODYS}"):
        await guests[2].enter(link, NAME)
    await salon.says("!visio terminer")
    await salon.answer("est terminée")
    await house.world.visio.stop()
    await salon.says("!visio Panne")
    await salon.answer("Visio ne répond pas")
    await house.world.visio.start()
    await salon.card("Panne")
    await house.quiet()
    cookies = {value for guest in guests for value in guest.cookies.values()}
    return {link.rpartition("/")[2] for link in links}, cookies


def files(folder: Path) -> dict[str, bytes]:
    """Return all that Parvis wrote, down to pages that a database no longer uses."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".toml", ".key"}
    }


async def test_no_secret_is_where_it_should_not_be(house: House, door: Doorway) -> None:
    codes, cookies = await lived(house, door)
    assert len(codes) == 3
    assert cookies
    parvis, world = house.world.parvis, house.world
    log = parvis.log()
    assert '"level": "info"' in log
    for path in ("/metrics", "/readyz"):
        async with aiohttp.ClientSession() as session, session.get(parvis.admin + path) as answer:
            log += await answer.text()
    written = await asyncio.to_thread(files, parvis.folder)
    assert "parvis.log" in written
    assert any(JEAN.encode() in content for content in written.values()), "one can find things"
    for secret in codes | cookies | {world.bot.password, world.visio.client_secret}:
        found = [name for name, content in written.items() if secret.encode() in content]
        assert not found, f"{secret} is in {found}"
        assert secret not in log
    for private in (JEAN, FAUX, "alice@beta.gouv.fr", TITLE, NAME, house.alice.user, NOBODYS):
        assert private not in log, private
    assert not TOKENS.findall(log)
    assert "error" not in {line.partition('"level": "')[2][:5] for line in log.splitlines()}
