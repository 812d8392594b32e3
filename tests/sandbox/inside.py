"""The same job where the salon admits: a guest on our page, in the meeting, and out at its end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from playwright.async_api import Browser, Page, expect
from playwright.async_api import Error as BrowserError

from bridge.clock import SystemClock
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitRooms
from federation.door.gate import HOOKS
from tests.sandbox import knocking
from tests.sandbox.story import Cast, is_card, link_in
from tests.servers import chromium, livekit
from tests.servers.chromium import open_page
from tests.servers.livekit import LiveKit
from tests.servers.matrix_client import Seen
from tests.servers.processes import ServerError

LASTS = 15
"""Seconds that the meeting lasts: a sandbox need not wait an hour for its end."""
GUEST = "nadia@partenaire.example"


def lacking() -> str | None:
    """Return what this machine lacks for these scenes, or `None`."""
    return livekit.missing() or chromium.missing()


@dataclass(slots=True)
class Stage:
    """The parts that only these scenes need."""

    browser: Browser
    server: LiveKit
    rooms: LiveKitRooms


@contextlib.asynccontextmanager
async def staged(cast: Cast) -> AsyncIterator[Stage]:
    """Start a media server and a browser, and have Parvis admit from the salon."""
    world = cast.world
    async with contextlib.AsyncExitStack() as stack:
        told = f"{world.parvis.door}{HOOKS}"
        server = stack.enter_context(livekit.livekit(world.folder / "livekit", tells=told))
        browser = await stack.enter_async_context(chromium.chromium())
        session = await stack.enter_async_context(open_session(max_body=MAX_ANSWER))
        ours = server.ours
        media = {
            "way": "livekit",
            "url": server.ws_url,
            "key": ours.key,
            "secret": ours.secret.get_secret_value(),
        }
        await world.parvis.stop()
        world.configure(
            {"media": media, "meetings": {"duration": f"{LASTS}s", "grace_after": "1s"}}
        )
        await world.parvis.start()
        yield Stage(browser, server, LiveKitRooms(session, ours, clock=SystemClock()))


async def play(cast: Cast) -> None:
    """Play the scenes; raises at the first promise that does not hold."""
    cast.tell.scene(
        "La même chose avec une clé du serveur de médias : c’est le salon qui fait entrer"
    )
    if reason := lacking():
        cast.tell.say("Parvis", f"cette scène est passée : {reason}")
        return
    try:
        async with staged(cast) as stage, open_page(stage.browser) as page:
            card, link = await _invited(cast)
            await _waits(cast, page, link)
            await _enters(cast, stage, page)
            await _shown(cast, card)
            await _leaves(cast, stage, page)
            await _told(cast)
            await knocking.play(cast, stage.browser, stage.server, stage.rooms)
    except (BrowserError, ServerError) as error:
        raise AssertionError(str(error)) from error


async def _invited(cast: Cast) -> tuple[Seen, str]:
    tell, alice, mail = cast.tell, cast.alice, cast.world.mail
    tell.say("Alice", "!visio Comité")
    with tell.step("Alice", "voit la carte"):
        await alice.send(cast.salon, "!visio Comité")
        card = await alice.wait_for(lambda event: is_card(event, "Comité"))
    tell.say("Alice", f"!visio inviter {GUEST}")
    with tell.step("Nadia", "reçoit le mail"):
        reply = {"m.relates_to": {"m.in_reply_to": {"event_id": card.event}}}
        await alice.send(cast.salon, f"!visio inviter {GUEST}", extra=reply)
        letter = await mail.wait_for(lambda letter: GUEST in letter.recipients)
    return card, link_in(letter)


async def _waits(cast: Cast, page: Page, link: str) -> None:
    tell, alice = cast.tell, cast.alice
    with tell.step("Nadia", "tape son nom, règle son image, et attend") as seen:
        await page.goto(link)
        await page.get_by_role("textbox").fill("Nadia Benali")
        await page.get_by_role("button", name="Continuer").click()
        await expect(page.locator("#join")).to_have_attribute("data-state", "waiting")
        seen.words = await page.locator("#join h1").first.inner_text()
    with tell.step("Alice", "est appelée") as seen:
        notice = await alice.wait_for(lambda event: "Nadia Benali" in event.body)
        seen.words = notice.body
    tell.say("Alice", "réagit par ✅")
    await alice.react(cast.salon, notice.event, "✅")


async def _enters(cast: Cast, stage: Stage, page: Page) -> None:
    tell = cast.tell
    with tell.step("Nadia", "entre dans la réunion") as seen:
        await expect(page.locator("#meeting-title")).to_be_focused(timeout=20_000)
        seen.words = await page.locator("#left").inner_text()
    with tell.step("Réunion", "la voit, sous un nom qu’elle ne peut pas changer") as seen:
        names = await _present(cast, stage, inside=True)
        seen.words = "\n".join(names)


async def _shown(cast: Cast, card: Seen) -> None:
    with cast.tell.step("Alice", "voit sur la carte qui est dans la réunion") as seen:
        edit = await cast.alice.wait_for(
            lambda event: event.replaces == card.event and "1 personne" in event.body
        )
        seen.words = next(line for line in edit.body.splitlines() if "1 personne" in line)


async def _told(cast: Cast) -> None:
    with cast.tell.step("Alice", "lit dans le fil combien de temps elle a duré") as seen:
        summary = await cast.alice.wait_for(lambda event: "la réunion a duré" in event.body)
        seen.words = summary.body


async def _leaves(cast: Cast, stage: Stage, page: Page) -> None:
    tell, alice = cast.tell, cast.alice
    with tell.step("Alice", "est prévenue avant la fin, et peut prolonger d’une réaction") as seen:
        notice = await alice.wait_for(lambda event: "sort de la réunion à" in event.body)
        seen.words = notice.body
    with tell.step("Nadia", "sort à la fin de son créneau, et le lit") as seen:
        title = page.get_by_role("heading", level=1, name="passée")
        await expect(title).to_be_visible(timeout=(LASTS + 15) * 1000)
        seen.words = await title.inner_text()
    with tell.step("Réunion", "ne la voit plus"):
        await _present(cast, stage, inside=False)


async def _present(cast: Cast, stage: Stage, *, inside: bool) -> list[str]:
    """Return who is in the room, once somebody is, or nobody is any more."""
    room = cast.world.visio.rooms[-1].id
    async with asyncio.timeout(10):
        while True:
            names = [one.name for one in await stage.rooms.participants(str(room))]
            if bool(names) is inside:
                return names
            await asyncio.sleep(0.1)
