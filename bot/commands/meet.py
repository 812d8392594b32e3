"""`!visio [titre]`, `lien`, `terminer`, `liste`."""

from bot.commands.context import Commands, Context
from bot.language.options import End, Link, List, Meet
from bridge.domain.meeting import MeetingState
from bridge.domain.message import Fact
from bridge.errors import IdentityUnresolved, NoMeeting
from bridge.services.meetings import Meetings, Wanted, shown, titled, when


def meeting_commands(meetings: Meetings) -> Commands:
    """Return the commands on meetings, bound to their use cases."""

    async def meet(ctx: Context, asked: Meet) -> None:
        if await meetings.identities.resolve(ctx.origin.by) is None:
            raise IdentityUnresolved
        await meetings.ask(
            ctx.work,
            ctx.origin,
            Wanted(
                title=asked.title,
                start=asked.start,
                end=asked.end,
                zone=ctx.salon.zone,
                level=ctx.salon.level,
            ),
        )

    async def link(ctx: Context, _: Link) -> None:
        meeting, occurrence = await meetings.kept(ctx.work, ctx.origin)
        if meeting.room is not None:
            facts: dict[str, Fact] = {"title": titled(meeting), "when": when(occurrence)}
            await ctx.answer("meeting.link", facts | {"url": meeting.room.url})
            return
        if meeting.state is MeetingState.ENDED:
            raise NoMeeting
        # What is asked already is asked again by the agenda: a second request, a second room.
        if meeting.state is not MeetingState.ASKED:
            await meetings.retry(ctx.work, meeting)
        await ctx.answer("meeting.retrying", {"title": titled(meeting)})

    async def end(ctx: Context, _: End) -> None:
        meeting, occurrence = await meetings.current(ctx.work, ctx.origin)
        meetings.check_steward(ctx.origin, meeting)
        await meetings.end(ctx.work, occurrence)
        known = await ctx.work.invitations.of_occurrence(occurrence.id)
        inside = any(one.waiting_since for one in known)
        template = "meeting.ended-inside" if inside else "meeting.ended"
        await ctx.answer(template, {"title": titled(meeting)})

    async def listed(ctx: Context, _: List) -> None:
        rows = [shown(*pair) for pair in await meetings.listed(ctx.work, ctx.origin)]
        if rows:
            await ctx.answer("meeting.list", {"rows": rows})
        else:
            await ctx.answer("meeting.list-empty")

    return {Meet: meet, Link: link, End: end, List: listed}
