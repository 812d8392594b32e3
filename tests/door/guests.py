"""Guests in a meeting and their pages, and the acts of Visio's server."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from bridge.clock import SystemClock
from bridge.domain.agenda import Due, Kind
from bridge.domain.seat import Seat
from tests.door.house import House, Link
from tests.door.test_in_a_browser import fill_in
from tests.servers.chromium import open_page
from tests.servers.livekit import LiveKit

HEARS = """() => {
  window.loudest ??= 0;
  const audio = document.querySelector("#audio audio");
  if (!audio) return false;
  if (!window.analyser) {
    const context = new AudioContext();
    window.analyser = context.createAnalyser();
    context.createMediaStreamSource(audio.srcObject).connect(window.analyser);
  }
  const samples = new Float32Array(window.analyser.fftSize);
  window.analyser.getFloatTimeDomainData(samples);
  window.loudest = Math.max(window.loudest, ...samples);
  return window.loudest > 0.02 && !audio.paused;
}"""
"""Tells whether the page plays the other guest's beep."""
SEES = """() => {
  const video = document.querySelector("#tiles li:not(.own) video");
  return !!video && !video.hidden && video.getVideoPlaybackQuality().totalVideoFrames > 5;
}"""
SILENT = """
  let pressed = false;
  addEventListener("click", () => { pressed = true; }, true);
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    const blocked = this instanceof HTMLAudioElement && !pressed;
    return blocked ? Promise.reject(new DOMException("", "NotAllowedError")) : play.call(this);
  };
"""
"""Blocks sound until somebody presses something. Chromium itself counts every script that a test
runs in its page as such a press."""
SHOWS = SEES.replace("li:not(.own)", "li.screen")
NAMED = "ext. Claire Martin (partenaire.example)"


async def ask(page: Page, house: House, link: Link, name: str, language: str = "fr") -> str:
    """Follow the link and wait; return the path of the visit."""
    await page.goto(f"{house.url}/j/{link.code}")
    await fill_in(page, language, name)
    await expect(page.locator("#join")).to_have_attribute("data-state", "waiting")
    return page.url.removeprefix(house.url)


async def admitted(page: Page, house: House, link: Link, name: str = "Claire Martin") -> str:
    """Follow the link, wait, be admitted, and be in the meeting."""
    path = await ask(page, house, link, name)
    await house.decide(path)
    await expect(page.locator("#meeting-title")).to_be_focused()
    return path


@asynccontextmanager
async def two(
    house: House, browser: Browser, complaints: list[str]
) -> AsyncIterator[tuple[Page, Page, Link]]:
    """Two guests in one meeting, each with a link of their own."""
    link = await house.invite()
    second = await house.invite_to(link.meeting, link.occurrence)
    async with AsyncExitStack() as stack:
        pages = []
        for one, name in ((link, "Claire Martin"), (second, "Jean Dupont")):
            page = await stack.enter_async_context(open_page(browser, complaints=complaints))
            await admitted(page, house, one, name)
            pages.append(page)
        yield pages[0], pages[1], link


async def put_out(house: House, link: Link) -> None:
    """Eject the link's guest, as the agenda does at the end of a seat."""
    async with house.works.reading() as work:
        held = await work.seats.held(link.occurrence.id)
    for seat in held:
        if seat.invitation == link.invitation.id:
            await ejected(house, seat)


async def ejected(house: House, seat: Seat) -> None:
    """Eject the guest of one seat, as the agenda does."""
    await house.seats.ejections.eject(Due(Kind.EJECT, str(seat.id), house.clock.now()))


async def visio(server: LiveKit, link: Link, call: str, body: dict[str, object]) -> Any:
    """Call the media server about the meeting's room as Visio's server does, with its own key."""
    assert link.meeting.room is not None
    room = str(link.meeting.room.id)
    grant = {"video": {"roomAdmin": True, "room": room}}
    key = server.visio.token(grant, now=SystemClock().now(), life=timedelta(seconds=30))
    async with (
        ClientSession(headers={"Authorization": f"Bearer {key.get_secret_value()}"}) as session,
        session.post(
            f"{server.url}/twirp/livekit.RoomService/{call}", json={"room": room, **body}
        ) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def written(server: LiveKit, link: Link, metadata: object) -> None:
    """Write the room's metadata."""
    await visio(server, link, "UpdateRoomMetadata", {"metadata": json.dumps(metadata)})


async def silenced(server: LiveKit, link: Link, name: str) -> None:
    """Mute somebody's microphone, as the host does, once it sends."""
    async with asyncio.timeout(30):
        while True:
            people = (await visio(server, link, "ListParticipants", {}))["participants"]
            (who,) = [one for one in people if name in one["name"]]
            tracks = [one["sid"] for one in who["tracks"] if one["source"] == "MICROPHONE"]
            if tracks:
                break
            await asyncio.sleep(0.05)
    muted = {"identity": who["identity"], "track_sid": tracks[0], "muted": True}
    await visio(server, link, "MutePublishedTrack", muted)


async def permitted(server: LiveKit, link: Link, name: str, *sources: str) -> None:
    """Let somebody send these sources, as Visio's own page does when its host changes them."""
    people = (await visio(server, link, "ListParticipants", {}))["participants"]
    (who,) = [one for one in people if name in one["name"]]
    permission = {
        "can_publish": bool(sources),
        "can_subscribe": True,
        "can_publish_data": True,
        "can_publish_sources": sources,
    }
    body = {"identity": who["identity"], "permission": permission}
    await visio(server, link, "UpdateParticipant", body)


async def sent(server: LiveKit, link: Link, text: str) -> None:
    """Send a message as an older client of the chat does, or an invalid one."""
    data = base64.b64encode(text.encode()).decode()
    await visio(server, link, "SendData", {"data": data, "kind": 0, "topic": "lk-chat-topic"})


async def opened(page: Page, name: str) -> None:
    """Press a button of the meeting that opens something; the focus moves there."""
    await page.locator(f"#open-{name}").click()
    await expect(page.locator("#panel-title")).to_be_focused()


async def says(page: Page, other: Page, text: str) -> None:
    """Write in the chat of one page and read it in the other's."""
    await page.get_by_label("Votre message").fill(text)
    await page.get_by_role("button", name="Envoyer").click()
    await expect(other.locator("#messages .text").last).to_have_text(text)
    await expect(page.locator("#messages .from b").last).to_have_text("Vous")
    await expect(page.get_by_label("Votre message")).to_have_value("")
