"""Ending or cancelling a meeting, by a line, a reaction or the deletion of a line."""

from dataclasses import dataclass, replace

import structlog

from bot.conversation.guests import Admitted, admitted
from bot.conversation.mailed import with_mails
from bot.conversation.origins import Origin
from bot.conversation.refusals import refusal
from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.message import Parameter, Parameters, phrase
from bridge.domain.policy import Policy
from bridge.errors import NotAllowed
from bridge.ports import UnitOfWork
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.meetings.undoing import About, Undoing
from bridge.services.naming import titled
from bridge.services.tools import Tools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Closing:
    """Closes meetings, and words the answer."""

    tools: Tools
    meetings: Meetings

    @property
    def undoing(self) -> Undoing:
        """The use case that finds the meeting to take back."""
        return Undoing(self.tools)

    async def close(
        self, work: UnitOfWork, about: About, *, back: bool = False
    ) -> tuple[str, Parameters]:
        """End or cancel a meeting; return the answer, with the consequence for guests inside."""
        meeting, occurrence = about
        known = await admitted(work, occurrence, self.tools.policy)
        inside = await _inside(work, occurrence, known, self.tools.policy)
        closed = await self.meetings.end(work, occurrence, back=back)
        answer = self._answer(meeting, closed, inside)
        return await with_mails(work, self.tools, closed, answer)

    def _answer(self, meeting: Meeting, closed: Occurrence, inside: str) -> tuple[str, Parameters]:
        parameters: dict[str, Parameter] = {"title": titled(meeting, closed)}
        if closed.state is not OccurrenceState.CANCELLED:
            return f"meeting.ended{inside}", parameters
        log.info("meeting.cancelled", meeting=str(meeting.id))
        if inside:
            return "meeting.cancelled-inside", {
                **parameters,
                "inside": phrase(f"meeting.stays{inside}"),
            }
        return "meeting.cancelled" if meeting.room else "meeting.cancelled-unmade", parameters

    async def reacted(self, work: UnitOfWork, origin: Origin) -> None:
        """Take back the meeting whose card got the reaction. Raises NotAllowed."""
        await self._take_back(work, origin, await self.undoing.of_card(work, origin.cause))

    async def deleted(self, work: UnitOfWork, origin: Origin) -> None:
        """Take back the meeting whose line was deleted, or tell the command for it if too late."""
        try:
            about = await self.undoing.of_line(work, origin.cause)
        except NotAllowed as late:
            told = origin.answer(*refusal(late))
            await work.outbox.post(replace(told, reply_to=None))
        else:
            await self._take_back(work, origin, about)

    async def _take_back(self, work: UnitOfWork, origin: Origin, about: About | None) -> None:
        if about is None:
            return
        template, parameters = await self.close(work, about, back=True)
        answer = origin.answer(template, parameters)
        # Neither a reaction nor a deletion is a line that could be answered.
        await work.outbox.post(replace(answer, reply_to=about[1].card, thread=about[0].thread))


async def _inside(work: UnitOfWork, occurrence: Occurrence, known: Admitted, policy: Policy) -> str:
    """Return the sentence's suffix for guests inside: `-out`, `-leaves`, `-inside`."""
    if policy.mode.ejects:
        return "-out" if known.inside else ""
    if policy.mode.ours:
        return "-leaves" if known.inside else ""
    invited = await work.invitations.of_occurrence(occurrence.id)
    return "-inside" if any(one.waiting_since for one in invited) else ""
