"""Networks that refuse, hang, drip, cut or flood: what was sent decides what is said."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from bridge.domain.meeting import AccessLevel
from bridge.errors import VisioError, VisioUnconfirmed, VisioUnreachable
from bridge.http import Timeouts, open_session
from bridge.visio import VisioClient
from tests.doubles.clocks import SetClock
from tests.doubles.visio import Kind, VisioDouble
from tests.unit.bridge.visio.kit import AGENT, NOW, access

IMPATIENT = Timeouts(connect=0.2, total=0.3)
Speaker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"


async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def cut(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"}")


async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"}")
    writer.write(HEAD + b'Content-Length: 100\r\n\r\n{"id":')


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"}")
    writer.write(HEAD + b"Content-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"}")
    writer.write(HEAD + b"Content-Length: 1000000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" " * 65536)
        await writer.drain()


async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"}")
    writer.write(b"220 mail.example ESMTP\r\n\r\n")


@asynccontextmanager
async def server(speaker: Speaker) -> AsyncIterator[str]:
    """Serve `speaker` on loopback; give its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await speaker(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort() if speaker is flood else writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


def client_of(url: str, session: ClientSession, double: VisioDouble | None = None) -> VisioClient:
    return VisioClient(session, access(url, double), clock=SetClock(NOW), timeouts=IMPATIENT)


async def fails(client: VisioClient, error: type[VisioError]) -> None:
    with pytest.raises(error) as caught:
        await client.create(AGENT, AccessLevel.TRUSTED)
    assert type(caught.value) is error


async def test_what_is_sent_is_json_to_a_path_with_a_slash_in_english(
    visio: VisioDouble, session: ClientSession
) -> None:
    """Forms are a 415, a missing slash a redirect, and error texts follow the language."""
    heads: list[list[str]] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head.decode().splitlines())
        await _passed_on(visio, head + await reader.readuntil(b"}"), writer)

    async with server(listen) as url:
        await client_of(url, session, visio).create(AGENT, AccessLevel.TRUSTED)

    assert [head[0] for head in heads] == [
        "POST /external-api/v1.0/application/token/ HTTP/1.1",
        "POST /external-api/v1.0/rooms/ HTTP/1.1",
    ]
    for head in heads:
        assert {
            "Accept: application/json",
            "Accept-Language: en",
            "Content-Type: application/json",
        } <= set(head)
        assert not [line for line in head if line.startswith(("Cookie", "Referer"))]


@pytest.mark.parametrize("speaker", [hang, cut, half, drip, flood, babble])
async def test_a_token_that_does_not_come_is_asked_again_safely(
    session: ClientSession, speaker: Speaker
) -> None:
    async with server(speaker) as url:
        await fails(client_of(url, session), VisioUnreachable)


@pytest.mark.parametrize("speaker", [hang, cut, half, drip, flood, babble])
async def test_a_room_whose_answer_does_not_come_may_exist(
    visio: VisioDouble, session: ClientSession, speaker: Speaker
) -> None:
    """Tokens come from the double; the connections of room requests end at `speaker`."""

    async def switch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/token/" not in head:
            await speaker(reader, writer)
            return
        await _passed_on(visio, head + await reader.readuntil(b"}"), writer)

    async with server(switch) as url:
        await fails(client_of(url, session, visio), VisioUnconfirmed)


async def test_visio_that_does_not_listen_is_unreachable_until_it_is_back(
    visio: VisioDouble, session: ClientSession
) -> None:
    client = client_of(visio.url, session, visio)
    await client.create(AGENT, AccessLevel.TRUSTED)
    await visio.stop()

    await fails(client, VisioUnreachable)
    with pytest.raises(VisioUnreachable):
        await client.probe(None)

    await visio.start()
    await client.create(AGENT, AccessLevel.TRUSTED)
    assert visio.rooms_created == 2


async def test_a_name_that_does_not_exist(session: ClientSession) -> None:
    await fails(client_of("http://visio.invalid", session), VisioUnreachable)


