"""Meetings that were asked for by mistake: which one is meant, and whether it can be taken back.

Only for a while, unless it is typed: nobody cancels an old meeting by tidying a salon up.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from bridge.clock import Clock
from bridge.domain.authority import Act
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.origin import Origin
from bridge.domain.policy import Policy
from bridge.errors import NotAllowed
from bridge.ports import Work
from bridge.services.meetings import is_over
from bridge.services.naming import titled
from bridge.services.permissions import allows

About: TypeAlias = tuple[Meeting, Occurrence]

UNDO = "↩"
"""The reaction to its card that takes a meeting back."""
BACK = timedelta(minutes=10)
"""How long after it was asked for a meeting can be taken back."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """Finds the meeting that somebody takes back; `origin.about` is the event they touched."""

    clock: Clock
    policy: Policy

    def lately(self, meeting: Meeting, origin: Origin) -> bool:
        """Tell whether it was soon after a meeting was asked for, however late we hear of it."""
        now = self.clock.now()
        return min(origin.at or now, now) - meeting.created_at <= BACK

    async def of_card(self, work: Work, origin: Origin) -> About | None:
        """Return the meeting of the card with a reaction. Raises NotAllowed where it is too late.

        Other people's reactions mean something else.
        """
        found = None if origin.about is None else await work.meetings.by_card(origin.about)
        return self._undone(found, Act.UNDO, origin)

    async def of_line(self, work: Work, origin: Origin) -> About | None:
        """Return the meeting that a deleted line asked for. Raises NotAllowed where it is too late.

        A line that waits to be read is not read any more.
        """
        assert origin.about is not None
        found = await work.meetings.by_card(origin.about)
        if found is None or found[0].source != origin.about:
            await work.inbox.taken_back(origin.about, origin.salon)
            return None
        return self._undone(found, Act.END, origin)

    def _undone(self, found: About | None, act: Act, origin: Origin) -> About | None:
        if found is None or found[0].salon != origin.salon:
            return None
        meeting, occurrence = found
        if is_over(occurrence, self.clock.now()) or not allows(act, origin, meeting, self.policy):
            return None
        if not self.lately(meeting, origin):
            raise NotAllowed(reason="late", title=titled(meeting))
        return found
