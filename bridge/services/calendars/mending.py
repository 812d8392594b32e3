"""Tells the owners of calendars what they can mend; each thing once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bridge.domain.calendar import AgentCalendar, CalendarAccount, CalendarAccountState
from bridge.domain.message import Notice, Parameters, ToPerson
from bridge.services.tools import Tools

log = structlog.get_logger()

_LONG = timedelta(days=1)
"""A server that is away for so long is told of."""
_AGAIN = timedelta(days=7)
"""The same thing is told again after so long."""


@dataclass(frozen=True, slots=True)
class Mending:
    """Notes that something of an account is broken, and tells its owner."""

    tools: Tools

    async def refused(self, account: CalendarAccount) -> None:
        """Note that the server refused the credentials: they are not tried again for a day."""
        await self._broken(account, CalendarAccountState.REFUSED, "calendar.refused")

    async def gone(self, account: CalendarAccount) -> None:
        """Note that the account is not there any more; its meetings stay as they are."""
        await self._broken(account, CalendarAccountState.GONE, "calendar.gone")

    async def missing(self, account: CalendarAccount, calendar: AgentCalendar) -> None:
        """Tell that one calendar is not there any more; its meetings stay as they are."""
        await self._tell(account, "calendar.missing", str(calendar.id), {"name": calendar.name})

    async def suspect(self, account: CalendarAccount, calendars: Sequence[AgentCalendar]) -> None:
        """Note that so many events are missing at once that no meeting is cancelled for it."""
        async with self.tools.works() as work:
            await work.calendars.save_calendars(*calendars)
        for one in calendars:
            await self._tell(account, "calendar.suspect", str(one.id), {"name": one.name})

    async def read_only(self, account: CalendarAccount, calendar: AgentCalendar) -> None:
        """Tell that nothing can be written into a calendar; it is read all the same."""
        await self._tell(
            account, "calendar.read-only", str(calendar.id), {"name": calendar.name or "–"}
        )

    async def unwritten(
        self, account: CalendarAccount, calendar: AgentCalendar, copy: str, title: str
    ) -> None:
        """Tell that the server does not take one meeting, or has something in its way."""
        told = {"name": calendar.name or "–", "title": title}
        await self._tell(account, "calendar.unwritten", copy, told)

    async def away(self, account: CalendarAccount) -> None:
        """Tell that the server is out of reach, once it has been for long."""
        last = account.ok_at or account.linked_at
        if self.tools.now() - last > _LONG:
            await self._tell(account, "calendar.away", "", {})

    async def _broken(
        self, account: CalendarAccount, state: CalendarAccountState, template: str
    ) -> None:
        now = self.tools.now()
        async with self.tools.works() as work:
            present = await work.calendars.account(account.id)
            if present is None:
                return
            await work.calendars.save_account(replace(present, state=state, polled_at=now))
        log.info("calendar.broken", account=str(account.id), state=state)
        await self._tell(account, template, "", {})

    async def _tell(
        self, account: CalendarAccount, template: str, about: str, parameters: Parameters
    ) -> None:
        now = self.tools.now()
        name = f"{template}:{account.id}:{about}"
        async with self.tools.works() as work:
            if not await work.once.claim(name, now, unless_after=now - _AGAIN):
                return
            await work.outbox.post(
                Notice(
                    idempotency_key=f"{name}:{now.isoformat()}",
                    to=ToPerson(user=account.owner),
                    template=template,
                    parameters=parameters,
                    mentions=(account.owner,),
                )
            )
