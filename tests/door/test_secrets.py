"""No code and no cookie's secret is ever in a log, the database, the outbox, a metric or an error."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from bridge.domain.proof import Proof
from bridge.services.visits.proofs import pin_of
from bridge.store.work import Store
from tests.door.house import START, House, enter, open_house
from tests.door.wire import host, raw
from tests.doubles.ports import FakeMedia, FakePasses
from tests.wiring import Media

PROBES = [
    b"GET /j/CODE\x00 HTTP/1.1\r\n\r\n",
    b"GET /CODE HTTP/1.1\r\nHost: CODE\r\nConnection: close\r\n\r\n",
    b"POST /j/CODE HTTP/1.1\r\nHOST\r\nContent-Length: x\r\n\r\n",
    b"CODE\r\n\r\n",
]


class Broken:
    """A database with errors that contain its query."""

    def __init__(self, words: str) -> None:
        self.words = words

    def reading(self, *, long: bool = False):
        del long
        raise RuntimeError(f"can't read {self.words}")

    def __call__(self):
        return self.reading()


async def walk(house: House, session: ClientSession, code: str) -> list[str]:
    """Use every route, rightly and wrongly; return the secrets on the way."""
    await session.get(f"/j/{code}")
    await session.get(f"/j/{code}?lang=en&x={code}")
    await session.head(f"/j/{code}")
    await session.get(f"/j/{code}x")
    await session.post(f"/j/{code}", data={"name": ""})
    await session.post(f"/j/{code}", data=code, headers={"Content-Type": "text/plain"})
    await session.post(f"/j/{code}", data={"name": "C"}, headers={"Origin": f"https://{code}"})
    path = await enter(session, code)
    await session.get(path)
    await session.get(f"{path}/status")
    house.clock.set(START)
    await session.get(path, allow_redirects=False)
    await session.get(f"/m/{code}", headers={"Cookie": f"visit-{code}={code}"})
    for probe in PROBES:
        await raw(house, probe.replace(b"CODE", code.encode()).replace(b"HOST", host(house)))
    return [cookie.value for cookie in session.cookie_jar]


async def test_no_secret_is_left_anywhere(
    house: House, works: Store, database: Path, caplog: pytest.LogCaptureFixture, capsys
):
    caplog.set_level(logging.DEBUG)
    link = await house.invite()
    with capture_logs() as logs:
        async with house.browser() as session:
            secrets = [link.code, *await walk(house, session, link.code)]
    assert len(secrets) == 2
    printed = capsys.readouterr()
    kept = [path.read_bytes() for path in database.parent.iterdir()]
    assert any(link.invitation.digest in one for one in kept)
    metrics = generate_latest(house.registry).decode()
    posted = await works.outbox.due(house.clock.now(), 10)
    assert [row.message.template for row in posted] == ["guest.followed"]
    for secret in secrets:
        assert secret not in repr([row.message for row in posted])
        for text in (repr(logs), caplog.text, printed.out, printed.err, metrics):
            assert secret not in text
        assert not any(secret.encode() in one for one in kept)
    assert {entry["route"] for entry in logs if entry["event"] == "door.answered"} == {
        "/j/{code}", "/m/{visit}", "none"}  # fmt: skip


async def test_one_line_for_each_form_each_look_at_a_visit_and_each_refusal(house: House):
    link = await house.invite()
    with capture_logs() as logs:
        async with house.browser() as session:
            for path in ("/", f"/j/{link.code}", "/robots.txt"):
                await session.get(path)
            path = await enter(session, link.code)
            await session.get(path)
            await session.get(f"{path}/status")
            await session.get("/nowhere?x=y")
    lines = [one for one in logs if one["event"] == "door.answered"]
    assert [(one["method"], one["route"], one["status"]) for one in lines] == [
        ("POST", "/j/{code}", 303),
        ("GET", "/m/{visit}", 200),
        ("GET", "none", 404),
    ]
    told = {"event", "log_level", "method", "route", "status", "ms"}
    assert all(set(one) == told for one in lines)


async def test_no_code_no_pin_and_no_host_s_link_is_left_anywhere(
    works: Store, database: Path, caplog: pytest.LogCaptureFixture, capsys
):
    caplog.set_level(logging.DEBUG)
    media = Media(FakeMedia(), FakePasses(), "wss://media.example")
    async with open_house(works, media=media) as house:
        house.clock.set(START)
        by_pin, by_mail = await house.invite(), await house.invite()
        await house.save(replace(by_pin.invitation, proof=Proof.PIN))
        await house.save(replace(by_mail.invitation, proof=Proof.MAIL))
        host = await house.host_link(by_mail.occurrence)
        pin = pin_of(by_pin.invitation, house.minter)
        with capture_logs() as logs:
            async with house.browser() as session:
                path = await enter(session, by_pin.code)
                await session.post(f"{path}/proof", data={"code": pin[::-1]})
                await session.post(f"{path}/proof?code={pin}", data={"code": pin})
                path = await enter(session, by_mail.code)
                await session.post(f"{path}/proof", data={"send": "code"})
                code = await house.code(path)
                await session.post(f"{path}/proof", data=code)
                await session.post(f"{path}/proof", data={"code": code})
                await session.get(f"/h/{host}?x={host}")
                await session.post(f"/h/{host}x")
                await session.post(f"/h/{host}", headers={"Origin": f"https://{host}"})
                await session.post(f"/h/{host}")
                await session.get(f"/h/{host}/events")
                cookies = [one.value for one in session.cookie_jar]
        assert len(cookies) == 3
        printed = capsys.readouterr()
        metrics = generate_latest(house.registry).decode()
    said = [row.message for row in await works.outbox.due(house.clock.now(), 20)]
    assert {"host.link", "guest.waits"} <= {one.template for one in said}
    kept = [path.read_bytes() for path in database.parent.iterdir()]
    for secret in (pin, code, host, *cookies):
        for text in (repr(logs), caplog.text, printed.out, printed.err, metrics, repr(said)):
            assert secret not in text
    for secret in (host, *cookies, f'"{pin}"', f'"{code}"'):
        assert not any(secret.encode() in one for one in kept)


async def test_a_failure_of_ours_says_nothing_of_the_request(caplog: pytest.LogCaptureFixture):
    code = "K4n4ry-K4n4ry-K4n4ry-w"
    with capture_logs() as logs:
        async with open_house(Broken(code)) as house, house.browser() as session:
            async with session.post(f"/j/{code}", data={"name": "C"}) as answer:
                assert answer.status == 500
                page = await answer.text()
            cookie = {"Cookie": f"visit-{'a' * 32}={code}"}
            async with session.get(f"/m/{'a' * 32}/status", headers=cookie) as answer:
                assert answer.status == 500
                assert await answer.json() == {"type": "urn:parvis:door:failed", "status": 500}
    assert "Un incident est survenu" in page
    assert code not in page + repr(logs) + caplog.text
    failures = [entry for entry in logs if entry["event"] == "door.failed"]
    assert [(one["route"], one["error"]) for one in failures] == [
        ("/j/{code}", "RuntimeError"), ("/m/{visit}/status", "RuntimeError")]  # fmt: skip
