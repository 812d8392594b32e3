"""Public holidays by the library `holidays`, which is imported when first needed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class KnownHolidays:
    """Implements `bridge.ports.PublicHolidays`."""

    def days(self, place: str, years: Iterable[int]) -> frozenset[date]:
        """Return the public holidays of a place, such as `FR` or `FR-RE`, in these years."""
        return frozenset().union(*(_of_year(place, year) for year in years))


@lru_cache(maxsize=256)
def _of_year(place: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - it takes a tenth of a second

    country, _, part = place.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError:
        return frozenset()
