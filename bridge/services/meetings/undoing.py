"""Taking back a meeting that was asked for by mistake.

Only for ten minutes, unless a command is typed: tidying up a salon cancels no old meeting.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from bridge.domain.authority import Act
from bridge.domain.cause import Cause
from bridge.domain.meeting import Meeting, Occurrence
from bridge.errors import NotAllowed
from bridge.ports import UnitOfWork
from bridge.ports.work import HasMeetings
from bridge.services.meetings.lifecycle import is_over
from bridge.services.naming import titled
from bridge.services.permissions import allows
from bridge.services.tools import Tools

About: TypeAlias = tuple[Meeting, Occurrence]

UNDO = "↩"
"""The reaction to its card that takes a meeting back."""
BACK = timedelta(minutes=10)
"""How long after the request a meeting can be taken back."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """Finds the meeting to take back; `cause.about` is the event that was touched."""

    tools: Tools

    def lately(self, meeting: Meeting, cause: Cause) -> bool:
        """Tell whether the cause came soon after the request, however late we read it."""
        now = self.tools.now()
        return min(cause.at or now, now) - meeting.created_at <= BACK

    async def of_card(self, work: HasMeetings, cause: Cause) -> About | None:
        """Return the meeting of the card with a reaction. Raises NotAllowed if it is too late.

        Other people's reactions mean something else.
        """
        found = None if cause.about is None else await work.meetings.by_card(cause.about)
        return self._undone(found, Act.UNDO, cause)

    async def of_line(self, work: UnitOfWork, cause: Cause) -> About | None:
        """Return the meeting that a deleted line asked for. Raises NotAllowed if it is too late.

        A deleted line that still waits to be read will not be read.
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
            raise NotAllowed(reason="late", title=titled(meeting, occurrence))
        return found
