"""Copies that could not be written: tried again, or told to their owner."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.calendar import AgentCalendar, CalendarAccount
from bridge.errors import (
    CalendarBusy,
    CalendarError,
    CalendarForbidden,
    CalendarGone,
    CalendarLoginRefused,
    EventElsewhere,
    EventOvertaken,
    EventRefused,
    EventUnreadable,
)
from bridge.services.calendars.mending import Mending
from bridge.services.tools import Tools

log = structlog.get_logger()

MOST_TRIES = 6
"""Tries of a write that another event, or another version, is always in the way of."""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Decides about writes that failed (docs/interop/caldav.md)."""

    tools: Tools
    mending: Mending

    async def of(
        self,
        due: Due,
        where: tuple[CalendarAccount, AgentCalendar],
        title: str,
        error: CalendarError | EventUnreadable,
    ) -> datetime | None:
        """Return when to try again; `None` where trying helps nothing. Raises it for a retry."""
        account, calendar = where
        match error:
            case CalendarBusy(pause=pause):
                return self.tools.now() + pause
            case CalendarLoginRefused() | CalendarGone():
                # The next poll tells the owner what to mend; the copy is written when it is.
                log.warning("calendar.unwritten", copy=due.key, code=error.code)
                return None
            case CalendarForbidden():
                log.warning("calendar.unwritten", copy=due.key, code=error.code)
                await self.mending.read_only(account, calendar)
                return None
            case EventRefused() | EventUnreadable():
                why = getattr(error, "why", "")
                log.warning("calendar.unwritten", copy=due.key, code=error.code, why=why)
                await self.mending.unwritten(account, calendar, due.key, title)
                return None
            case EventElsewhere():
                # Delivered by the server itself, maybe into a calendar that we don't read.
                log.info("calendar.unwritten", copy=due.key, code=error.code)
                await self._look_now(account)
                return None
            case EventOvertaken() if due.attempts >= MOST_TRIES:
                log.warning("calendar.unwritten", copy=due.key, code=error.code)
                await self.mending.unwritten(account, calendar, due.key, title)
                return None
            case EventOvertaken():
                await self._look_now(account)  # then it is merged; until then we retry
        log.info("calendar.write-failed", copy=due.key, code=error.code)
        raise error

    async def _look_now(self, account: CalendarAccount) -> None:
        async with self.tools.works() as work:
            await work.agenda.plan([Due(Kind.POLL, str(account.id), self.tools.now())])
