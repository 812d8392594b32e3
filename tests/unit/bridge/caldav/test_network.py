"""Servers that are slow, cut, flood, close, redirect, refuse or ask for a pause."""

import asyncio
import gzip
import socket
import threading
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import pytest
import structlog
from aiohttp import web

from bridge.errors import (
    CalendarAddressRefused,
    CalendarBusy,
    CalendarForbidden,
    CalendarGone,
    CalendarLoginRefused,
    CalendarUnconfirmed,
    CalendarUnreachable,
    CalendarUnreadable,
    ParvisError,
    SyncUnsupported,
)
from tests.servers.ports import free_ports
from tests.unit.bridge.caldav.kit import (
    CALENDAR,
    ITSELF,
    LOGIN,
    Bench,
    Seen,
    bench,
    by_method,
    etag,
    member,
    multistatus,
    says,
    serving,
)

HREF = f"{CALENDAR}1.ics"
SINCE, BEFORE = datetime(2026, 11, 30, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)
OK = multistatus(ITSELF, member(HREF, etag('"1"')), token="t2")


def every(bench: Bench) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return each call that reads or writes."""
    calendars = bench.calendars
    return {
        "look": lambda: calendars.look(bench.home, LOGIN),
        "changes": lambda: calendars.changes(bench.url, LOGIN, "t1"),
        "listing": lambda: calendars.listing(bench.url, LOGIN),
        "window": lambda: calendars.window(bench.url, LOGIN, SINCE, BEFORE),
        "fetch": lambda: calendars.fetch(bench.url, LOGIN, [HREF]),
        "put": lambda: calendars.put(bench.url, LOGIN, HREF, "x", '"1"'),
        "delete": lambda: calendars.delete(bench.url, LOGIN, HREF, '"1"'),
    }


READS = ["look", "changes", "listing", "window", "fetch"]
ALL = [*READS, "put", "delete"]


async def cut(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def half(request: web.BaseRequest) -> web.StreamResponse:
    """Promise a whole body, and send a part of it."""
    answer = web.StreamResponse(status=207, headers={"Content-Length": "100000"})
    await answer.prepare(request)
    await answer.write(b'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">')
    assert request.transport is not None
    request.transport.abort()
    return answer


async def drip(request: web.BaseRequest) -> web.StreamResponse:
    """Send a byte again and again, never so late that a read times out."""
    answer = web.StreamResponse(status=207)
    await answer.prepare(request)
    while True:
        await answer.write(b" ")
        await asyncio.sleep(0.02)


async def silence(_: web.BaseRequest) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


async def flood(request: web.BaseRequest) -> web.StreamResponse:
    answer = web.StreamResponse(status=207)
    await answer.prepare(request)
    while True:
        await answer.write(b" " * 65_536)


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("fault", [cut, half, says(web.Response(status=502))])
async def test_a_read_is_repeated_twice_and_at_once(method, fault):
    async with bench(fault) as found:
        with pytest.raises(CalendarUnreachable):
            await every(found)[method]()
        assert len(found.seen) == 3
        assert found.counted(found.seen[0].method, "calendar-unreachable") == 1


@pytest.mark.parametrize("method", READS)
async def test_a_repeated_read_succeeds(method):
    left = [cut, says(web.Response(status=503))]

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await (left.pop() if left else says(OK))(request)

    async with bench(answer) as found:
        if method == "fetch":
            left.append(cut)  # 207 without data: asked for by itself, and unreadable
            with pytest.raises(ParvisError):
                await every(found)[method]()
        else:
            assert await every(found)[method]() is not None
        assert len(found.seen) >= 3


@pytest.mark.parametrize("fault", [cut, silence, says(web.Response(status=500))])
async def test_a_write_is_never_repeated(fault):
    async with bench(by_method(PROPFIND=says(OK), PUT=fault, DELETE=fault)) as found:
        for method in ("put", "delete"):
            with pytest.raises(CalendarUnconfirmed):
                await every(found)[method]()
        assert (found.methods.count("PUT"), found.methods.count("DELETE")) == (1, 1)


async def test_a_write_that_never_left_is_out_of_reach():
    async with bench(says(OK)) as found:
        (nobody,) = free_ports(1)
        found.wire.networks = type(found.wire.networks)(
            networks=found.wire.networks.networks,
            hosts=frozenset(),
            ports=frozenset({nobody}),
            insecure=found.wire.networks.insecure,
        )
        url = f"http://127.0.0.1:{nobody}{CALENDAR}"
        with pytest.raises(CalendarUnreachable):
            await found.calendars.put(url, LOGIN, HREF, "x", '"1"')


async def test_a_silent_server_is_asked_again_until_the_time_is_over():
    async with bench(silence) as found:
        with pytest.raises(CalendarUnreachable):
            await found.calendars.look(found.home, LOGIN)
        assert 1 < len(found.seen) <= 3


@pytest.mark.parametrize("method", ["look", "listing"])
async def test_however_slowly_an_answer_drips_a_call_ends(method):
    async with bench(drip) as found:
        began = time.monotonic()
        with pytest.raises((CalendarUnreachable, CalendarUnreadable)):
            await every(found)[method]()
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("method", ["look", "changes", "listing", "window"])
async def test_a_body_without_an_end_is_left(method):
    async with bench(flood) as found:
        with pytest.raises(CalendarUnreadable, match="too large"):
            await every(found)[method]()
        assert len(found.seen) == 1


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_compressed_bomb_is_left(coding):
    bomb = b" " * 9_000_000
    packed = gzip.compress(bomb) if coding == "gzip" else zlib.compress(bomb)

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=207, body=packed, headers={"Content-Encoding": coding})

    async with bench(answer) as found:
        with pytest.raises(CalendarUnreadable):
            await found.calendars.look(found.home, LOGIN)
        assert found.seen[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("method", ALL)
async def test_refused_credentials_are_sent_once(method):
    async with bench(says(web.Response(status=401))) as found:
        with pytest.raises(CalendarLoginRefused):
            await every(found)[method]()
        assert len(found.seen) == 1
        assert found.seen[0].headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("method", ALL)
async def test_a_sign_in_page_is_no_answer_and_deletes_nothing(method):
    page = web.Response(text="<html>Sign in</html>", content_type="text/html")
    async with bench(says(page)) as found:
        with pytest.raises(CalendarUnconfirmed if method == "put" else CalendarUnreadable):
            await every(found)[method]()


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize(
    ("status", "error"), [(403, CalendarForbidden), (404, CalendarGone), (410, CalendarGone)]
)
async def test_what_a_status_says_of_a_calendar(method, status, error):
    async with bench(says(web.Response(status=status))) as found:
        if method == "fetch":
            return  # it asks for the event by itself (test_fetching.py)
        with pytest.raises(error):
            await every(found)[method]()


@pytest.mark.parametrize("status", [429, 503])
async def test_a_pause_is_kept_for_all_that_the_host_is_asked(status):
    busy = web.Response(status=status, headers={"Retry-After": "7200"})
    async with bench(says(busy)) as found:
        with pytest.raises(CalendarBusy) as first:
            await found.calendars.look(found.home, LOGIN)
        assert first.value.pause == timedelta(hours=1)
        for method in ALL:
            with pytest.raises(CalendarBusy) as again:
                await every(found)[method]()
            assert timedelta(minutes=59) < again.value.pause <= timedelta(hours=1)
        assert len(found.seen) == 1


async def test_a_pause_ends():
    busy = web.Response(status=429, headers={"Retry-After": "0"})
    async with bench(says(busy, OK)) as found:
        with pytest.raises(CalendarBusy):
            await found.calendars.look(found.home, LOGIN)
        await found.calendars.look(found.home, LOGIN)


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize("method", ["look", "changes", "put", "delete"])
async def test_a_move_within_the_host_is_followed_with_the_same_request(method, status):
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/new"):
            writes = request.method in {"PUT", "DELETE"}
            return await says(web.Response(status=204) if writes else OK)(request)
        return web.Response(status=status, headers={"Location": f"/new{request.path}"})

    async with bench(answer) as found:
        await every(found)[method]()
        old, new = found.seen[-2:]
        assert (new.method, new.path, new.body) == (old.method, f"/new{old.path}", old.body)
        assert new.headers["Authorization"] == old.headers["Authorization"]


@pytest.mark.parametrize("status", [300, 302, 303, 304])
async def test_other_redirects_are_refused(status):
    moved = web.Response(status=status, headers={"Location": "/new/"})
    async with bench(says(moved)) as found:
        with pytest.raises(CalendarAddressRefused):
            await found.calendars.look(found.home, LOGIN)
        assert len(found.seen) == 1


async def test_a_circle_of_moves_ends():
    moved = web.Response(status=301, headers={"Location": "/round/"})
    async with bench(says(moved)) as found:
        with pytest.raises(CalendarAddressRefused):
            await found.calendars.look(found.home, LOGIN)
        assert len(found.seen) == 4


@pytest.mark.parametrize("method", [*ALL, "discover", "create", "prove"])
async def test_no_redirect_leads_to_another_server(method):
    lured: list[Seen] = []
    async with serving(says(OK), lured) as other:
        for location in (f"{other}/dav/", f"http://localhost:{other.rpartition(':')[2]}/dav/"):
            moved = web.Response(status=301, headers={"Location": location})
            async with bench(says(moved)) as found:
                calls = every(found) | {
                    "discover": lambda found=found: found.calendars.discover(found.home, LOGIN),
                    "create": lambda found=found: found.calendars.create(found.home, LOGIN, "x"),
                    "prove": lambda found=found: found.calendars.prove(found.url, LOGIN),
                }
                with pytest.raises(CalendarAddressRefused):
                    await calls[method]()
    assert lured == []


async def test_a_host_that_closes_kept_connections_gets_a_new_one_for_each_request():
    peers: list[tuple[str, int]] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        if peer in peers:
            request.transport.abort()
        peers.append(peer)
        return await says(OK)(request)

    async with bench(answer) as found:
        for _ in range(6):
            await found.calendars.look(found.home, LOGIN)
        assert len(found.seen) == 7  # the second was repeated
        assert len(set(peers)) == 6


async def test_a_host_is_asked_by_few_at_once_and_waiting_for_a_turn_is_no_delay_of_its():
    at_once = [0, 0]

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        at_once[0] += 1
        at_once[1] = max(at_once)
        await asyncio.sleep(0.09)  # five turns take longer than one request may
        at_once[0] -= 1
        return await says(OK)(request)

    async with bench(answer) as found:
        await asyncio.gather(*(found.calendars.look(found.home, LOGIN) for _ in range(40)))
        assert at_once[1] == 8


async def test_names_that_are_looked_up_for_long_keep_nobody_else_waiting(monkeypatch):
    """An agent may type a domain of their own, whose name server takes its time."""
    go_on = threading.Event()

    def slow(*_: object, **__: object) -> NoReturn:
        go_on.wait(10)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    async with bench(says(OK)) as found:
        slow_ones = [f"slow-{number}.example" for number in range(40)]
        known = found.wire.networks
        found.wire.networks = replace(known, insecure=known.insecure.union(slow_ones))
        stuck = [
            asyncio.create_task(found.calendars.look(found.home.replace("127.0.0.1", one), LOGIN))
            for one in slow_ones
        ]
        await found.calendars.look(found.home, LOGIN)
        async with asyncio.timeout(2):
            assert await asyncio.to_thread(threading.current_thread)
        go_on.set()
        assert {type(one) for one in await asyncio.gather(*stuck, return_exceptions=True)} == {
            CalendarUnreachable
        }


async def test_cookies_of_one_are_not_sent_for_another():
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        found = await says(OK)(request)
        found.headers["Set-Cookie"] = "session=alice; Path=/"
        return found

    async with bench(answer) as found:
        for _ in range(2):
            await found.calendars.look(found.home, LOGIN)
        assert all("Cookie" not in one.headers for one in found.seen)


async def test_neither_the_log_nor_an_error_has_paths_or_credentials(capsys):
    with structlog.testing.capture_logs() as logs:
        async with bench(cut) as found:
            with pytest.raises(CalendarUnreachable) as raised:
                await found.calendars.look(found.home, LOGIN)
    told = f"{logs} {raised.value} {raised.value.parameters}"
    assert "127.0.0.1" in told
    assert "alice" not in told
    assert found.counted("PROPFIND", "calendar-unreachable") == 1


async def test_a_sync_that_is_not_offered_is_no_failure():
    async with bench(says(web.Response(status=501))) as found:
        with pytest.raises(SyncUnsupported):
            await found.calendars.changes(found.url, LOGIN, "t1")
        assert len(found.seen) == 1
