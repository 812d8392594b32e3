"""A world with Parvis in it, and people who speak to it in salons of their own."""

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
import nio

from tests.sandbox.guest import Guest, Page
from tests.sandbox.world import World
from tests.servers.matrix_client import MatrixUser, Seen
from tests.servers.smtp import Mail

LINK = re.compile(r"http://127\.0\.0\.1:\d+/j/([A-Za-z0-9_-]{22})")
PATIENCE = 60.0
"""Seconds for anything to happen: the machine may be busy, and no test measures time."""


@dataclass(slots=True)
class House:
    """The world, and two agents who are signed in."""

    world: World
    alice: MatrixUser
    bob: MatrixUser

    async def salon(self, *, encrypted: bool = True, bob: bool = False, **kinds: Any) -> "Salon":
        """Return a new salon of Alice's with Parvis in it, such that both can speak at once."""
        me = self.world.bot.user
        room = await self.alice.create_room(encrypted=encrypted, invite=[me], **kinds)
        await self.alice.wait_member(room, me, PATIENCE)
        if bob:
            await self.alice.invite(room, self.bob.user)
            await self.bob.join(room)
            await self.alice.wait_member(room, self.bob.user, PATIENCE)
        return Salon(self, room)

    async def direct(self) -> "Salon":
        """Return Alice's direct message with Parvis."""
        return await self.salon(direct=True)

    async def whispered(self, text: str, to: MatrixUser | None = None) -> Seen:
        """Accept a direct message, and return Parvis's message with this text in it."""
        reader, me = to or self.alice, self.world.bot.user

        def invitations() -> list[str]:
            invited = reader.nio.invited_rooms.values()
            return [room.room_id for room in invited if room.inviter == me]

        def wanted(event: Seen) -> bool:
            return event.sender == me and text in event.body

        with self.explained(reader, text):
            await reader.until(
                lambda: bool(invitations()) or any(map(wanted, everything(reader))), PATIENCE
            )
            for room in invitations():
                await reader.join(room)
        return await self.sees(wanted, text, reader)

    async def quiet(self, timeout: float = PATIENCE) -> None:
        """Return once nothing that is known is left to do."""
        async with asyncio.timeout(timeout):
            while any(await self.left()):
                await asyncio.sleep(0.05)

    async def left(self) -> tuple[int, int, int]:
        """Return how much the database has to handle, to do and to send."""
        counts = (
            "SELECT count(*) FROM inbox WHERE done_at IS NULL AND NOT sealed",
            "SELECT count(*) FROM agenda WHERE claim IS NOT NULL",
            "SELECT count(*) FROM outbox WHERE done_at IS NULL",
        )
        inbox, agenda, outbox = [int(str((await self.rows(one))[0][0])) for one in counts]
        return inbox, agenda, outbox

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database."""
        with contextlib.closing(self.database()) as database:
            return [tuple(row) for row in database.execute(statement)]

    def position(self) -> str:
        """Return up to where Parvis has read."""
        with contextlib.closing(self.database()) as database:
            [[position]] = database.execute("SELECT position FROM positions")
        return str(position)

    def go_back_to(self, position: str) -> None:
        """Make Parvis, which must not run, read again what it has read since."""
        path = self.world.parvis.folder / "parvis.db"
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE positions SET position = ?", [position])

    def database(self) -> sqlite3.Connection:
        """Open the database as another program would, to look only."""
        return sqlite3.connect(f"file:{self.world.parvis.folder / 'parvis.db'}?mode=ro", uri=True)

    async def sees(
        self, wanted: Callable[[Seen], bool], what: str, reader: MatrixUser | None = None
    ) -> Seen:
        """Return the first event that is `wanted`, past or to come."""
        reader = reader or self.alice
        with self.explained(reader, what):
            return await reader.wait_for(wanted, PATIENCE)

    @contextlib.contextmanager
    def explained(self, reader: MatrixUser, what: str) -> Iterator[None]:
        """Report the messages that came instead, and Parvis's log."""
        try:
            yield
        except TimeoutError:
            said = [e.body for e in everything(reader) if e.sender == self.world.bot.user]
            log = self.world.parvis.log()[-3000:]
            raise AssertionError(f"{what!r} never came; last: {said[-6:]}\n{log}") from None


async def until(ready: Callable[[], bool], timeout: float = PATIENCE) -> None:
    """Return once something that tells nobody has happened."""
    async with asyncio.timeout(timeout):
        while not ready():
            await asyncio.sleep(0.05)


def everything(reader: MatrixUser) -> list[Seen]:
    """Return all that somebody's client has seen."""
    return [event for room in reader.nio.rooms for event in reader.history(room)]


