"""Guests whose time is over, on a real LiveKit server: all their connections end, for good."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import product

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from playwright.async_api import Browser

from bridge.domain.agenda import Due, Kind
from bridge.domain.seat import Seat
from bridge.errors import MediaUnreachable
from bridge.livekit import LiveKitAccess
from bridge.ports import UnitsOfWork
from bridge.services.enforcement.sweep import Sweeps
from tests.door.gated import CLOCK, a_door
from tests.door.house import House, Link, enter
from tests.door.looks import comes_true
from tests.servers.chromium import open_page
from tests.servers.livekit import LiveKit, livekit, missing
from tests.servers.livekit_signal import LEFT, PATHS, RENEWED, joined
from tests.servers.require import need

LATER = timedelta(seconds=1)
"""The time after an end when the sweep no longer leaves it to the agenda."""


@pytest.fixture(scope="module", params=[True, False], ids=["rooms-make-themselves", "not"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveKit]:
    need(not missing(), missing() or "")
    with livekit(tmp_path_factory.mktemp("livekit"), auto_create=request.param) as running:
        yield running


WHIP = """async ([url, token]) => {
  const peer = new RTCPeerConnection();
  peer.addTransceiver("audio", { direction: "sendonly" });
  await peer.setLocalDescription();
  while (peer.iceGatheringState !== "complete") {
    await new Promise((done) => peer.addEventListener("icegatheringstatechange", done));
  }
  const answer = await fetch(`${url}/whip/v1`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/sdp" },
    body: peer.localDescription.sdp,
  });
  if (answer.ok) await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  window.peer = peer;
  return answer.status;
}"""
"""Connects without LiveKit's signalling, as encoders do (RFC 9725)."""


@dataclass
class Guest:
    """An admitted guest, with their browser's token and cookie."""

    link: Link
    seat: Seat
    token: str


@pytest.fixture
async def guarded_house(works: UnitsOfWork, server: LiveKit) -> AsyncIterator[House]:
    async with a_door(works, server) as house:
        yield house


@pytest.fixture
async def web() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def seated(house: House, server: LiveKit, link: Link | None = None) -> Guest:
    """Admit a guest, as the salon does; their room exists, as somebody is in it already."""
    link = link or await house.invite()
    async with house.browser() as browser:
        path = await enter(browser, link.code)
        await house.decide(path)
        async with browser.post(f"{path}/pass") as answer:
            token = str((await answer.json())["token"])
    async with house.works.reading() as work:
        held = await work.seats.held(link.occurrence.id)
    (seat,) = [one for one in held if one.invitation == link.invitation.id]
    if not server.auto_create:
        await made(server, seat.room)
    return Guest(link, seat, token)


async def made(server: LiveKit, room: str) -> None:
    """Make a room on a server that makes none by itself."""
    token = signed(server.ours, {"video": {"roomCreate": True}})
    async with (
        ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.post(
            f"{server.url}/twirp/livekit.RoomService/CreateRoom", json={"name": room}
        ) as answer,
    ):
        assert answer.status == HTTPStatus.OK


def signed(key: LiveKitAccess, claims: dict[str, object]) -> str:
    life = timedelta(minutes=10)
    return key.token(claims, now=CLOCK.now(), life=life).get_secret_value()


def renewed(key: LiveKitAccess, seat: Seat) -> str:
    """A token as the server may have renewed it, signed by any of its keys."""
    grant = {"room": seat.room, "roomJoin": True, "canPublish": True}
    return signed(key, {"sub": seat.identity, "video": grant})


async def withdrawn(house: House, guest: Guest) -> None:
    link = guest.link
    await house.save(replace(link.invitation, revoked_at=CLOCK.now()))


async def ejected(house: House, guest: Guest) -> None:
    """Eject a guest, as the agenda does."""
    await house.seats.ejections.eject(Due(Kind.EJECT, str(guest.seat.id), CLOCK.now()))


async def swept(house: House) -> None:
    """Poll as each second does."""
    await Sweeps(house.tools, house.seats.ejections).sweep(CLOCK.now() + LATER)


async def looked(house: House, guest: Guest) -> datetime | None:
    """Poll the room again, as the agenda does after an ejection."""
    assert house.seats is not None
    due = Due(Kind.LOOK, str(guest.seat.occurrence), CLOCK.now())
    return await Sweeps(house.tools, house.seats.ejections).look(due)


async def present(house: House, guest: Guest) -> list[str]:
    return [one.identity for one in await house.seats.media.participants(guest.seat.room)]


async def test_out_with_every_connection_and_again_with_either_key(
    guarded_house: House, server: LiveKit, web: ClientSession
):
    guest = await seated(guarded_house, server)
    async with AsyncExitStack() as stack:
        ways = [("/rtc/v1", ""), ("/rtc", "x"), ("/rtc", "y")]
        signals = [
            await stack.enter_async_context(
                joined(
                    web, server.url, guest.token, path=path, **({"publish": name} if name else {})
                )
            )
            for path, name in ways
        ]
        names = {guest.seat.identity, f"{guest.seat.identity}#x", f"{guest.seat.identity}#y"}
        assert set(await present(guarded_house, guest)) == names
        await withdrawn(guarded_house, guest)
        await ejected(guarded_house, guest)
        for signal in signals:
            await signal.ended()
    assert await present(guarded_house, guest) == []
    closed = False
    for key, path in product((server.visio, server.ours), PATHS):
        connecting = joined(web, server.url, renewed(key, guest.seat), path=path)
        if closed and not server.auto_create:
            with pytest.raises(WSServerHandshakeError):
                await connecting.__aenter__()
            continue
        async with connecting as signal:
            await swept(guarded_house)
            await signal.ended()
        assert await present(guarded_house, guest) == []
        closed = True  # they were alone in it


