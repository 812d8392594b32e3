"""The video platform: its rooms, and the waiting room of each."""

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

        Raises VisioUnreachable (a retry is safe; with `parameters["asked"]` a proxy answered, and
        a room may exist, though hardly ever), VisioUnconfirmed (a retry is not safe), and the other
        VisioErrors, which a person must mend.
        """
        ...


class LobbyEntry(StrEnum):
    """The waiting room's answer to a knock."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Knock:
    """An answer of Visio's waiting room."""

    entry: LobbyEntry
    url: str = ""
    """The media server's address for browsers, once accepted."""
    token: SecretStr | None = None
    """Valid for hours: only for the browser of the accepted guest, and stored nowhere."""


class WaitingRoom(Protocol):
    """Visio's waiting room, where the host sees who knocks and admits them."""

    async def knock(self, room: VisioRoomId, identity: str, name: str) -> Knock:
        """Knock, or keep knocking: a guest who does not for three seconds is forgotten.

        `identity` is a UUID of our choice, `name` what the host reads. A repeat is always safe, and
        once accepted brings a new token. Raises VisioError.
        """
        ...
