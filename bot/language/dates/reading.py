"""A reading: the meaning of all words of time of a line, or why they mean nothing certain."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain.series import Recurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Why words of time are not taken: the stable code, and the words as typed."""

    code: str
    meant: str
    mend: Callable[[], str] = field(compare=False, repr=False)
    """Returns `example`: a reader that only wants to know need not wait for it."""

    @property
    def example(self) -> str:
        """One whole line that works when it is pasted."""
        return self.mend()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The times of a line, local in `zone`, and the places of their words in it, half-open.

    Without a start it is now, and without an end none was given. If `refused` it has no times.
    """

    start: datetime | None = None
    end: datetime | None = None
    recurrence: Recurrence | None = None
    zone: str
    named: bool = False
    """The line names the zone."""
    dated: bool = field(default=True, compare=False)
    """The line names a day, and not an hour alone."""
    spans: tuple[tuple[int, int], ...] = ()
    refused: Unclear | None = None
