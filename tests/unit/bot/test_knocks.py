"""If Visio's host admits guests on our page: the messages to salons, operators and roles."""

from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from pydantic import SecretStr

from bot.program.check import checks
from bot.program.checks import media, visio
from bot.program.checks.parts import open_parts
from bot.program.wiring import build
from bridge.clock import SystemClock
from bridge.domain.admission import KNOCK, KNOCK_KEYED
from bridge.domain.agenda import Kind
from bridge.domain.invitation import Standing
from bridge.http import Timeouts, open_session
from bridge.ports import LobbyEntry
from bridge.services.seats.modes import HostAdmits, VisioAdmits
from bridge.visio import VisioWaitingRoom
from config.load import load
from config.sections import MediaSettings
from tests.doubles.visio import VisioDouble
from tests.services.house import SALON
from tests.unit.bot.office import Office
from tests.unit.bot.porch import JEAN
from tests.unit.bot.test_check import found, says, serving
from tests.unit.bot.test_cli import write

pytestmark = pytest.mark.slow

MEDIA = "wss://livekit.visio.test"
SECRET = SecretStr("canary-of-thirty-two-bytes-or-more")
KEY = 'key = "parvis"\nsecret = "canary-of-thirty-two-bytes-or-more"\n'
NO_ROOM = "/api/v1.0/rooms/00000000-0000-4000-8000-000000000000/"


@pytest_asyncio.fixture(loop_scope="session")
async def office(office: Office) -> Office:
    office.choose(mode=KNOCK)
    await office.says("!visio Budget", "ask")
    return office


async def admitted(office: Office) -> None:
    """Have a guest knock, and the host let them in."""
    (invited,) = await office.house.invited(JEAN, event="invite")
    entered = await office.house.visited(invited, JEAN.name)
    await office.flush()
    knocking = office.house.knocking
    for _ in range(2):
        read = await office.house.admissions.read(entered.visit)
        assert read is not None
        stands = await knocking.knock(read)
        office.house.lobby.decide(office.house.lobby.knocked[-1][0], LobbyEntry.ACCEPTED)
    assert stands is Standing.ADMITTED
    await office.flush()


async def test_the_organiser_is_told_that_they_alone_admit(office: Office):
    (invited,) = await office.house.invited(JEAN, event="invite")
    await office.house.visited(invited, JEAN.name)
    await office.flush()
    told = office.account.seen(SALON)[-1]
    assert "sur la page de Parvis" in told.body
    assert "dans la réunion, ouvrez Participants › Salle d’attente" in told.body
    assert told.content["m.mentions"]["user_ids"] == ["@alice:agent.tchap"]
    assert not any(one.kind == "m.reaction" for one in office.account.sent)
    (answer,) = await office.says("!visio admettre Jean", "admit")
    assert "c’est dans Visio que l’on fait entrer" in answer.body


@pytest.mark.parametrize(
    ("keyed", "promised", "ended"),
    [
        (False, "la page quitte la réunion", "Sa page quitte"),
        (True, "Parvis la fait sortir", "Sortie immédiate"),
    ],
)
async def test_what_is_promised_is_what_is_done(
    office: Office, keyed: bool, promised: str, ended: str
):
    office.choose(mode=KNOCK_KEYED if keyed else KNOCK)
    await admitted(office)
    (told,) = await office.says("!visio aide inviter", "help")
    assert promised in told.body
    assert ("Parvis ne peut pas la faire sortir" in told.body) is not keyed
    assert "entrée accordée" in office.bodies()[0]
    answer, *measured = await office.says(f"!visio retirer {JEAN.email}", "revoke")
    assert ended in answer.body
    assert len(measured) == keyed
    await office.says("!visio terminer", "end")
    assert ("entrées par un lien quitte la réunion" in office.bodies()[0]) is not keyed, (
        "who is out is out"
    )


