"""Public holidays of the place of a zone, and their names in lines."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from bot.language.text import any_of, fold
from bridge.calendars.holidays import named_holidays

_PLACES = {
    "Europe/Paris": "FR", "America/Guadeloupe": "FR-GP", "America/Martinique": "FR-MQ",
    "America/Cayenne": "FR-GY", "Indian/Reunion": "FR-RE", "Indian/Mayotte": "FR-YT",
    "America/Miquelon": "FR-PM", "America/Marigot": "FR-MF", "America/St_Barthelemy": "FR-BL",
    "Pacific/Noumea": "FR-NC", "Pacific/Tahiti": "FR-PF", "Pacific/Marquesas": "FR-PF",
    "Pacific/Gambier": "FR-PF", "Pacific/Wallis": "FR-WF", "Indian/Kerguelen": "FR-TF",
}  # fmt: skip
_ALSACE = "FR-6AE"
"""Alsace and Moselle have the same holidays."""


def place_of(zone: str) -> str | None:
    """Return the place whose public holidays are those of a zone; `None` if we know none."""
    return _PLACES.get(zone)


class _Feast(NamedTuple):
    easter: int | None
    """Days after Easter."""
    month: int = 0
    number: int = 0


_FEASTS = {
    _Feast(None, 12, 25): "noel|jour de noel|christmas|christmas day",
    _Feast(None, 12, 24): "veille de noel|christmas eve",
    _Feast(None, 1, 1): "jour de l'an|nouvel an|new year's day",
    _Feast(None, 5, 1): "fete du travail",
    _Feast(None, 5, 8): "fete de la victoire",
    _Feast(None, 7, 14): "fete nationale|bastille day",
    _Feast(None, 8, 15): "assomption|jour de l'assomption|assumption day",
    _Feast(None, 11, 1): "toussaint|jour de la toussaint|all saints day|all saints' day",
    _Feast(None, 11, 11): "armistice|jour de l'armistice|armistice day",
    _Feast(-2): "vendredi saint|good friday",
    _Feast(1): "lundi de paques|easter monday",
    _Feast(0): "dimanche de paques|easter sunday|jour de paques",
    _Feast(39): "jeudi de l'ascension|ascension|jour de l'ascension|ascension day",
    _Feast(40): "vendredi de l'ascension|pont de l'ascension",
    _Feast(50): "lundi de pentecote|lundi de la pentecote|whit monday",
    _Feast(49): "dimanche de pentecote|whit sunday",
}  # fmt: skip
_NAMES = {name: feast for feast, names in _FEASTS.items() for name in names.split("|")}
FIRST_OF_NAMES = frozenset(name.partition(" ")[0].partition("'")[0] for name in _NAMES) | {
    "abolition",
    "jour",
    "pour",
    "at",
}
"""The first words of a holiday's name."""
_CERTAIN = [
    name for name in _NAMES
    if name.split(" ")[0] in ("lundi", "jeudi", "vendredi", "dimanche", "jour")
    or name.endswith((" day", " monday", " sunday", " friday", " eve"))
]  # fmt: skip
"""Names of a day, where others name a feast too: those need `à` or `le jour de` before them."""
_AT = re.compile(
    rf"(?:(?:le|la|a|a\sla|a\sl'|on|at|l'|pour|pour\sla|pour\sl')\s?)?(?P<certain>{any_of(_CERTAIN)})(?![\w'-])"
    rf"|(?:a\sla\s|a\sl'|a\s|le\sjour\sde\sla\s|le\sjour\sde\sl'|le\sjour\sde\s|on\s|at\s|l'|la\s|le\s)"
    rf"(?P<name>{any_of(_NAMES)})(?![\w'-])"
)
_ABOLITION = re.compile(r"(?:jour\sde\sl'|a\sl'|l')?abolition\sde\sl'esclavage(?![\w'-])")
_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Holidays:
    """The public holidays of a place; none are known for places outside France."""

    place: str | None

    @classmethod
    def of(cls, zone: str, *, alsace: bool = False) -> "Holidays":
        """Return those of a zone; `alsace`: those of Alsace-Moselle for that of Paris."""
        place = _PLACES.get(zone)
        return cls(_ALSACE if alsace and place == "FR" else place)

    def between(self, first: date, last: date) -> tuple[date, ...]:
        """Return the holidays from a day to another one, both included."""
        years = range(first.year, last.year + 1)
        days = (day for year in years for day in _of_year(self.place or "", year))
        return tuple(sorted(day for day in days if first <= day <= last))

    def at(self, text: str, at: int, today: date) -> tuple[int, date] | None:
        """Return the end of a holiday's name at a place of the folded text, and its next day."""
        found = _AT.match(text, at)
        if found is not None:
            feast = _NAMES[found["certain"] or found["name"]]
            return found.end(), _next(_days(feast, today.year), today)
        found = _ABOLITION.match(text, at)
        named = [] if found is None else self._named("abolition de l'esclavage", today)
        return (found.end(), _next(named, today)) if found is not None and named else None

    def _named(self, name: str, today: date) -> list[date]:
        years = range(today.year, today.year + _AHEAD)
        of_years = (_of_year(self.place or "", year) for year in years)
        return [day for those in of_years for day, one in those.items() if fold(one) == name]


def _next(days: Iterable[date], today: date) -> date:
    return next(day for day in days if day >= today)


def _days(feast: _Feast, year: int) -> Iterable[date]:
    for one in range(year, year + _AHEAD):
        if feast.easter is None:
            yield date(one, feast.month, feast.number)
        else:
            yield _easter(one) + timedelta(days=feast.easter)


@cache
def _easter(year: int) -> date:
    monday = next(day for day, name in _of_year("FR", year).items() if name == "Lundi de Pâques")
    return monday - timedelta(days=1)


def _of_year(place: str, year: int) -> Mapping[date, str]:
    return named_holidays(place, year) if place else {}
