"""The video platform: its rooms, and the waiting room before each."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pydantic import SecretStr

from bridge.domain.meeting import AccessLevel, VisioRoom
from bridge.ids import VisioRoomId


class VisioRooms(Protocol):
    """The video platform's rooms, created in an agent's name."""

    async def create(self, agent_email: str, level: AccessLevel) -> VisioRoom:
        """Create a room owned by the agent.

        Raises VisioUnreachable (asking again is safe; with `facts["asked"]` a proxy answered, and
        a room may exist, though hardly ever), VisioUnconfirmed (asking again is not safe), and
        the other VisioErrors, which a person must mend.
        """
        ...

    async def probe(self, agent_email: str | None) -> None:
        """Check credentials, and delegation for an e-mail; creates nothing. Raises VisioError."""
        ...


class LobbyEntry(StrEnum):
    """What Visio's waiting room answers who knocks."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Knock:
    """An answer of Visio's waiting room."""

    entry: LobbyEntry
    url: str = ""
    """Where the media server is, for browsers, once accepted."""
    token: SecretStr | None = None
    """Good for hours: only for the browser of who was accepted, and kept nowhere."""


class WaitingRoom(Protocol):
    """Visio's waiting room, where the host sees who knocks and lets them in."""

    async def knock(self, room: VisioRoomId, identity: str, name: str) -> Knock:
        """Knock, or knock on: who does not for three seconds is forgotten.

        `identity` is a UUID of our choice, `name` what the host reads. Asking again is always
        safe, and once accepted brings a new token. Raises VisioError.
        """
        ...

    async def probe(self) -> None:
        """Look whether it answers, without knocking. Raises VisioError."""
        ...
