"""`admettre`, `refuser`, `accueil`: typed or clicked instead of a reaction."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.conversation.context import Commands, Context
from bot.conversation.reactions import AnswerQuestion, PostponeEnd
from bot.conversation.talk import Talk
from bot.language.commands.door import Admit, Host, TurnAway
from bridge.domain.authority import Act
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Parameter
from bridge.errors import GuestAmbiguous, GuestUnknown, MeetingAmbiguous
from bridge.ids import OccurrenceId, QuestionId
from bridge.services.host_page.links import HostLinks
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.naming import titled
from bridge.services.permissions import demand
from bridge.services.seats.choosing import Choosing
from bridge.services.seats.decisions import Seats
from bridge.services.seats.end_warnings import LATER
from bridge.services.seats.modes import Admitting, HostAdmits, SalonAdmits, VisioAdmits
from bridge.services.tools import Tools
from bridge.services.visits.asking import NO, YES, Listing
from bridge.services.visits.snapshot import Admission, admission_held


def admission(tools: Tools, meetings: Meetings, links: HostLinks, admitting: Admitting) -> Talk:
    """Return the commands that answer waiting guests: in Visio, unless the salon admits."""
    match admitting:
        case VisioAdmits():
            return Talk(commands=_ELSEWHERE)
        case HostAdmits(endings=endings):
            return Talk(commands=_ELSEWHERE, reactions={LATER: PostponeEnd(endings)})
        case SalonAdmits(seats=seats, endings=endings):
            return Talk(
                commands=_answering(DoorCommands(tools, meetings, seats), links),
                before={Admit: seats.demand_media},
                reactions={
                    YES: AnswerQuestion(tools, seats, admit=True),
                    NO: AnswerQuestion(tools, seats, admit=False),
                    LATER: PostponeEnd(endings),
                },
            )


def _answering(desk: "DoorCommands", links: HostLinks) -> Commands:

    async def host(ctx: Context, _: Host) -> None:
        meeting, occurrence = await desk.at_whose_door(ctx)
        await links.issue(ctx.work, ctx.cause, meeting, occurrence)
        if not ctx.origin.direct:
            await ctx.answer("host.sent", {"title": titled(meeting, occurrence)})

    return {
        Admit: desk.answering(admit=True),
        TurnAway: desk.answering(admit=False),
        Host: host,
    }


async def _in_visio(ctx: Context, _: Admit | TurnAway | Host) -> None:
    await ctx.answer("admit.in-visio")


_ELSEWHERE: Commands = {Admit: _in_visio, TurnAway: _in_visio, Host: _in_visio}
"""Visio's own page answers waiting guests."""


@dataclass(frozen=True, slots=True)
class DoorCommands:
    """Answers guests who wait at the door of the current meeting."""

    tools: Tools
    meetings: Meetings
    seats: Seats

    @property
    def _choosing(self) -> Choosing:
        return Choosing(self.tools, self.seats)

    def answering(self, *, admit: bool) -> Callable[[Context, Admit | TurnAway], Awaitable[None]]:
        """Return the function that runs `admettre` or `refuser`."""

        async def answer(ctx: Context, asked: Admit | TurnAway) -> None:
            meant = await self._meant(ctx, asked.who, admit=admit)
            decided = await self.seats.decide(ctx.work, meant, admit=admit, by=ctx.origin.by)
            parameters: dict[str, Parameter] = {
                "name": decided.name,
                "title": titled(meant.meeting, meant.occurrence),
            }
            if not decided.first:
                await ctx.answer("admit.late", parameters)
            elif admit:
                await ctx.answer("admit.done", parameters)
            else:
                await ctx.answer("admit.refused", parameters | {"guest": meant.invitation.shown})

        return answer

    async def _meant(self, ctx: Context, who: str, *, admit: bool) -> Admission:
        """Return the guest a command is about: without a name, also that of the notice replied to.

        A guest whom the host removed can be admitted, not refused.

        Raises NoMeeting, GuestUnknown, GuestAmbiguous.
        """
        asked = await self._replied(ctx)
        if asked is not None and not who:
            return await self._choosing.only(ctx.work, asked, ctx.origin.at or ctx.now)
        if asked is not None:
            about = [asked.occurrence.id]
        else:
            about = [occurrence.id for _, occurrence in await self._about(ctx, Act.ANSWER)]
        try:
            visit = await self.seats.find(ctx.work, about, who, back=admit)
        except GuestUnknown as unknown:
            if "reason" in unknown.parameters:
                raise
            raise await self._unknown(ctx, about, who) from unknown
        except GuestAmbiguous as ambiguous:
            raise GuestAmbiguous(**{"reason": "waiting", **ambiguous.parameters}) from ambiguous
        if not who and visit.question is not None:
            await self._same(ctx, visit.question)
        meant = await admission_held(ctx.work, visit.id, self.tools.policy)
        assert meant is not None
        return meant

    async def at_whose_door(self, ctx: Context) -> tuple[Meeting, Occurrence]:
        """Return the meeting that is meant: of several, the only one with a guest at the door.

        Raises NoMeeting, MeetingAmbiguous, NotAllowed.
        """
        about = await self._about(ctx, Act.HOST)
        if len(about) > 1:
            about = [pair for pair in about if await self.seats.waiting(ctx.work, pair[1].id)]
        if len(about) == 1:
            return about[0]
        return await self.meetings.current(ctx.work, ctx.cause, Act.HOST)

    async def _about(self, ctx: Context, act: Act) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return the meetings that may be meant.

        If there are several, the waiting guests decide.
        """
        try:
            return [await self.meetings.current(ctx.work, ctx.cause, act)]
        except MeetingAmbiguous:
            return await self.meetings.listed(ctx.work, ctx.cause, act)

    async def _replied(self, ctx: Context) -> Listing | None:
        """Return the question of this salon that a command replies to."""
        notice = ctx.origin.about
        asked = None if notice is None else await ctx.work.questions.by_notice(notice)
        about = None if asked is None else await self._choosing.question(ctx.work, asked)
        if about is None or about.meeting.salon != ctx.origin.salon:
            return None
        demand(Act.ANSWER, ctx.cause, about.meeting, self.tools.policy)
        return about

    async def _same(self, ctx: Context, question: QuestionId) -> None:
        """Refuse it if the only waiting device has replaced the one that its author read of.

        Raises GuestUnknown, GuestAmbiguous.
        """
        asked = await self._choosing.question(ctx.work, question)
        if asked is not None and not asked.question.back:
            await self._choosing.only(ctx.work, asked, ctx.origin.at or ctx.now)

    async def _unknown(self, ctx: Context, about: Iterable[OccurrenceId], who: str) -> GuestUnknown:
        waiting = await self.seats.waiting(ctx.work, *about)
        if not waiting:
            return GuestUnknown(reason="nobody-waits")
        names = ", ".join(one.name for one in waiting[:5])
        return GuestUnknown(reason="waiting", words=who, names=names)
