"""`!visio [titre]`, `lien`, `annuler`, `terminer`, `liste`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from bot.commands.context import Commands, Context
from bot.language.command import Cancel, End, Invite, Link, List, Meet
from bot.undoing import Closing
from bridge.domain.authority import Act
from bridge.domain.meeting import Meeting, MeetingState, Occurrence, OccurrenceState
from bridge.domain.message import Fact, address, phrase
from bridge.errors import IdentityUnresolved, InvitationRefused, MeetingAmbiguous, NoMeeting
from bridge.ports import Identities
from bridge.services.meetings.lifecycle import MeetingRequest, Meetings
from bridge.services.naming import shown, titled, when
from bridge.services.quotas import Quotas

Inviting: TypeAlias = Callable[[Context, tuple[Meeting, Occurrence], Invite], Awaitable[None]]
"""Sends links for a meeting, and answers."""


def meeting_commands(meetings: Meetings, identities: Identities, invite: Inviting) -> Commands:
    """Return the commands on meetings, bound to their use cases."""
    closing = Closing(meetings)

    async def end(ctx: Context, _: End) -> None:
        about = await meetings.current(ctx.work, ctx.cause, Act.END)
        await ctx.answer(*await closing.close(ctx.work, about))

    async def cancel(ctx: Context, _: Cancel) -> None:
        about = await meetings.current(ctx.work, ctx.cause, Act.END)
        back = closing.undoing.lately(about[0], ctx.cause)
        await ctx.answer(*await closing.close(ctx.work, about, back=back))

    async def listed(ctx: Context, _: List) -> None:
        rows = [shown(*pair) for pair in await meetings.listed(ctx.work, ctx.cause)]
        if rows:
            await ctx.answer("meeting.list", {"rows": rows})
        else:
            await ctx.answer("meeting.list-empty")

    return {
        Meet: partial(_meet, meetings, identities, invite),
        Link: Links(meetings).show,
        Cancel: cancel,
        End: end,
        List: listed,
    }


async def _meet(
    meetings: Meetings, identities: Identities, invite: Inviting, ctx: Context, asked: Meet
) -> None:
    ctx.origin.check_shown()
    if await identities.resolve(ctx.origin.by) is None:
        raise IdentityUnresolved
    wanted = MeetingRequest(
        title=asked.title,
        start=asked.start,
        end=asked.end,
        zone=ctx.salon.zone,
        level=ctx.salon.level,
    )
    if not ctx.origin.prefixed:
        await Quotas(meetings.policy.limits, ctx.now).mentioned(
            ctx.work, ctx.origin.salon, ctx.origin.by
        )
    made = await meetings.ask(ctx.work, ctx.cause, wanted)
    if made is not None and asked.people:
        await invite(ctx, made, Invite(asked.people, proof=asked.proof))


@dataclass(frozen=True, slots=True)
class Links:
    """`lien`: the meeting's link, or the request for it made again."""

    meetings: Meetings

    async def show(self, ctx: Context, _: Link) -> None:
        """Show the link of the meeting that is meant; in a direct message of all that may be."""
        try:
            meeting, occurrence = await self.meetings.kept(ctx.work, ctx.cause)
        except MeetingAmbiguous:
            if not ctx.origin.direct:
                raise
            await self._all(ctx)
            return
        if occurrence.state is OccurrenceState.CANCELLED:
            raise InvitationRefused(reason="cancelled")
        if meeting.room is not None:
            await ctx.answer("meeting.link", _link(meeting, occurrence))
        elif meeting.state is MeetingState.ENDED:
            raise NoMeeting
        else:
            await self._ask_again(ctx, meeting)

    async def _all(self, ctx: Context) -> None:
        """Show all the author's own: no card is here to reply to, and only they read it."""
        known = await self.meetings.listed(ctx.work, ctx.cause)
        rows: list[Fact] = [phrase("meeting.link", _link(*pair)) for pair in known if pair[0].room]
        await ctx.answer("meeting.list", {"rows": rows})

    async def _ask_again(self, ctx: Context, meeting: Meeting) -> None:
        # What is asked already is asked again by the agenda: a second request, a second room.
        if meeting.state is not MeetingState.ASKED:
            ctx.origin.check_shown()
            await self.meetings.retry(ctx.work, meeting)
        await ctx.answer("meeting.retrying", {"title": titled(meeting)})


def _link(meeting: Meeting, occurrence: Occurrence) -> dict[str, Fact]:
    assert meeting.room is not None
    url = address(meeting.room.url)
    return {"title": titled(meeting), "when": when(occurrence), "url": url}