@pytest.mark.parametrize(
    ("claimed", "status", "told"),
    [
        (False, 401, []),
        (False, 403, [("media-gate", "ok", "ok")]),
        (True, 401, [("media-gate", "fail", "absent")]),
        (True, 403, [("media-gate", "ok", "ok")]),
    ],
)
async def test_where_browsers_go_is_looked_at_without_a_key(
    claimed: bool, status: int, told: list[tuple[str, str, str]]
):
    answer = says("", status=status, kind="text/plain")
    async with (
        open_session(Timeouts(connect=1, total=1)) as session,
        serving({"/rtc/validate": answer}) as url,
    ):
        settings = MediaSettings(way="knock", url=f"ws{url.removeprefix('http')}", gate=claimed)
        looked = await media.check(None, session, settings, clock=SystemClock())
    assert found(looked) == [*told, ("media-url", "ok", "ok")]


# --- settings, roles, parvis check ------------------------------------------------------------


@pytest.mark.parametrize("keyed", [False, True])
async def test_the_roles_are_wired_with_a_key_and_without(tmp_path: Path, keyed: bool):
    more = f'[media]\nway = "knock"\nurl = "{MEDIA}"\n{KEY if keyed else ""}'
    async with build(load(write(tmp_path, more=more))) as core:
        assert isinstance(core.admitting, HostAdmits)
        assert core.tools.policy.mode.ejects is keyed
        held = core.admitting.enforcement
        assert (held is not None) is keyed
        sweeps = [one for one in core.work.periodic if one.name == "media.sweep"]
        assert len(sweeps) == keyed
        eject = core.work.handlers[Kind.EJECT]
        assert eject == (held.ejections.eject if held else core.admitting.knocking.lapse)


async def test_nothing_is_wired_where_guests_go_to_visio(tmp_path: Path):
    async with build(load(write(tmp_path, more=f'[media]\nurl = "{MEDIA}"\n{KEY}'))) as core:
        assert core.admitting == VisioAdmits()
        assert not core.tools.policy.mode.ejects


async def test_the_way_is_told_with_what_it_does_not_enforce():
    knock = MediaSettings(way="knock", url=MEDIA)
    keyed = MediaSettings(way="knock", url=MEDIA, key="parvis", secret=SECRET)
    assert found(await media.way(knock)) == [("way", "warn", "knock")]
    assert found(await media.way(keyed)) == [("way", "ok", "knock-keyed")]
    assert found(await media.names(knock)) == [("names", "warn", "open")]
    assert found(await media.names(keyed)) == [("names", "ok", "kept")]


async def test_the_waiting_room_is_looked_at(tmp_path: Path):
    async with open_session(Timeouts(connect=1, total=1)) as session:

        async def looked(url: str) -> list[tuple[str, str, str]]:
            lobby = VisioWaitingRoom(session, url, MEDIA, clock=SystemClock())
            return found(await visio.lobby(lobby, url))

        async with VisioDouble() as double:
            assert await looked(double.url) == [("knock", "ok", "ok")]
            assert double.world.polls == {}
        assert await looked(double.url) == [("knock", "fail", "unreachable")]
        for answer in (
            says("<h1>404", status=404, kind="text/html"),
            says("", status=302, Location=double.url),
            says("<h1>Visio", kind="text/html"),
        ):
            async with serving({NO_ROOM: answer}) as url:
                assert await looked(url) == [("knock", "fail", "refused")]
        async with serving({NO_ROOM: _failing}) as url:
            assert await looked(url) == [("knock", "fail", "unreachable")]
    assert await visio.lobby(None, "") == []


async def _failing(_: web.Request) -> web.Response:
    return web.Response(status=502)


async def test_it_is_looked_at_where_we_knock_only(tmp_path: Path):
    for name, more in (("a", ""), ("b", f'[media]\nway = "knock"\nurl = "{MEDIA}"\n')):
        settings = load(write(tmp_path, name, more))
        async with open_parts(settings) as parts:
            (*looked,) = await checks(settings, parts, None)["knock"]()
        assert len(looked) == (1 if more else 0)
