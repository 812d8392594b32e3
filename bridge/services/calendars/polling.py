"""Looks at accounts of calendar servers, and hands what changed there to the bot."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.calendar import (
    AgentCalendar,
    CalendarAccount,
    CalendarAccountState,
)
from bridge.domain.polls import PollPace, after_failure, after_rest, next_poll
from bridge.errors import (
    CalendarBusy,
    CalendarError,
    CalendarForbidden,
    CalendarGone,
    CalendarLoginRefused,
)
from bridge.ids import CalendarAccountId
from bridge.ports import UnitOfWork
from bridge.ports.agent_calendars import KnownAccount
from bridge.ports.calendar_servers import CalendarServers, FoundCalendar
from bridge.services.calendars.glances import Glances, Marks, nothing_new, settled
from bridge.services.calendars.handing import ToBot
from bridge.services.calendars.mending import Mending
from bridge.services.calendars.progress import FirstReading, tell_end
from bridge.services.calendars.reading import CalendarRead, CalendarReading
from bridge.services.calendars.turns import HostTurns
from bridge.services.tools import Tools

log = structlog.get_logger()

_CHUNK = 200
"""Events that one transaction stores."""
_MOST_SHARED = 200
_NOTED = timedelta(minutes=30)
"""How old a note of the last good poll may be: not each of them writes a row."""
_UNSEEN = timedelta(hours=3)
"""How long after its last good poll an account counts as away whose host is left alone."""
_TRIED_AGAIN = timedelta(days=1)
"""How long after a refusal its credentials are tried once more."""


@dataclass(frozen=True, slots=True)
class Polls:
    """The agenda handler that looks at one account."""

    tools: Tools
    servers: CalendarServers
    reading: CalendarReading
    handing: ToBot
    mending: Mending
    pace: PollPace
    glances: Glances
    pauses: dict[str, datetime] = field(default_factory=dict)
    """Until when hosts are left alone, all their accounts alike."""
    marks: Marks = field(default_factory=Marks)
    turns: HostTurns = field(default_factory=HostTurns)

    async def poll(self, due: Due) -> datetime | None:
        """Agenda handler: see what changed in an account, and return when to look again."""
        identity = CalendarAccountId(UUID(due.key))
        known = await self.glances.at(identity)
        if known is None:
            return None
        now = self.tools.now()
        paused = self.pauses.get(_host(known)) if self.pauses else None
        if paused is not None and now < paused:
            return await self._put_off(known, paused)
        try:
            async with self.turns.at(known.home):
                return await self._looked(known)
        except CalendarBusy as busy:
            self.pauses[_host(known)] = now + busy.pause
            return await self._put_off(known, now + busy.pause)
        except CalendarError as error:
            log.info("calendar.poll-failed", account=due.key, code=error.code)
            return await self._failed(identity, error)

    async def _looked(self, known: KnownAccount) -> datetime | None:
        """See what changed in an account, and return when to look again. Raises CalendarError."""
        now = self.tools.now()
        news = await self.servers.news(known.home, known.login, self.marks.of(known, now))
        if news.calendars is None or nothing_new(known, news.calendars, now):
            if news.calendars is not None:
                self.marks.keep(known, news)
            return await self._quiet(known)
        async with self.tools.works.reading() as work:
            account = await work.calendars.account(known.id)
            calendars = await work.calendars.calendars_of(known.id)
        if account is None:
            return None
        return await self._done(account, await self._read(account, calendars, news.calendars))

    async def _put_off(self, known: KnownAccount, until: datetime) -> datetime:
        """Return when to look at an account whose host is left alone until then.

        If that goes on for long, its row and its owner are told as of a host that is away.
        """
        now = self.tools.now()
        if known.ok_at is None or now - known.ok_at > _UNSEEN:
            async with self.tools.works() as work:
                account = await work.calendars.account(known.id)
                if account is not None and not account.failures:
                    account = replace(account, failures=1)
                    await work.calendars.save_account(account)
            if account is not None:
                await self.mending.away(account)
        return after_rest(known, until, now)

    async def _quiet(self, known: KnownAccount) -> datetime | None:
        """Note now and then that an account was well; return when to look again."""
        now = self.tools.now()
        if settled(known, now, _NOTED):
            return next_poll(known, self.pace, now)
        async with self.tools.works.reading() as work:
            account = await work.calendars.account(known.id)
        return None if account is None else await self._done(account, ())

    async def _read(
        self,
        account: CalendarAccount,
        calendars: Sequence[AgentCalendar],
        found: Sequence[FoundCalendar],
    ) -> Sequence[CalendarRead]:
        there = {one.url: one for one in found}
        progress = FirstReading(self.tools, account, self.tools.now())
        done = []
        for calendar in calendars:
            shown = there.get(calendar.url)
            if shown is None:
                await self.mending.missing(account, calendar)
            elif self.reading.changed(calendar, shown):
                told = progress.read_more if calendar.reconciled_at is None else None
                try:
                    done.append(await self.reading.read(account, calendar, shown, told))
                except CalendarForbidden:  # the account itself was just let in
                    log.info("calendar.hidden", calendar=str(calendar.id))
                    await self.mending.missing(account, calendar)
        return done

    async def _done(
        self, account: CalendarAccount, read: Sequence[CalendarRead]
    ) -> datetime | None:
        now = self.tools.now()
        changes = [one for part in read for one in part.changes]
        well = replace(
            account,
            state=CalendarAccountState.READY,
            failures=0,
            polled_at=now,
            ok_at=now,
            changed_at=now if changes else account.changed_at,
        )
        old = account.ok_at is None or now - account.ok_at > _NOTED
        back = account.state is not CalendarAccountState.READY
        if read or account.failures or old or back:
            for part in read:
                await self._kept(part)
            async with self.tools.works() as work:
                present = await work.calendars.account(account.id)
                if present is None:
                    return None
                await work.calendars.save_account(well)
                for part in read:
                    await work.calendars.drop_objects(part.dropped)
                    await work.calendars.note_events(part.calendar.id, part.noted)
                    await work.calendars.save_objects(*part.objects[:_CHUNK])
                if any(part.first for part in read):
                    await tell_end(work, account)
                    await self._share(work, account)
                await work.calendars.save_calendars(*[part.calendar for part in read])
                await self.handing.hand(work, account, changes, now)
                missed = [one for part in read for one in part.missed]
                await work.agenda.plan(
                    [Due(Kind.COPY, str(one), now + self.pace.soon) for one in missed]
                )
        if any(part.suspects for part in read):
            await self.mending.suspect(account, [one.calendar for one in read if one.suspects])
        return next_poll(well, self.pace, now)

    async def _kept(self, part: CalendarRead) -> None:
        """Store the most of a large look, in parts that hold nobody up; the rest comes last.

        A look that is cut off is made again: what was stored is known then.
        """
        for first in range(_CHUNK, len(part.objects), _CHUNK):
            await asyncio.sleep(0)  # SQLite's statements run in the loop itself
            async with self.tools.works() as work:
                await work.calendars.save_objects(*part.objects[first : first + _CHUNK])

    async def _share(self, work: UnitOfWork, account: CalendarAccount) -> None:
        """Have the owner's meetings to come written into a calendar that was just linked."""
        now = self.tools.now()
        known = await work.meetings.of_organiser(account.owner, ending_after=now, most=_MOST_SHARED)
        for meeting in sorted({meeting.id for meeting, _ in known}):
            await work.agenda.at_once(Kind.SHARE, str(meeting))

    async def _failed(self, identity: CalendarAccountId, error: CalendarError) -> datetime | None:
        now = self.tools.now()
        async with self.tools.works.reading() as work:
            account = await work.calendars.account(identity)
        if account is None:
            return None
        if isinstance(error, CalendarLoginRefused | CalendarForbidden):
            await self.mending.refused(account)
            return now + _TRIED_AGAIN
        if isinstance(error, CalendarGone):
            await self.mending.gone(account)
            return now + _TRIED_AGAIN
        failed = replace(account, failures=account.failures + 1, polled_at=now)
        async with self.tools.works() as work:
            if await work.calendars.account(account.id) is not None:
                await work.calendars.save_account(failed)
        await self.mending.away(failed)
        return after_failure(failed, self.pace, now)


def _host(account: KnownAccount) -> str:
    return urlsplit(account.home).hostname or ""
