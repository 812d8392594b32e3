"""How long to wait before asking again."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.matrix.errors import AccountUnusable, Busy, MatrixTrouble
from bot.matrix.settings import MatrixSettings

log = structlog.get_logger()

T = TypeVar("T")


class Backoff:
    """Exponential, with jitter: a thousand clients must not come back in the same second."""

    def __init__(self, settings: MatrixSettings) -> None:
        self._first = settings.backoff_first
        self._longest = settings.backoff_longest
        self._random = secrets.SystemRandom()
        self.failures = 0

    def succeeded(self) -> None:
        """Start over."""
        self.failures = 0

    def delay(self, trouble: MatrixTrouble | None = None) -> float:
        """Return the seconds to wait after one more failure; never less than a 429 asks for."""
        # 2**20 is beyond every sensible longest, and a float can hold it.
        ceiling: float = min(self._first * 2.0 ** min(self.failures, 20), self._longest)
        self.failures += 1
        asked = trouble.after if isinstance(trouble, Busy) else 0.0
        return max(asked, ceiling * self._random.uniform(0.5, 1.0))


async def persist(action: Callable[[], Awaitable[T]], settings: MatrixSettings, name: str) -> T:
    """Do something again until the trouble with it has passed. Raises AccountUnusable, Refusal."""
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
