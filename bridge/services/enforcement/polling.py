"""Polls rooms of the media server: ejects guests who may not be there, records attendance.

A room with guests is polled each second, any other every half minute, and one that a webhook names
at once (`federation/door/views/hooks.py`).
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
"""How often a room without guests is polled, unless a webhook hints at a change."""
OFTEN = timedelta(seconds=1)
_LONG_AGO = -math.inf
_AT_ONCE, _TURNS = 10, 20
"""Rooms polled per second only to refresh their card: at most 10, or 1/20 of all followed rooms.

If all due rooms were polled at once, ejections in other rooms would wait for them.
"""


@dataclass(frozen=True, slots=True)
class RoomPoll:
    """The result of polling one room."""

    there: Sequence[Participant] = ()
    again: float = _LONG_AGO
    """When it is polled and recorded even if nobody came or went: monotonic time."""


_NONE = RoomPoll()


@dataclass(slots=True)
class Polling:
    """Polls rooms."""

    tools: Tools
    sweeps: Sweeps
    presences: Attendance
    monotonic: Monotonic = time.monotonic
    _last: dict[str, RoomPoll] = field(default_factory=dict)

    async def tick(self, now: datetime) -> None:
        """Poll the rooms whose turn it is: runs each second."""
        followed = await self.presences.followed(now)
        await self.presences.close(followed.values(), now)
        self._last = {room: look for room, look in self._last.items() if room in followed}
        await self._poll(followed, self._due(followed), now)

    def _due(self, followed: Collection[str]) -> Sequence[str]:
        """Return the rooms to poll only to refresh their card, the longest-waiting ones first."""
        now = self.monotonic()
        again = {room: self._last.get(room, _NONE).again for room in followed}
        due = sorted((room for room in followed if again[room] <= now), key=again.__getitem__)
        return due[: max(_AT_ONCE, len(followed) // _TURNS)]

    async def poll(self, rooms: Collection[str] | None = None) -> None:
        """Poll those of these rooms that are ours now; without `rooms`, all of ours."""
        now = self.tools.now()
        followed = await self.presences.followed(now)
        await self._poll(followed, followed.keys(), now, only=rooms)

    async def _poll(
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
