"""The last outcome of each thing that Parvis depends on and can live without for a while.

Whoever talks to one notes here what came of it; `/readyz` and the metrics read it. A process knows
its own conversations only: with roles apart each tells of what it tried itself.
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
    """Something that may fail while the process goes on; the value is its name in `/readyz`."""

    MAIL = "mail"
    VISIO = "visio"
    MEDIA = "media"


SLOW = timedelta(seconds=30)
"""A conversation that lasts longer is as good as none: people wait for it."""
REMEMBERED = timedelta(minutes=15)
"""How long a failure counts when nothing is tried after it: retries come every ten minutes."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A part failed, and nothing it did since was well."""

    last: datetime
    why: str
    """For the log and the operator: no secret, no address, no name."""


class Vitals:
    """Notes how the parts do; one for each process."""

    def __init__(self, clock: Clock) -> None:
        """Know nothing yet: what was never tried is not taken for ill."""
        self._clock = clock
        self._failures: dict[Part, Failure] = {}
        self._underway: dict[object, tuple[Part, datetime]] = {}

    def worked(self, part: Part) -> None:
        """Note that a part did what was asked."""
        self._failures.pop(part, None)

    def failed(self, part: Part, why: str) -> None:
        """Note that a part did not do what was asked, be it for now."""
        self._failures[part] = Failure(self._clock.now(), why)

    @contextmanager
    def watching(self, part: Part, *troubles: type[Exception]) -> Iterator[None]:
        """Note what comes of the block: `troubles` are the part's failures, its refusals answers.

        A conversation that is cut because it took too long failed too.
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
            self.worked(part)  # it refused what was asked: so it is there
            raise
        else:
            self.worked(part)
        finally:
            del self._underway[mark]

    def ailing(self, part: Part) -> str | None:
        """Return why a part is ill; None where it is well, or where nothing is known of it."""
        now = self._clock.now()
        if any(one is part and now - begun > SLOW for one, begun in self._underway.values()):
            return "slow"
        failure = self._failures.get(part)
        if failure is None:
            return None
        return failure.why if now - failure.last <= REMEMBERED else None
