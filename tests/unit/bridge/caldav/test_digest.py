"""Servers that know Digest alone (RFC 7616), as SabreDAV's and Baïkal's do, or no way of ours."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import SecretStr

from bridge.caldav.asked import FIRST, POLL
from bridge.caldav.signing import offered
from bridge.domain.calendar import CalendarAuth, CalendarLogin
from bridge.errors import CalendarLoginRefused, CalendarSignInUnknown
from tests.unit.bridge.caldav.kit import (
    CALENDAR,
    ITSELF,
    LOGIN,
    Bench,
    bench,
    etag,
    member,
    multistatus,
)

HREF = f"{CALENDAR}1.ics"
OK = multistatus(ITSELF, member(HREF, etag('"1"')))
_PART = re.compile(r'(\w+)="?([^",]*)"?')
_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "MD5": lambda said: hashlib.md5(said, usedforsecurity=False),
    "SHA-256": hashlib.sha256,
}


@dataclass
class DigestServer:
    """Lets in by Digest alone; counts the answers to its challenges."""

    algorithm: str = "MD5"
    known: CalendarLogin = LOGIN
    challenge: str = ""
    tried: list[bool] = field(default_factory=list)
    plain: int = 0
    """Requests with Basic."""

    def __post_init__(self) -> None:
        self._nonces: set[str] = set()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        said = request.headers.get("Authorization", "")
        if said.startswith("Digest "):
            right = self._right(request, dict(_PART.findall(said.removeprefix("Digest "))))
            self.tried.append(right)
            if right:
                return self._answer(request)
        self.plain += said.startswith("Basic ")
        nonce = secrets.token_hex(8)
        self._nonces.add(nonce)
        challenge = self.challenge or (
            f'Digest realm="calendars", qop="auth", nonce="{nonce}", opaque="x", '
            f"algorithm={self.algorithm}"
        )
        # A body of this size is not there yet when the status is: it has to be read.
        body = b"<html>" + b" " * 150_000
        return web.Response(status=401, headers={"WWW-Authenticate": challenge}, body=body)

    def _right(self, request: web.BaseRequest, said: dict[str, str]) -> bool:
        hashed = _HASHES[self.algorithm]

        def digest(text: str) -> str:
            return hashed(text.encode()).hexdigest()

        first = digest(f"{self.known.user}:calendars:{self.known.secret.get_secret_value()}")
        second = digest(f"{request.method}:{request.path_qs}")
        middle = ":".join(said[one] for one in ("nonce", "nc", "cnonce", "qop"))
        wanted = digest(f"{first}:{middle}:{second}")
        fresh = said["nonce"] in self._nonces
        self._nonces.discard(said["nonce"])
        return fresh and said["response"] == wanted and said["uri"] == request.path_qs

    def _answer(self, request: web.BaseRequest) -> web.Response:
        if request.method == "PUT":
            return web.Response(status=201, headers={"ETag": '"2"'})
        return web.Response(status=OK.status, body=OK.body, headers=OK.headers)


async def look(found: Bench, login: CalendarLogin = LOGIN) -> None:
    await found.calendars.look(found.home, login)


@pytest.mark.parametrize("algorithm", sorted(_HASHES))
async def test_a_server_that_knows_digest_alone_is_read_and_written(algorithm: str):
    server = DigestServer(algorithm)
    async with bench(server) as found:
        await look(found)
        assert await found.calendars.listing(found.url, LOGIN) == {HREF: '"1"'}
        text = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
        assert await found.calendars.put(found.url, LOGIN, HREF, text, '"1"') == '"2"'
        assert server.tried == [True, True, True]
        assert found.seen[-1].body == text
    assert server.plain == 1, "it is remembered that the host knows Digest alone"


async def test_a_wrong_password_is_tried_once():
    server = DigestServer(known=replace(LOGIN, secret=SecretStr("another one")))
    async with bench(server) as found:
        for number in (1, 2):
            with pytest.raises(CalendarLoginRefused):
                await look(found)
            assert server.tried == [False] * number


async def test_the_connections_of_a_host_serve_both_halves_of_a_sign_in():
    server = DigestServer()
    async with bench(server, (POLL, FIRST)) as found:  # it is no matter of time
        await asyncio.gather(*(look(found) for _ in range(30)))
    assert server.tried == [True] * 30


async def test_another_agents_login_is_their_own():
    server = DigestServer()
    async with bench(server) as found:
        await look(found)
        other = CalendarLogin(user="bob", secret=SecretStr("alice's own word"))
        with pytest.raises(CalendarLoginRefused):
            await look(found, other)
    assert server.tried == [True, False]


async def test_a_host_that_takes_basic_again_is_signed_in_to_so():
    server, basic = DigestServer(), False

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if not basic:
            return await server(request)
        if request.headers.get("Authorization", "").startswith("Basic "):
            return web.Response(status=OK.status, body=OK.body, headers=OK.headers)
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    async with bench(answer) as found:
        await look(found)
        basic = True
        await look(found)
        await look(found)
        assert len(found.seen) == 3 + 2 + 1


@pytest.mark.parametrize(
    "challenge",
    [
        "Negotiate",
        'NTLM, Bearer realm="sso"',
        'Digest realm="x", nonce="1", qop="auth", algorithm=SHA3-512',
        'Digest realm="x", nonce="1", qop="auth-conf"',
        'Digest realm="x"',
    ],
)
async def test_what_we_do_not_know_is_told_as_such(challenge: str):
    server = DigestServer(challenge=challenge)
    async with bench(server) as found:
        with pytest.raises(CalendarSignInUnknown):
            await look(found)
    assert server.tried == []


async def test_a_token_is_never_a_password():
    server, token = DigestServer(), CalendarLogin(auth=CalendarAuth.BEARER, secret=SecretStr("t"))
    async with bench(server) as found:
        with pytest.raises(CalendarLoginRefused):
            await look(found, token)
        assert len(found.seen) == 1


@pytest.mark.parametrize(
    ("said", "ways"),
    [
        (['Basic realm="a, Digest b"'], {"basic"}),
        (['Digest realm="x", nonce="1"', 'Basic realm="x"'], {"digest", "basic"}),
        (['Negotiate, Basic realm="x", Digest realm="y", qop="auth,auth-int"'], None),
        (["NTLM"], {"ntlm"}),
        ([], set()),
    ],
)
def test_the_ways_that_a_refusal_offers(said: list[str], ways: set[str] | None):
    headers = CIMultiDictProxy(CIMultiDict([("WWW-Authenticate", one) for one in said]))
    assert offered(headers) == (ways if ways is not None else {"negotiate", "basic", "digest"})
