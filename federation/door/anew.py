"""When to repeat a waiting guest's first knock: Visio tells its host of no later one.

Visio tells the people in the meeting of a guest once, at the first knock. A host who comes later
sees nobody (docs/interop/visio.md). So the guest's place is released for a moment, and taken again
with the same identity: the door still finds what the host decided meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

EVERY = timedelta(minutes=1)
LAPSE = timedelta(seconds=3.5)
"""Visio releases a place 3 s after the last knock, and remembers for 5 s that its host refused."""
_NONE = timedelta()


@dataclass(slots=True)
class SilentDoor:
    """Decides for one visit when its door keeps silent."""

    since: datetime
    """When the visit began: every door releases its place at the same moments of the clock."""
    agents: int | None = None
    """The number of Visio's own people in the meeting at the last knock."""
    _begun: bool = False
    _until: datetime | None = None

    def silent(self, now: datetime, agents: int | None) -> bool:
        """Tell whether not to knock now.

        `agents` is the number of Visio's own people in the meeting, `None` if nobody knows it. Each
        time it grows, one of them may be the host; while none is known to be there, the place is
        released each minute.
        """
        came = self._begun and (agents or 0) > (self.agents or 0)
        self.agents = agents
        if not self._begun:
            self._begun = True
            return False
        if came:
            self._until = now + LAPSE
        if self._until is not None and _NONE <= self._until - now <= LAPSE:
            return True
        return not agents and (now - self.since) % EVERY >= EVERY - LAPSE
