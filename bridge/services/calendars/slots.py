"""Finds times at which agents are free who let their colleagues ask."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import structlog

from bridge.domain.busy import BusySpan
from bridge.domain.calendar import AgentCalendar, CalendarAccount, CalendarAccountState
from bridge.domain.message import moment
from bridge.domain.slots import SLOTS_PACE, free_slots
from bridge.domain.wall import DAY, moment_of
from bridge.errors import LimitReached, ParvisError
from bridge.ids import UserId
from bridge.ports import PublicHolidays
from bridge.services.calendars.busy import BusyTimes
from bridge.services.quotas import whole_minute
from bridge.services.tools import Tools

log = structlog.get_logger()


class LeftOut(StrEnum):
    """The reason why nothing is known of a person's time."""

    PRIVATE = "private"
    """They linked no calendar, or did not allow that colleagues ask: nobody is told which."""
    UNREAD = "unread"
    """Their calendar can't be read now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSlots:
    """Times that are free for those who let it be known."""

    starts: Sequence[datetime]
    """In UTC, in order."""
    known: Sequence[UserId]
    """Those whose time was looked at."""
    left_out: Sequence[tuple[UserId, LeftOut]]


@dataclass(frozen=True, slots=True)
class FreeTimes:
    """The use case of an agent who looks for a time; it waits for calendar servers."""

    tools: Tools
    busy: BusyTimes
    holidays: PublicHolidays

    async def count(self, by: UserId, zone: str) -> None:
        """Count one asking of an agent, in a transaction of its own. Raises LimitReached."""
        now = self.tools.now()
        async with self.tools.works() as work:
            again = await work.once.take(f"slots:{by}", now, SLOTS_PACE)
        if again is not None:
            at = moment(whole_minute(again), zone)
            raise LimitReached(reason="slots", at=at, limit=SLOTS_PACE.most)

    async def find(
        self,
        people: Sequence[UserId],
        first: date,
        last: date,
        *,
        length: timedelta,
        zone: str,
        place: str | None,
    ) -> FoundSlots:
        """Return times free for these agents of one salon, from a day to another.

        `zone` is the salon's, `place` that of its public holidays. Nobody's calendar is read who
        did not allow it.
        """
        clocks, now = ZoneInfo(zone), self.tools.now()
        since = max(now, moment_of(datetime.combine(first, time()), clocks))
        before = moment_of(datetime.combine(last + DAY, time()), clocks)
        async with self.tools.works.reading() as work:
            accounts = {one.owner: one for one in await work.calendars.accounts_of(people)}
            open_ = [one for one in people if _allows(accounts.get(one))]
            calendars = [await work.calendars.calendars_of(accounts[one].id) for one in open_]
        read = await asyncio.gather(
            *(
                self._busy(accounts[one], those, since, before)
                for one, those in zip(open_, calendars, strict=True)
            )
        )
        spans = {one: found for one, found in zip(open_, read, strict=True) if found is not None}
        days = [first + number * DAY for number in range((last - first).days + 1)]
        years = {one.year for one in days}
        starts = free_slots(
            [span for found in spans.values() for span in found],
            days,
            clocks,
            length=length,
            after=now,
            holidays=frozenset() if place is None else self.holidays.days(place, years),
        )
        why = {one: LeftOut.UNREAD if one in open_ else LeftOut.PRIVATE for one in people}
        return FoundSlots(
            starts=starts if spans else (),
            known=tuple(spans),
            left_out=[(one, why[one]) for one in people if one not in spans],
        )

    async def _busy(
        self,
        account: CalendarAccount,
        calendars: Sequence[AgentCalendar],
        since: datetime,
        before: datetime,
    ) -> Sequence[BusySpan] | None:
        """Return when an agent is busy; `None` if it can't be read now."""
        if since >= before:
            return ()
        try:
            return await self.busy.between(account, calendars, since, before)
        except ParvisError as error:
            log.info("busy.unread", account=str(account.id), code=error.code)
            return None


def _allows(account: CalendarAccount | None) -> bool:
    ready = account is not None and account.state is CalendarAccountState.READY
    return account is not None and ready and account.shares_free
