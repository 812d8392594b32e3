"""`liste`: a salon's meetings, and in a direct message one's own, by day and in one's own zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot.conversation.card_times import rule_of
from bot.conversation.context import Context
from bot.language.commands.meetings import List, Lookahead
from bridge.domain.authority import ABSENT
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Parameter, clocks, day, hours, in_salon, phrase
from bridge.i18n import Language
from bridge.ids import MeetingId
from bridge.services.federation.hearing import described
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
        listed = await _together(ctx, pairs, asked.ahead)
        rows = [_again(shown(*one.next), one) for one in listed]
        await ctx.answer(*listing(rows, _HERE[asked.ahead]))

    async def _by_day(self, ctx: Context, ahead: Lookahead) -> None:
        zone = await ctx.work.agents.zone(ctx.origin.by) or ctx.salon.zone
        known = await self.meetings.concerning(ctx.work, ctx.cause)
        pairs = until(known, ahead, ctx.now, zone)
        seats = await self._seats(ctx, ahead, zone)
        if seats:
            await ctx.answer(
                "join.seats", {"rows": seats, "zone": clocks(zone)}, n=int(bool(pairs))
            )
        if not pairs:
            if not seats:
                await ctx.answer(_NONE[ahead])
            return
        listed = await _together(ctx, pairs, ahead)
        template = _BY_DAY[ahead] if len(listed) <= ROWS else "meeting.days-first"
        told: dict[str, Parameter] = {
            "zone": clocks(zone),
            "most": ROWS,
            "rows": _days(ctx, listed[:ROWS], zone),
        }
        await ctx.answer(template, told)

    async def _seats(self, ctx: Context, ahead: Lookahead, zone: str) -> list[Parameter]:
        """Return a row for each seat of the author in a partner's meeting."""
        last = _last_day(ahead, ctx.now, zone)
        place = ZoneInfo(zone)
        known = await ctx.work.received_grants.of_user(ctx.origin.by, since=ctx.now)
        return [
            phrase("join.seat-row", described(one, zone))
            for one in known[:ROWS]
            if one.is_to_come(ctx.now)
            and (last is None or (one.starts or ctx.now).astimezone(place).date() <= last)
        ]


def until(pairs: Sequence[_Both], ahead: Lookahead, now: datetime, zone: str) -> Sequence[_Both]:
    """Return those that begin before the end of the day, or of the week, of a zone."""
    last = _last_day(ahead, now, zone)
    if last is None:
        return pairs
    return [pair for pair in pairs if pair[1].start.astimezone(ZoneInfo(zone)).date() <= last]


def _last_day(ahead: Lookahead, now: datetime, zone: str) -> date | None:
    """Return the last day of a list in a zone; `None` if it has none."""
    if ahead is Lookahead.ALL:
        return None
    today = now.astimezone(ZoneInfo(zone)).date()
    return today if ahead is Lookahead.TODAY else today + timedelta(days=6 - today.weekday())


@dataclass(frozen=True, slots=True)
class _Listed:
    """A row's meeting: once, or the next date of a series with those that follow."""

    next: _Both
    more: int = 0
    last: Occurrence | None = None
    """The last of those that follow."""
    rule: str = ""
    """The rule as one types it; empty for one that has no words."""


async def _together(ctx: Context, pairs: Sequence[_Both], ahead: Lookahead) -> list[_Listed]:
    """Return a row's content for each meeting; of a day or a week, for each date of a series."""
    if ahead is not Lookahead.ALL:
        return [_Listed(pair) for pair in pairs]
    dates: dict[MeetingId, list[_Both]] = {}
    for pair in pairs:
        dates.setdefault(pair[0].id, []).append(pair)
    several = [meeting for meeting, those in dates.items() if len(those) > 1]
    known = await ctx.work.series.several(several) if several else {}
    listed = []
    for meeting, those in dates.items():
        series = known.get(meeting)
        if series is None:
            listed += [_Listed(pair) for pair in those]
            continue
        first = those[0][1]
        since = first.original or first.wall_start
        rule = rule_of(series, since, ctx.salon.language or Language.FR)
        listed.append(_Listed(those[0], len(those) - 1, those[-1][1], rule))
    return sorted(listed, key=lambda one: (one.next[1].start, one.next[1].id))


def _again(row: Parameter, one: _Listed) -> Parameter:
    """Return a row with what it says of the dates that follow."""
    if one.last is None:
        return row
    told: dict[str, Parameter] = {
        "row": row,
        "rule": one.rule or phrase("meeting.row-otherwise"),
        "n": one.more,
        "last": day(one.last.start, one.last.zone),
    }
    return phrase("meeting.row-again", told)


def listing(
    rows: Sequence[Parameter], template: str = "meeting.list"
) -> tuple[str, dict[str, Parameter]]:
    """Return the answer that shows the first rows."""
    if len(rows) <= ROWS:
        return template, {"rows": list(rows)}
    return "meeting.list-first", {"rows": list(rows[:ROWS]), "most": ROWS}


def _days(ctx: Context, listed: Sequence[_Listed], zone: str) -> list[Parameter]:
    """Return a row for each day, with the rows of its meetings."""
    place, days = ZoneInfo(zone), []
    for _, those in groupby(listed, key=lambda one: one.next[1].start.astimezone(place).date()):
        of_day = list(those)
        rows: list[Parameter] = [_row(ctx, one, zone) for one in of_day]
        days.append(
            phrase("meeting.day", {"day": day(of_day[0].next[1].start, zone), "rows": rows})
        )
    return days


def _row(ctx: Context, one: _Listed, zone: str) -> Parameter:
    """Return a meeting of a day; its salon is named to members alone."""
    meeting, occurrence = one.next
    times = hours(occurrence.start, occurrence.end, zone)
    told = {"times": times, "title": titled(meeting, occurrence)}
    row = phrase("meeting.day-row", told)
    member = ctx.cause.actor.person(meeting.salon).membership or ABSENT
    if meeting.salon not in (None, ctx.origin.salon) and member.present:
        row = in_salon(row, meeting.salon)
    return _again(row, one)
