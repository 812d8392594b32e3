"""No request, however odd, gets a 5xx, a traceback, or its own words back."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.door.house import START, House, enter
from tests.door.wire import CLOSE, host, raw, statuses

CANARY = "K4n4ry-K4n4ry-K4n4ry-w"
FORM = b"Content-Type: application/x-www-form-urlencoded"


async def test_a_malformed_request_is_refused_without_quoting_it(house: House):
    probes = [
        b"GET /j/%s\x00 HTTP/1.1\r\n\r\n",
        b"GET /j/%s HTTP/9.9\r\n\r\n",
        b"%s\r\n\r\n",
        b"GET /j/x HTTP/1.1\r\nHost: a\r\nHost: %s\r\n\r\n",
        b"GET /j/x HTTP/1.1\r\nX:\x01%s\r\n\r\n",
        b"GET /j/%s HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n",
        b"GET /j/x HTTP/1.1\r\nX: %s" + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /%s" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /j/%s HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03%s",
        b"GET / HTTP/1.1\r\nExpect: %s\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nExpect: \xff%s\r\nConnection: close\r\n\r\n",
    ]
    with capture_logs() as logs:
        answers = [await raw(house, probe.replace(b"%s", CANARY.encode())) for probe in probes]
    for probe, answer in zip(probes, answers, strict=True):
        assert statuses(answer), probe[:60]
        assert all(400 <= status < 500 for status in statuses(answer)), probe[:60]
        assert CANARY.encode() not in answer, probe[:60]
        assert b"Server:" not in answer
        assert b"nosniff" in answer
    assert CANARY not in repr(logs)


async def test_what_follows_a_faulty_request_of_http_1_0_is_not_read(house: House):
    """RFC 9112, 6.1: a proxy in front may see its end elsewhere than we do."""
    faulty = b"POST /j/x HTTP/1.0\r\n%s\r\nConnection: keep-alive\r\n%s\r\n\r\n0\r\n\r\n"
    hidden = b"GET /robots.txt HTTP/1.1\r\n%s\r\n\r\n" % host(house)
    told = await raw(house, faulty % (host(house), b"Transfer-Encoding: chunked") + hidden)
    assert len(statuses(told)) == 1
    assert b"User-agent" not in told
    sound = b"GET / HTTP/1.1\r\n%s\r\n\r\n" % host(house)
    assert b"User-agent" in await raw(house, sound + hidden), "after a sound one it is"


@pytest.mark.parametrize(
    "headers",
    [
        b"X: y",
        b"Host: evil.example",
        b"Host: ",
        b"Host: 127.0.0.1",
        b"Host: \xff",
    ],
)
async def test_only_our_own_name_is_answered(house: House, headers):
    answer = await raw(
        house, b"GET /j/%s HTTP/1.1\r\n%s\r\n%s\r\n" % (CANARY.encode(), headers, CLOSE)
    )
    (status,) = statuses(answer)
    assert status in (400, 421)
    assert b"evil" not in answer


async def test_an_address_with_a_host_in_it_changes_nothing(house: House):
    target = b"http://evil.example/j/" + CANARY.encode()
    answer = await raw(house, b"GET %s HTTP/1.1\r\n%s\r\n%s\r\n" % (target, host(house), CLOSE))
    assert statuses(answer) == [200]
    assert b"evil" not in answer


async def test_a_form_that_stops_halfway_gets_no_5xx(house: House):
    link = await house.invite()
    head = b"POST /j/%s HTTP/1.1\r\n%s\r\nOrigin: %s\r\n%s\r\nContent-Length: 50\r\n\r\nname=A"
    request = head % (link.code.encode(), host(house), house.url.encode(), FORM)
    assert all(status < 500 for status in statuses(await raw(house, request)))
    async with house.works.reading() as work:
        assert await work.visits.count(link.invitation.id) == 0


ROUTES = [
    "/",
    "/j/" + "A" * 22,
    "/m/" + "a" * 32,
    "/m/" + "0" * 32 + "/status",
    "/robots.txt",
    "/m/" + "0" * 32 + "/proof",
    "/h/" + "A" * 22,
    "/h/" + "0" * 32 + "/events",
]
PIECES = st.sampled_from(
    ["/", "j", "m", "/j/", "/m/", "/status", "static", "A" * 22, "a" * 32, "..", ".", "%2e", "%2f",
     "%00", "%ff", "%", "%zz", "?", "lang=fr", "lang=", "&", "#", "//", "*", ";", "@", "http://x",
     ":80", "[", "]", "{", "\\", "'", '"', "<", "0" * 300]
)  # fmt: skip
ODD = st.lists(PIECES, max_size=6).map("".join)
TARGETS = st.one_of(
    st.tuples(st.sampled_from(ROUTES), st.just("?"), ODD).map("".join),
    st.tuples(st.sampled_from(ROUTES), ODD).map("".join),
    st.tuples(st.just("/"), ODD).map("".join),
    st.text(max_size=8).filter(bool),
)
VISIBLE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)
VALUES = VISIBLE | st.sampled_from(
    ["gzip", "100-continue", "application/x-www-form-urlencoded", "application/json",
     "multipart/form-data; boundary=x", "text/plain; charset=\udcff", "websocket", "Upgrade",
     "bytes=0-", "en;q=2", "null", "same-origin", "1.2.3.4, \udcff", "=;=;;;", "a" * 7000,
     "visit-" + "a" * 32 + "=" + "A" * 22, "visit-" + "a" * 32 + "=\udcff"]
)  # fmt: skip
NAMES = st.sampled_from(
    ["Content-Type", "Content-Encoding", "Expect", "Cookie", "Origin", "Sec-Fetch-Site",
     "Accept-Language", "X-Forwarded-For", "Upgrade", "Range", "If-None-Match",
     "If-Modified-Since", "Authorization", "Sec-Purpose", "Accept", "X-HTTP-Method-Override"]
)  # fmt: skip
FRAMED = st.sampled_from(
    ["Content-Length: {length}", "Content-Length: {length}", "Content-Length: -1",
     "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked",
     "Transfer-Encoding: gzip, chunked", "X-None: 1"]
)  # fmt: skip
USUAL = "Origin: {url}", "Content-Type: application/x-www-form-urlencoded"
METHODS = st.sampled_from(
    ["GET"] * 6
    + ["POST"] * 8
    + ["HEAD", "PUT", "OPTIONS", "CONNECT", "TRACE", "PRI", "get", "\xe9"]
)
BODIES = st.binary(max_size=200) | st.sampled_from(
    [b"name=A", b"name=%00", b"name=()", b"5\r\nname=\r\n0\r\n\r\n", b"[" * 500]
)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    line=st.tuples(METHODS, TARGETS),
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=5),
    usual=st.booleans(),
    framed=st.tuples(FRAMED, BODIES),
)
async def test_no_request_gives_a_5xx(house: House, line, headers, usual, framed):
    (method, target), (length, body) = line, framed
    lines = [f"{method} {target} HTTP/1.1", f"Host: {house.url.removeprefix('http://')}"]
    lines += [one.format(url=house.url) for one in USUAL] if usual else []
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [length.format(length=len(body)), "Connection: close", "", ""]
    request = "\r\n".join(lines).encode("utf-8", "surrogateescape") + body
    answer = await raw(house, request, patience=0.2)
    assert all(status < 500 for status in statuses(answer)), (request, answer[:300])
    assert b"Traceback" not in answer


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=st.binary(max_size=300), name=st.text(max_size=100))
async def test_no_form_gives_a_5xx(house: House, body, name):
    link = await house.invite()
    async with house.browser() as session:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        async with session.post(f"/j/{link.code}", data=body, headers=headers) as answer:
            assert answer.status < 500
        fields = {"name": name.encode("utf-8", "replace").decode()}
        async with session.post(f"/j/{link.code}", data=fields) as answer:
            assert answer.status in (200, 422)


async def test_who_comes_at_the_same_moment_is_let_through_alike(house: House):
    link = await house.invite()
    house.clock.set(START)
    async with house.browser() as session:

        async def come() -> int:
            path = await enter(session, link.code)
            async with session.get(path, allow_redirects=False) as answer:
                return answer.status

        assert set(await asyncio.gather(*(come() for _ in range(12)))) == {303}
