"""`liste`: a salon's meetings, and in a direct message one's own, by day and in one's own zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.language.commands.meetings import List, Lookahead
from bridge.domain.authority import ABSENT
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Parameter, clocks, day, hours, in_salon, phrase
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.naming import shown, titled

_Both: TypeAlias = tuple[Meeting, Occurrence]

ROWS = 50
"""The most meetings that one answer lists: Matrix takes no message of more than 64 KiB."""
_HERE = {
    Lookahead.ALL: "meeting.list",
    Lookahead.TODAY: "meeting.list-today",
    Lookahead.WEEK: "meeting.list-week",
}
_BY_DAY = {
    Lookahead.ALL: "meeting.days",
    Lookahead.TODAY: "meeting.days-today",
    Lookahead.WEEK: "meeting.days-week",
}
_NONE = {
    Lookahead.ALL: "meeting.list-empty",
    Lookahead.TODAY: "meeting.list-empty-today",
    Lookahead.WEEK: "meeting.list-empty-week",
}


@dataclass(frozen=True, slots=True)
class Lists:
    """The command that lists meetings, bound to its use cases."""

    meetings: Meetings

    async def show(self, ctx: Context, asked: List) -> None:
        """List the meetings that are not over, as far ahead as asked."""
        if ctx.origin.direct:
            await self._by_day(ctx, asked.ahead)
            return
        known = await self.meetings.listed(ctx.work, ctx.cause)
        pairs = until(known, asked.ahead, ctx.now, ctx.salon.zone)
        if not pairs:
            await ctx.answer(_NONE[asked.ahead])
            return
        rows = [shown(*pair) for pair in pairs]
        await ctx.answer(*listing(rows, _HERE[asked.ahead]))

    async def _by_day(self, ctx: Context, ahead: Lookahead) -> None:
        zone = await ctx.work.agents.zone(ctx.origin.by) or ctx.salon.zone
        known = await self.meetings.concerning(ctx.work, ctx.cause)
        pairs = until(known, ahead, ctx.now, zone)
        if not pairs:
            await ctx.answer(_NONE[ahead])
            return
        template = _BY_DAY[ahead] if len(pairs) <= ROWS else "meeting.days-first"
        told: dict[str, Parameter] = {
            "zone": clocks(zone),
            "most": ROWS,
            "rows": _days(ctx, pairs[:ROWS], zone),
        }
        await ctx.answer(template, told)


def until(pairs: Sequence[_Both], ahead: Lookahead, now: datetime, zone: str) -> Sequence[_Both]:
    """Return those that begin before the end of the day, or of the week, of a zone."""
    if ahead is Lookahead.ALL:
        return pairs
    today = now.astimezone(ZoneInfo(zone)).date()
    last = today if ahead is Lookahead.TODAY else today + timedelta(days=6 - today.weekday())
    return [pair for pair in pairs if pair[1].start.astimezone(ZoneInfo(zone)).date() <= last]


def listing(
    rows: Sequence[Parameter], template: str = "meeting.list"
) -> tuple[str, dict[str, Parameter]]:
    """Return the answer that shows the first rows."""
    if len(rows) <= ROWS:
        return template, {"rows": list(rows)}
    return "meeting.list-first", {"rows": list(rows[:ROWS]), "most": ROWS}


def _days(ctx: Context, pairs: Sequence[_Both], zone: str) -> list[Parameter]:
    """Return a row for each day, with the rows of its meetings."""
    place, days = ZoneInfo(zone), []
    for _, those in groupby(pairs, key=lambda pair: pair[1].start.astimezone(place).date()):
        of_day = list(those)
        rows: list[Parameter] = [_row(ctx, *pair, zone) for pair in of_day]
        days.append(phrase("meeting.day", {"day": day(of_day[0][1].start, zone), "rows": rows}))
    return days


def _row(ctx: Context, meeting: Meeting, occurrence: Occurrence, zone: str) -> Parameter:
    """Return a meeting of a day; its salon is named to members alone."""
    times = hours(occurrence.start, occurrence.end, zone)
    row = phrase("meeting.day-row", {"times": times, "title": titled(meeting, occurrence)})
    member = ctx.cause.actor.person(meeting.salon).membership or ABSENT
    if meeting.salon is None or meeting.salon == ctx.origin.salon or not member.present:
        return row
    return in_salon(row, meeting.salon)
