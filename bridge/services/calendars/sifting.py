"""Sifts the events of a calendar: most can not concern us, and their texts are not kept."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple, TypeVar

from bridge.domain.calendar import AgentCalendar, CalendarObject
from bridge.ports.agent_calendars import KnownObject
from bridge.ports.calendar_servers import ObjectText
from bridge.services.tools import Tools

_T = TypeVar("_T")
_FOLDS = (b"\n ", b"\n\t")
_UID = re.compile(rb"^uid:(.*)$", re.MULTILINE)
_ORGANIZER = re.compile(rb"^organizer[;:]", re.MULTILINE)
_TIMES = re.compile(rb"^dt(?:start|end)[^:\n]*:(\d{8})", re.MULTILINE)
_LASTING = re.compile(rb"^(?:rrule|rdate|duration|recurrence-id)[;:]", re.MULTILINE)
"""Such an event may last beyond its own times, or says them in another way."""
_BEGIN = b"begin:vevent"
_BETWEEN = b"\0"
"""Between texts that are unfolded together: no text of a calendar has it."""
_TAG, _OURS = b"#visio", b"x-tchap-visio-id"
_MARGIN = timedelta(days=2)
"""An event's times may be those of any zone."""
_PART = 100
"""Items after which others get their turn: some milliseconds of work."""


class _Unfolded(NamedTuple):
    """A text in UTF-8 without its folds, as it is and in lower case."""

    plain: bytes
    lower: bytes

    def over(self, since: bytes) -> bool:
        """Tell whether it is surely over since that day: most events of a calendar are."""
        event = self.lower[max(self.lower.find(_BEGIN), 0) :]  # a zone before it has rules
        times = _TIMES.findall(event)
        return bool(times) and max(times) < since and not _LASTING.search(event)

    def uid(self) -> str:
        """Return its UID; empty if it has none."""
        found = _UID.search(self.lower)
        if found is None:
            return ""
        return self.plain[found.start(1) : found.end(1)].strip().decode(errors="surrogatepass")


async def sifted(
    tools: Tools,
    calendar: AgentCalendar,
    texts: Mapping[str, ObjectText],
    known: Mapping[str, KnownObject],
) -> tuple[dict[str, ObjectText], frozenset[str]]:
    """Return the events that may concern us, and the paths of our twins among them.

    A twin is an event without a meeting that is one of ours by its UID: a server that invites
    people itself gives each of them such a copy, sometimes before we know the meeting. An event
    that is over asks for no meeting, and is no twin that matters.
    """
    unfolded = _unfolded_all(texts)
    since = f"{tools.now() - _MARGIN:%Y%m%d}".encode()
    kept = {
        href
        for href, one in unfolded.items()
        if _OURS in one.lower
        or ((row := known.get(href)) is not None and row.meeting is not None)
        or ((calendar.salon is not None or _TAG in one.lower) and not one.over(since))
    }
    invited = {
        href: uid
        for href, one in unfolded.items()
        if ((row := known.get(href)) is None or row.meeting is None)
        and _ORGANIZER.search(one.lower)
        and not one.over(since)
        and (uid := one.uid())
    }
    twins = await _twins(tools, invited)
    return {href: one for href, one in texts.items() if href in kept or href in twins}, twins


async def rows_at(
    tools: Tools, calendar: AgentCalendar, hrefs: Collection[str]
) -> dict[str, CalendarObject]:
    """Return the rows of a calendar's events, by path; others get their turn meanwhile."""
    found: dict[str, CalendarObject] = {}
    async for some in in_turns(sorted(hrefs)):
        async with tools.works.reading() as work:
            rows = await work.calendars.objects_at(calendar.id, some)
            found |= {one.href: one for one in rows}
    return found


async def in_turns(items: Sequence[_T]) -> AsyncIterator[Sequence[_T]]:
    """Give items in parts, and others a turn between two of them."""
    for first in range(0, len(items), _PART):
        if first:
            await asyncio.sleep(0)
        yield items[first : first + _PART]


async def _twins(tools: Tools, invited: Mapping[str, str]) -> frozenset[str]:
    if not invited:
        return frozenset()
    async with tools.works.reading() as work:
        uids = set(invited.values())
        ours = await work.calendars.uids_of_copies(uids) | await work.mailed.followed(uids)
    return frozenset([href for href, uid in invited.items() if uid in ours])


def _unfolded_all(texts: Mapping[str, ObjectText]) -> dict[str, _Unfolded]:
    """Return the texts without their folds: all at once, and as bytes, which costs a third."""
    each = [one.text.encode(errors="surrogatepass") for one in texts.values()]
    joined = _BETWEEN.join([one.replace(_BETWEEN, b"") for one in each]).replace(b"\r", b"")
    for fold in _FOLDS:
        joined = joined.replace(fold, b"")
    plain, lower = joined.split(_BETWEEN), joined.lower().split(_BETWEEN)
    return {href: _Unfolded(*both) for href, *both in zip(texts, plain, lower, strict=False)}
