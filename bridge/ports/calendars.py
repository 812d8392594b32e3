"""Series in the calendar: their starts, and the public holidays that they may leave out."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from bridge.domain.series import Series


class Expansion(Protocol):
    """Knows when a series takes place."""

    async def starts(
        self, series: Series, *, since: datetime, before: datetime, most: int | None = None
    ) -> Sequence[datetime]:
        """Return the starts of a series from `since` on and before `before`: naive, ascending.

        What is left out is not among them, what is besides is; the first `most`, or all. Raises
        RecurrenceRefused for a rule that is none, or that takes too long.
        """
        ...


class PublicHolidays(Protocol):
    """Knows the days on which a place does not work."""

    def days(self, place: str, years: Iterable[int]) -> frozenset[date]:
        """Return the public holidays of a place, such as `FR` or `FR-RE`, in these years.

        None for a place that it doesn't know.
        """
        ...
