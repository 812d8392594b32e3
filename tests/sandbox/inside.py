"""The same job where the salon admits: a guest on our page, in the meeting, ejected at its end."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from playwright.async_api import Browser, Page, expect
from playwright.async_api import Error as BrowserError

from bridge.clock import SystemClock
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitRooms
from federation.door.gate import HOOKS
from tests.sandbox import agent, knocking
from tests.sandbox.story import NAMES, Cast, in_private, is_card, link_in
from tests.sandbox.story import expect as expect_true
from tests.servers import chromium, livekit
from tests.servers.chromium import open_page
from tests.servers.livekit import LiveKit
from tests.servers.matrix_client import Seen
from tests.servers.processes import ServerError

LASTS = 20
"""Seconds that the meeting lasts, so that nobody waits an hour for its end."""
BY_HAND = "5m"
"""The length of a meeting for a person who tries it by hand: long enough to admit, and soon
over."""
GUEST = "nadia@partenaire.example"
CODE = re.compile(r"^ {4}(\d{3} \d{3})\r?$", re.MULTILINE)
HOST = re.compile(r"http\S+/h/[A-Za-z0-9_-]{22}")


@dataclass(slots=True)
class Stage:
    """The parts that only these scenes need."""

    browser: Browser
    server: LiveKit
    rooms: LiveKitRooms


def _served(cast: Cast, lasting: contextlib.AsyncExitStack) -> LiveKit:
    """Run a media server for as long as `lasting`."""
    told = f"{cast.world.parvis.door}{HOOKS}"
    return lasting.enter_context(livekit.livekit(cast.world.folder / "livekit", tells=told))


def _admitting(server: LiveKit, lasts: str) -> dict[str, dict[str, object]]:
    """Return the settings with which the salon admits."""
    media: dict[str, object] = {
        "way": "livekit",
        "url": server.ws_url,
        "key": server.ours.key,
        "secret": server.ours.secret.get_secret_value(),
    }
    return {"media": media, "meetings": {"duration": lasts, "grace_after": "1s"}}


@contextlib.asynccontextmanager
async def staged(cast: Cast, server: LiveKit) -> AsyncIterator[Stage]:
    """Start a browser, and have the salon admit from now on."""
    async with contextlib.AsyncExitStack() as stack:
        browser = await stack.enter_async_context(chromium.chromium())
        session = await stack.enter_async_context(open_session(max_body=MAX_ANSWER))
        await knocking.restarted(cast, _admitting(server, f"{LASTS}s"))
        yield Stage(browser, server, LiveKitRooms(session, server.ours, clock=SystemClock()))


async def play(cast: Cast, lasting: contextlib.AsyncExitStack, *, stays: bool) -> bool:
    """Play the scenes; raises at the first promise that does not hold.

    For as long as `lasting`, it leaves all that a person needs to try them by hand, even if there
    is no browser to play them; it returns whether it could play. `stays`: such a person comes.
    """
    cast.tell.scene(
        "La même chose avec une clé du serveur de médias : c’est le salon qui fait entrer"
    )
    if reason := livekit.missing() or chromium.missing():
        cast.tell.say("Parvis", f"cette scène est passée : {reason}")
    if livekit.missing():
        return False
    try:
        server = _served(cast, lasting)
        if chromium.missing() is None:
            await _scenes(cast, server)
        agent.meets_here(cast.world.visio, server, NAMES)
        if stays:
            # A person who tries it by hand has no page of Visio's to admit in.
            await knocking.restarted(cast, _admitting(server, BY_HAND))
    except (BrowserError, ServerError) as error:
        raise AssertionError(str(error)) from error
    return True


async def _scenes(cast: Cast, server: LiveKit) -> None:
    async with staged(cast, server) as stage, open_page(stage.browser) as page:
        card, link = await _invited(cast)
        await _proves(cast, page, link)
        await _waits(cast, stage, page)
        await _enters(cast, stage, page)
        await _shown(cast, card)
        await _leaves(cast, stage, page)
        await _told(cast)
        await knocking.play(cast, stage.browser, stage.server, stage.rooms)


async def _invited(cast: Cast) -> tuple[Seen, str]:
    tell, alice, mail = cast.tell, cast.alice, cast.world.mail
    tell.say("Alice", "!visio Comité")
    with tell.step("Alice", "voit la carte"):
        await alice.send(cast.salon, "!visio Comité")
        card = await alice.wait_for(lambda event: is_card(event, "Comité"))
    tell.say("Alice", f"!visio inviter {GUEST} avec code")
    with tell.step("Nadia", "reçoit le mail"):
        reply = {"m.relates_to": {"m.in_reply_to": {"event_id": card.event}}}
        await alice.send(cast.salon, f"!visio inviter {GUEST} avec code", extra=reply)
        letter = await mail.wait_for(lambda letter: GUEST in letter.recipients)
    return card, link_in(letter)


async def _proves(cast: Cast, page: Page, link: str) -> None:
    tell, mail = cast.tell, cast.world.mail
    with tell.step("Nadia", "tape son nom, et demande le code qui lui est envoyé"):
        await page.goto(link)
        await page.get_by_role("textbox").fill("Nadia Benali")
        await page.get_by_role("button", name="Continuer").click()
        await page.get_by_role("button", name="Recevoir un code").click()
        letter = await mail.wait_for(lambda letter: "Votre code" in letter.subject)
    code = CODE.search(letter.text())
    expect_true(code, "the mail holds a code")
    assert code is not None
    await page.get_by_label("Code reçu par mail").fill(code[1])
    await page.get_by_role("button", name="Confirmer").click()


async def _waits(cast: Cast, stage: Stage, page: Page) -> None:
    tell, alice = cast.tell, cast.alice
    with tell.step("Nadia", "règle son image, et attend") as seen:
        await expect(page.locator("#join")).to_have_attribute("data-state", "waiting")
        seen.words = await page.locator("#join h1").first.inner_text()
    with tell.step("Alice", "est appelée") as seen:
        notice = await alice.wait_for(lambda event: "Nadia Benali" in event.body)
        seen.words = notice.body
    expect_true("adresse vérifiée" in notice.body, "the salon reads what she has shown")
    tell.say("Alice", "!visio accueil")
    with tell.step("Alice", "voit aussi qui attend sur une page à elle"):
        await _desk(cast, stage)
    tell.say("Alice", "réagit par ✅")
    await alice.react(cast.salon, notice.event, "✅")


async def _desk(cast: Cast, stage: Stage) -> None:
    """Open the link that comes by direct message."""
    await cast.alice.send(cast.salon, "!visio accueil")
    found = HOST.search((await in_private(cast, HOST)).body)
    assert found is not None
    async with open_page(stage.browser) as page:
        await page.goto(found[0])
        await page.get_by_role("button", name="Ouvrir l’accueil").click()
        await expect(page.get_by_role("heading", name="À la porte (1)")).to_be_visible()
        await expect(page.get_by_role("button", name="Faire entrer Nadia Benali")).to_be_visible()


async def _enters(cast: Cast, stage: Stage, page: Page) -> None:
    tell = cast.tell
    with tell.step("Nadia", "entre dans la réunion") as seen:
        await expect(page.locator("#meeting-title")).to_be_focused(timeout=20_000)
        seen.words = await page.locator("#left").inner_text()
    with tell.step(
        "Réunion", "la voit, sous le nom admis, que Parvis y remet si on le change"
    ) as seen:
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
    """Return the participants of the room, once somebody is there, or nobody any more."""
    room = cast.world.visio.rooms[-1].id
    async with asyncio.timeout(10):
        while True:
            names = [one.name for one in await stage.rooms.participants(str(room))]
            if bool(names) is inside:
                return names
            await asyncio.sleep(0.1)
