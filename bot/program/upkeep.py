"""Keeps the bot running: its failures end nothing else, and it is restarted.

The door, the pages of guests who are inside and the agenda do not need the bot's account. So beside
other roles the bot stops with a sentence until an operator acts, and retries; alone, its process
ends with that sentence.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import structlog

from bot.matrix.errors import MatrixTrouble, SessionEnded
from bot.program.console import told

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds. The first is short: an ended session, or a busy file, recovers at once; a refused login
is not retried more often than a homeserver tolerates."""
SOUND = 60.0
"""Seconds after which a bot counts as healthy, and its next failure as the first."""


class Still(StrEnum):
    """Why the bot is stopped, in the words of `/readyz`."""

    ACCOUNT = "account"
    """The account or its device can't be used: a person must act."""
    BOT = "bot"
    """Anything else; it restarts by itself."""


class Connection(Protocol):
    """The bot's connection for the rest of the process."""

    still: Still | None

    @property
    def connected(self) -> bool:
        """Whether it was ever connected in this process."""
        ...


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Restarts the bot; `alone`: its process has no other role."""

    line: Connection
    alone: bool
    pause: float = FIRST_PAUSE

    async def run(self, talk: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
        """Talk until `stop`. Raises faults of the start, and `alone` those that need a person.

        A refused start ends the process: its settings are wrong, or another process is the bot.
        """
        loop, pause = asyncio.get_running_loop(), self.pause
        while not stop.is_set():
            begun = loop.time()
            try:
                await talk()
            except Exception as error:
                # The boundary of one role: the others go on, whatever ended the bot.
                if not self._bearable(error):
                    raise
                self._note(error)
            if loop.time() - begun > SOUND:
                pause = self.pause
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await stop.wait()
            pause = min(2 * pause, LONGEST_PAUSE)

    def _bearable(self, error: Exception) -> bool:
        ends = list(_ends(error))
        if self.alone:
            return all(_mends(end) for end in ends)
        return self.line.connected or all(isinstance(end, MatrixTrouble) for end in ends)

    def _note(self, error: Exception) -> None:
        ends = list(_ends(error))
        if all(_mends(end) for end in ends):
            log.warning("bot.begins_again", reason="; ".join(map(told, ends)))
            self.line.still = Still.BOT
            return
        refused = any(isinstance(end, MatrixTrouble) and not end.passing for end in ends)
        self.line.still = Still.ACCOUNT if refused else Still.BOT
        log.error("bot.stands_still", ails=self.line.still, reason="; ".join(map(told, ends)))


def _ends(error: BaseException) -> Iterator[BaseException]:
    """Return the errors of a group's tasks, or the error itself if it is no group."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _ends(each)
    else:
        yield error


def _mends(error: BaseException) -> bool:
    """Tell whether the fault that ended the bot passes without anybody's help."""
    passing = isinstance(error, MatrixTrouble) and error.passing
    return passing or isinstance(error, SessionEnded)
