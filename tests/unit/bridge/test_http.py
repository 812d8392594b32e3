"""Outgoing sessions: no cookies, no redirects, no environment, no flood."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import (
    AddrInfoType,
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientHttpProxyError,
    web,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from bridge.clock import SystemClock
from bridge.http import (
    AnswerLost,
    BodyTooLarge,
    RedirectRefused,
    Timeouts,
    open_session,
    system_error,
)

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(answer, handler_cancellation=True), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        scheme = "http" if tls is None else "https"
        yield f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def hello(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(text="hello")


async def test_cookies_are_forgotten() -> None:
    async def remember(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=str(len(request.cookies)), headers={"Set-Cookie": "a=b; Path=/"})

    async with serving(remember) as url, open_session() as session:
        for _ in range(2):
            async with session.get(url) as answer:
                assert await answer.text() == "0"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_refused_or_shown(status: int) -> None:
    asked = []

    async def move(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async with serving(move) as url, open_session() as session:
        with pytest.raises(RedirectRefused):
            await session.post(url, json={})
        async with session.post(url, json={}, allow_redirects=False) as answer:
            assert answer.status == status
    assert asked == ["/", "/"]


@pytest.mark.parametrize("size", [0, 1, 1000])
async def test_an_answer_up_to_the_cap_is_whole(size: int) -> None:
    async def fill(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=b" " * size)

    async with (
        serving(fill) as url,
        open_session(max_body=1000) as session,
        session.get(url) as answer,
    ):
        assert len(await answer.read()) == size
        assert len(await answer.text()) == size
        assert len(await answer.read()) == size, "once read, it is kept"


@pytest.mark.parametrize("compressed", [False, True])
async def test_a_flood_is_cut(*, compressed: bool) -> None:
    body = b'"' + b" " * 3_000_000 + b'"'
    headers = {"Content-Type": "application/json"}
    if compressed:
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"

    async def pour(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=body, headers=headers)

    async with serving(pour) as url, open_session(max_body=1000) as session:
        for read in ("read", "text", "json"):
            async with session.get(url) as answer:
                with pytest.raises(BodyTooLarge):
                    await getattr(answer, read)()


async def test_the_environment_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(hello) as url, open_session() as session, session.get(url) as answer:
        assert await answer.text() == "hello"


async def test_a_proxy_is_told_who_we_are() -> None:
    async def relay(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=f"{request.raw_path} {request.headers['Proxy-Authorization']}")

    async with serving(relay) as url:
        proxy = SecretStr(url.replace("://", "://parvis:p%C3%A9@"))
        async with open_session(proxy=proxy) as session, session.get("http://a.test/b") as answer:
            assert await answer.text() == "http://a.test/b Basic cGFydmlzOnDDqQ=="


async def test_only_the_proxy_is_told_where_it_opens_a_tunnel() -> None:
    heads = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        proxy = SecretStr(f"http://parvis:swordfish@127.0.0.1:{port}")
        async with open_session(proxy=proxy) as session:
            with pytest.raises(ClientHttpProxyError) as caught:
                await session.get("https://a.test/b")
    assert b"\r\nProxy-Authorization: Basic cGFydmlzOnN3b3JkZmlzaA==\r\n" in heads[0]
    assert "swordfish" not in repr(caught.value) + str(caught.value)


async def test_a_proxy_s_password_stays_out_of_errors() -> None:
    proxy = SecretStr("http://parvis:swordfish@127.0.0.1:9")
    async with open_session(proxy=proxy) as session:
        with pytest.raises(ClientConnectorError) as caught:
            await session.get("http://a.test/b")
    assert "swordfish" not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize(("reuse", "connections"), [(True, 1), (False, 3)])
async def test_connections_are_kept_or_not(*, reuse: bool, connections: int) -> None:
    seen = set()

    async def count(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        seen.add(request.transport.get_extra_info("peername"))
        return web.Response()

    async with serving(count) as url, open_session(reuse=reuse) as session:
        for _ in range(3):
            async with session.get(url) as answer:
                await answer.read()
    assert len(seen) == connections


async def test_an_authority_of_one_s_own(tmp_path: Path) -> None:
    certificate = tmp_path / "server.pem"
    certificate.write_bytes(self_signed("127.0.0.1"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with serving(hello, tls) as url:
        async with open_session() as session:
            with pytest.raises(ClientConnectorCertificateError):
                await session.get(url)
        async with open_session(ca_file=certificate) as session, session.get(url) as answer:
            assert await answer.text() == "hello"


async def test_patience_ends() -> None:
    async def never(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    timeouts = Timeouts(connect=0.1, total=0.1)
    async with serving(never) as url, open_session(timeouts) as session:
        with pytest.raises(TimeoutError):
            await session.get(url)


def self_signed(host: str) -> bytes:
    """Return a key and a certificate that vouches for itself, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_request_that_may_be_sent_once_is_sent_once(method: str) -> None:
    asked = []

    async def close(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.method)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with serving(close) as url, open_session(once=True) as session:
        with pytest.raises(AnswerLost):
            await session.request(method, url)
    assert asked == [method]


async def test_a_socket_that_is_refused_opens_no_connection() -> None:
    asked = []

    async def note(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response()

    def refuse(info: AddrInfoType) -> socket.socket:
        raise ConnectionRefusedError(f"not {info[4][0]}")

    async with serving(note) as url, open_session(socket_factory=refuse) as session:
        with pytest.raises(ClientConnectorError) as raised:
            await session.get(url)
    assert str(system_error(raised.value)) == "not 127.0.0.1"
    assert asked == []
