"""The main job, played on real parts: a salon, `!visio`, a card, a link, the door."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

import aiohttp

from tests.sandbox.guest import Guest, Page
from tests.sandbox.transcript import Transcript
from tests.sandbox.world import World
from tests.servers.matrix_client import MatrixUser, Seen, matrix_user
from tests.servers.smtp import Mail
from tests.spaces import as_typed

GUEST = "jean@partenaire.example"
SALON = "Budget"
NAMES = {"alice": "Alice Martin", "bob": "Bob Durand"}
LINK = re.compile(r"http://127\.0\.0\.1:\d+/j/[A-Za-z0-9_-]{22}")


@dataclass(slots=True)
class Cast:
    """The players and their places."""

    world: World
    alice: MatrixUser
    bob: MatrixUser
    salon: str
    tell: Transcript


@asynccontextmanager
async def cast(world: World, tell: Transcript) -> AsyncIterator[Cast]:
    """Log two agents in, and bring them and Parvis together in an encrypted salon."""
    url = world.synapse.url
    async with (
        matrix_user(url, world.agents["alice"]) as alice,
        matrix_user(url, world.agents["bob"]) as bob,
    ):
        await alice.nio.set_displayname(NAMES["alice"])
        await bob.nio.set_displayname(NAMES["bob"])
        tell.scene("Alice ouvre un salon chiffré avec Bob et Parvis")
        with tell.step("Parvis", "dit dans le salon ce qu’il lit et ce qu’il garde") as seen:
            salon = await alice.create_room(name=SALON, encrypted=True)
            await alice.invite(salon, bob.user)
            await bob.join(salon)
            await alice.invite(salon, world.bot.user)
            for agent in (alice, bob):
                await agent.wait_member(salon, world.bot.user)
            greeting = await alice.wait_for(lambda event: "Parvis" in event.body)
            seen.words = greeting.body
        yield Cast(world, alice, bob, salon, tell)


async def in_private(cast: Cast, wanted: re.Pattern[str], person: MatrixUser | None = None) -> Seen:
    """Return the bot's first direct message with something in it, to Alice if to nobody else.

    Its reader joins to read it.
    """
    reader, bot = person or cast.alice, cast.world.bot.user

    def invited() -> list[str]:
        asking = reader.nio.invited_rooms.values()
        return [room.room_id for room in asking if room.inviter == bot]

    def told() -> list[Seen]:
        rooms = set(reader.nio.rooms) - {cast.salon}
        said = [event for room in rooms for event in reader.history(room)]
        return [event for event in said if wanted.search(event.body)]

    await reader.until(lambda: bool(told() or invited()))
    if not told():
        await reader.join(invited()[0])
        await reader.until(lambda: bool(told()))
    return told()[0]


async def play(cast: Cast) -> None:
    """Play every scene; raises at the first promise that does not hold."""
    card = await _meeting(cast)
    link = await _invitation(cast)
    await _door(cast, link)
    await _early(cast)
    await _withdrawn(cast, link, card)


def expect(holds: object, promise: str) -> None:
    """End the play if a promise does not hold."""
    if not holds:
        raise AssertionError(promise)


def is_card(event: Seen, title: str) -> bool:
    """Tell whether an event is the card of a meeting."""
    return title in event.body and "Rejoindre la réunion" in event.body


async def _meeting(cast: Cast) -> Seen:
    tell, alice, bob = cast.tell, cast.alice, cast.bob
    tell.scene("Alice demande une réunion tout de suite")
    tell.say("Alice", "!visio Point budget")
    with tell.step("Alice", "voit la carte, chiffrée") as seen:
        await alice.send(cast.salon, "!visio Point budget")
        card = await alice.wait_for(lambda event: is_card(event, "Point budget"))
        seen.words = card.body
    with tell.step("Bob", "la voit aussi"):
        same = await bob.wait_for(lambda event: event.event == card.event)
    expect(card.encrypted and same.encrypted, "the card is encrypted for both")
    expect(cast.world.visio.rooms_created == 1, "one Visio room was made")
    return card


async def _invitation(cast: Cast) -> str:
    tell, alice, mail = cast.tell, cast.alice, cast.world.mail
    tell.scene("Alice invite une personne de l’extérieur")
    tell.say("Alice", f"!visio inviter {GUEST}")
    with tell.step("Alice", "apprend ce qui est parti") as seen:
        await alice.send(cast.salon, f"!visio inviter {GUEST}")
        answer = await alice.wait_for(lambda event: "Invitation à" in event.body)
        seen.words = answer.body
    with tell.step("Jean", "reçoit le mail") as seen:
        letter = await mail.wait_for(lambda letter: GUEST in letter.recipients)
        seen.words = _shortened(letter)
    link = link_in(letter)
    for event in alice.history(cast.salon):
        expect(link.rpartition("/")[2] not in str(event.content), "no link in the salon")
    return link


async def _door(cast: Cast, link: str) -> None:
    tell, alice = cast.tell, cast.alice
    tell.scene("Jean suit son lien")
    async with aiohttp.ClientSession() as session:
        jean = Guest(session)
        with tell.step("Jean", "voit la page d’entrée") as seen:
            page = await jean.open(link)
            seen.words = page.text
        expect(page.status == 200, "the link has a page")
        expect("Point budget" not in page.html, "the page of a link says nothing of its meeting")
        with tell.step("Jean", "tape son nom, et sa page le mène à Visio") as seen:
            page = await jean.enter(link, "Jean Dupont")
            expect(page.location.startswith(cast.world.visio.url), "the way leads to Visio")
            waiting = await jean.open(page.location)
            seen.words = waiting.text
    with tell.step("Alice", "est appelée : c’est à elle de le faire entrer") as seen:
        notice = await alice.wait_for(lambda event: "Jean Dupont" in event.body)
        seen.words = notice.body
    mentions = notice.content.get("m.mentions", {})
    expect(alice.user in mentions.get("user_ids", []), "the organiser is mentioned")


async def _early(cast: Cast) -> None:
    tell, alice, mail = cast.tell, cast.alice, cast.world.mail
    tell.scene("Une réunion pour demain : le lien existe, la porte attend son heure")
    tell.say("Alice", "!visio demain 14h30-15h30 Suite")
    with tell.step("Alice", "voit la seconde carte") as seen:
        await alice.send(cast.salon, "!visio demain 14h30-15h30 Suite")
        card = await alice.wait_for(lambda event: is_card(event, "Suite"))
        seen.words = card.body
    await alice.send(
        cast.salon,
        "!visio inviter lea@partenaire.example",
        extra={"m.relates_to": {"m.in_reply_to": {"event_id": card.event}}},
    )
    letter = await mail.wait_for(lambda letter: "lea@partenaire.example" in letter.recipients)
    async with aiohttp.ClientSession() as session:
        lea = Guest(session)
        with tell.step("Léa", "apprend quand revenir") as seen:
            page = await lea.enter(link_in(letter), "Léa")
            seen.words = page.text
        expect(page.status == 200 and not page.location, "nobody is let in before the window")


async def _withdrawn(cast: Cast, link: str, card: Seen) -> None:
    tell, alice = cast.tell, cast.alice
    tell.scene("Alice retire le lien de Jean")
    tell.say("Alice", f"!visio retirer {GUEST}")
    with tell.step("Alice", "en reçoit la confirmation") as seen:
        await alice.send(
            cast.salon,
            f"!visio retirer {GUEST}",
            extra={"m.relates_to": {"m.in_reply_to": {"event_id": card.event}}},
        )
        answer = await alice.wait_for(lambda event: "Lien retiré" in event.body)
        seen.words = answer.body
    async with aiohttp.ClientSession() as session:
        with tell.step("Jean", "lit que son lien est retiré, et qui demander") as seen:
            page = await Guest(session).enter(link, "Jean Dupont")
            seen.words = page.text
        expect(not page.location, "a withdrawn link leads nowhere")
    with tell.step("Alice", "voit la carte à jour") as seen:
        edit = await alice.wait_for(
            lambda event: event.replaces == card.event and "lien retiré" in event.body
        )
        seen.words = edit.body


def link_in(letter: Mail) -> str:
    """Return the personal link in an invitation."""
    found = LINK.search(letter.text())
    expect(found, "the mail holds a link")
    assert found is not None
    return found[0]


def _shortened(letter: Mail) -> str:
    text = LINK.sub(lambda found: urljoin(found[0], "/j/…"), letter.text())
    return f"{letter.subject}\n{text}"


def head(card: Seen) -> str:
    """Return a card's title, time and state."""
    return "\n".join(card.body.removeprefix("* ").splitlines()[:3])


def opening(page: Page) -> str:
    """Return the line of a page that says when its door opens."""
    found = as_typed(page.text).partition("Vous pourrez entrer à partir du")[2].strip()
    expect(found, "the page says when to come back")
    return found.partition("\n")[0]


def when(at: datetime) -> str:
    """Return the end of a date in words: its beginning is for the tests of words."""
    return f" {at:%Y, %Hh%M}"