async def test_a_handshake_that_never_ends(session: ClientSession) -> None:
    async with server(hang) as url:
        await fails(client_of(url.replace("http:", "https:"), session), VisioUnreachable)


async def test_a_server_without_tls(session: ClientSession) -> None:
    async with server(babble) as url:
        await fails(client_of(url.replace("http:", "https:"), session), VisioUnreachable)


async def test_a_proxy_that_refuses() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with server(refuse) as url, open_session(proxy=SecretStr(url), reuse=False) as session:
        await fails(client_of("https://visio.test", session), VisioUnreachable)


async def test_a_proxy_that_is_not_there() -> None:
    async with open_session(proxy=SecretStr(f"http://127.0.0.1:{_free_port()}")) as session:
        await fails(client_of("https://visio.test", session), VisioUnreachable)


async def test_slow_is_not_broken(visio: VisioDouble, session: ClientSession) -> None:
    for fault in (visio.faults.add(Kind.SLOW, on=on, times=1) for on in ("token", "rooms")):
        fault.seconds = 0.05

    await client_of(visio.url, session, visio).create(AGENT, AccessLevel.TRUSTED)


def test_a_creation_may_last_as_long_as_all_that_it_asks(session: ClientSession) -> None:
    """Ten requests, and two waits where it is throttled."""
    client = VisioClient(
        session, access("https://visio.test"), clock=SetClock(NOW), timeouts=Timeouts(total=7)
    )
    assert client.longest == timedelta(seconds=10 * 7 + 2 * 5)


async def test_a_short_throttle_is_waited_for(visio: VisioDouble, session: ClientSession) -> None:
    visio.faults.add(Kind.THROTTLED, on="token", times=1).retry_after = "0"

    await client_of(visio.url, session, visio).create(AGENT, AccessLevel.TRUSTED)

    assert visio.tokens_minted == 1


@pytest.mark.parametrize(
    ("retry_after", "wait", "asked"),
    [
        ("0", 0, 2),
        ("59", 59, 1),
        ("Tue, 01 Sep 2026 09:01:00 GMT", 60, 1),
        ("Tue, 01 Sep 2020 09:01:00 GMT", 0, 2),
        ("Tue, 01 Sep 2026 09:01:00 -0000", None, 1),
        ("soon", None, 1),
        ("-1", None, 1),
        ("²", None, 1),
        ("Tue, 01 Sep 99999999999999999999 09:01:00 GMT", None, 1),
        ("Tue, 01 Sep 2026 09:01:00 +99999999999999", None, 1),
        (None, None, 1),
    ],
)
async def test_a_long_throttle_is_the_caller_s(
    visio: VisioDouble,
    session: ClientSession,
    retry_after: str | None,
    wait: int | None,
    asked: int,
) -> None:
    fault = visio.faults.add(Kind.THROTTLED, on="token")
    fault.retry_after = retry_after

    with pytest.raises(VisioUnreachable) as caught:
        await client_of(visio.url, session, visio).create(AGENT, AccessLevel.TRUSTED)

    assert caught.value.parameters == {"retry_after": wait}
    assert fault.seen == asked


async def test_a_throttled_room_is_asked_again_safely(
    visio: VisioDouble, session: ClientSession
) -> None:
    visio.faults.add(Kind.THROTTLED, on="rooms").retry_after = "7"

    with pytest.raises(VisioUnreachable) as caught:
        await client_of(visio.url, session, visio).create(AGENT, AccessLevel.TRUSTED)

    assert caught.value.parameters == {"retry_after": 7}
    assert visio.rooms_created == 0


async def _passed_on(visio: VisioDouble, request: bytes, writer: asyncio.StreamWriter) -> None:
    """Have the double answer; the client asks for a connection that closes after it."""
    up_reader, up_writer = await asyncio.open_connection("127.0.0.1", _port(visio.url))
    up_writer.write(request)
    writer.write(await up_reader.read())
    up_writer.close()
    await writer.drain()


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port
