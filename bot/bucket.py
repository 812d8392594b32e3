"""How many messages may leave: a token bucket for each account."""

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

    def __post_init__(self) -> None:
        self._tokens = float(self.burst)
        self._filled = self.monotonic()

    def take(self) -> bool:
        """Take a token if there is one."""
        if self.rate <= 0:
            return True
        self._fill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def ready(self, most: int) -> int:
        """Return how many tokens there are, `most` at the most."""
        if self.rate <= 0:
            return most
        self._fill()
        return max(0, min(most, int(self._tokens)))

    def wait(self) -> float:
        """Return the seconds until there is a token, 0 when there is one."""
        if self.rate <= 0:
            return 0.0
        self._fill()
        return max(0.0, (1 - self._tokens) / self.rate)

    def hold(self, seconds: float) -> None:
        """Give no token for that long: the homeserver said so."""
        if self.rate > 0:
            self._fill()
            self._tokens = min(self._tokens, 1 - seconds * self.rate)

    def _fill(self) -> None:
        now = self.monotonic()
        self._tokens = min(float(self.burst), self._tokens + (now - self._filled) * self.rate)
        self._filled = now
