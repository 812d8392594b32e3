"""Rooms are looked into: who may not be there is put out, who is there is noted.

Each second where guests are or were, else now and then, and at once where somebody hints that it
changed (`federation/door/views/hooks.py`).
"""

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.clock import Monotonic
from bridge.ports import Followed, Participant
from bridge.services.enforcement.sweep import Sweeps
from bridge.services.meetings.attendance import Attendance
from bridge.services.tools import Tools

SELDOM = timedelta(seconds=30)
"""How often a room without guests is looked into, unless somebody hints that it changed."""
OFTEN = timedelta(seconds=1)
_LONG_AGO = -math.inf
_AT_ONCE, _TURNS = 10, 20
"""Rooms looked into in one second for their card alone: so many, or so manieth of all of them.

Were it all that are due, guests elsewhere would wait for them to be put out.
"""


@dataclass(frozen=True, slots=True)
class RoomPoll:
    """What a look into a room told."""

    there: Sequence[Participant] = ()
    again: float = _LONG_AGO
    """When it is looked into, and noted, whether or not somebody came or went: monotonic time."""


_NONE = RoomPoll()


@dataclass(slots=True)
class Rounds:
    """Looks into rooms."""

    tools: Tools
    sweeps: Sweeps
    presences: Attendance
    monotonic: Monotonic = time.monotonic
    _last: dict[str, RoomPoll] = field(default_factory=dict)

    async def go(self, now: datetime) -> None:
        """Do what there is to do each second."""
        followed = await self.presences.followed(now)
        await self.presences.close(followed.values(), now)
        self._last = {room: look for room, look in self._last.items() if room in followed}
        await self._look(followed, self._due(followed), now)

    def _due(self, followed: Collection[str]) -> Sequence[str]:
        """Return whose turn it is for their card's sake, those first who have waited longest."""
        now = self.monotonic()
        again = {room: self._last.get(room, _NONE).again for room in followed}
        due = sorted((room for room in followed if again[room] <= now), key=again.__getitem__)
        return due[: max(_AT_ONCE, len(followed) // _TURNS)]

    async def look(self, rooms: Collection[str] | None = None) -> None:
        """Look now: into these rooms as far as they are ours, or into all of ours."""
        now = self.tools.now()
        followed = await self.presences.followed(now)
        await self._look(followed, followed.keys(), now, only=rooms)

    async def _look(
        self,
        followed: Mapping[str, Followed],
        also: Collection[str],
        now: datetime,
        *,
        only: Collection[str] | None = None,
    ) -> None:
        looked = self.monotonic()
        found = await self.sweeps.sweep(now, also=also, only=only)
        for room, there in found.items():
            last = self._last.get(room, _NONE)
            if room not in followed or (looked < last.again and there == last.there):
                continue
            known = await self.presences.note(followed[room], there, now)
            leaving = known is not None and known.empty_since is not None
            wait = OFTEN if leaving else SELDOM
            self._last[room] = RoomPoll(there, looked + wait.total_seconds())
