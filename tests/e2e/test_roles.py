"""Several processes: one of each role on PostgreSQL; one only on SQLite."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator

import aiohttp
import pytest
import pytest_asyncio

from tests.doubles.visio import Kind
from tests.e2e.house import PATIENCE, Doorway, House, link_in, until
from tests.e2e.insiders import let_in, settings
from tests.e2e.worlds import Installed, Town, open_town
from tests.servers import livekit
from tests.servers.livekit import LiveKit
from tests.servers.postgres import Cluster, missing, postgres
from tests.servers.require import need
from tests.servers.synapse import Synapse

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of our own."""
    need(not missing(), missing() or "")
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKit]:
    need(not livekit.missing(), livekit.missing() or "")
    with livekit.livekit(tmp_path_factory.mktemp("livekit")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(installed: Installed, synapse: Synapse, cluster: Cluster) -> AsyncIterator[Town]:
    """A process for each role, and Alice and Bob."""
    async with open_town(installed, synapse, cluster) as opened:
        yield opened


async def test_the_main_job_by_three_processes(town: Town, door: Doorway) -> None:
    salon = await town.salon()
    card = await salon.meeting("À trois")
    await salon.says("!visio inviter jean@partenaire.example")
    letter = await town.world.mail.wait_for(
        lambda one: "jean@partenaire.example" in one.recipients, PATIENCE
    )
    page = await door.tries(link_in(letter))
    assert page.location.startswith(town.world.visio.url)
    await salon.answer("Jean Dupont")
    await salon.shows(card, "a suivi son lien")
    await salon.says("!visio terminer")
    await salon.shows(card, "État : terminée")
    assert not (await door.tries(link_in(letter))).location


async def test_a_worker_killed_with_its_hands_full(town: Town) -> None:
    """Between its claim and its effect: another does it, once."""
    salon = await town.salon()
    hanging = town.world.visio.faults.add(Kind.HANG, on="rooms", times=1)
    rooms = town.world.visio.rooms_created
    await salon.says("!visio Orpheline")
    await until(lambda: hanging.seen == 1)
    await town.worker.stop(signal.SIGKILL)
    await town.worker.start("--role", "worker")
    assert town.world.visio.rooms_created == rooms, "the dead one's claim still holds"
    await town.rows("UPDATE agenda SET ready = now() WHERE claim IS NOT NULL")  # time goes by
    await salon.card("Orpheline")
    assert town.world.visio.rooms_created == rooms + 1
    assert sum("Rejoindre" in event.body for event in salon.said()) == 1


async def test_a_bot_killed_while_it_speaks(town: Town) -> None:
    salon = await town.salon()
    titles = [f"Tuée-{number}" for number in range(8)]
    for title in titles:
        await salon.says(f"!visio {title}")
    await salon.card(titles[0])
    await town.bot.stop(signal.SIGKILL)
    await town.bot.start("--role", "bot")
    for title in titles:
        await salon.card(title)
    await salon.says("!visio liste")
    await salon.answer("Réunions à venir ou en cours")
    cards = [event.body for event in salon.said() if "Rejoindre" in event.body]
    assert sorted(title for title in titles for card in cards if title in card) == titles


async def test_the_door_stays_open_without_the_bot(town: Town, door: Doorway) -> None:
    salon = await town.salon()
    await salon.meeting("Sans bot")
    await salon.says("!visio inviter ida@partenaire.example")
    letter = await town.world.mail.wait_for(
        lambda one: "ida@partenaire.example" in one.recipients, PATIENCE
    )
    await town.bot.stop()
    page = await door.tries(link_in(letter), "Ida")
    assert page.location.startswith(town.world.visio.url)
    await town.bot.start("--role", "bot")
    await salon.answer("Ida")


async def test_a_second_bot_on_one_device_is_refused(town: Town) -> None:
    second = town.world.parvis.beside("bot-2")
    process = await second.spawn("--role", "bot")
    assert await process.wait() == 1
    assert "parvis: " in second.log()
    assert "Traceback" not in second.log()
    await (await town.salon()).meeting("Seul")


async def until_told(town: Town, statement: str, wanted: Callable[[object], bool]) -> None:
    """Ask the database until it answers so."""
    async with asyncio.timeout(PATIENCE):
        while not wanted(await town.run(statement)):
            await asyncio.sleep(0.1)


async def test_each_role_is_killed_while_guests_are_inside(
    town: Town, door: Doorway, server: LiveKit
) -> None:
    town.world.configure({"media": settings(server)})
    for process in (town.bot, town.door, town.worker):
        await process.stop()
        await process.start("--role", process.name)
    salon = await town.salon()
    await salon.meeting("Comité")
    async with (
        let_in(town, door, salon, server, "Noor") as noor,
        let_in(town, door, salon, server, "Zora") as zora,
    ):
        for process in (town.bot, town.door, town.worker):
            await process.stop(signal.SIGKILL)
            assert await noor.goes_on()
            await process.start("--role", process.name)
        assert await zora.token()

        await town.worker.stop(signal.SIGKILL)
        await salon.says("!visio retirer noor@partenaire.example")
        async with asyncio.timeout(PATIENCE):
            await noor.signal.ended()  # by the bot, which decided it
        await salon.answer("Noor : hors de la réunion en")
        assert await zora.goes_on()
        await town.worker.start("--role", "worker")
        due = "SELECT count(*) FROM agenda WHERE kind = 'guest.eject' AND at <= now()"
        await until_told(town, due, lambda count: count == 0)

        await town.bot.stop(signal.SIGKILL)
        await town.rows("UPDATE occurrences SET ends_at = now() - interval '16 minutes'")
        async with asyncio.timeout(PATIENCE):
            await zora.signal.ended()  # by the look each second: no row of the agenda knows
        await town.bot.start("--role", "bot")
    said = [event.body for event in salon.said() if "hors de la réunion en" in event.body]
    assert len(said) == 1


async def test_postgresql_is_restarted_below_them(
    town: Town, door: Doorway, cluster: Cluster
) -> None:
    """While commands come and a guest is at the door: nobody ends, nothing is done twice."""
    salon = await town.salon()
    card = await salon.meeting("Avant")
    titles = [f"Redémarrée-{number}" for number in range(6)]
    for title in titles[:3]:
        await salon.says(f"!visio {title}")
    await salon.says("!visio inviter uma@partenaire.example", about=card)
    cluster.restart()
    for title in titles[3:]:
        await salon.says(f"!visio {title}")
    for title in titles:
        await salon.card(title)
    letter = await town.world.mail.wait_for(
        lambda one: "uma@partenaire.example" in one.recipients, PATIENCE
    )
    await door.tries(link_in(letter), "Uma")
    await salon.answer("Uma")
    cards = [event.body for event in salon.said() if "Rejoindre" in event.body]
    assert sorted(title for title in titles for card in cards if title in card) == titles
    assert len(cards) == len(titles) + 1
    assert len(town.world.mail.to("uma@partenaire.example")) == 1
    for process in (town.bot, town.door, town.worker):
        assert process.process is not None
        assert process.process.returncode is None, process.log()[-2000:]

    second = town.world.parvis.beside("bot-after")
    assert await (await second.spawn("--role", "bot")).wait() == 1, "the lock is held again"
    assert "another process" in second.log() or "un autre processus" in second.log()


async def test_each_process_ends_cleanly(town: Town) -> None:
    for process in (town.worker, town.door, town.bot):
        assert await process.stop() == 0, process.log()[-2000:]
    assert await town.run("SELECT count(*) FROM agenda WHERE claim IS NOT NULL") == 0
    assert await town.run("SELECT count(*) FROM outbox WHERE done_at IS NULL") == 0


async def test_a_second_process_on_sqlite_is_refused(house: House) -> None:
    parvis = house.world.parvis
    second = parvis.beside("second")
    process = await second.spawn()
    assert await process.wait() == 1
    assert "parvis: " in second.log()
    assert "Traceback" not in second.log()
    assert str(parvis.folder) in second.log() or "parvis.db" in second.log(), second.log()
    await (await house.salon()).meeting("Toujours là")


async def test_other_commands_work_beside_it(house: House, door: Doorway) -> None:
    parvis, salon = house.world.parvis, await house.salon()
    card = await salon.meeting("À côté")
    await salon.says("!visio inviter ana@partenaire.example")
    letter = await house.world.mail.wait_for(
        lambda one: "ana@partenaire.example" in one.recipients, PATIENCE
    )
    code, listed, _ = await parvis.run("invitations", "list", "--salon", salon.id)
    assert code == 0
    assert "À côté" in listed
    [line] = [line for line in listed.splitlines() if "ana@partenaire.example" in line]
    assert link_in(letter).rpartition("/")[2] not in listed
    identity = next(word for word in line.split() if word.count("-") == 4)
    code, said, _ = await parvis.run("invitations", "revoke", identity)
    assert code == 0, said
    page = await door.tries(link_in(letter), "Ana")
    assert not page.location
    await salon.shows(card, "lien retiré")

    code, report, complaint = await parvis.run("check", "--agent", "alice@beta.gouv.fr")
    assert code == 0, report + complaint
    code, _, complaint = await parvis.run("run", "--role", "worker")
    assert code == 2
    assert "PostgreSQL" in complaint


async def test_health_and_metrics_are_at_the_administration_address_only(house: House) -> None:
    parvis, salon = house.world.parvis, await house.salon()
    await salon.meeting("Comptée")
    async with aiohttp.ClientSession() as session:
        for path in ("/livez", "/readyz", "/metrics"):
            async with session.get(parvis.admin + path) as answer:
                assert answer.status == 200
            async with session.get(parvis.door + path) as answer:
                assert answer.status == 404
        async with session.get(f"{parvis.admin}/metrics") as answer:
            counted = await answer.text()
    assert 'parvis_agenda_runs_total{kind="meeting.create",outcome="done"}' in counted
