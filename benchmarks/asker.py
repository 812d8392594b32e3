"""A person who asks a bot and times the answer, as their client shows it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import nio

from tests.servers.matrix_client import MatrixUser

_PATIENCE = 60.0
_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot to ask, the line to send, and the words that identify its answer."""

    user: str
    line: str
    mark: str

    def answers(self, source: dict[str, Any]) -> bool:
        """Tell whether a decrypted event is the answer; an edit is none."""
        content = source.get("content") or {}
        relation = content.get("m.relates_to") or {}
        return (
            source.get("sender") == self.user
            and self.mark in str(content.get("body", ""))
            and relation.get("rel_type") != "m.replace"
        )


@dataclass(slots=True)
class Asker:
    """Times a call that sends a line until the first event that answers it."""

    user: MatrixUser
    signs: dict[str, list[float]] = field(default_factory=dict)
    """For each bot, the seconds until the first sign of work: a typing notice or the answer
    itself."""
    _waiting: dict[str, tuple[Bot, asyncio.Future[float]]] = field(default_factory=dict)
    _typing: dict[str, float] = field(default_factory=dict)
    """When a bot was first seen typing in a room that waits for its answer."""

    def __post_init__(self) -> None:
        self.user.nio.add_event_callback(self._on_event, nio.Event)
        self.user.nio.add_ephemeral_callback(self._on_typing, nio.TypingNoticeEvent)

    async def ask(self, bot: Bot, room: str) -> float:
        """Return the seconds until the answer was seen. Raises TimeoutError."""
        seen: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[room] = (bot, seen)
        self._typing.pop(room, None)
        begun = time.perf_counter()
        async with asyncio.timeout(_PATIENCE):
            await self.user.send(room, bot.line)
            answered = await seen
        signed = min(self._typing.pop(room, answered), answered)
        self.signs.setdefault(bot.user, []).append(signed - begun)
        return answered - begun

    async def ask_all(self, bot: Bot, rooms: Sequence[str]) -> list[float]:
        """Ask in all rooms at once."""
        return await asyncio.gather(*(self.ask(bot, room) for room in rooms))

    async def salons(self, bot: Bot, count: int, *, encrypted: bool) -> list[str]:
        """Open salons with the bot in them, and have it answer once in each."""
        rooms: list[str] = []
        while len(rooms) < count:
            some = min(_AT_ONCE, count - len(rooms))
            rooms += await asyncio.gather(
                *(self.salon(bot, encrypted=encrypted) for _ in range(some))
            )
        await self.ask_all(bot, rooms)
        return rooms

    async def salon(self, bot: Bot, *, encrypted: bool) -> str:
        """Open a salon and return once the bot has joined it."""
        room = await self.user.create_room(encrypted=encrypted)
        await self.bring(bot, room)
        return room

    async def bring(self, bot: Bot, room: str) -> None:
        """Invite the bot and return once it has joined."""
        await self.user.invite(room, bot.user)
        await self.user.wait_member(room, bot.user, _PATIENCE)

    async def _on_event(self, room: nio.MatrixRoom, event: nio.Event) -> None:
        found = self._waiting.get(room.room_id)
        if found is not None and found[0].answers(event.source):
            del self._waiting[room.room_id]
            found[1].set_result(time.perf_counter())

    async def _on_typing(self, room: nio.MatrixRoom, event: nio.TypingNoticeEvent) -> None:
        found = self._waiting.get(room.room_id)
        if found is not None and found[0].user in event.users:
            self._typing.setdefault(room.room_id, time.perf_counter())
