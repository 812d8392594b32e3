"""Sifts the events of a calendar: most can not concern us, and their texts are not kept."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import TypeVar

from bridge.domain.calendar import AgentCalendar, CalendarObject
from bridge.ports.agent_calendars import KnownObject
from bridge.ports.calendar_servers import ObjectText
from bridge.services.tools import Tools

_T = TypeVar("_T")
_FOLDS = ("\r\n ", "\n ", "\r\n\t", "\n\t")
_UID = re.compile(r"^UID:(.*)$", re.MULTILINE | re.IGNORECASE)
_ORGANIZER = re.compile(r"^ORGANIZER[;:]", re.MULTILINE | re.IGNORECASE)
_OURS = "x-tchap-visio-id"
_PART = 100
"""Items after which others get their turn: some milliseconds of work."""


async def sifted(
    tools: Tools,
    calendar: AgentCalendar,
    texts: Mapping[str, ObjectText],
    known: Mapping[str, KnownObject],
) -> tuple[dict[str, ObjectText], frozenset[str]]:
    """Return the events, without the texts of those that can't concern us, and our twins' paths.

    A twin is a new event that is a meeting of ours by its UID: a server that invites people itself
    gives each of them such a copy.
    """
    twins = await _twins(tools, texts, known)
    kept = {
        href: one
        if href in twins
        or ((row := known.get(href)) is not None and row.meeting is not None)
        or _speaks(calendar, one)
        else ObjectText(one.etag, "")
        for href, one in texts.items()
    }
    return kept, twins


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


def _speaks(calendar: AgentCalendar, there: ObjectText) -> bool:
    if calendar.salon is not None:
        return True
    unfolded = _unfolded(there.text).casefold()
    return "#visio" in unfolded or _OURS in unfolded


async def _twins(
    tools: Tools, texts: Mapping[str, ObjectText], known: Mapping[str, KnownObject]
) -> frozenset[str]:
    invited = {
        href: found[1].strip()
        for href, one in texts.items()
        if href not in known
        and _ORGANIZER.search(one.text)
        and (found := _UID.search(_unfolded(one.text)))
    }
    if not invited:
        return frozenset()
    async with tools.works.reading() as work:
        uids = set(invited.values())
        ours = await work.calendars.uids_of_copies(uids) | await work.mailed.followed(uids)
    return frozenset([href for href, uid in invited.items() if uid in ours])


def _unfolded(text: str) -> str:
    for fold in _FOLDS:
        text = text.replace(fold, "")
    return text
