"""`!visio [titre]`, `lien`, `terminer`, `liste`."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from bot.commands.context import Commands, Context
from bot.guests import admitted
from bot.language.options import End, Invite, Link, List, Meet
from bridge.domain.authority import Act
from bridge.domain.meeting import Meeting, MeetingState, Occurrence
from bridge.domain.message import Fact, address
from bridge.domain.policy import Policy
from bridge.errors import IdentityUnresolved, NoMeeting
from bridge.ports import Identities
from bridge.services.meetings import Meetings, Wanted
from bridge.services.naming import shown, titled, when

Inviting: TypeAlias = Callable[[Context, tuple[Meeting, Occurrence], Invite], Awaitable[None]]
"""Sends links for a meeting, and answers."""


def meeting_commands(meetings: Meetings, identities: Identities, invite: Inviting) -> Commands:
    """Return the commands on meetings, bound to their use cases."""

    async def link(ctx: Context, _: Link) -> None:
        meeting, occurrence = await meetings.kept(ctx.work, ctx.origin)
        if meeting.room is not None:
            facts: dict[str, Fact] = {"title": titled(meeting), "when": when(occurrence)}
            await ctx.answer("meeting.link", facts | {"url": address(meeting.room.url)})
            return
        if meeting.state is MeetingState.ENDED:
            raise NoMeeting
        # What is asked already is asked again by the agenda: a second request, a second room.
        if meeting.state is not MeetingState.ASKED:
            meetings.check_shown(ctx.origin)
            await meetings.retry(ctx.work, meeting)
        await ctx.answer("meeting.retrying", {"title": titled(meeting)})

    async def end(ctx: Context, _: End) -> None:
        meeting, occurrence = await meetings.current(ctx.work, ctx.origin, Act.END)
        ended = await _ended(ctx, occurrence, meetings.policy)
        await meetings.end(ctx.work, occurrence)
        await ctx.answer(ended, {"title": titled(meeting)})

    async def listed(ctx: Context, _: List) -> None:
        rows = [shown(*pair) for pair in await meetings.listed(ctx.work, ctx.origin)]
        if rows:
            await ctx.answer("meeting.list", {"rows": rows})
        else:
            await ctx.answer("meeting.list-empty")

    return {Meet: partial(_meet, meetings, identities, invite), Link: link, End: end, List: listed}


async def _meet(
    meetings: Meetings, identities: Identities, invite: Inviting, ctx: Context, asked: Meet
) -> None:
    if await identities.resolve(ctx.origin.by) is None:
        raise IdentityUnresolved
    wanted = Wanted(
        title=asked.title,
        start=asked.start,
        end=asked.end,
        zone=ctx.salon.zone,
        level=ctx.salon.level,
    )
    made = await meetings.ask(ctx.work, ctx.origin, wanted)
    if made is not None and asked.people:
        await invite(ctx, made, Invite(asked.people))


async def _ended(ctx: Context, occurrence: Occurrence, policy: Policy) -> str:
    """Return the sentence for the end of a meeting: what becomes of those inside."""
    known = await admitted(ctx.work, occurrence, policy)
    if policy.ejects:
        return "meeting.ended-out" if known.inside else "meeting.ended"
    if policy.way.ours:
        return "meeting.ended-leaves" if known.inside else "meeting.ended"
    invited = await ctx.work.invitations.of_occurrence(occurrence.id)
    followed = any(one.waiting_since for one in invited)
    return "meeting.ended-inside" if followed else "meeting.ended"
