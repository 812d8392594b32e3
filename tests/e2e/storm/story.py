"""One meeting's life: it is made, prolonged, its guest is invited, comes, and is sent away.

Or it is planned: its guest is invited, it moves, is cancelled, and the cancellation is taken back.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import aiohttp

from tests.e2e.house import Doorway, Salon, link_in
from tests.e2e.storm.agendas import Agenda
from tests.sandbox.guest import Guest, Page
from tests.servers.matrix_client import Seen

COMMANDS = 4
"""Lines of a whole story, those that Parvis asks for left aside."""
PATIENCE = 600.0
"""Seconds for what the storm holds up."""
NAP = 0.2
BEFORE, BETWEEN, AFTER = "14h", "15h", "16h"
"""The hours of a planned meeting, as typed: before its move, between two moves and after it."""
PARIS = ZoneInfo("Europe/Paris")
UNCONFIRMED = "n’a pas confirmé la création"


@dataclass(slots=True)
class Story:
    """A request, and its outcome as its author could see it."""

    ACTS: ClassVar[Sequence[str]] = ("invited", "prolonged", "removed")
    """Its lines beside the first, each of which is answered once."""

    salon: Salon
    title: str
    comes: bool
    """Whether its guest follows the link."""
    lines: dict[str, str] = field(default_factory=dict)
    """The event of each line, once it was written."""
    repeated: int = 0
    """How often Parvis had the room asked for again."""
    tried: int = 0
    answered: int = 0
    """Forms sent, and those whose answer came."""
    entered: bool = False
    """Whether the guest was sent on to Visio."""

    @property
    def address(self) -> str:
        """Of the guest."""
        return f"{self.title}@partenaire.example"

    @property
    def name(self) -> str:
        """Of the guest, as they type it."""
        return f"Ida {self.title}"

    async def play(self, door: Doorway) -> None:
        """Play it to its end."""
        self.lines["made"] = await self.salon.says(f"!visio {self.title}")
        listening = asyncio.create_task(self._ask_again())
        try:
            await self._say("invited", f"!visio inviter {self.address}")
            await self._say("prolonged", "!visio prolonger 30min")
            letter = await self.salon.house.world.mail.wait_for(
                lambda mail: self.address in mail.recipients, PATIENCE
            )
            if self.comes:
                await self._enter(door.guest(), link_in(letter))
            await self._say("removed", f"!visio retirer {self.address}")
            await self._shown()
        finally:
            listening.cancel()

    async def _shown(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self._has_card():
                await self.salon.house.alice.until(self._has_card, PATIENCE)

    async def _say(self, act: str, words: str) -> None:
        relation = {"m.in_reply_to": {"event_id": self.lines["made"]}}
        self.lines[act] = await self.salon.says(words, relation=relation)

    def _ours(self) -> Sequence[Seen]:
        return [event for event in self.salon.said() if self.title in event.body]

    def _has_card(self) -> bool:
        return any("Rejoindre" in event.body for event in self._ours())

    async def _ask_again(self) -> None:
        """Do what Parvis asks for where Visio did not confirm: `!visio lien`."""
        told: set[str] = set()

        def news() -> list[Seen]:
            return [
                event
                for event in self.salon.said()
                if UNCONFIRMED in event.body
                and event.event not in told
                and replied_to(event.content) == self.lines["made"]
            ]

        while True:
            await self.salon.house.alice.until(lambda: bool(news()), PATIENCE)
            for event in news():
                told.add(event.event)
                self.repeated += 1
                await self._say(f"again {self.repeated}", "!visio lien")

    async def _enter(self, guest: Guest, link: str) -> None:
        """Follow the link as a person does: whoever gets no answer sends the form again."""
        async with asyncio.timeout(PATIENCE):
            page = await self._form(guest, link)
            where = urljoin(link, page.location)
            while not where.startswith(self.salon.house.world.visio.url):
                await asyncio.sleep(NAP)
                try:
                    page = await guest.again(where)
                except (aiohttp.ClientError, TimeoutError):
                    continue
                where = page.location or where
        self.entered = True

    async def _form(self, guest: Guest, link: str) -> Page:
        while True:
            self.tried += 1
            try:
                page = await guest.send(link, self.name)
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(NAP)
                continue
            if page.location:
                self.answered += 1
                return page
            await asyncio.sleep(NAP)  # the database was away, and the page says to try again


@dataclass(slots=True)
class PlannedStory(Story):
    """A meeting of tomorrow that moves, and whose cancellation is taken back; nobody comes yet."""

    ACTS: ClassVar[Sequence[str]] = ("invited", "moved", "cancelled", "restored")

    async def play(self, _: Doorway) -> None:
        """Play it to its end."""
        self.lines["made"] = await self.salon.says(f"!visio demain {BEFORE} {self.title}")
        listening = asyncio.create_task(self._ask_again())
        try:
            await self._say("invited", f"!visio inviter {self.address}")
            await self.salon.house.world.mail.wait_for(
                lambda mail: self.address in mail.recipients, PATIENCE
            )
            await self._shown()  # a cancellation would end the request for the room
            await self._say("moved", f"!visio déplacer à {AFTER}")
            await self._say("cancelled", "!visio annuler")
            await self._say("restored", "!visio rétablir")
        finally:
            listening.cancel()


@dataclass(slots=True)
class CalendarStory(Story):
    """A meeting of tomorrow that moves on both sides: by a line and in its organiser's calendar."""

    ACTS: ClassVar[Sequence[str]] = ("invited", "moved")
    agenda: Agenda | None = None
    line_first: bool = True
    """Whether the line comes before the calendar; the other one begins when this one shows."""

    async def play(self, _: Doorway) -> None:
        """Play it to its end."""
        assert self.agenda is not None
        self.lines["made"] = await self.salon.says(f"!visio demain {BEFORE} {self.title}")
        listening = asyncio.create_task(self._ask_again())
        try:
            await self._say("invited", f"!visio inviter {self.address}")
            await self._shown()
            async with asyncio.timeout(PATIENCE):
                await self.agenda.at(self.title, int(BEFORE.removesuffix("h")))
                if self.line_first:
                    await self._say("moved", f"!visio déplacer à {BETWEEN}")
                    await self.agenda.at(self.title, int(BETWEEN.removesuffix("h")))
                    await self.agenda.move(self.title, int(AFTER.removesuffix("h")))
                else:
                    await self.agenda.move(self.title, int(BETWEEN.removesuffix("h")))
                    await self._followed()
                    await self._say("moved", f"!visio déplacer à {AFTER}")
        finally:
            listening.cancel()

    async def _followed(self) -> None:
        """Return once the meeting is where its calendar moved it."""
        asked = (
            "SELECT o.starts_at FROM occurrences o JOIN meetings m ON o.meeting = m.id"
            f" WHERE m.title = '{self.title}'"
        )
        while True:
            [[start]] = await self.salon.house.rows(asked)
            if f"{moment_of(start).astimezone(PARIS):%Hh}" == BETWEEN:
                return
            await asyncio.sleep(NAP)


def moment_of(value: object) -> datetime:
    """Return a moment, as either database gives it."""
    read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def replied_to(content: object) -> str:
    """Return the event that an event answers."""
    relation = content.get("m.relates_to") if isinstance(content, dict) else None
    reply = relation.get("m.in_reply_to") if isinstance(relation, dict) else None
    return str(reply.get("event_id", "")) if isinstance(reply, dict) else ""
