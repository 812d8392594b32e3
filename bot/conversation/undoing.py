"""Ending or cancelling a meeting, and taking changes back: by lines, reactions, deletions."""

from dataclasses import dataclass, replace

import structlog

from bot.conversation.guests import Admitted, admitted
from bot.conversation.mailed import with_mails
from bot.conversation.origins import Origin
from bot.conversation.refusals import refusal
from bridge.domain.cause import Cause
from bridge.domain.change import Change, ChangeKind
from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.message import Parameter, Parameters, phrase
from bridge.domain.policy import Policy
from bridge.domain.series import Reach
from bridge.errors import MeetingOver, NotAllowed
from bridge.ports import UnitOfWork
from bridge.ports.work import HasMeetings
from bridge.services.meetings.undoing import About, Undoing
from bridge.services.naming import titled, when
from bridge.services.series.changes import Changes, SeriesChanged
from bridge.services.series.restorations import Restorations
from bridge.services.tools import Tools

log = structlog.get_logger()

_RESTORED = {
    ChangeKind.MOVE: "meeting.restored-move",
    ChangeKind.RENAME: "meeting.restored-rename",
    ChangeKind.CLOSE: "meeting.restored-close",
    ChangeKind.TAKE_BACK: "meeting.restored-close",
}
_SEVERAL = {
    ChangeKind.MOVE: "series.restored-move",
    ChangeKind.CLOSE: "series.restored-close",
}
"""The same of several dates."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Closes meetings, and words the answer."""

    tools: Tools
    changes: Changes
    restoring: Restorations

    @property
    def undoing(self) -> Undoing:
        """The use case that finds the meeting to take back."""
        return Undoing(self.tools)

    async def close(
        self,
        work: UnitOfWork,
        cause: Cause,
        about: About,
        *,
        back: bool = False,
        kind: ChangeKind = ChangeKind.CLOSE,
        reach: Reach = Reach.ONE,
    ) -> tuple[str, Parameters]:
        """End or cancel a meeting; return the answer, with the consequence for guests inside."""
        meeting, occurrence = about
        known = await admitted(work, occurrence, self.tools.policy)
        inside = await _inside(work, occurrence, known, self.tools.policy)
        closed = occurrence
        if occurrence.state is OccurrenceState.PLANNED:
            changed = await self.changes.cancel(work, about, reach=reach, back=back)
            await self.restoring.record(work, cause, kind, changed)
            if not changed.dates:
                raise MeetingOver(title=titled(*about))
            after = {one.before.id: one.after for one in changed.dates}
            closed = after.get(occurrence.id, changed.dates[0].after)
            if len(changed.dates) > 1:
                return await with_mails(work, self.tools, closed, _cancelled(changed, occurrence))
        others = await has_others(work, closed, self.tools)
        answer = self._answer(meeting, closed, inside, others=others)
        return await with_mails(work, self.tools, closed, answer)

    def _answer(
        self, meeting: Meeting, closed: Occurrence, inside: str, *, others: bool
    ) -> tuple[str, Parameters]:
        parameters: dict[str, Parameter] = {"title": titled(meeting, closed)}
        if closed.state is not OccurrenceState.CANCELLED:
            return f"meeting.ended{inside}", parameters
        log.info("meeting.cancelled", meeting=str(meeting.id))
        if others:
            parameters["when"] = when(closed, planned=True)
        of = "series.date-cancelled" if others else "meeting.cancelled"
        if inside:
            return f"{of}-inside", {**parameters, "inside": phrase(f"meeting.stays{inside}")}
        if others:
            return of, parameters
        made = closed.room_in(meeting) is not None
        return "meeting.cancelled" if made else "meeting.cancelled-unmade", parameters

    async def reacted(self, work: UnitOfWork, origin: Origin) -> None:
        """Take back the last change of the card's meeting, else the meeting. Raises NotAllowed."""
        cause = origin.cause
        if await self.restoring.of_card(work, cause) is None:
            await self._take_back(work, origin, await self.undoing.of_card(work, cause))
            return
        done = await self.restoring.reacted(work, cause)
        if done is not None:
            change, about = done
            answer = await with_mails(work, self.tools, about[1], restored(change, about))
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
        # The line asked for the whole series.
        reach, kind = Reach.ALL, ChangeKind.TAKE_BACK
        answer = await self.close(work, origin.cause, about, back=True, kind=kind, reach=reach)
        await self._say(work, origin, about, answer)

    async def _say(
        self, work: UnitOfWork, origin: Origin, about: About, told: tuple[str, Parameters]
    ) -> None:
        answer = origin.answer(*told)
        # Neither a reaction nor a deletion is a line that could be answered.
        await work.outbox.post(replace(answer, reply_to=about[1].card, thread=about[0].thread))


def _cancelled(changed: SeriesChanged, occurrence: Occurrence) -> tuple[str, Parameters]:
    """Return the answer that several dates of a series are cancelled."""
    return "series.cancelled", {
        "title": titled(changed.meeting),
        "dates": len(changed.dates),
        "when": when(occurrence),
    }


def restored(change: Change, about: About) -> tuple[str, Parameters]:
    """Return the answer that says what a meeting, or several of its dates, is again."""
    parameters: dict[str, Parameter] = {"title": titled(*about), "when": when(about[1])}
    dates, several = len(change.before), _SEVERAL.get(change.kind)
    if dates > 1 and several is not None:
        return several, {**parameters, "dates": dates}
    return _RESTORED[change.kind], parameters


async def has_others(work: HasMeetings, occurrence: Occurrence, tools: Tools) -> bool:
    """Tell whether the series of a date has others to come."""
    if occurrence.original is None:
        return False
    planned = await work.meetings.planned_of(occurrence.meeting, ending_after=tools.now())
    return any(one.id != occurrence.id for one in planned)


async def _inside(work: UnitOfWork, occurrence: Occurrence, known: Admitted, policy: Policy) -> str:
    """Return the sentence's suffix for guests inside: `-out`, `-leaves`, `-inside`."""
    if policy.mode.ejects:
        return "-out" if known.inside else ""
    if policy.mode.ours:
        return "-leaves" if known.inside else ""
    invited = await work.invitations.of_occurrence(occurrence.id)
    return "-inside" if any(one.waiting_since for one in invited) else ""
