"""Looks into the box: each mail is handled once, and none keeps others waiting."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import structlog

from bridge.domain.agenda import backoff
from bridge.domain.incoming import (
    Bounced,
    CounterProposal,
    GuestReplies,
    IncomingMail,
    Summons,
    Unrelated,
)
from bridge.errors import InboxUnreachable, IncomingUnreadable
from bridge.metrics import Metrics
from bridge.ports import UnitOfWork
from bridge.ports.incoming import ArrivedMail, IncomingReader, Letterbox
from bridge.services.incoming.bounces import Bounces
from bridge.services.incoming.counters import Counters
from bridge.services.incoming.replies import Replies
from bridge.services.incoming.summons import SummonsReading
from bridge.services.tools import Tools

log = structlog.get_logger()

_Act: TypeAlias = Callable[[UnitOfWork], Awaitable[tuple[bool, str]]]
"""Tells whether it did something, and how that is called."""
_ASIDE = {"unreadable", "failed"}
"""Outcomes of mails for a person to look at."""
_MOST = 50
"""Mails of one look."""
_TRIES = 3
"""A mail that could not be handled so often is set aside."""
_REMEMBERED = timedelta(days=30)
"""How long a mail that arrives again is known."""


@dataclass(slots=True, kw_only=True)
class Postmaster:
    """Handles the mails of the box."""

    tools: Tools
    box: Letterbox
    reader: IncomingReader
    replies: Replies
    counters: Counters
    bounces: Bounces
    summons: SummonsReading | None = None
    """If agents may invite us by mail."""
    metrics: Metrics | None = None
    _failed: dict[tuple[int, int], int] = field(default_factory=dict)
    """How often a mail could not be handled, by its place in the box."""
    _away: int = 0
    """How often in a row the box could not be reached."""
    _again: datetime | None = None

    async def look(self, now: datetime) -> None:
        """Handle what has arrived. Raises InboxUnreachable, and looks less often meanwhile."""
        if self._again is not None and now < self._again:
            return
        try:
            await self._look()
        except InboxUnreachable:
            self._count("unreachable")
            self._again = self.tools.now() + backoff(self._away)
            self._away += 1
            raise
        finally:
            await self.box.leave()
        self._away, self._again = 0, None

    async def _look(self) -> None:
        """Handle mails until there are none, or only those of which the box keeps no mark."""
        tried = set[tuple[int, int]]()
        while fresh := [one for one in await self.box.arrived(_MOST) if _place(one) not in tried]:
            tried |= {_place(one) for one in fresh}
            for one in fresh:
                await self._handle(one)

    async def _handle(self, arrived: ArrivedMail) -> None:
        """Handle a mail and mark it, unless it is to be tried again at the next look."""
        place = _place(arrived)
        try:
            outcome = await self._read(arrived)
        except Exception as error:  # noqa: BLE001 - a stranger's mail must hold back no other
            self._failed[place] = self._failed.get(place, 0) + 1
            log.warning("inbox.failed", number=arrived.number, error=type(error).__name__)
            if self._failed[place] < _TRIES:
                return
            await self._reach_database()
            outcome = "failed"
        self._failed.pop(place, None)
        self._count(outcome)
        await self.box.handled(arrived, aside=outcome in _ASIDE)

    async def _read(self, arrived: ArrivedMail) -> str:
        """Read a mail and do what it asks for; return what came of it."""
        if arrived.content is None:
            log.warning("inbox.unreadable", number=arrived.number, why="long")
            return "unreadable"
        try:
            mail = await self.reader.read(arrived.content)
        except IncomingUnreadable as error:
            log.warning("inbox.unreadable", number=arrived.number, why=str(error))
            return "unreadable"
        act = await self._act(mail)
        if act is None:
            return "ignored"
        async with self.tools.works() as work:
            now = self.tools.now()
            name = f"mail-in:{mail.digest}"
            if not await work.once.claim(name, now, unless_after=now - _REMEMBERED):
                return "repeated"
            done, outcome = await act(work)
        return outcome if done else "ignored"

    async def _act(self, mail: IncomingMail) -> _Act | None:
        """Return the act that a mail asks for, for a transaction; nothing is locked yet."""
        match mail.content:
            case GuestReplies(replies):
                answers = await self.replies.find(mail, replies)
                return _as("answer", partial(self.replies.keep, found=answers)) if answers else None
            case CounterProposal(wish):
                guest = await self.counters.find(mail, wish)
                if guest is None:
                    return None
                tell = partial(
                    self.counters.tell, wish=wish, concerned=guest, answered=not mail.automatic
                )
                return _as("proposal", tell)
            case Bounced(bounced):
                sent = await self.bounces.find(bounced)
                return (
                    None if sent is None else _as("bounce", partial(self.bounces.tell, sent=sent))
                )
            case Summons() as said:
                return await self._summoned(mail, said)
            case Unrelated():
                return None

    async def _summoned(self, mail: IncomingMail, said: Summons) -> _Act | None:
        found = None if self.summons is None else await self.summons.find(mail, said)
        if self.summons is None or found is None:
            return None
        return _as("invitation", partial(self.summons.keep, found=found))

    async def _reach_database(self) -> None:
        """Raise what the database raises: while it is away, no mail is to blame."""
        async with self.tools.works() as work:
            now = self.tools.now()
            await work.once.claim("mail-aside", now, unless_after=now)

    def _count(self, outcome: str) -> None:
        if self.metrics is not None:
            self.metrics.arrived(outcome)


def _place(mail: ArrivedMail) -> tuple[int, int]:
    return mail.validity, mail.number


def _as(outcome: str, act: Callable[[UnitOfWork], Awaitable[bool]]) -> _Act:
    """Return an act that also names its outcome."""

    async def done(work: UnitOfWork) -> tuple[bool, str]:
        return await act(work), outcome

    return done
