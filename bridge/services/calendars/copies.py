"""Writes meetings into their people's calendars."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from yarl import URL

from bridge.domain.agenda import Due, Kind
from bridge.domain.answer import Answer
from bridge.domain.calendar import (
    AgentCalendar,
    CalendarAccount,
    CalendarAccountState,
    CalendarObject,
)
from bridge.domain.calendar_change import CalendarChange
from bridge.domain.merging import merged_fields
from bridge.errors import (
    CalendarBusy,
    CalendarError,
    CalendarForbidden,
    CalendarGone,
    CalendarLoginRefused,
    EventOvertaken,
    EventRefused,
    EventUnreadable,
)
from bridge.ids import CalendarObjectId, MeetingId, UserId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.calendar_servers import CalendarServers, EventTexts
from bridge.services.calendars.conflicts import look_for
from bridge.services.calendars.describing import Described, Describing
from bridge.services.calendars.handing import ToBot
from bridge.services.tools import Tools

log = structlog.get_logger()

_DELETED_AFTER = timedelta(minutes=15)
"""How long a cancelled event stays, cancelled: the change can be taken back, and servers that
invite must see it before it goes."""
_BRAKE = 3
"""Writes of the same state that a server or another client undid: no more of them."""
_CALM = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copying:
    """A copy, as it is to be written."""

    account: CalendarAccount
    calendar: AgentCalendar
    object: CalendarObject
    ours: Described


@dataclass(frozen=True, slots=True)
class Copies:
    """Agenda handlers that write copies."""

    tools: Tools
    servers: CalendarServers
    texts: EventTexts
    describing: Describing
    handing: ToBot
    soon: timedelta
    """How soon after a write an account is looked at, and for how long a deleted copy is waited
    for: it may turn up in another calendar."""

    async def share(self, due: Due) -> datetime | None:
        """Agenda handler: see who has a copy of a meeting, or is to have one; plan its writing."""
        meeting = MeetingId(UUID(due.key))
        async with self.tools.works() as work:
            ours = await self.describing.describe(work, meeting)
            if ours is None:
                return None
            copies = await work.calendars.copies_of(meeting)
            people = await self._people(work, ours)
            fresh = await self._missing(work, ours, copies, people)
            back = await self._coming_back(work, ours, copies, people)
            await work.calendars.save_objects(*fresh, *back)
            now = self.tools.now()
            if not ours.event.cancelled:
                await look_for(work, ours, copies, now)
            there = [one for one in copies if one.gone_at is None]
            await work.agenda.plan(
                [Due(Kind.COPY, str(one.id), now) for one in (*there, *back, *fresh)]
            )
        return None

    async def _missing(
        self,
        work: UnitOfWork,
        ours: Described,
        copies: Sequence[CalendarObject],
        people: set[UserId],
    ) -> list[CalendarObject]:
        """Return copies for those who come and have none: a path in their calendar, still empty."""
        if ours.meeting.room is None or not self._takes_place(ours):
            return []
        mailed = await work.mailed.of_meeting(ours.meeting.id)
        if mailed is not None:  # their own calendars have it: they invited us, or were invited
            people = people - {ours.meeting.organiser, *mailed.named}
        accounts = await work.calendars.accounts_of(people)
        known = {one.calendar for one in copies}
        fresh = []
        for account in accounts:
            calendars = await work.calendars.calendars_of(account.id)
            into = next((one for one in calendars if one.ours), None)
            ready = account.state is CalendarAccountState.READY
            if into is None or not ready or known & {one.id for one in calendars}:
                continue
            now = self.tools.now()
            # All copies have the UID of the organiser's: a server that delivers one itself, too.
            uid = next((one.uid for one in copies if one.uid), ours.event.uid)
            uid = uid if mailed is None else mailed.uid
            fresh.append(
                CalendarObject(
                    id=CalendarObjectId(uuid7(now)),
                    calendar=into.id,
                    href=_href(into.url, uid),
                    uid=uid,
                    meeting=ours.meeting.id,
                )
            )
        return fresh

    async def _people(self, work: UnitOfWork, ours: Described) -> set[UserId]:
        """Return the organiser, the agents who are expected, and those who said that they come."""
        people, away = {ours.meeting.organiser}, set[UserId]()
        now = self.tools.now()
        for one in ours.dates:
            if one.end < now:
                continue
            people |= {known.user for known in one.colleagues if known.user is not None}
            for said in await work.answers.of_occurrence(one.id):
                if isinstance(said.who, str):
                    (away if said.answer is Answer.NO else people).add(UserId(said.who))
        return people - (away - {ours.meeting.organiser})

    def _takes_place(self, ours: Described) -> bool:
        """Tell whether a date is to come: a calendar needs no event of what is over."""
        now = self.tools.now()
        return any(not one.void and one.end > now for one in ours.dates)

    async def _coming_back(
        self,
        work: UnitOfWork,
        ours: Described,
        copies: Sequence[CalendarObject],
        people: set[UserId],
    ) -> list[CalendarObject]:
        """Return deleted copies that are wanted again: a meeting or an answer was restored."""
        gone = [one for one in copies if one.gone_at is not None]
        if not gone or not self._takes_place(ours):
            return []
        accounts = await work.calendars.accounts_of(people)
        wanted = {
            calendar.id
            for account in accounts
            for calendar in await work.calendars.calendars_of(account.id)
        }
        return [
            replace(one, gone_at=None, base={}, etag="") for one in gone if one.calendar in wanted
        ]

    async def copy(self, due: Due) -> datetime | None:
        """Agenda handler: write one copy, or return when to try again."""
        copying = await self._read(due)
        if copying is None:
            return None
        try:
            if copying.object.gone_at is not None:
                return await self._gone(copying)
            return await self._written(copying)
        except (CalendarError, EventUnreadable) as error:
            return await self._unwritten(copying, error)

    async def _unwritten(
        self, copying: _Copying, error: CalendarError | EventUnreadable
    ) -> datetime | None:
        """Return when to try again; `None` where trying helps nothing. Raises it for a retry."""
        now, copy = self.tools.now(), str(copying.object.id)
        match error:
            case EventOvertaken():
                await self._look_now(copying.account)  # then it is merged; until then we retry
            case CalendarBusy(pause=pause):
                return now + pause
            case CalendarLoginRefused() | CalendarForbidden() | CalendarGone() | EventRefused():
                # The next poll tells the owner what to mend; the copy is written when it is.
                log.warning("calendar.unwritten", copy=copy, code=error.code)
                return None
            case EventUnreadable(why=why):
                log.warning("calendar.unwritten", copy=copy, code=error.code, why=why)
                return None
        log.info("calendar.write-failed", copy=copy, code=error.code)
        raise error

    async def _read(self, due: Due) -> _Copying | None:
        async with self.tools.works.reading() as work:
            known = await work.calendars.object(CalendarObjectId(UUID(due.key)))
            if known is None or known.meeting is None:
                return None
            if known.gone_at is not None and not known.etag:
                return None  # its deletion was followed, or is ours
            calendar = await work.calendars.calendar(known.calendar)
            account = None if calendar is None else await work.calendars.account(calendar.account)
            ours = await self.describing.describe(work, known.meeting)
        if calendar is None or account is None or ours is None:
            return None
        if account.state is not CalendarAccountState.READY:
            return None
        return _Copying(account=account, calendar=calendar, object=known, ours=ours)

    async def _written(self, copying: _Copying) -> datetime | None:
        known, ours = copying.object, copying.ours.event
        if ours.cancelled and not known.etag:
            return None  # it never was there
        if not ours.cancelled and not ours.link and copying.ours.meeting.room is None:
            return None  # the room is not made yet; its making shares the meeting again
        wanted = ours.fields()
        if known.etag and not merged_fields(known.base, known.base, wanted).given:
            return await self._deleted(copying) if ours.cancelled else None
        if self._braked(known):
            log.warning("calendar.braked", copy=str(known.id))
            return None
        return await self._put(copying, await self._present(copying))

    async def _gone(self, copying: _Copying) -> datetime | None:
        """Hand a deletion to the bot, unless the event is there again, or elsewhere."""
        known, account, now = copying.object, copying.account, self.tools.now()
        assert known.gone_at is not None
        if now < known.gone_at + self.soon:
            return known.gone_at + self.soon
        url = copying.calendar.url
        there = await self.servers.fetch(url, account.login, [known.href])
        async with self.tools.works() as work:
            present = await work.calendars.object(known.id)
            if present is None or present.meeting is None or present.gone_at is None:
                return None
            if known.href in there:
                await work.calendars.save_objects(replace(present, gone_at=None))
                await work.calendars.save_calendars(copying.calendar.anew)
                await work.agenda.plan([Due(Kind.POLL, str(account.id), now)])
                return None
            change = CalendarChange(present.id, None)
            await self.handing.hand(work, account, [change], now)
        return None

    def _braked(self, known: CalendarObject) -> bool:
        calm = known.wrote_at is None or self.tools.now() - known.wrote_at > _CALM
        return not calm and known.writes >= _BRAKE

    async def _present(self, copying: _Copying) -> str | None:
        """Return the text that is there; if it was changed since, have it looked at first."""
        known, account, url = copying.object, copying.account, copying.calendar.url
        if not known.etag:
            return None
        found = await self.servers.fetch(url, account.login, [known.href])
        there = found.get(known.href)
        if there is None or there.etag != known.etag:
            raise EventOvertaken
        return there.text

    async def _put(self, copying: _Copying, text: str | None) -> datetime | None:
        known, account, url = copying.object, copying.account, copying.calendar.url
        ours, now = copying.ours.event, self.tools.now()
        event = replace(ours, uid=known.uid or ours.uid)
        if text is not None:
            there = await self.texts.read(text)
            if there.orphan:
                return None  # its owner has some dates of the series alone
            # Nobody is taken out of an event, nor their answer.
            event = replace(event, attendees=there.attendees)
        written = await self.texts.write(event, text, stamp=now)
        etag = await self.servers.put(url, account.login, known.href, written, known.etag or None)
        if etag is None:
            found = await self.servers.fetch(url, account.login, [known.href])
            if known.href in found:
                etag, written = found[known.href].etag, found[known.href].text
        said = await self.texts.read(written)
        async with self.tools.works() as work:
            present = await work.calendars.object(known.id)
            if present is None or present.meeting is None:
                return None
            again = present.wrote_at is not None and now - present.wrote_at < _CALM
            await work.calendars.save_objects(
                replace(
                    present,
                    etag=etag or "",
                    uid=said.uid,
                    base=said.fields(),
                    writes=present.writes + 1 if again else 1,
                    wrote_at=now,
                )
            )
            # What its owner does there next comes soon.
            await work.agenda.plan([Due(Kind.POLL, str(account.id), now + self.soon)])
        log.info("calendar.written", copy=str(known.id))
        return now + _DELETED_AFTER if ours.cancelled else None

    async def _deleted(self, copying: _Copying) -> datetime | None:
        """Delete the event of a cancelled meeting, a while after it says so."""
        known, now = copying.object, self.tools.now()
        if known.wrote_at is not None and now < known.wrote_at + _DELETED_AFTER:
            return known.wrote_at + _DELETED_AFTER
        await self.servers.delete(
            copying.calendar.url, copying.account.login, known.href, known.etag
        )
        async with self.tools.works() as work:
            present = await work.calendars.object(known.id)
            if present is not None:
                await work.calendars.save_objects(replace(present, etag="", gone_at=now))
        return None

    async def _look_now(self, account: CalendarAccount) -> None:
        async with self.tools.works() as work:
            await work.agenda.plan([Due(Kind.POLL, str(account.id), self.tools.now())])


def _href(url: str, uid: str) -> str:
    """Return the path of a new event: by its UID, as servers that look for it there want it."""
    return f"{URL(url).path.rstrip('/')}/{uid}.ics"