@pytest.mark.parametrize("server", [True], indirect=True)
async def test_each_is_removed_and_nobody_s_rights_are_changed_before(
    guarded_house: House, server: LiveKit, web: ClientSession
):
    """Each change of rights would be sent to everybody inside, ahead of their own `leave`."""
    guest = await seated(guarded_house, server)
    other = await seated(
        guarded_house,
        server,
        await guarded_house.invite_to(guest.link.meeting, guest.link.occurrence),
    )
    async with (
        joined(web, server.url, guest.token) as one,
        joined(web, server.url, other.token) as two,
    ):
        for signal in (one, two):
            await signal.renewed()
        await withdrawn(guarded_house, guest)
        await withdrawn(guarded_house, other)
        await ejected(guarded_house, guest)
        for signal in (one, two):
            fields = await signal.ended()
            assert LEFT in fields
            assert RENEWED not in fields, "their rights were changed"


@pytest.mark.parametrize("server", [True], indirect=True)
async def test_a_client_that_missed_its_notice_is_out_again_by_the_next_look(
    guarded_house: House, server: LiveKit, web: ClientSession
):
    """It takes the closed connection for a lost network, and comes back with its renewed token."""
    guest = await seated(guarded_house, server)
    async with joined(web, server.url, guest.token) as signal:
        kept = await signal.renewed()
        await withdrawn(guarded_house, guest)
        await ejected(guarded_house, guest)
        await signal.ended()
    async with joined(web, server.url, kept) as back:
        assert await present(guarded_house, guest) == [guest.seat.identity]
        again = await looked(guarded_house, guest)
        await back.ended()
    assert await present(guarded_house, guest) == []
    assert again is not None, "it may miss that one too"


@pytest.mark.parametrize("server", [True], indirect=True)
async def test_who_comes_back_as_an_encoder_does_is_out_again(
    guarded_house: House, server: LiveKit, browser: Browser
):
    guest = await seated(guarded_house, server)
    await withdrawn(guarded_house, guest)
    await ejected(guarded_house, guest)
    async with open_page(browser) as page:
        await page.goto(guarded_house.visio)
        asked = [server.url, renewed(server.visio, guest.seat)]
        assert await page.evaluate(WHIP, asked) == HTTPStatus.CREATED
        await comes_true(page, "peer.connectionState === 'connected'")
        assert await present(guarded_house, guest) == [guest.seat.identity]
        await swept(guarded_house)
        assert await present(guarded_house, guest) == []


@pytest.mark.parametrize("server", [True], indirect=True)
async def test_a_server_that_stands_still_at_the_end(
    guarded_house: House, server: LiveKit, web: ClientSession
):
    """The caller gives up; once the server resumes, the guest is out, with all connections."""
    guest = await seated(guarded_house, server)
    other = await seated(
        guarded_house,
        server,
        await guarded_house.invite_to(guest.link.meeting, guest.link.occurrence),
    )
    async with (
        joined(web, server.url, guest.token) as signal,
        joined(web, server.url, guest.token, path="/rtc", publish="x") as second,
        joined(web, server.url, other.token),
    ):
        server.pause()
        try:
            await withdrawn(guarded_house, guest)
            with pytest.raises(MediaUnreachable):
                await ejected(guarded_house, guest)
        finally:
            server.resume()
        await swept(guarded_house)
        await signal.ended()
        await second.ended()
        assert await present(guarded_house, other) == [other.seat.identity]


@pytest.mark.parametrize("server", [True], indirect=True)
async def test_a_server_that_died_at_the_end(
    guarded_house: House, server: LiveKit, web: ClientSession
):
    """It forgets every room; a guest's client comes back first, with the token it renewed."""
    guest = await seated(guarded_house, server)
    async with joined(web, server.url, guest.token) as signal:
        kept = await signal.renewed()
        server.stop()
    try:
        await withdrawn(guarded_house, guest)
        with pytest.raises(MediaUnreachable):
            await ejected(guarded_house, guest)
    finally:
        server.start()
    async with joined(web, server.url, kept) as back:
        await swept(guarded_house)
        await back.ended()
    assert await present(guarded_house, guest) == []
    async with joined(web, server.url, kept) as again:
        await swept(guarded_house)
        await again.ended()


async def test_another_device_takes_over(guarded_house: House, server: LiveKit, web: ClientSession):
    first = await seated(guarded_house, server)
    async with joined(web, server.url, first.token) as old:
        second = await seated(guarded_house, server, first.link)
        async with joined(web, server.url, second.token):
            await ejected(guarded_house, first)
            await old.ended()
            assert await present(guarded_house, second) == [second.seat.identity]
            async with joined(web, server.url, renewed(server.visio, first.seat)) as back:
                await swept(guarded_house)
                await back.ended()
            assert await present(guarded_house, second) == [second.seat.identity]
