"""Partners' statements: fetched when they are needed, and kept for all processes in the database.

A statement is used for an hour, then fetched again; while the partner can't be reached, the last
one is used until it expires, at most a day. An unknown key id causes a fetch, at most one for each
partner in 30 s over all processes: whoever invents key ids causes no storm.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from bridge.clock import Clock
from bridge.domain.partner import Issuer, Partner
from bridge.domain.vouched import PartnerInstance
from bridge.errors import PartnerAway, PartnerUntrusted
from bridge.partners.fetching import Fetched
from bridge.partners.statements import LASTS, PATH, Statement, read_statement
from bridge.ports import UnitsOfWork
from bridge.ports.grants import KeptStatement

log = structlog.get_logger()

FRESH = timedelta(hours=1)
"""How long a statement is used without a look at whether there is a newer one."""
AGAIN = timedelta(seconds=30)
"""The least time between two fetches of one partner's statement."""
_FOUND = 200
_ACCEPT = "application/entity-statement+jwt"
Get: TypeAlias = Callable[[str], Awaitable[Fetched]]


@dataclass(frozen=True, slots=True)
class _Known:
    """A statement, with what it was read from."""

    thumbprint: str | None
    text: str
    fetched_at: datetime
    statement: Statement

    def lasts_until(self) -> datetime:
        return min(self.statement.expires_at, self.fetched_at + LASTS)


@dataclass(slots=True)
class StatementDirectory:
    """Implements `bridge.ports.PartnerDirectory`; one for a process."""

    works: UnitsOfWork
    clock: Clock
    get: Get
    """Fetches an address as a statement. Raises PartnerAway."""
    _known: dict[Issuer, _Known] = field(default_factory=dict)
    _locks: defaultdict[Issuer, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def instance(self, partner: Partner) -> PartnerInstance:
        """Return a partner's instance. Raises PartnerAway, PartnerUntrusted."""
        return (await self.statement(partner)).instance

    async def statement(self, partner: Partner) -> Statement:
        """Return a partner's statement, fetched within the hour if the partner can be reached.

        Raises PartnerAway, PartnerUntrusted.
        """
        known = self._fresh(partner)
        if known is not None:
            return known.statement
        async with self._locks[partner.issuer]:
            known = self._fresh(partner) or await self._kept(partner)
            if known is not None and self._is_fresh(known):
                return known.statement
            return await self._renewed(partner, known)

    async def newer(self, partner: Partner, than: Statement) -> Statement | None:
        """Return a statement other than the one known, which lacks a key; `None` if there is none.

        It may be one that another process has fetched. Raises PartnerAway, PartnerUntrusted.
        """
        async with self._locks[partner.issuer]:
            known = await self._kept(partner)
            if known is None or known.statement.keys == than.keys:
                if not await self._may_fetch(partner):
                    return None
                known = await self._fetched(partner)
            return None if known.statement.keys == than.keys else known.statement

    async def fetch(self, partner: Partner) -> Statement:
        """Fetch a partner's statement now, for its operator. Raises as `statement`."""
        return (await self._fetched(partner)).statement

    def _fresh(self, partner: Partner) -> _Known | None:
        known = self._known.get(partner.issuer)
        if known is None or known.thumbprint != partner.thumbprint:
            return None
        return known if self._is_fresh(known) else None

    def _is_fresh(self, known: _Known) -> bool:
        now = self.clock.now()
        return now < known.fetched_at + FRESH and now < known.lasts_until()

    async def _kept(self, partner: Partner) -> _Known | None:
        """Return the statement that any process fetched last, if it holds still."""
        async with self.works.reading() as work:
            kept = await work.grants.statement(partner.issuer)
        if kept is None:
            return None
        mine = self._known.get(partner.issuer)
        if mine is not None and mine.text == kept.text and mine.thumbprint == partner.thumbprint:
            known = _Known(mine.thumbprint, mine.text, kept.fetched_at, mine.statement)
        else:
            try:
                read = read_statement(partner, kept.text, self.clock.now())
            except PartnerUntrusted:
                return None  # it expired, or another key was pinned since
            known = _Known(partner.thumbprint, kept.text, kept.fetched_at, read)
        if self.clock.now() >= known.lasts_until():
            return None
        self._known[partner.issuer] = known
        return known

    async def _renewed(self, partner: Partner, known: _Known | None) -> Statement:
        if not await self._may_fetch(partner):
            if known is None:
                raise PartnerAway("asked lately")
            return known.statement
        try:
            return (await self._fetched(partner)).statement
        except PartnerAway:
            if known is None:
                raise
            log.warning("partner.away", partner=partner.issuer, known=str(known.fetched_at))
            return known.statement

    async def _may_fetch(self, partner: Partner) -> bool:
        """Claim the one fetch that all processes have in a while."""
        now = self.clock.now()
        async with self.works() as work:
            name = f"statement:{partner.issuer}"
            return await work.once.claim(name, now, unless_after=now - AGAIN)

    async def _fetched(self, partner: Partner) -> _Known:
        answer = await self.get(f"{partner.issuer}{PATH}")
        if answer.status != _FOUND:
            raise PartnerAway(f"status {answer.status}")
        text = answer.body.decode("ascii", "replace").strip()
        now = self.clock.now()
        read = read_statement(partner, text, now)
        async with self.works() as work:
            await work.grants.keep_statement(partner.issuer, KeptStatement(text, now))
        known = _Known(partner.thumbprint, text, now, read)
        self._known[partner.issuer] = known
        log.info("partner.statement", partner=partner.issuer, keys=len(read.keys.by_kid))
        return known
