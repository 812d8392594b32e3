"""The findings of `parvis check` about the media server: well, deaf to our key, another, away."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import ClientSession, web
from pydantic import SecretStr

from bot.program.check import as_json, as_text
from bot.program.checks import media
from bot.program.checks.findings import Finding
from bot.program.checks.media import LastWebhook
from bridge.clock import SystemClock
from bridge.http import Timeouts, open_session
from bridge.i18n import catalogues
from bridge.livekit import MAX_ANSWER, LiveKitAccess, LiveKitRooms
from config.sections import GuestSettings, MediaSettings
from federation.door.gate import HOOKS
from tests.doubles.clocks import SetClock
from tests.unit.bot.test_check import NOW, Handler, found, hangs, says, serving

LIST = "/twirp/livekit.RoomService/ListRooms"
SECRET = SecretStr("canary-of-thirty-two-bytes-or-more")
AWAY = "http://127.0.0.1:1"
WELL = says({"rooms": []})


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(Timeouts(connect=1, total=1)) as opened:
        yield opened


def served(url: str, public: str = "") -> MediaSettings:
    """The settings of a media server at `url`, which browsers reach at another one if given."""
    address = f"ws{(public or url).removeprefix('http')}"
    return MediaSettings(
        way="livekit", url=address, api_url=url if public else None, key="parvis", secret=SECRET
    )


async def looked(session: ClientSession, settings: MediaSettings) -> list[Finding]:
    async with open_session(max_body=MAX_ANSWER) as asking:
        access = LiveKitAccess(settings.api, "parvis", SECRET)
        rooms = LiveKitRooms(asking, access, clock=SystemClock())
        return await media.check(rooms, session, settings, clock=SetClock(NOW))


def at(moment: str) -> Handler:
    return says("OK", kind="text/plain", Date=moment)


async def test_a_media_server_that_knows_us(session: ClientSession) -> None:
    async with serving({LIST: WELL, "/": at(format_datetime(NOW, usegmt=True))}) as url:
        assert found(await looked(session, served(url))) == [
            ("media", "ok", "ok"),
            ("media-clock", "ok", "ok"),
            ("media-gate", "warn", "unknown"),
        ]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (says("invalid token", status=401, kind="text/plain"), "refused"),
        (says({"code": "permission_denied"}, status=403), "refused"),
        (says("404 page not found", status=404, kind="text/plain"), "other"),
        (says("", status=302, Location=AWAY), "other"),
        (says("<h1>502", status=502, kind="text/html"), "other"),
        (says("<h1>Visio", kind="text/html"), "unreachable"),
        (hangs, "unreachable"),
    ],
)
async def test_what_is_wrong_is_told_apart(
    answer: Handler, what: str, session: ClientSession
) -> None:
    async with serving({LIST: answer, "/": at(format_datetime(NOW, usegmt=True))}) as url:
        assert found(await looked(session, served(url)))[0] == ("media", "fail", what)


async def test_a_media_server_away(session: ClientSession) -> None:
    assert found(await looked(session, served(AWAY))) == [
        ("media", "fail", "unreachable"),
        ("media-clock", "warn", "unknown"),
        ("media-gate", "warn", "unknown"),
    ]


async def test_a_clock_that_is_off(session: ClientSession) -> None:
    late = format_datetime(NOW - timedelta(seconds=31), usegmt=True)
    async with serving({LIST: WELL, "/": at(late)}) as url:
        assert found(await looked(session, served(url)))[1] == ("media-clock", "fail", "skewed")


async def test_where_browsers_connect_is_looked_at_where_it_is_another_place(
    session: ClientSession,
) -> None:
    async with serving({LIST: WELL}) as url, serving({}) as proxy:
        assert found(await looked(session, served(url, proxy)))[3] == ("media-url", "ok", "ok")
        away = found(await looked(session, served(url, AWAY)))
    assert away[0] == ("media", "ok", "ok")
    assert away[3] == ("media-url", "fail", "unreachable")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (says("refused", status=403, kind="text/plain"), ("media-gate", "ok", "ok")),
        (says("invalid token", status=401, kind="text/plain"), ("media-gate", "warn", "open")),
        (says("", status=302, Location=AWAY), ("media-gate", "warn", "unknown")),
    ],
)
async def test_the_gate_is_found_where_browsers_connect(
    answer: Handler, outcome: tuple[str, str, str], session: ClientSession
) -> None:
    async with serving({LIST: WELL}) as url, serving({"/rtc/validate": answer}) as proxy:
        assert found(await looked(session, served(url, proxy)))[2] == outcome


async def test_a_token_that_is_thrown_back_is_not_shown(session: ClientSession) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(status=401, text=request.headers["Authorization"])

    async with serving({LIST: echo}) as url:
        findings = await looked(session, served(url))
    for words in catalogues().values():
        told = as_text(findings, words) + as_json(findings, words)
        assert "eyJ" not in told
        assert "canary" not in told


@pytest.mark.parametrize(
    ("way", "guests", "wanted"),
    [
        ("redirect", GuestSettings(), ("proof", "ok", "none")),
        ("redirect", GuestSettings(proof="mail"), ("proof", "ok", "mail")),
        ("livekit", GuestSettings(proof="pin"), ("proof", "ok", "pin")),
        ("livekit", GuestSettings(waiting_room=False), ("proof", "ok", "walk-in")),
        ("redirect", GuestSettings(waiting_room=False), ("proof", "warn", "in-visio")),
    ],
)
async def test_what_guests_show_is_told(
    way: str, guests: GuestSettings, wanted: tuple[str, str, str]
):
    settings = served(AWAY) if way == "livekit" else MediaSettings()
    told = await media.proof(settings, guests)
    assert found(told) == [wanted]
    for words in catalogues().values():
        assert "guests." in as_text(told, words)


async def test_the_way_is_told_with_what_it_does_not_enforce(session: ClientSession) -> None:
    redirect = MediaSettings()
    assert await media.check(None, session, redirect, clock=SetClock(NOW)) == []
    assert found(await media.way(redirect)) == [("way", "warn", "redirect")]
    assert found(await media.way(served(AWAY))) == [("way", "ok", "livekit")]
    assert found(await media.names(redirect)) == [("names", "warn", "typed")]
    assert found(await media.names(served(AWAY))) == [("names", "ok", "kept")]
    for words in catalogues().values():
        assert "media.way = livekit" in as_text(await media.names(redirect), words)
        assert "media.way = livekit" in as_text(await media.way(redirect), words)
        assert "media.way = livekit" in as_text(await media.way(served(AWAY)), words)


@pytest.mark.parametrize(
    ("told", "finding"),
    [
        (LastWebhook(NOW - timedelta(minutes=3), NOW), ("hooks", "ok", "ok")),
        (LastWebhook(foreign=NOW), ("hooks", "warn", "foreign")),
        (LastWebhook(), ("hooks", "warn", "never")),
    ],
)
async def test_whether_the_media_server_tells_anything(
    told: LastWebhook, finding: tuple[str, str, str]
) -> None:
    door = "https://door.example"
    findings = await media.hooks(told, served(AWAY), door, clock=SetClock(NOW))
    assert found(findings) == [finding]
    for words in catalogues().values():
        text = as_text(findings, words)
        assert {"ok": "3 min", "foreign": "api_key: parvis", "never": f"{door}{HOOKS}"}[
            finding[2]
        ] in text


async def test_nothing_is_said_of_hooks_where_nobody_knows() -> None:
    assert (
        await media.hooks(None, MediaSettings(), "https://door.example", clock=SetClock(NOW)) == []
    )


def test_where_hooks_are_sent_is_where_the_door_takes_them() -> None:
    assert media.HOOKS == HOOKS
