"""Meetings that were asked for by mistake: which one is meant, and whether it can be taken back.

Only for a while, unless it is typed: nobody cancels an old meeting by tidying a salon up.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from bridge.domain.authority import Act
from bridge.domain.cause import Cause
from bridge.domain.meeting import Meeting, Occurrence
from bridge.errors import NotAllowed
from bridge.ports import UnitOfWork
from bridge.services.meetings.lifecycle import is_over
from bridge.services.naming import titled
from bridge.services.permissions import allows
from bridge.services.tools import Tools

About: TypeAlias = tuple[Meeting, Occurrence]

UNDO = "↩"
"""The reaction to its card that takes a meeting back."""
BACK = timedelta(minutes=10)
"""How long after it was asked for a meeting can be taken back."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """Finds the meeting that somebody takes back; `cause.about` is the event they touched."""

    tools: Tools

    def lately(self, meeting: Meeting, cause: Cause) -> bool:
        """Tell whether it was soon after a meeting was asked for, however late we hear of it."""
        now = self.tools.now()
        return min(cause.at or now, now) - meeting.created_at <= BACK

    async def of_card(self, work: UnitOfWork, cause: Cause) -> About | None:
        """Return the meeting of the card with a reaction. Raises NotAllowed where it is too late.

        Other people's reactions mean something else.
        """
        found = None if cause.about is None else await work.meetings.by_card(cause.about)
        return self._undone(found, Act.UNDO, cause)

    async def of_line(self, work: UnitOfWork, cause: Cause) -> About | None:
        """Return the meeting that a deleted line asked for. Raises NotAllowed where it is too late.

        A line that waits to be read is not read any more.
        """
        reply = cause.reply
        assert reply is not None
        assert reply.about is not None
        found = await work.meetings.by_card(reply.about)
        if found is None or found[0].line != reply.about:
            await work.inbox.taken_back(reply.about, reply.salon)
            return None
        return self._undone(found, Act.END, cause)

    def _undone(self, found: About | None, act: Act, cause: Cause) -> About | None:
        if found is None or found[0].salon != cause.salon:
            return None
        meeting, occurrence = found
        if is_over(occurrence, self.tools.now()) or not allows(
            act, cause, meeting, self.tools.policy
        ):
            return None
        if not self.lately(meeting, cause):
            raise NotAllowed(reason="late", title=titled(meeting))
        return found
