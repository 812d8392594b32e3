"""📅 and ❌ on the message that tells of a time which a guest proposes.

The meeting moves there, or the guest is told that it does not.
"""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from bot.conversation.mailed import with_mails
from bot.conversation.origins import Origin
from bot.conversation.talk import Talk
from bot.conversation.undoing import has_others
from bridge.domain.agenda import Due, Kind
from bridge.domain.authority import Act
from bridge.domain.change import ChangeKind
from bridge.domain.counter import Proposal, proposal_of
from bridge.domain.message import Parameter
from bridge.domain.wall import wall_of
from bridge.errors import Refused
from bridge.ids import EventId
from bridge.ports import UnitOfWork
from bridge.services.incoming.counters import TAKE
from bridge.services.invitations.declining import refuse
from bridge.services.naming import titled, when
from bridge.services.permissions import demand
from bridge.services.series.changes import Changes
from bridge.services.series.restorations import Restorations
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class TakeProposal:
    """Moves a meeting to the time that a guest proposes."""

    tools: Tools
    changes: Changes
    restoring: Restorations
    lasts: bool = False

    def talk(self) -> Talk:
        """Return it as the reaction that it is."""
        return Talk(reactions={TAKE: self})

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on a message that tells of such a time."""
        return await _proposal(work, target) is not None

    async def refused(self) -> None:
        """Ask nobody."""

    async def take(self, work: UnitOfWork, origin: Origin, _: Refused | None, /) -> None:
        """Move the meeting. Raises NotAllowed, MeetingOver, MeetingBegun."""
        notice = origin.about
        wish = None if notice is None else await _proposal(work, notice)
        about = None if wish is None else await work.meetings.both(wish.occurrence)
        if wish is None or about is None:
            return
        meeting, occurrence = about
        # People elsewhere may know an event's id, and have no right here.
        if meeting.salon not in (None, origin.salon):
            return
        demand(Act.CHANGE, origin.cause, meeting, self.tools.policy)
        told: dict[str, Parameter] = {"title": titled(*about), "when": when(occurrence)}
        if occurrence.sequence != wish.version:
            answer = origin.answer("counter.overtaken", told)
            await work.outbox.post(replace(answer, reply_to=notice))
            return
        wall = wall_of(wish.start, ZoneInfo(occurrence.zone))
        changed = await self.changes.move(work, about, wall, length=wish.length)
        await self.restoring.record(work, origin.cause, ChangeKind.MOVE, changed)
        moved = next(one.after for one in changed.dates if one.before.id == occurrence.id)
        told |= {"when": when(moved), "before": when(occurrence), "dates": 1}
        others = await has_others(work, moved, self.tools)
        taken = "series.date-moved" if others else "meeting.moved"
        template, parameters = await with_mails(work, self.tools, moved, (taken, told))
        await work.outbox.post(replace(origin.answer(template, parameters), reply_to=notice))


@dataclass(frozen=True, slots=True)
class RefuseProposal:
    """Has a guest told that the time which they propose is not taken."""

    tools: Tools
    lasts: bool = False

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on a message that tells of such a time."""
        return await _proposal(work, target) is not None

    async def refused(self) -> None:
        """Ask nobody."""

    async def take(self, work: UnitOfWork, origin: Origin, _: Refused | None, /) -> None:
        """Plan the mail, once. Raises NotAllowed."""
        notice = origin.about
        wish = None if notice is None else await _proposal(work, notice)
        about = None if wish is None else await work.meetings.both(wish.occurrence)
        if wish is None or about is None or about[0].salon not in (None, origin.salon):
            return
        demand(Act.CHANGE, origin.cause, about[0], self.tools.policy)
        now = self.tools.now()
        if wish.sequence is None or about[1].sequence != wish.version or about[1].end <= now:
            return  # nothing is owed, or it was answered when the meeting changed
        invitation = await work.invitations.get(wish.invitation)
        if invitation is None or invitation.revoked_at is not None:
            return
        await refuse(work, wish, now)
        await work.agenda.plan([Due(Kind.DECLINE, wish.due, now)])
        told: dict[str, Parameter] = {"guest": invitation.shown, "title": titled(*about)}
        answer = origin.answer("counter.refused", told)
        await work.outbox.post(replace(answer, reply_to=notice))


async def _proposal(work: UnitOfWork, notice: EventId) -> Proposal | None:
    key = await work.outbox.key_of(notice)
    return None if key is None else proposal_of(key)
