"""`!visio [titre]`, `lien`, `annuler`, `terminer`, `liste`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from bot.commands.listed import Lists, listing
from bot.conversation.context import Commands, Context
from bot.conversation.reactions import UndoMeeting
from bot.conversation.talk import Talk
from bot.conversation.undoing import Closing
from bot.language.commands.invite import Invite
from bot.language.commands.meetings import Cancel, End, Link, List
from bot.language.dates.printed import typed_out
from bot.language.dates.reading import Reading
from bot.language.meeting import Meet
from bridge.domain.authority import Act
from bridge.domain.meeting import Meeting, MeetingState, Occurrence, OccurrenceState
from bridge.domain.message import Parameter, address, phrase
from bridge.domain.series import Reach
from bridge.errors import IdentityUnresolved, InvitationRefused, MeetingAmbiguous, NoMeeting
from bridge.i18n import Language
from bridge.services.meetings.lifecycle import MeetingRequest, Meetings
from bridge.services.meetings.undoing import UNDO
from bridge.services.naming import titled, when
from bridge.services.quotas import Quotas
from bridge.services.series.planning import Planned, Planning
from bridge.services.tools import Tools

Inviting: TypeAlias = Callable[[Context, tuple[Meeting, Occurrence], Invite], Awaitable[None]]
"""Sends links for a meeting, and answers."""

_FIRST = 3
"""The dates that the answer to a request for a series names."""


@dataclass(frozen=True, slots=True)
class MeetingCommands:
    """The commands on meetings, bound to their use cases."""

    tools: Tools
    meetings: Meetings
    planning: Planning
    closing: Closing
    invite: Inviting

    def talk(self) -> Talk:
        """Return the methods that run parsed commands, and a card's reaction."""
        commands: Commands = {
            Meet: self.meet,
            Link: Links(self.meetings).show,
            Cancel: self.cancel,
            End: self.end,
            List: Lists(self.meetings).show,
        }
        return Talk(
            commands=commands,
            reactions={UNDO: UndoMeeting(self.closing)},
            deletions=(self.closing.deleted,),
        )

    async def meet(self, ctx: Context, asked: Meet) -> None:
        """Ask for a meeting or a series, and invite the guests that the line names.

        Raises Refused.
        """
        ctx.origin.check_shown()
        if ctx.identity is None:
            raise IdentityUnresolved
        wanted = MeetingRequest(
            title=asked.title,
            start=asked.start,
            end=asked.end,
            zone=asked.zone or ctx.salon.zone,
            level=ctx.salon.level,
            recurrence=asked.recurrence,
        )
        if not ctx.origin.prefixed:
            await Quotas(self.tools.policy.limits, ctx.now).mentioned(
                ctx.work, ctx.origin.salon, ctx.origin.by
            )
        made = await self.planning.plan(ctx.work, ctx.cause, wanted)
        if made is None:
            return
        if made.series is not None:
            apart = any(one.apart for one in made.occurrences)
            answer = "series.planned-apart" if apart else "series.planned"
            await ctx.answer(answer, _comes_again(made, ctx), n=1)
        if asked.people:
            about = made.meeting, made.occurrences[0]
            await self.invite(ctx, about, Invite(asked.people, proof=asked.proof))

    async def end(self, ctx: Context, asked: End) -> None:
        """End the meeting that is meant. Raises NoMeeting, MeetingAmbiguous, NotAllowed."""
        about = await self.meetings.current(
            ctx.work, ctx.cause, Act.END, title=asked.title, on=asked.day
        )
        await ctx.answer(*await self.closing.close(ctx.work, ctx.cause, about))

    async def cancel(self, ctx: Context, asked: Cancel) -> None:
        """Cancel or end it, whichever is meant. Raises NoMeeting, MeetingAmbiguous, NotAllowed."""
        about = await self.meetings.current(
            ctx.work,
            ctx.cause,
            Act.END,
            title=asked.title,
            on=asked.on,
            series=asked.reach is not Reach.ONE,
        )
        back = self.closing.undoing.lately(about[0], ctx.cause)
        await ctx.answer(
            *await self.closing.close(ctx.work, ctx.cause, about, back=back, reach=asked.reach)
        )


@dataclass(frozen=True, slots=True)
class Links:
    """`lien`: the meeting's link, or another request for it."""

    meetings: Meetings

    async def show(self, ctx: Context, asked: Link) -> None:
        """Show the link of the meeting that is meant; in a direct message, of all that may be."""
        try:
            meeting, occurrence = await self.meetings.kept(
                ctx.work, ctx.cause, title=asked.title, on=asked.day
            )
        except MeetingAmbiguous:
            if not ctx.origin.direct:
                raise
            await self._all(ctx)
            return
        if occurrence.state is OccurrenceState.CANCELLED:
            raise InvitationRefused(reason="cancelled")
        if occurrence.room_in(meeting) is not None:
            await ctx.answer("meeting.link", link_told(meeting, occurrence))
        elif occurrence.apart and meeting.room is not None:
            early = not await self.meetings.ask_room(ctx.work, occurrence)
            told = {"title": titled(meeting, occurrence), "when": when(occurrence)}
            await ctx.answer("meeting.link-later" if early else "meeting.retrying", told)
        elif meeting.state is MeetingState.ENDED:
            raise NoMeeting
        else:
            await self._ask_again(ctx, meeting)

    async def _all(self, ctx: Context) -> None:
        """Show all meetings of the author: there is no card to reply to, and only they read it."""
        known = await self.meetings.listed(ctx.work, ctx.cause)
        links = [
            phrase("meeting.link", link_told(*pair)) for pair in known if pair[1].room_in(pair[0])
        ]
        await ctx.answer(*listing(links))

    async def _ask_again(self, ctx: Context, meeting: Meeting) -> None:
        # The agenda repeats a request under way: another would make a second room.
        if meeting.state is not MeetingState.ASKED:
            ctx.origin.check_shown()
            await self.meetings.retry(ctx.work, meeting)
        await ctx.answer("meeting.retrying", {"title": titled(meeting)})


def _comes_again(made: Planned, ctx: Context) -> dict[str, Parameter]:
    """Return the rule of a series as one types it, and its first dates."""
    first, series = made.occurrences[0], made.series
    assert series is not None
    reading = Reading(
        start=first.wall_start,
        end=first.wall_start + series.length,
        recurrence=series.recurrence,
        zone=series.zone,
    )
    language = ctx.salon.language or Language.FR
    rule = typed_out(reading, now=ctx.now, salon=ctx.salon.zone, language=language)
    return {
        "title": titled(made.meeting, first),
        "rule": rule,
        "rows": [when(one) for one in made.occurrences[:_FIRST]],
    }


def link_told(meeting: Meeting, occurrence: Occurrence) -> dict[str, Parameter]:
    """Return the parameters of the answer of `lien` for a meeting with a room."""
    room = occurrence.room_in(meeting)
    assert room is not None
    url = address(room.url)
    return {"title": titled(meeting, occurrence), "when": when(occurrence), "url": url}
