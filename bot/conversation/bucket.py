"""The rate limit of messages: a token bucket for each account."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """`rate` messages a second on average, `burst` at once; a rate of 0 sets no limit."""

    rate: float
    burst: int
    monotonic: Callable[[], float]
    _tokens: float = field(init=False)
    _filled: float = field(init=False)
    _held: float = field(init=False)
    """Until then nothing is sent."""

    def __post_init__(self) -> None:
        self._tokens = float(self.burst)
        self._filled = self._held = self.monotonic()

    def take(self) -> bool:
        """Take a token if there is one."""
        if not self.ready(1):
            return False
        self._tokens -= 1
        return True

    def ready(self, most: int) -> int:
        """Return the number of tokens, at most `most`."""
        self._fill()
        if self._filled < self._held:
            return 0
        return most if self.rate <= 0 else max(0, min(most, int(self._tokens)))

    def wait(self) -> float:
        """Return the seconds until the next token, 0 if there is one."""
        self._fill()
        empty = (1 - self._tokens) / self.rate if self.rate > 0 else 0.0
        return max(0.0, empty, self._held - self._filled)

    def hold(self, seconds: float) -> None:
        """Give no token for that long, then one, and no burst: the homeserver demands it."""
        self._fill()
        self._held = max(self._held, self._filled + seconds)
        self._tokens = min(self._tokens, 1 - seconds * self.rate)

    def _fill(self) -> None:
        now = self.monotonic()
        self._tokens = min(float(self.burst), self._tokens + (now - self._filled) * self.rate)
        self._filled = now
