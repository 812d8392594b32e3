"""The same job where Parvis knocks at Visio: its host admits, the guest meets on our page."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from playwright.async_api import Browser, Page
from playwright.async_api import expect as see

from bridge.livekit import LiveKitRooms
from tests.doubles.visio import Room
from tests.sandbox.story import Cast, expect, is_card, link_in
from tests.servers.chromium import open_page
from tests.servers.livekit import LiveKit
from tests.servers.matrix_client import Seen

GUEST = "omar@partenaire.example"
NAME = "Omar Faye"


@dataclass(slots=True)
class Host:
    """An agent on Visio's own page: its API, with the session and the tokens of a browser."""

    url: str
    session: str

    async def waiting(self, room: Room) -> Mapping[str, str]:
        """Return the waiting guests' names, by identity."""
        told = await self._ask("GET", f"{room.id}/waiting-participants/", None)
        return {one["id"]: one["username"] for one in told["participants"]}

    async def admit(self, room: Room, who: str) -> None:
        """Admit a guest."""
        asked = {"participant_id": who, "allow_entry": True}
        await self._ask("POST", f"{room.id}/enter/", asked)

    async def _ask(self, method: str, path: str, body: object) -> dict[str, list[dict[str, str]]]:
        headers = {"Cookie": f"sessionid={self.session}; csrftoken=a", "X-CSRFToken": "a"}
        address = f"{self.url}/api/v1.0/rooms/{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, address, json=body, headers=headers) as answer,
        ):
            answer.raise_for_status()
            return dict(await answer.json())


async def play(cast: Cast, browser: Browser, server: LiveKit, rooms: LiveKitRooms) -> None:
    """Play the scenes, with the key of the media server that Parvis has."""
    cast.tell.scene(
        "La même chose là où Parvis frappe à Visio : c’est l’hôte, dans Visio, qui accepte"
    )
    options = cast.world.visio.options
    options.livekit_url, options.livekit_key = server.ws_url, server.visio.key
    options.livekit_secret, options.livekit_api = server.visio.secret.get_secret_value(), server.url
    await restarted(cast, {"media": {"way": "knock"}, "meetings": {"duration": "1h"}})
    async with open_page(browser) as page:
        card, link = await _invited(cast)
        await _waits(cast, page, link)
        room = await _accepted(cast)
        await _enters(cast, page, rooms, room)
        await _ends(cast, page, card)
        async with asyncio.timeout(10):
            while await rooms.participants(room.id):
                await asyncio.sleep(0.1)


async def restarted(cast: Cast, changes: Mapping[str, Mapping[str, object]]) -> None:
    """Restart Parvis with other settings."""
    await cast.world.parvis.stop()
    cast.world.configure(changes)
    await cast.world.parvis.start()


async def _invited(cast: Cast) -> tuple[Seen, str]:
    tell, alice, mail = cast.tell, cast.alice, cast.world.mail
    tell.say("Alice", "!visio Revue")
    with tell.step("Alice", "voit la carte"):
        await alice.send(cast.salon, "!visio Revue")
        card = await alice.wait_for(lambda event: is_card(event, "Revue"))
    tell.say("Alice", f"!visio inviter {GUEST}")
    with tell.step("Alice", "lit qui fait entrer, et ce que fait la fin") as seen:
        reply = {"m.relates_to": {"m.in_reply_to": {"event_id": card.event}}}
        await alice.send(cast.salon, f"!visio inviter {GUEST}", extra=reply)
        answer = await alice.wait_for(lambda event: "sur la page de Parvis" in event.body)
        seen.words = answer.body.partition("Chaque lien")[2]
    letter = await mail.wait_for(lambda letter: GUEST in letter.recipients)
    return card, link_in(letter)


async def _waits(cast: Cast, page: Page, link: str) -> None:
    tell, alice = cast.tell, cast.alice
    with tell.step("Omar", "tape son nom, et attend sur cette page") as seen:
        await page.goto(link)
        await page.get_by_role("textbox").fill(NAME)
        await page.get_by_role("button", name="Continuer").click()
        await see(page.locator("#join")).to_have_attribute("data-state", "waiting")
        seen.words = await page.locator(".when").first.inner_text()
    with tell.step("Alice", "est appelée : c’est à elle d’accepter") as seen:
        notice = await alice.wait_for(lambda event: NAME in event.body)
        seen.words = notice.body


async def _accepted(cast: Cast) -> Room:
    tell, visio = cast.tell, cast.world.visio
    room, host = visio.rooms[-1], Host(visio.url, visio.login("alice@beta.gouv.fr"))
    with tell.step("Alice", "le voit dans Visio sous le nom que Parvis garantit") as seen:
        async with asyncio.timeout(10):
            while not (waiting := await host.waiting(room)):
                await asyncio.sleep(0.1)
        ((who, name),) = waiting.items()
        seen.words = name
    expect(name == f"ext. {NAME} (partenaire.example)", "the name has its mark")
    tell.say("Alice", "accepte, dans Visio")
    await host.admit(room, who)
    return room


async def _enters(cast: Cast, page: Page, rooms: LiveKitRooms, room: Room) -> None:
    with cast.tell.step("Omar", "entre dans la réunion, sur la même page") as seen:
        await see(page.locator("#meeting-title")).to_be_focused(timeout=20_000)
        seen.words = await page.locator("#meeting-title").inner_text()
    (present,) = await rooms.participants(room.id)
    expect(NAME in present.name, "the media server has them under that name")


async def _ends(cast: Cast, page: Page, card: Seen) -> None:
    tell, alice = cast.tell, cast.alice
    tell.say("Alice", "!visio terminer")
    with tell.step("Omar", "sort, et lit pourquoi") as seen:
        reply = {"m.relates_to": {"m.in_reply_to": {"event_id": card.event}}}
        await alice.send(cast.salon, "!visio terminer", extra=reply)
        title = page.get_by_role("heading", level=1, name="terminée")
        await see(title).to_be_visible(timeout=20_000)
        seen.words = await title.inner_text()
