"""Back-off: how long to wait before a retry."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.matrix.errors import AccountUnusable, Busy, MatrixTrouble, Refusal, Unsent
from bot.matrix.settings import MatrixOptions

log = structlog.get_logger()

_T = TypeVar("_T")


LONGEST_AWAY = 5.0
"""Seconds between two tries at a server where nobody listens: they cost nobody anything."""
NOT_PASSED_ON = (502, 503)
"""A proxy's statuses when its homeserver does not listen."""


class Backoff:
    """Exponential, with jitter: a thousand clients must not come back in the same second.

    A server that answers badly is overloaded, so it is left alone longer and longer; one that does
    not listen is starting, and requests do not reach it meanwhile.
    """

    def __init__(self, settings: MatrixOptions) -> None:
        self._first = settings.backoff_first
        self._longest = settings.backoff_longest
        self._random = secrets.SystemRandom()
        self._away = False
        self._in_a_row = 0
        self.failures = 0

    def succeeded(self) -> None:
        """Start over."""
        self.failures = self._in_a_row = 0

    def delay(self, trouble: MatrixTrouble | None = None) -> float:
        """Return the seconds to wait after one more failure; never less than a 429 asks for."""
        away = is_away(trouble)
        if away != self._away:
            self._away, self._in_a_row = away, 0
        longest = min(LONGEST_AWAY, self._longest) if away else self._longest
        # 2**20 is beyond every sensible limit, and a float can hold it.
        ceiling: float = min(self._first * 2.0 ** min(self._in_a_row, 20), longest)
        self.failures += 1
        self._in_a_row += 1
        asked = trouble.after if isinstance(trouble, Busy) else 0.0
        return max(asked, ceiling * self._random.uniform(0.5, 1.0))


def is_away(trouble: MatrixTrouble | None) -> bool:
    """Tell whether nobody listened, to us or to the proxy that did."""
    if isinstance(trouble, Refusal):
        return trouble.status in NOT_PASSED_ON and "errcode" not in trouble.answer
    return isinstance(trouble, Unsent)


async def persist(action: Callable[[], Awaitable[_T]], settings: MatrixOptions, name: str) -> _T:
    """Retry until the trouble has passed. Raises AccountUnusable, Refusal."""
    backoff = Backoff(settings)
    while True:
        try:
            return await action()
        except AccountUnusable:
            raise
        except MatrixTrouble as trouble:
            if not trouble.passing:
                raise
            delay = backoff.delay(trouble)
            log.warning(
                "matrix.postponed", action=name, reason=str(trouble), seconds=round(delay, 1)
            )
            await asyncio.sleep(delay)
