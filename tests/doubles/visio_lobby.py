"""The double's waiting rooms: who knocks, and how long a knock is remembered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bridge.clock import Clock

WAITING = timedelta(seconds=3)
"""Counted from the last poll."""
DENIED = timedelta(seconds=5)
ACCEPTED = timedelta(hours=6)


class HasId(Protocol):
    id: str


@dataclass
class Knock:
    """A person who waits for a room."""

    id: str
    username: str
    color: str
    until: datetime
    status: str = "waiting"

    def shown(self) -> dict[str, object]:
        return {
            "status": self.status,
            "username": self.username,
            "id": self.id,
            "color": self.color,
        }


class Lobby:
    """The queues of all rooms."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._knocks: dict[tuple[str, str], Knock] = {}
        self.told: list[str] = []
        """Participants of whom the room was told, once for each place that was taken."""

    def poll(self, room: HasId, participant: str, username: str) -> Knock:
        """Return the participant's knock, a new one if none is remembered."""
        knock = self._remembered(room, participant)
        if knock is None:
            color = color_of(participant)
            knock = Knock(participant, username, color, self._clock.now() + WAITING)
            self._knocks[room.id, participant] = knock
            self.told.append(participant)
        elif knock.status == "waiting":
            knock.until = self._clock.now() + WAITING
        return knock

    def knows(self, room: HasId, participant: str) -> bool:
        """Tell whether a participant waits, or was admitted or denied a short while ago."""
        return self._remembered(room, participant) is not None

    def forget(self, room: HasId, participant: str) -> None:
        """Forget a participant, as when the host removes them."""
        self._knocks.pop((room.id, participant), None)

    def bypass(self, participant: str, username: str) -> Knock:
        """Return a participant who need not wait; nothing of it is remembered."""
        return Knock(
            participant, username, color_of(participant), self._clock.now(), status="accepted"
        )

    def waiting(self, room: HasId) -> list[Knock]:
        """Return the waiting participants, newest first; the real service promises no order."""
        found = [self._remembered(room, who) for where, who in self._knocks if where == room.id]
        return [knock for knock in reversed(found) if knock and knock.status == "waiting"]

    def decide(self, room: HasId, participant: str, *, allow: bool) -> bool:
        """Admit or deny; False if nobody of that name waits any more."""
        knock = self._remembered(room, participant)
        if knock is None:
            return False
        knock.status = "accepted" if allow else "denied"
        knock.until = self._clock.now() + (ACCEPTED if allow else DENIED)
        return True

    def clear(self, room: HasId) -> None:
        """Forget everybody, as when the last person left the room."""
        for key in [key for key in self._knocks if key[0] == room.id]:
            del self._knocks[key]

    def _remembered(self, room: HasId, participant: str) -> Knock | None:
        knock = self._knocks.get((room.id, participant))
        return knock if knock is not None and knock.until > self._clock.now() else None


def color_of(participant: str) -> str:
    """Return the participant's colour, always the same."""
    seed = sum(participant.encode())
    return f"hsl({seed % 361}, {50 + seed % 30}%, {20 + seed % 41}%)"
