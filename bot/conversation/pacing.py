"""Limits on answered lines, so that no person and no other bot makes us answer for ever."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.conversation.origins import Origin
from bot.conversation.refusals import refusal
from bot.conversation.salon import is_agent
from bot.language.line import Line
from bot.language.refusals import Reason
from bot.matrix.events import IncomingMessage
from bridge.domain.message import Notice, moment
from bridge.domain.quota import Pace, QuotaLimits
from bridge.errors import (
    InvitationRefused,
    LimitReached,
    NotAllowed,
    ParvisError,
    TakeoversSpent,
)
from bridge.ids import EventId
from bridge.ports import UnitOfWork
from bridge.services.auditing import note_refused_line
from bridge.services.quotas import whole_minute
from bridge.services.tools import Tools

log = structlog.get_logger()

_OUTSIDE = Pace(20)
"""Lines of all people from outside in a salon: they get help and refusals, nothing vital."""
_MENTIONS = Pace(20)
"""Lines of one person in a salon that only mention us, as other bots' answers do."""
_UNSURE = Pace(3)
"""Refusals of such lines."""
_DAY = timedelta(days=1)
_AUDITED = (NotAllowed, InvitationRefused, LimitReached, TakeoversSpent)
"""Refusals by a right, a rule or a limit; all others are of lines that can't be read."""


@dataclass(frozen=True, slots=True)
class AddressedLine:
    """A line addressed to us."""

    message: IncomingMessage
    line: Line
    origin: Origin
    replied: bool = False
    """It replies to a message of ours."""
    titles: tuple[str, ...] = ()
    """Those of the meetings that are planned there, if the line may name one."""


@dataclass(frozen=True, slots=True)
class TooFast:
    """A limit is reached for the lines counted under `name`; we answer again at `again`."""

    name: str
    pace: Pace
    again: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """Counts lines addressed to us in the transactions that handle them, and refuses them."""

    tools: Tools
    limits: QuotaLimits
    servers: Collection[str]

    async def check(self, work: UnitOfWork, asked: AddressedLine) -> TooFast | None:
        """Return the limit that this line exceeds now, if any; count nothing yet."""
        now = self.tools.now()
        for name, pace in self._paces(asked):
            again = pace.again(await work.once.last(name), now)
            if again is not None:
                return TooFast(name, pace, again)
        return None

    async def count(self, work: UnitOfWork, asked: AddressedLine) -> None:
        """Count an answered line."""
        for name, pace in self._paces(asked):
            await work.once.take(name, self.tools.now(), pace)

    async def nothing_done(self, work: UnitOfWork, line: EventId) -> bool:
        """Tell whether a line was refused, and no correction of it was run since."""
        refused = await work.once.last(f"refused:{line}") is not None
        return refused and await work.once.last(f"corrected:{line}") is None

    async def corrected(self, work: UnitOfWork, origin: Origin) -> None:
        """Record that a correction was run: the next one comes too late."""
        if origin.corrects is not None:
            await self._note(work, f"corrected:{origin.corrects}")

    async def _note(self, work: UnitOfWork, name: str) -> None:
        now = self.tools.now()
        await work.once.claim(name, now, unless_after=now)

    async def refuse(
        self,
        asked: AddressedLine,
        answer: Notice,
        *,
        reason: object = None,
        undone: bool = True,
        error: ParvisError | None = None,
    ) -> None:
        """Answer why a line is refused, unless we said so often enough.

        `undone`: we did nothing for it, so that it may be corrected. The audit keeps an `error` of
        a right, a rule or a limit.
        """
        async with self.tools.works() as work:
            if not await work.inbox.done(asked.message.event):
                return
            await self.count(work, asked)
            if isinstance(error, _AUDITED):
                await note_refused_line(work, error, asked.origin.by)
            if undone:
                await self._note(work, f"refused:{asked.origin.line}")
            sure = asked.line.prefixed or asked.origin.direct
            if sure or await self._says(work, asked.message, reason):
                await work.outbox.post(answer)

    async def ignore(self, asked: AddressedLine, found: TooFast, zone: str) -> None:
        """Answer once that there were too many lines, and nothing more until the limit passes."""
        log.info("line.too-fast", salon=asked.message.salon)
        at = moment(whole_minute(found.again), zone)
        reached = LimitReached(reason="lines", limit=found.pace.most, at=at)
        now = self.tools.now()
        async with self.tools.works() as work:
            if not await work.inbox.done(asked.message.event):
                return
            await self._note(work, f"refused:{asked.origin.line}")
            told, since = f"told:{found.name}", now - found.pace.period
            if await work.once.claim(told, now, unless_after=since):
                await work.outbox.post(asked.origin.answer(*refusal(reached)))

    async def _says(self, work: UnitOfWork, message: IncomingMessage, reason: object) -> bool:
        """Tell whether to answer a refused line that only mentions us.

        We answer a few such refusals, and thanks once a day: an author who answers each of our
        answers is a machine.
        """
        place, now = f"{message.salon}:{message.sender}", self.tools.now()
        if reason == Reason.TITLE_UNMARKED:
            return await work.once.claim(f"unmarked:{place}", now, unless_after=now - _DAY)
        return await work.once.take(f"unsure:{place}", now, _UNSURE) is None

    def _paces(self, asked: AddressedLine) -> list[tuple[str, Pace]]:
        message = asked.message
        if not is_agent(message.sender, self.servers):
            return [(f"outside:{message.salon}", _OUTSIDE)]
        paces = [(f"lines:{message.sender}", Pace(self.limits.lines))]
        if not asked.line.prefixed:
            paces.append((f"mentions:{message.salon}:{message.sender}", _MENTIONS))
        return paces
