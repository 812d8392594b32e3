"""Writes meetings into their people's calendars."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.calendar import (
    AgentCalendar,
    CalendarAccount,
    CalendarAccountState,
    CalendarObject,
)
from bridge.domain.calendar_change import CalendarChange
from bridge.domain.merging import merged_fields
from bridge.errors import (
    CalendarError,
    EventOvertaken,
    EventUnreadable,
)
from bridge.ids import CalendarObjectId
from bridge.ports.calendar_servers import CalendarServers, EventTexts
from bridge.services.calendars.describing import Described, Describing
from bridge.services.calendars.handing import ToBot
from bridge.services.calendars.turns import HostTurns
from bridge.services.calendars.unwritten import Unwritten
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
    unwritten: Unwritten
    soon: timedelta
    """How soon after a write an account is looked at, and for how long a deleted copy is waited
    for: it may turn up in another calendar."""
    turns: HostTurns = field(default_factory=HostTurns)

    async def copy(self, due: Due) -> datetime | None:
        """Agenda handler: write one copy, or return when to try again."""
        copying = await self._read(due)
        if copying is None:
            return None
        try:
            async with self.turns.at(copying.calendar.url):
                if copying.object.gone_at is not None:
                    return await self._gone(copying)
                return await self._written(copying)
        except (CalendarError, EventUnreadable) as error:
            where, title = (copying.account, copying.calendar), copying.ours.event.title
            return await self.unwritten.of(due, where, title, error)

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
        if self._braked(known, wanted):
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

    def _braked(self, known: CalendarObject, wanted: Mapping[str, str]) -> bool:
        return self._again(known, wanted) and known.writes >= _BRAKE

    def _again(self, known: CalendarObject, wanted: Mapping[str, str]) -> bool:
        """Tell whether the same was written a short while ago: somebody undid it since."""
        calm = known.wrote_at is None or self.tools.now() - known.wrote_at > _CALM
        return not calm and known.wrote == _digest(wanted)

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
            again = self._again(present, ours.fields())
            await work.calendars.save_objects(
                replace(
                    present,
                    etag=etag or "",
                    uid=said.uid,
                    base=said.fields(),
                    writes=present.writes + 1 if again else 1,
                    wrote=_digest(ours.fields()),
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


def _digest(wanted: Mapping[str, str]) -> str:
    return sha256(repr(sorted(wanted.items())).encode()).hexdigest()[:16]
