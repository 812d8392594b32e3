"""Public holidays by the library `holidays`, which is imported when first needed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class KnownHolidays:
    """Implements `bridge.ports.PublicHolidays`."""

    def days(self, place: str, years: Iterable[int]) -> frozenset[date]:
        """Return the public holidays of a place, such as `FR` or `FR-RE`, in these years."""
        return frozenset().union(*(named_holidays(place, year) for year in years))


@lru_cache(maxsize=256)
def named_holidays(place: str, year: int) -> Mapping[date, str]:
    """Return a place's public holidays of a year, with their French names; none if unknown."""
    import holidays  # noqa: PLC0415 - it takes a tenth of a second

    country, _, part = place.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=year, language="fr")
    except NotImplementedError:
        return {}
    return {day: str(name) for day, name in found.items()}
