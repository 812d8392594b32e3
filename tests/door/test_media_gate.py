"""The door's answers to the proxy in front of the media server, without proxy or server."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bridge.domain.seat import Seat
from bridge.ports import UnitsOfWork
from federation.door.settings import DoorOptions, Rate
from tests.door.house import OPENS, START, House, Link, enter, open_house
from tests.door.wire import CLOSE, host, raw, statuses
from tests.doubles.ports import FakeMedia, FakePasses
from tests.wiring import Media

PATH = "/media/gate"
STRANGER = "guest-00000000-0000-4000-8000-000000000000"
ROOM = "0193a0de-0000-7000-8000-000000000000"


async def seated(house: House) -> tuple[Link, Seat]:
    """An admitted guest."""
    link = await house.invite()
    async with house.browser() as session:
        await house.decide(await enter(session, link.code))
    async with house.works.reading() as work:
        (seat,) = await work.seats.held(link.occurrence.id)
    return link, seat


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(sub: object, room: object = ROOM, **more: object) -> str:
    """A token that anybody could write: the door verifies no signature."""
    said = {"sub": sub, "video": {"room": room, "roomJoin": True}, **more}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(said)}.c2lnbmF0dXJl"


async def ask(house: House, *tokens: str, more: str = "", **headers: str) -> int:
    """Ask about a connection with these tokens in its query."""
    query = "&".join(f"access_token={one}" for one in tokens)
    sent = {"X-Original-URI": f"/rtc/v1?{query}{more}", "X-Original-Method": "GET"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with ClientSession(house.url) as session, session.get(PATH, headers=sent) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        readable = answer.headers.getall("Access-Control-Allow-Origin", [])
        assert readable == (["*"] if answer.status == 403 else [])
        assert await answer.read() == b""
        return answer.status


async def test_a_guest_passes_with_a_seat_in_that_room(salon_house: House):
    _, seat = await seated(salon_house)
    assert await ask(salon_house, token(seat.identity, seat.room)) == 204
    assert await ask(salon_house, token(seat.identity, ROOM)) == 403
    assert await ask(salon_house, token(seat.identity, None)) == 403
    assert await ask(salon_house, token(STRANGER, seat.room)) == 403
    assert await ask(salon_house, token(f"{seat.identity}#x", seat.room)) == 403
    assert await ask(salon_house, token(seat.identity.upper(), seat.room)) == 204, (
        "LiveKit's, not ours"
    )


async def test_nobody_is_a_guest_twice(salon_house: House):
    _, seat = await seated(salon_house)
    good = token(seat.identity, seat.room)
    for more in (
        "&publish=x",
        "&publish=",
        "&publish",
        "&%70ublish=x",
        "&publish=%zz",
        "&publish=;",
    ):
        assert await ask(salon_house, good, more=more) == 403, more
        assert await ask(salon_house, token("agent"), more=more) == 204, more
    assert await ask(salon_house, good, more="&unpublish=x") == 204


async def test_the_gate_ignores_the_key_that_a_token_names(salon_house: House):
    _, seat = await seated(salon_house)
    for key in ("visio", "parvis", ""):
        assert await ask(salon_house, token(seat.identity, seat.room, iss=key)) == 204
        assert await ask(salon_house, token(STRANGER, seat.room, iss=key)) == 403


async def test_the_server_takes_another_claim_where_there_is_no_sub(salon_house: House):
    _, seat = await seated(salon_house)
    for empty in ("", None):
        assert await ask(salon_house, token(empty, seat.room, jti=STRANGER)) == 403
        assert await ask(salon_house, token(empty, seat.room, jti=seat.identity)) == 204


async def test_a_seat_ends_by_the_clock_and_by_a_withdrawal(salon_house: House):
    link, seat = await seated(salon_house)
    good = token(seat.identity, seat.room)
    closes = START + timedelta(hours=1, minutes=15)
    salon_house.clock.set(closes - timedelta(seconds=5))
    assert await ask(salon_house, good) == 204
    salon_house.clock.set(closes)
    assert await ask(salon_house, good) == 403, "although no agenda ran"
    salon_house.clock.set(OPENS - timedelta(seconds=5))
    assert await ask(salon_house, good) == 403
    salon_house.clock.set(START)
    await salon_house.save(replace(link.invitation, revoked_at=START))
    assert await ask(salon_house, good) == 403
    assert await ask(salon_house, token("agent", seat.room)) == 204


async def test_another_device_takes_the_seat(salon_house: House):
    link, first = await seated(salon_house)
    async with salon_house.browser() as session:
        await salon_house.decide(await enter(session, link.code))
    async with salon_house.works.reading() as work:
        (second,) = await work.seats.held(link.occurrence.id)
    assert await ask(salon_house, token(first.identity, first.room)) == 403
    assert await ask(salon_house, token(second.identity, second.room)) == 204


async def test_every_token_counts_wherever_it_is(salon_house: House):
    _, seat = await seated(salon_house)
    good, bad, agent = token(seat.identity, seat.room), token(STRANGER), token("agent")
    assert await ask(salon_house, Authorization=f"Bearer {good}") == 204
    assert await ask(salon_house, Authorization=f"Bearer {bad}") == 403
    assert await ask(salon_house, agent, Authorization=f"Bearer {bad}") == 403
    assert await ask(salon_house, bad, Authorization=f"Bearer {agent}") == 403
    assert await ask(salon_house, agent, bad) == 403
    assert await ask(salon_house, bad, agent) == 403
    assert await ask(salon_house, agent, agent) == 204
    assert await ask(salon_house, agent, agent, agent) == 403
    assert await ask(salon_house, "", good) == 204
    assert await ask(salon_house, "".join(f"%{ord(one):x}" for one in bad)) == 403
    for name in ("%61ccess_token", "access%5Ftoken"):
        assert await ask(salon_house, more=f"&{name}={bad}") == 403
        assert await ask(salon_house, more=f"&{name}={good}") == 204
    for spoilt in (f"{agent};", f"{agent}%zz", f"{agent}%20", f"{agent}=", agent[:-1], "x"):
        assert await ask(salon_house, spoilt) == 403, spoilt
    assert await ask(salon_house, Authorization=f"Basic {good}") == 403
    assert await ask(salon_house, Authorization=f"bearer {agent}") == 403


async def test_without_a_token_only_a_browser_may_ask_what_it_may(salon_house: House):
    assert await ask(salon_house) == 403
    assert await ask(salon_house, X_Original_Method="OPTIONS") == 204
    assert await ask(salon_house, token(STRANGER), X_Original_Method="OPTIONS") == 403
    async with ClientSession(salon_house.url) as session, session.get(PATH) as answer:
        assert answer.status == 403


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data; boundary=x", "Multipart/Form-Data", "application/x-www-form-urlencoded",
     " application/X-WWW-form-urlencoded;charset=utf-8"],
)  # fmt: skip
async def test_a_form_may_hide_a_token(salon_house: House, kind):
    assert await ask(salon_house, token("agent"), X_Original_Content_Type=kind) == 403
    assert await ask(salon_house, token("agent"), X_Original_Content_Type="application/sdp") == 204


@pytest.mark.parametrize("sub", ["agent", "9a1c", "", None, 5, {"a": 1}, "Guest-x", "é"])
async def test_who_is_no_guest_passes_untouched(salon_house: House, sub):
    assert await ask(salon_house, token(sub)) == 204
    assert await ask(salon_house, token(sub, room=7)) == 204
    assert await ask(salon_house, token(sub, video=None)) == 204


async def test_outside_there_is_no_such_page(salon_house: House):
    _, seat = await seated(salon_house)
    headers = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Original-URI": f"/rtc?access_token={token(seat.identity, seat.room)}",
    }
    async with salon_house.browser(**headers) as session:
        seen = []
        for path in (PATH, "/media/nothing"):
            async with session.get(path) as answer:
                seen.append((answer.status, await answer.read()))
        assert seen[0] == seen[1]
        assert seen[0][0] == 404


async def test_it_is_not_counted_but_what_comes_from_outside_is(works: UnitsOfWork):
    def scarce(settings: DoorOptions) -> DoorOptions:
        return replace(settings, limits=replace(settings.limits, requests=Rate(3, 60)))

    media = Media(FakeMedia(), FakePasses(), "wss://m.example")
    async with open_house(works, scarce, media=media) as house:
        assert [await ask(house, token("agent")) for _ in range(8)] == [204] * 8
        async with house.browser(**{"X-Forwarded-For": "203.0.113.7"}) as session:
            seen = []
            for _ in range(4):
                async with session.get(PATH) as answer:
                    seen.append(answer.status)
        assert seen == [404, 404, 404, 429]


async def test_where_visio_admits_there_is_no_gate(works: UnitsOfWork):
    async with (
        open_house(works) as house,
        ClientSession(house.url) as session,
        session.get(PATH) as answer,
    ):
        assert answer.status == 404


async def test_no_token_nor_identity_is_logged(salon_house: House):
    _, seat = await seated(salon_house)
    secret = token(STRANGER, "K4n4ry")
    with capture_logs() as logs:
        assert await ask(salon_house, secret) == 403
        assert await ask(salon_house, token(seat.identity, seat.room)) == 204
    (line,) = [one for one in logs if one["event"] == "door.answered"]
    assert (line["route"], line["status"]) == (PATH, 403)
    assert all(word not in repr(logs) for word in (secret, STRANGER, seat.identity, "K4n4ry"))


ODD = st.sampled_from(
    ["access_token=", "publish=", "&", ";", "=", "?", "#", "+", "%", "%zz", "%00", "%ff", "%u0061",
     "guest-", ".", "..", "e30", "eyJ", token("agent"), token(STRANGER), token("guest-\0"),
     token(f"guest-{'a' * 36}"), token({"a": [[[[[[[[]]]]]]]]}), token("guest-\U0001f600"),
     part("[" * 50), "\udcff", "é", "a" * 3000]
)  # fmt: skip
WORDS = st.lists(ODD, max_size=6).map("".join)
VISIBLE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)
CLAIMS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
    | st.sampled_from(["guest-", STRANGER, f"{STRANGER}#x", "guest-" + "\0" * 36, ROOM, "agent"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["sub", "jti", "video", "room", "x"]), inner, max_size=5),
    max_leaves=8,
)  # fmt: skip
NAMES = st.sampled_from(
    ["X-Original-URI", "X-Original-URI", "Authorization", "Authorization", "X-Original-Method",
     "X-Original-Content-Type", "X-Forwarded-For", "Content-Type", "Upgrade", "Connection"]
)  # fmt: skip
VALUES = (
    WORDS.map("/rtc?access_token={}".format)
    | WORDS.map("Bearer {}".format)
    | CLAIMS.map(lambda said: f"/rtc?access_token=e30.{part(said)}.e30")
    | CLAIMS.map(lambda said: f"Bearer e30.{part(said)}.e30")
    | VISIBLE
    | WORDS
)


@settings(
    max_examples=500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    method=st.sampled_from(["GET"] * 9 + ["POST", "HEAD", "OPTIONS", "PUT"]),
    query=st.just("") | WORDS.map("?{}".format),
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=4),
)
async def test_nothing_gives_a_5xx(salon_house: House, method, query, headers):
    lines = [f"{method} {PATH}{query} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
    answer = await raw(
        salon_house, head + b"\r\n" + host(salon_house) + b"\r\n" + CLOSE + b"\r\n", 0.2
    )
    assert all(status < 500 for status in statuses(answer)), (head, answer[:300])
    asked = head.startswith(b"GET") and "X-Forwarded-For" not in {name for name, _ in headers}
    if asked and b"HTTP/1.1 4" in answer:
        assert set(statuses(answer)) <= {400, 403, 404}, (head, answer[:300])
