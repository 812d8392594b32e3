"""Calendars that the library makes: by our exchange alone, without credentials, in any server."""

import asyncio
import socket
from typing import NoReturn

import pytest
from aiohttp import AddrInfoType, web
from caldav.lib import error
from yarl import URL

from bridge.caldav.guard import CalendarNetworks
from bridge.caldav.library import GuardedSession
from bridge.errors import (
    CalendarAddressRefused,
    CalendarBusy,
    CalendarForbidden,
    CalendarGone,
    CalendarLoginRefused,
    CalendarUnreachable,
    CalendarUnreadable,
)
from tests.servers.calendars import on_loopback
from tests.unit.bridge.caldav.kit import (
    CALENDAR,
    HOME,
    LOGIN,
    Seen,
    bench,
    member,
    multistatus,
    refusing,
    says,
    serving,
)

IS_CALENDAR = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"


class Home:
    """A home in which calendars can be made, at the path that is asked for or at another."""

    def __init__(self, *, home: str = HOME, moved: str | None = None, keeps: bool = True) -> None:
        self.home, self.moved, self.keeps = home, moved, keeps
        self.calendars = [f"{home}work/"]
        self.refusal: web.Response | None = None

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method in {"MKCALENDAR", "MKCOL"}:
            if self.keeps:
                self.calendars.append(self.moved or request.path)
            told = self.refusal or web.Response(status=201)
            return await says(told)(request)
        if request.method == "PROPPATCH":
            return web.Response(status=207, text="broken", content_type="application/xml")
        found = multistatus(
            member(self.home, "<d:resourcetype><d:collection/></d:resourcetype>"),
            *(member(one, IS_CALENDAR) for one in self.calendars),
        )
        return await says(found)(request)


async def test_a_calendar_is_made_for_events_with_its_name():
    async with bench(Home()) as found:
        made = await found.calendars.create(found.home, LOGIN, "Réunions & <salons>")
        (asked,) = [one for one in found.seen if one.method == "MKCALENDAR"]
    assert made.url == f"{found.base}{asked.path}"
    assert asked.path.startswith(f"{HOME}parvis-")
    assert "Réunions &amp; &lt;salons&gt;" in asked.body
    assert 'name="VEVENT"' in asked.body


async def test_a_server_may_give_it_another_url():
    """Zimbra and Open-Xchange do."""
    async with bench(Home(moved=f"{HOME}R%C3%A9unions/")) as found:
        made = await found.calendars.create(found.home, LOGIN, "Réunions")
    assert made.url == f"{found.home}R%C3%A9unions/"


async def test_a_calendar_whose_making_was_not_confirmed_is_found():
    home = Home()
    home.refusal = web.Response(status=502)
    async with bench(home) as found:
        made = await found.calendars.create(found.home, LOGIN, "Réunions")
        assert made.url in {f"{found.base}{path}" for path in home.calendars}
        assert found.methods.count("MKCALENDAR") == 1


async def test_a_calendar_that_is_not_to_be_seen_was_not_made():
    async with bench(Home(keeps=False)) as found:
        with pytest.raises(CalendarUnreachable):
            await found.calendars.create(found.home, LOGIN, "Réunions")


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (web.Response(status=401, headers={"WWW-Authenticate": "Basic"}), CalendarLoginRefused),
        (web.Response(status=401, headers={"WWW-Authenticate": "Digest"}), CalendarLoginRefused),
        (refusing(403, "d:need-privileges"), CalendarForbidden),
        (refusing(405), CalendarForbidden),
        (refusing(501), CalendarForbidden),
        (refusing(404), CalendarUnreadable),
        (refusing(409), CalendarUnreadable),
        (web.Response(text="<html>Sign in</html>", content_type="text/html"), CalendarUnreadable),
        (web.Response(status=429, headers={"Retry-After": "3600"}), CalendarBusy),
        (
            web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}),
            CalendarAddressRefused,
        ),
    ],
)
async def test_a_refusal_is_told_and_asked_once(answer, raised):
    home = Home(keeps=False)
    home.refusal = answer
    async with asyncio.timeout(5), bench(home) as found:
        with pytest.raises(raised):
            await found.calendars.create(found.home, LOGIN, "Réunions")
        assert found.methods.count("MKCALENDAR") == 1
        assert set(found.methods) <= {"PROPFIND", "MKCALENDAR", "MKCOL"}


