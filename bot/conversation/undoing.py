"""Ending or cancelling a meeting, and taking changes back: by lines, reactions, deletions."""

from dataclasses import dataclass, replace

import structlog

from bot.conversation.guests import Admitted, admitted
from bot.conversation.mailed import with_mails
from bot.conversation.origins import Origin
from bot.conversation.refusals import refusal
from bridge.domain.cause import Cause
from bridge.domain.change import ChangeKind
from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.message import Parameter, Parameters, phrase
from bridge.domain.policy import Policy
from bridge.errors import NotAllowed
from bridge.ports import UnitOfWork
from bridge.services.meetings.changes import Changes
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.meetings.undoing import About, Undoing
from bridge.services.naming import titled, when
from bridge.services.tools import Tools

log = structlog.get_logger()

_RESTORED = {
    ChangeKind.MOVE: "meeting.restored-move",
    ChangeKind.RENAME: "meeting.restored-rename",
    ChangeKind.CLOSE: "meeting.restored-close",
    ChangeKind.TAKE_BACK: "meeting.restored-close",
}


@dataclass(frozen=True, slots=True)
class Closing:
    """Closes meetings, and words the answer."""

    tools: Tools
    meetings: Meetings

    @property
    def undoing(self) -> Undoing:
        """The use case that finds the meeting to take back."""
        return Undoing(self.tools)

    @property
    def changes(self) -> Changes:
        """The use cases that take a change back."""
        return Changes(self.tools, self.meetings)

    async def close(
        self,
        work: UnitOfWork,
        cause: Cause,
        about: About,
        *,
        back: bool = False,
        kind: ChangeKind = ChangeKind.CLOSE,
    ) -> tuple[str, Parameters]:
        """End or cancel a meeting; return the answer, with the consequence for guests inside."""
        meeting, occurrence = about
        if occurrence.state is OccurrenceState.PLANNED:
            await self.changes.record(work, cause, about, kind)
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
        """Take back the last change of the card's meeting, else the meeting. Raises NotAllowed."""
        cause = origin.cause
        if await self.changes.of_card(work, cause) is None:
            await self._take_back(work, origin, await self.undoing.of_card(work, cause))
            return
        done = await self.changes.reacted(work, cause)
        if done is not None:
            change, about = done
            answer = await with_mails(work, self.tools, about[1], restored(change.kind, about))
            await self._say(work, origin, about, answer)

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
        kind = ChangeKind.TAKE_BACK
        answer = await self.close(work, origin.cause, about, back=True, kind=kind)
        await self._say(work, origin, about, answer)

    async def _say(
        self, work: UnitOfWork, origin: Origin, about: About, told: tuple[str, Parameters]
    ) -> None:
        answer = origin.answer(*told)
        # Neither a reaction nor a deletion is a line that could be answered.
        await work.outbox.post(replace(answer, reply_to=about[1].card, thread=about[0].thread))


def restored(kind: ChangeKind, about: About) -> tuple[str, Parameters]:
    """Return the answer that says what a meeting is again."""
    return _RESTORED[kind], {"title": titled(*about), "when": when(about[1])}


async def _inside(work: UnitOfWork, occurrence: Occurrence, known: Admitted, policy: Policy) -> str:
    """Return the sentence's suffix for guests inside: `-out`, `-leaves`, `-inside`."""
    if policy.mode.ejects:
        return "-out" if known.inside else ""
    if policy.mode.ours:
        return "-leaves" if known.inside else ""
    invited = await work.invitations.of_occurrence(occurrence.id)
    return "-inside" if any(one.waiting_since for one in invited) else ""
