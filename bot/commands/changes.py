"""`déplacer`, `renommer`, `rétablir`."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from bot.conversation.context import Commands, Context
from bot.conversation.mailed import with_mails
from bot.conversation.undoing import has_others, restored
from bot.language.commands.changes import Move, Rename, Restore
from bridge.domain.authority import Act
from bridge.domain.change import ChangeKind
from bridge.domain.meeting import Occurrence
from bridge.domain.message import Parameter, Parameters
from bridge.domain.series import Reach
from bridge.domain.wall import wall_of
from bridge.ids import UserId
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.naming import titled, when
from bridge.services.series.changes import Changes, SeriesChanged
from bridge.services.series.restorations import Restorations
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class ChangeCommands:
    """The commands that change a meeting, bound to their use cases."""

    tools: Tools
    meetings: Meetings
    changes: Changes
    restoring: Restorations

    def table(self) -> Commands:
        """Return the method that runs each parsed command."""
        return {Move: self.move, Rename: self.rename, Restore: self.restore}

    async def move(self, ctx: Context, asked: Move) -> None:
        """Move the meeting that is meant; its card, links and guests' mails follow.

        Raises NoMeeting, MeetingAmbiguous, NotAllowed, MeetingOver, MeetingBegun, TimeRefused,
        SeriesUnmoved, RecurrenceRefused.
        """
        about = await self.meetings.current(
            ctx.work,
            ctx.cause,
            Act.CHANGE,
            title=asked.title,
            on=asked.on,
            series=asked.reach is not Reach.ONE,
        )
        occurrence = about[1]
        start, end = asked.to(occurrence.start, occurrence.end)
        wall = wall_of(start, ZoneInfo(occurrence.zone))
        changed = await self.changes.move(
            ctx.work, about, wall, reach=asked.reach, length=end - start
        )
        await self.restoring.record(ctx.work, ctx.cause, ChangeKind.MOVE, changed)
        moved = _of(changed, occurrence)
        parameters: dict[str, Parameter] = {
            "title": titled(changed.meeting, moved),
            "when": when(moved),
            "before": when(occurrence),
            "dates": len(changed.dates),
        }
        told = "series.moved" if len(changed.dates) > 1 else "meeting.moved"
        if told == "meeting.moved" and await has_others(ctx.work, moved, self.tools):
            told = "series.date-moved"
        await self._answer(ctx, moved, (told, parameters))

    async def rename(self, ctx: Context, asked: Rename) -> None:
        """Rename the meeting that is meant. Raises as `move` does."""
        about = await self.meetings.current(
            ctx.work,
            ctx.cause,
            Act.CHANGE,
            title=asked.old,
            on=asked.on,
            series=asked.reach is not Reach.ONE,
        )
        before = titled(*about)
        changed = await self.changes.rename(ctx.work, about, asked.title, reach=asked.reach)
        await self.restoring.record(ctx.work, ctx.cause, ChangeKind.RENAME, changed)
        renamed = _of(changed, about[1])
        parameters: dict[str, Parameter] = {"title": asked.title, "before": before}
        told = "meeting.renamed"
        if len(changed.dates) == 1 and await has_others(ctx.work, renamed, self.tools):
            told, parameters["when"] = "series.date-renamed", when(renamed)
        answer = told, parameters
        await ctx.answer(*await with_mails(ctx.work, self.tools, renamed, answer))

    async def restore(self, ctx: Context, _: Restore) -> None:
        """Take back the last change. Raises NothingToRestore, NotAllowed."""
        change, about = await self.restoring.restore(ctx.work, ctx.cause)
        await self._answer(ctx, about[1], restored(change, about))

    async def _answer(
        self, ctx: Context, occurrence: Occurrence, answer: tuple[str, Parameters]
    ) -> None:
        """Answer, with a notification for the colleagues who are expected."""
        template, parameters = await with_mails(ctx.work, self.tools, occurrence, answer)
        told = ctx.origin.answer(template, parameters)
        await ctx.work.outbox.post(replace(told, mentions=_expected(occurrence, ctx)))


def _of(changed: SeriesChanged, occurrence: Occurrence) -> Occurrence:
    return next(one.after for one in changed.dates if one.before.id == occurrence.id)


def _expected(occurrence: Occurrence, ctx: Context) -> tuple[UserId, ...]:
    """Return the colleagues to notify: those who read the answer, but not its cause's author."""
    known = (one.user for one in occurrence.colleagues)
    return tuple(one for one in known if one and one in ctx.state.members and one != ctx.origin.by)
