"""The rows that polls need of their accounts, read together for those that begin together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

from bridge.domain.calendar import CalendarAccountState
from bridge.ids import CalendarAccountId
from bridge.ports.agent_calendars import KnownAccount
from bridge.ports.calendar_servers import FoundCalendar, HomeNews
from bridge.services.calendars.comparing import is_to_be_reconciled, must_be_read
from bridge.services.tools import Tools

MOST_MARKS = 200_000
"""Accounts whose last answer is remembered, some 300 bytes each."""
_STATES = 8
"""Bytes of the digest of an account's rows."""


@dataclass(slots=True)
class Glances:
    """Reads accounts by the batch: an engine starts dozens of polls at one moment."""

    tools: Tools
    _wanted: list[tuple[CalendarAccountId, "asyncio.Future[KnownAccount | None]"]] = field(
        default_factory=list
    )
    _reading: "asyncio.Task[None] | None" = None

    async def at(self, account: CalendarAccountId) -> KnownAccount | None:
        """Return the rows that a poll needs of an account; `None` if it is not there."""
        answer: asyncio.Future[KnownAccount | None] = asyncio.get_running_loop().create_future()
        if not self._wanted:
            self._reading = asyncio.create_task(self._read())  # runs after those that wait now
        self._wanted.append((account, answer))
        return await answer

    async def _read(self) -> None:
        wanted, self._wanted = self._wanted, []
        try:
            async with self.tools.works.reading() as work:
                rows = await work.calendars.known([account for account, _ in wanted])
        except Exception as error:  # noqa: BLE001 - it is that of each poll
            for _, answer in wanted:
                if not answer.done():
                    answer.set_exception(error)
            return
        found = {one.id: one for one in rows}
        for account, answer in wanted:
            if not answer.done():
                answer.set_result(found.get(account))


@dataclass(frozen=True, slots=True)
class Marks:
    """The last answers in which nothing was new, by account: none is read twice.

    Lost, or forgotten for others, it costs the reading of one answer.
    """

    most: int = MOST_MARKS
    _kept: dict[bytes, bytes] = field(default_factory=dict)

    def of(self, account: KnownAccount, now: datetime) -> bytes:
        """Return the mark of the answer that would tell nothing new; empty if any may."""
        kept = self._kept.get(account.id.bytes)
        if kept is None or kept[:_STATES] != _states(account) or _reconciles(account, now):
            return b""
        return kept[_STATES:]

    def keep(self, account: KnownAccount, news: HomeNews) -> None:
        """Remember an answer in which nothing was new for the calendars as they are now."""
        if account.id.bytes not in self._kept and len(self._kept) >= self.most:
            del self._kept[next(iter(self._kept))]
        self._kept[account.id.bytes] = _states(account) + news.mark


def nothing_new(account: KnownAccount, found: Sequence[FoundCalendar], now: datetime) -> bool:
    """Tell whether all its calendars are there, and none must be read."""
    there = {one.url: one for one in found}
    return all(
        (shown := there.get(one.url)) is not None and not must_be_read(one, shown, now)
        for one in account.calendars
    )


def settled(account: KnownAccount, now: datetime, noted: timedelta) -> bool:
    """Tell whether the row needs no note of a poll that went well."""
    well = account.ok_at is not None and now - account.ok_at <= noted
    return well and not account.failures and account.state is CalendarAccountState.READY


def _states(account: KnownAccount) -> bytes:
    told = "\n".join([part for one in account.calendars for part in (one.url, one.ctag, one.token)])
    return blake2b(told.encode(), digest_size=_STATES).digest()


def _reconciles(account: KnownAccount, now: datetime) -> bool:
    return any(is_to_be_reconciled(one, now) for one in account.calendars)
