"""The gate as documented: a real nginx in front of a real LiveKit server."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import FormData
from playwright.async_api import Browser, expect

from bot.program.checks import media
from bridge.domain.agenda import Due, Kind
from bridge.livekit import LiveKitRooms
from bridge.ports import UnitsOfWork
from bridge.tokens import unverified_claims
from config.sections import MediaSettings
from tests.door.gated import ASKS, CLOCK, JOINS, Site, a_door, a_site
from tests.door.guests import admitted, put_out
from tests.servers.chromium import open_page
from tests.servers.livekit import LiveKit, livekit, missing
from tests.servers.livekit_signal import JOIN_REQUEST, PATHS, joined
from tests.servers.nginx import missing as nginx_missing
from tests.servers.ports import free_ports
from tests.servers.require import need

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKit]:
    need(not missing(), missing() or "")
    need(not nginx_missing(), nginx_missing() or "")
    with livekit(tmp_path_factory.mktemp("livekit")) as running:
        yield running


@pytest.fixture
async def site(works: UnitsOfWork, server: LiveKit, tmp_path: Path) -> AsyncIterator[Site]:
    async with a_door(works, server) as house, a_site(house, server, tmp_path / "nginx") as site:
        yield site


async def test_a_guest_with_a_seat_connects_on_every_path(site: Site):
    seat, token = await site.seated()
    for path in PATHS:
        async with joined(site.web, site.url, token, path=path) as signal:
            renewed = await signal.renewed()
        assert unverified_claims(renewed)["sub"] == seat.identity
        assert await site.connects(path, renewed) == 101
    for ask in ASKS:
        through, direct = [await site.status(ask, token, url=to) for to in (None, site.server.url)]
        assert through == direct
        assert through[0] != 403
        assert (through == (200, "success")) == ask.path.endswith("/validate")


async def test_after_the_seat_ended_every_path_refuses_every_token(site: Site):
    seat, token = await site.seated()
    async with joined(site.web, site.url, token) as signal:
        renewed = await signal.renewed()
        async with site.house.works() as work:
            invitation = await work.invitations.get(seat.invitation)
            assert invitation is not None
            await work.invitations.save(replace(invitation, revoked_at=CLOCK.now()))
        assert await site.connects("/rtc/v1", renewed) == 403, "at once"
        await site.house.seats.ejections.eject(Due(Kind.EJECT, str(seat.id), CLOCK.now()))
        await signal.ended()
    kept = [token, renewed]
    kept += [
        site.token(key, seat.identity, seat.room) for key in (site.server.visio, site.server.ours)
    ]
    for one in kept:
        for path in PATHS:
            assert await site.connects(path, one) == 403
            assert await site.connects(path, one, reconnect="1", sid="PA_x") == 403
        for ask in ASKS:
            assert await site.status(ask, one) == (403, "refused\n")
        bearing = {"Authorization": f"Bearer {one}"}
        async with site.web.get(f"{site.url}/rtc/validate", headers=bearing) as answer:
            assert answer.status == 403
    async with joined(site.web, site.server.url, renewed):
        pass  # without the gate it would come back in


async def test_the_check_tells_whether_there_is_a_gate(site: Site):
    ours = site.server.ours
    rooms = LiveKitRooms(site.web, ours, clock=CLOCK)
    for url, tells in ((site.url, "ok"), (site.server.url, "open")):
        settings = MediaSettings(
            way="livekit",
            url=f"ws{url.removeprefix('http')}",
            api_url=site.server.url,
            key=ours.key,
            secret=ours.secret,
        )
        findings = await media.check(rooms, site.web, settings, clock=CLOCK)
        assert [one.found for one in findings if one.check == "media-gate"] == [tells]


async def test_the_device_whose_place_was_taken_is_refused(site: Site):
    link = await site.house.invite()
    old, token = await site.seated(link)
    async with joined(site.web, site.url, token) as signal:
        renewed = await signal.renewed()
        _, taken = await site.seated(link)
        for path in PATHS:
            for one in (token, renewed, site.token(site.server.visio, old.identity, old.room)):
                assert await site.connects(path, one) == 403
            assert await site.connects(path, taken) == 101


async def test_nobody_is_there_twice_nor_elsewhere(site: Site):
    seat, token = await site.seated()
    assert await site.connects("/rtc", token, publish="x") == 403
    assert await site.connects("/rtc", token) == 101
    key = site.server.ours
    assert await site.connects("/rtc", site.token(key, seat.identity, str(uuid4()))) == 403
    assert await site.connects("/rtc", site.token(key, f"{seat.identity}#x", seat.room)) == 403
    assert await site.connects("/rtc", site.token(key, f"guest-{uuid4()}", seat.room)) == 403


async def test_agents_pass_untouched(site: Site):
    seat, _ = await site.seated()
    agent = site.token(site.server.visio, str(uuid4()), seat.room)
    for path in PATHS:
        assert await site.connects(path, agent) == 101
    assert await site.connects("/rtc", agent, publish="x") == 101
    for ask in ASKS:
        assert await site.status(ask, agent) == await site.status(ask, agent, url=site.server.url)
    async with site.web.options(f"{site.url}/whip/v1") as answer:
        assert answer.status == 200
        assert answer.headers.getall("Access-Control-Allow-Origin") == ["*"]
    async with site.web.get(site.url) as answer:
        assert await answer.text() == "OK"


async def test_a_garbled_token_gives_no_5xx(site: Site):
    good = site.token(site.server.visio, "agent", str(uuid4()))
    spoilt = [good[:-5], f"{good}A", f" {good}", good.replace(".", ".."), f"{good};"]
    for token in [*spoilt, "é\x01\x7f\n", "x", "", "A" * 7000]:
        for path in PATHS:
            assert await site.connects(path, token) in (401, 403)
        for ask in ASKS:
            assert (await site.status(ask, token))[0] in (401, 403)
    for size in range(8000, 8200, 7):  # about the longest line that nginx and the door read
        assert (await site.status(ASKS[0], "A" * size))[0] in (403, 414)


@pytest.mark.parametrize(
    "header",
    [b"Authorization: Bearer \xff\x01%s", b"Authorization: %s", b"Authorization: Basic \x80",
     b"Content-Type: \x01", b"Authorization: Bearer %s\r\nAuthorization: Bearer x",
     b"X-Original-URI: /rtc\r\nX-Forwarded-For: 1.2.3.4\r\nCookie: \xff", b"X: y"],
)  # fmt: skip
async def test_odd_headers_are_refused_without_a_5xx(site: Site, header: bytes):
    seat, _ = await site.seated()
    stranger = site.token(site.server.ours, f"guest-{uuid4()}", seat.room).encode()
    for path in (b"/rtc/v1/validate", b"/rtc/v1/validate?access_token=" + stranger):
        head = b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n\r\n"
        answer = await site.head(head % (path, header.replace(b"%s", stranger)))
        assert re.match(rb"HTTP/1\.1 4\d\d ", answer), answer[:200]


async def test_a_token_in_a_form_gets_in_without_the_gate_and_not_with_it(site: Site):
    seat, _ = await site.seated()
    stranger = site.token(site.server.ours, f"guest-{uuid4()}", seat.room)
    agent = site.token(site.server.visio, "agent", seat.room)

    async def hidden(url: str, params: Mapping[str, str]) -> int:
        form = FormData()
        form.add_field("access_token", stranger, content_type="text/plain")
        async with site.web.get(
            f"{url}/rtc/v1", params={**JOINS, **params}, headers=UPGRADE, data=form
        ) as answer:
            return answer.status

    assert await hidden(site.server.url, {}) == 101
    assert await hidden(site.server.url, {"access_token": f"{agent};"}) != 403
    for params in ({}, {"access_token": agent}, {"access_token": f"{agent};"}):
        assert await hidden(site.url, params) == 403


async def test_other_spellings_of_the_paths_are_no_way_around(site: Site):
    seat, _ = await site.seated()
    stranger = site.token(site.server.ours, f"guest-{uuid4()}", seat.room)
    query = f"?join_request={JOIN_REQUEST}&access_token={stranger}"
    for path in (
        "//rtc/v1", "/./rtc/v1", "/x/../rtc/v1", "/%72tc/v1", "/rtc%2Fv1", "/rtc//v1", "/rtc/./v1",
        "/rtc/v1/", "/rtc/v1/../v1", "/rtc#/../rtc/v1", "/RTC/v1", "/rtc;/v1", "/rtc/../rtc",
    ):  # fmt: skip
        lines = [f"GET {path}{query} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in UPGRADE.items()]
        answer = await site.head("\r\n".join([*lines, "", ""]).encode())
        assert re.match(rb"HTTP/1\.1 (30[178]|403|404) ", answer), (path, answer[:200])


@pytest.mark.long
async def test_the_page_can_read_a_refusal(site: Site, browser: Browser):
    seat, token = await site.seated()
    gone = site.token(site.server.ours, f"guest-{uuid4()}", seat.room)
    context = await browser.new_context(ignore_https_errors=True)
    page = await context.new_page()
    await page.goto(site.house.visio)  # another origin
    script = (
        "async url => { const told = await fetch(url); return [told.status, await told.text()]; }"
    )
    told = []
    for one in (token, gone):
        address = f"{site.url}/rtc/v1/validate?join_request={JOIN_REQUEST}&access_token={one}"
        told.append(await page.evaluate(script, address))
    await context.close()
    assert told == [[200, "success"], [403, "refused\n"]]


@pytest.mark.long
async def test_the_page_meets_through_the_gate_and_what_it_holds_is_worth_nothing_after(
    works: UnitsOfWork, server: LiveKit, browser: Browser, tmp_path: Path
):
    (port,) = free_ports(1)
    complaints: list[str] = []
    async with (
        a_door(works, server, url=f"wss://127.0.0.1:{port}") as house,
        a_site(house, server, tmp_path / "nginx", port=port) as site,
        open_page(browser, complaints=complaints) as page,
    ):
        link = await house.invite()
        async with page.expect_response("**/pass") as passed:
            await admitted(page, house, link)
        given = await (await passed.value).json()
        await expect(page.locator("#count")).to_have_text("1 personne dans la réunion")
        await expect(page.locator("#tiles .own video")).to_be_visible()
        await page.reload()
        await expect(page.locator("#count")).to_have_text("1 personne dans la réunion")
        await house.save(replace(link.invitation, revoked_at=CLOCK.now()))
        await put_out(house, link)
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Votre invitation a été retirée"
        )
        assert given["url"] == site.url.replace("https", "wss")
        assert await site.connects("/rtc/v1", given["token"]) == 403
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Votre invitation a été retirée"
        )
    assert complaints == []


async def test_the_proxy_writes_no_token_down(site: Site):
    seat, token = await site.seated()
    gone = site.token(site.server.ours, f"guest-{uuid4()}", seat.room)
    for one in (token, gone):
        await site.connects("/rtc/v1", one)
        await site.status(ASKS[0], one)
    await site.status(ASKS[0], gone, url=f"{site.url}/elsewhere")
    logs = {path: path.read_text() for path in site.folder.glob("*.log")}
    assert logs[site.folder / "livekit.log"].count(" 403 ") == 2
    for text in logs.values():
        assert not any(word in text for word in (token, gone, "access_token", seat.identity))


async def test_the_gate_cannot_be_asked_through_the_proxy(site: Site):
    for path in ("/parvis-gate", "/media/gate"):
        async with site.web.get(f"{site.url}{path}") as answer:
            assert answer.status == 404


@pytest.mark.long
@pytest.mark.parametrize("shut", [False, True])
async def test_while_no_door_answers_the_operator_has_chosen(
    works: UnitsOfWork, server: LiveKit, tmp_path: Path, shut: bool
):
    async with AsyncExitStack() as stack:
        async with a_door(works, server) as house:
            site = await stack.enter_async_context(
                a_site(house, server, tmp_path / "nginx", without="@parvis-away" if shut else "")
            )
            agent = site.token(server.visio, str(uuid4()), str(uuid4()))
            gone = site.token(server.ours, f"guest-{uuid4()}", str(uuid4()))
            assert [await site.connects("/rtc", one) for one in (agent, gone)] == [101, 403]
        expected = [403, 403] if shut else [101, 101]
        assert [await site.connects("/rtc", one) for one in (agent, gone)] == expected
