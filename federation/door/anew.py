"""When a guest who waits knocks anew: Visio tells its host of nobody who knocks on.

Visio tells those who are in the meeting of a guest once, with the first knock. A host who comes
later sees nobody (docs/interop/visio.md). So the guest's place is let go for a moment, and taken
again with the same identity: what the host decided meanwhile is found all the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

EVERY = timedelta(minutes=1)
LAPSE = timedelta(seconds=3.5)
"""Visio lets a place go 3 s after the last knock, and remembers for 5 s that its host refused."""
_NONE = timedelta()


@dataclass(slots=True)
class SilentDoor:
    """Tells for one visit when its door keeps silent."""

    since: datetime
    """When the visit began: every door lets its place go at the same moments of the clock."""
    agents: int | None = None
    """How many of Visio's own people were in the meeting at the last knock."""
    _begun: bool = False
    _until: datetime | None = None

    def silent(self, now: datetime, agents: int | None) -> bool:
        """Tell whether not to knock now.

        `agents` is how many of Visio's own people are in the meeting, `None` where nobody knows.
        Each time more of them are there one may be the host; where none is known to be, the
        place is let go each minute.
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