@pytest.mark.parametrize("status", [403, 405, 501])
async def test_a_server_may_know_mkcol_alone(status):
    """Old Baïkals."""
    home = Home()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "MKCALENDAR":
            return await says(refusing(status))(request)
        return await home(request)

    async with bench(answer) as found:
        made = await found.calendars.create(found.home, LOGIN, "Réunions")
        (asked,) = [one for one in found.seen if one.method == "MKCOL"]
    assert made.url == f"{found.base}{asked.path}"
    assert ":calendar/>" in asked.body


async def test_a_home_that_is_gone_is_told():
    async with bench(says(web.Response(status=404))) as found:
        with pytest.raises(CalendarGone):
            await found.calendars.create(found.home, LOGIN, "Réunions")


@pytest.mark.parametrize(
    "url",
    [
        "http+unix://%2Frun%2Fdocker.sock/",
        "https://evil.example/dav/",
        "http://localhost/dav/",
        "http://127.1/dav/",
        "http://[::1]/dav/",
        "file:///etc/passwd",
        "//evil.example/",
        "http://alice:word@127.0.0.1/",
    ],
)
async def test_the_library_s_session_asks_one_server_alone(url):
    lured: list[Seen] = []
    async with serving(says(multistatus()), lured) as other, bench(Home()) as found:
        found.wire.networks = on_loopback(found.base, other)
        session = GuardedSession(found.wire, URL(found.home), LOGIN)
        for one in (url, other):
            with pytest.raises(CalendarAddressRefused):
                await session.request("PROPFIND", one)
        assert (found.seen, lured) == ([], [])


async def test_the_library_opens_no_connection_of_its_own(monkeypatch):
    """Our guard sees each connection; nobody resolves names besides."""
    made: list[str] = []
    guarded: list[str] = []
    connect, guard = socket.socket.connect, CalendarNetworks.socket

    def note(networks: CalendarNetworks, info: AddrInfoType) -> socket.socket:
        guarded.append(str(info[4]))
        return guard(networks, info)

    def connecting(one: socket.socket, to: tuple[str, int]) -> None:
        made.append(str(to))
        connect(one, to)

    def refuse(*to: object, **_: object) -> NoReturn:
        made.append(str(to))
        raise OSError

    monkeypatch.setattr(CalendarNetworks, "socket", note)
    monkeypatch.setattr(socket.socket, "connect", connecting)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with bench(Home()) as found:
        await found.calendars.create(found.home, LOGIN, "Réunions")
    assert guarded
    assert made == guarded
    assert {one.headers["Authorization"] for one in found.seen} == {
        "Basic YWxpY2U6YWxpY2UncyBvd24gd29yZA=="
    }


async def test_the_library_never_writes_down_what_is_said(monkeypatch):
    """The environment can tell it to: bodies would then lie in temporary files."""
    monkeypatch.setattr(error, "debug_dump_communication", "/tmp")
    written: list[object] = []
    monkeypatch.setattr(error, "_dump_communication", lambda *said: written.append(said))
    async with bench(Home()) as found:
        await found.calendars.create(found.home, LOGIN, "Réunions")
    assert written == []


async def test_a_calendar_of_before_is_not_taken_for_the_new_one():
    home = Home(moved=CALENDAR)
    async with bench(home) as found:
        with pytest.raises(CalendarUnreachable):
            await found.calendars.create(found.home, LOGIN, "Réunions")
