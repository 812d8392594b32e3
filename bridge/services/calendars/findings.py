"""Finds among the events that changed in a calendar those that concern or ask for a meeting."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bridge.domain.calendar import AgentCalendar, CalendarAccount, CalendarObject
from bridge.domain.calendar_change import CalendarChange
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.event import instant
from bridge.domain.rules import until_of
from bridge.errors import EventUnreadable
from bridge.ids import CalendarObjectId, uuid7
from bridge.ports.calendar_servers import CalendarServers, EventTexts, ObjectText
from bridge.services.calendars.fetching import fetched
from bridge.services.calendars.sifting import in_turns
from bridge.services.tools import Tools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ChangeFinding:
    """Reads the events that changed, and finds the changes that the bot is to hear of."""

    tools: Tools
    servers: CalendarServers
    texts: EventTexts

    async def events(self, texts: Mapping[str, ObjectText]) -> dict[str, CalendarEvent]:
        """Return the events that can be read, by path."""
        events = {}
        for href, one in texts.items():
            await asyncio.sleep(0)  # a short text is read in the loop itself
            try:
                events[href] = await self.texts.read(one.text)
            except EventUnreadable as error:
                log.info("calendar.event-unreadable", why=error.why)
        return events

    async def compared(
        self,
        calendar: AgentCalendar,
        texts: Mapping[str, ObjectText],
        events: Mapping[str, CalendarEvent],
        full: Mapping[str, CalendarObject],
        twins: Collection[str],
    ) -> tuple[list[CalendarObject], list[CalendarChange]]:
        """Return the events to store, and those that concern a meeting or ask for one."""
        objects, changes = list[CalendarObject](), list[CalendarChange]()
        async for some in in_turns(list(texts.items())):
            for href, text in some:
                known, event = full.get(href), events.get(href)
                if known is None and event is None:
                    objects.append(self._new(calendar, href, text.etag))
                    continue
                known = known or self._new(calendar, href)
                if event is not None and (
                    event.fields() != known.base
                    if known.meeting is not None
                    else event.meeting is not None
                    or href in twins
                    or self._asks(calendar, href, event, full)
                ):
                    changes.append(CalendarChange(known.id, event, text.etag))
                    objects.append(replace(known, gone_at=None))
                else:
                    objects.append(replace(known, etag=text.etag, gone_at=None))
        return objects, changes

    def _new(self, calendar: AgentCalendar, href: str, etag: str = "") -> CalendarObject:
        identity = CalendarObjectId(uuid7(self.tools.now()))
        return CalendarObject(id=identity, calendar=calendar.id, href=href, etag=etag)

    def _asks(
        self,
        calendar: AgentCalendar,
        href: str,
        event: CalendarEvent,
        full: Mapping[str, CalendarObject],
    ) -> bool:
        """Tell whether an event asks for a meeting: by its tag, or as a new one for a salon."""
        if _past(event, self.tools.now()):
            return False
        if event.tagged:
            return True
        first = calendar.reconciled_at is None
        return calendar.salon is not None and not first and href not in full

    async def ordered(
        self,
        account: CalendarAccount,
        calendar: AgentCalendar,
        changes: Sequence[CalendarChange],
        events: Mapping[str, CalendarEvent],
        full: Mapping[str, CalendarObject],
    ) -> list[CalendarChange]:
        """Put events that go on for another one before that one, and mark them.

        The other one is as it is now, whether it changed just now or at an earlier look.
        """
        known = {one.id for one in full.values() if one.meeting is not None}
        first, then = list[CalendarChange](), list[CalendarChange]()
        for one in changes:
            event = one.event
            if event is None or event.meeting is None or one.object in known:
                then.append(one)
                continue
            ends = await self._ends(account, calendar, event, events)
            earlier = [end for end in ends if end is not None and end < event.start]
            first.append(replace(one, after=max(earlier, default=None)))
        return [*first, *then]

    async def _ends(
        self,
        account: CalendarAccount,
        calendar: AgentCalendar,
        event: CalendarEvent,
        events: Mapping[str, CalendarEvent],
    ) -> list[datetime | None]:
        """Return the ends of the meeting's other events in this calendar, as they are now."""
        assert event.meeting is not None
        async with self.tools.works.reading() as work:
            copies = await work.calendars.copies_of(event.meeting)
        others = [one for one in copies if one.calendar == calendar.id and one.gone_at is None]
        unread = [one.href for one in others if one.href not in events and one.etag]
        texts = await fetched(self.servers, account, calendar, unread)
        there = {**events, **await self.events(texts)}
        found = [there[one.href] for one in others if one.href in there]
        return [_end(one) for one in found if one.uid != event.uid]


def _end(event: CalendarEvent) -> datetime | None:
    """Return the last moment of a series, naive; `None` if it has no end."""
    return None if event.recurrence is None else until_of(event.recurrence.rule)


def _past(event: CalendarEvent, now: datetime) -> bool:
    end = _end(event)
    if event.recurrence is not None:
        return end is not None and instant(end, event.zone) < now
    return instant(event.start, event.zone) + event.length <= now
