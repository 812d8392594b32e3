"""Clients of mail and Visio that record the outcome of each call for health."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bridge.domain.meeting import AccessLevel, VisioRoom
from bridge.errors import (
    InboxUnreachable,
    MailUnreachable,
    VisioMisconfigured,
    VisioUnconfirmed,
    VisioUnreachable,
)
from bridge.ids import VisioRoomId
from bridge.ports import Knock, Letter, Post, VisioRooms, WaitingRoom
from bridge.ports.incoming import ArrivedMail, Letterbox
from bridge.vitals import Part, Vitals

_VISIO_ILL = (VisioUnreachable, VisioUnconfirmed, VisioMisconfigured)
"""Faults that keep it from serving anybody; other refusals are about one agent or one level."""


@dataclass(frozen=True, slots=True)
class WatchedPost:
    """Implements `bridge.ports.Post`."""

    post: Post
    vitals: Vitals

    async def send(self, letter: Letter, sending: Callable[[], Awaitable[None]]) -> None:
        """Hand a letter to the mail server."""
        with self.vitals.watching(Part.MAIL, MailUnreachable):
            await self.post.send(letter, sending)


@dataclass(frozen=True, slots=True)
class WatchedBox:
    """Implements `bridge.ports.incoming.Letterbox`."""

    box: Letterbox
    vitals: Vitals

    async def arrived(self, most: int) -> Sequence[ArrivedMail]:
        """Return the oldest mails that are not marked as handled."""
        with self.vitals.watching(Part.INBOX, InboxUnreachable):
            return await self.box.arrived(most)

    async def handled(self, mail: ArrivedMail, *, aside: bool) -> None:
        """Mark a mail as handled."""
        with self.vitals.watching(Part.INBOX, InboxUnreachable):
            await self.box.handled(mail, aside=aside)

    async def leave(self) -> None:
        """Close what is open until the next look."""
        await self.box.leave()


@dataclass(frozen=True, slots=True)
class WatchedVisio:
    """Implements `bridge.ports.VisioRooms`."""

    rooms: VisioRooms
    vitals: Vitals

    async def create(self, agent_email: str, level: AccessLevel) -> VisioRoom:
        """Create a room owned by the agent."""
        with self.vitals.watching(Part.VISIO, *_VISIO_ILL):
            return await self.rooms.create(agent_email, level)


@dataclass(frozen=True, slots=True)
class WatchedLobby:
    """Implements `bridge.ports.WaitingRoom`."""

    lobby: WaitingRoom
    vitals: Vitals

    async def knock(self, room: VisioRoomId, identity: str, name: str) -> Knock:
        """Knock, or keep knocking."""
        with self.vitals.watching(Part.VISIO, *_VISIO_ILL):
            return await self.lobby.knock(room, identity, name)
