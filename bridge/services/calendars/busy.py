"""Reads when agents are busy from their linked calendars, at the moment when it is asked.

Nothing of it is stored, logged or told but the spans themselves.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from bridge.domain.busy import BusySpan, joined, spans_of
from bridge.domain.calendar import AgentCalendar, CalendarAccount
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.event import walled
from bridge.domain.series import Series
from bridge.errors import (
    CalendarUnreachable,
    CalendarUnreadable,
    EventUnreadable,
    RecurrenceRefused,
)
from bridge.ids import MeetingId
from bridge.ports import Expansion
from bridge.ports.calendar_servers import CalendarServers, EventTexts

log = structlog.get_logger()

LONGEST = timedelta(days=31)
"""The longest time that is looked at in one go."""
MOST_EVENTS = 500
"""Events of an agent in that time; of a fuller calendar nothing is told."""
LIMIT = 10.0
"""Seconds that one agent's calendars may take, all in all."""
_DAY = timedelta(days=1)
_YEAR = timedelta(days=366)
_NOBODY = MeetingId(UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCopy:
    """A meeting's own event, which is in nobody's way."""

    meeting: MeetingId
    uids: frozenset[str]
    """The UIDs of its copies."""

    def holds(self, event: CalendarEvent) -> bool:
        """Tell whether an event is this meeting's."""
        return event.meeting == self.meeting or event.uid in self.uids


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """Reads busy spans; no transaction may be open meanwhile: it waits for servers."""

    servers: CalendarServers
    texts: EventTexts
    expansion: Expansion
    limit: float = LIMIT
    """In seconds."""

    async def between(
        self,
        account: CalendarAccount,
        calendars: Sequence[AgentCalendar],
        since: datetime,
        before: datetime,
        *,
        without: OwnCopy | None = None,
    ) -> tuple[BusySpan, ...]:
        """Return the spans of an account that are taken between two aware moments, in order.

        Of more than 31 days the first 31 alone are looked at. An event that can't be read, and
        one whose recurrence is refused, take no time; one whose recurrence we don't follow takes
        that of its first date. Raises CalendarError or CalendarAddressRefused if a calendar can't
        be read now.
        """
        before = min(before, since + LONGEST)
        try:
            async with asyncio.timeout(self.limit):
                events = await self._events(account, calendars, since, before)
                return await self._spans(account, events, since, before, without)
        except TimeoutError as error:
            raise CalendarUnreachable("slow") from error

    async def _events(
        self,
        account: CalendarAccount,
        calendars: Sequence[AgentCalendar],
        since: datetime,
        before: datetime,
    ) -> list[CalendarEvent]:
        found, known = list[CalendarEvent](), 0
        for calendar in calendars:
            there = await self.servers.window(calendar.url, account.login, since, before)
            known += len(there)
            if known > MOST_EVENTS:
                raise CalendarUnreadable("more events than we look at")
            if not there:
                continue
            texts = await self.servers.fetch(calendar.url, account.login, sorted(there))
            for one in texts.values():
                found += await self._read(one.text)
        return found

    async def _read(self, text: str) -> list[CalendarEvent]:
        await asyncio.sleep(0)  # a short text is read without a pause
        try:
            return [await self.texts.read(text)]
        except EventUnreadable as error:
            log.debug("busy.unreadable", why=error.why)
            return []

    async def _spans(
        self,
        account: CalendarAccount,
        events: Collection[CalendarEvent],
        since: datetime,
        before: datetime,
        without: OwnCopy | None,
    ) -> tuple[BusySpan, ...]:
        found: list[BusySpan] = []
        for event in events:
            if without is not None and without.holds(event):
                continue
            starts = await self._starts(event, since, before)
            found += spans_of(event, starts, account.addresses)
        return joined(one for one in found if one.meets(since, before))

    async def _starts(
        self, event: CalendarEvent, since: datetime, before: datetime
    ) -> Sequence[datetime]:
        """Return the starts by the rule from which an event reaches into some time, or nearly."""
        if event.recurrence is None or event.cancelled:
            return ()
        series = Series(
            meeting=_NOBODY,
            start=event.start,
            length=event.length,
            zone=event.zone,
            recurrence=event.recurrence,
        )
        first = walled(since, event.zone) - min(event.length, _YEAR) - _DAY
        last = walled(before, event.zone) + _DAY
        try:
            return await self.expansion.starts(series, since=first, before=last)
        except RecurrenceRefused as refused:
            log.debug("busy.unfollowed", why=refused.parameters.get("why"))
            return ()