@dataclass(slots=True)
class Salon:
    """One salon, as Alice sees it unless told otherwise."""

    house: House
    id: str

    async def says(
        self,
        words: str,
        *,
        by: MatrixUser | None = None,
        about: Seen | None = None,
        relation: Mapping[str, object] | None = None,
    ) -> str:
        """Write a line, in answer to an event where `about` is given; return its event id."""
        if about is not None:
            relation = {"m.in_reply_to": {"event_id": about.event}}
        extra = {} if relation is None else {"m.relates_to": relation}
        return await (by or self.house.alice).send(self.id, words, extra=extra)

    async def answer(self, text: str, *, seen_by: MatrixUser | None = None) -> Seen:
        """Return the first thing that Parvis wrote here, edits aside, with this text."""
        return await self.house.sees(
            lambda event: self.is_ours(event) and not event.replaces and text in event.body,
            text,
            seen_by,
        )

    async def card(self, title: str, *, seen_by: MatrixUser | None = None) -> Seen:
        """Return a meeting's card."""
        return await self.house.sees(
            lambda event: self.is_ours(event) and is_card(event, title), title, seen_by
        )

    async def meeting(self, title: str, when: str = "") -> Seen:
        """Ask for a meeting and return its card."""
        await self.says(f'!visio {when} "{title}"'.replace("  ", " "))
        return await self.card(title)

    async def shows(self, card: Seen, text: str) -> Seen:
        """Return the edit after which a card shows this text."""
        return await self.house.sees(
            lambda event: event.replaces == card.event and text in event.body, text
        )

    def said(self) -> list[Seen]:
        """Return Parvis's messages here so far, without edits."""
        return [
            event
            for event in self.house.alice.history(self.id)
            if self.is_ours(event) and event.type == "m.room.message" and not event.replaces
        ]

    async def upgraded(self, version: str) -> "Salon":
        """Have Alice upgrade the salon; return the one that goes on, with Parvis in it."""
        alice, me = self.house.alice, self.house.world.bot.user
        path = f"/_matrix/client/v3/rooms/{quote(self.id)}/upgrade"
        answer = await asyncio.to_thread(
            self.house.world.synapse.call,
            "POST",
            path,
            {"new_version": version},
            token=alice.nio.access_token,
        )
        after = str(answer["replacement_room"])
        await alice.invite(after, me)
        await alice.wait_member(after, me, PATIENCE)
        return Salon(self.house, after)

    async def whole(self) -> list[str]:
        """Return the text of all that Parvis ever said here, edits aside, oldest first."""
        return [str(content["body"]) for _, content in await self.contents()]

    async def contents(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Return all that Parvis ever said here with its event ids, edits aside, oldest first.

        It asks the homeserver page by page: a sync leaves out what comes too fast.
        """
        client, found, start = self.house.alice.nio, [], None
        while True:
            page = await client.room_messages(self.id, start, limit=100)
            assert isinstance(page, nio.RoomMessagesResponse), page
            for event in page.chunk:
                content = event.source.get("content", {})
                relation = content.get("m.relates_to", {})
                ours = event.sender == self.house.world.bot.user
                if ours and "body" in content and relation.get("rel_type") != "m.replace":
                    found.append((str(event.event_id), content))
            if page.end is None or not page.chunk:
                return found[::-1]
            start = page.end

    def is_ours(self, event: Seen) -> bool:
        """Tell whether Parvis wrote it, here."""
        return (event.room, event.sender) == (self.id, self.house.world.bot.user)


def is_card(event: Seen, title: str) -> bool:
    """Tell whether an event is the card of a meeting: what it was first, not an edit."""
    return (
        title in event.body
        and event.replaces is None
        and ("Rejoindre la réunion" in event.body or "Join the meeting" in event.body)
    )


def link_in(words: Mail | Seen) -> str:
    """Return the guest's link in a mail or a message."""
    found = LINK.search(words.text() if isinstance(words, Mail) else words.body)
    assert found, "there is no link"
    return found[0]


@dataclass(slots=True)
class Doorway:
    """Guests, each with a browser of their own."""

    _sessions: list[aiohttp.ClientSession] = field(default_factory=list)

    def guest(self) -> Guest:
        """Return somebody who never came by."""
        session = aiohttp.ClientSession()
        self._sessions.append(session)
        return Guest(session)

    async def tries(self, link: str, name: str = "Jean Dupont") -> Page:
        """Follow a link as somebody new, and return where it led."""
        return await self.guest().enter(link, name)

    async def close(self) -> None:
        """Close every browser."""
        for session in self._sessions:
            await session.close()
