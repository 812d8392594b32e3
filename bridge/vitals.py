"""The last outcome of each part that Parvis depends on and can do without for a while.

Each client of such a part records its outcomes here; `/readyz` and the metrics read them. A process
knows only its own calls: with roles apart, each reports its own.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.clock import Clock
from bridge.errors import ParvisError


class Part(StrEnum):
    """A part that may fail while the process goes on; the value is its name in `/readyz`."""

    MAIL = "mail"
    INBOX = "inbox"
    VISIO = "visio"
    MEDIA = "media"


SLOW = timedelta(seconds=30)
"""A call that lasts longer counts as failed: people wait for it."""
REMEMBERED = timedelta(minutes=15)
"""How long a failure counts if no call follows it: retries come every ten minutes."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A part failed, and no call to it has succeeded since."""

    last: datetime
    why: str
    """For the log and the operator: no secret, no address, no name."""


class Vitals:
    """Records how the parts do; one for each process."""

    def __init__(self, clock: Clock) -> None:
        """Know nothing yet: a part that was never tried does not count as failed."""
        self._clock = clock
        self._failures: dict[Part, Failure] = {}
        self._underway: dict[object, tuple[Part, datetime]] = {}

    def worked(self, part: Part) -> None:
        """Record that a part did what we asked."""
        self._failures.pop(part, None)

    def failed(self, part: Part, why: str) -> None:
        """Record that a part did not do what we asked, even if only for now."""
        self._failures[part] = Failure(self._clock.now(), why)

    @contextmanager
    def watching(self, part: Part, *troubles: type[Exception]) -> Iterator[None]:
        """Record the block's outcome: `troubles` are failures of the part, refusals are answers.

        A call that is cancelled because it took too long failed too.
        """
        begun, mark = self._clock.now(), object()
        self._underway[mark] = (part, begun)
        try:
            yield
        except asyncio.CancelledError:
            if self._clock.now() - begun > SLOW:
                self.failed(part, "slow")
            raise
        except troubles as trouble:
            self.failed(part, type(trouble).__name__)
            raise
        except ParvisError:
            self.worked(part)  # it refused: so it is there
            raise
        else:
            self.worked(part)
        finally:
            del self._underway[mark]

    def ailing(self, part: Part) -> str | None:
        """Return why a part fails; None if it does not, or if nothing is known of it."""
        now = self._clock.now()
        if any(one is part and now - begun > SLOW for one, begun in self._underway.values()):
            return "slow"
        failure = self._failures.get(part)
        if failure is None:
            return None
        return failure.why if now - failure.last <= REMEMBERED else None
