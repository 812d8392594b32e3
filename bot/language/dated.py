"""Dates in words, for the line that we offer in place of a refused one.

No command reads them as dates yet: a suggestion shows the date in full, and only if it is certain.
We search the folded shadow, so quoted words are safe.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.language.clock import length_at
from bot.language.days import (
    DAY,
    DAY_NAMES,
    MONTH,
    coming,
    month_of,
    next_date,
    real_date,
    weekday_of,
)
from bot.language.mistyped_dates import mistyped_month
from bot.language.moments import today
from bot.language.numbers import NUMBERS
from bot.language.recurring import recurring_at
from bot.language.refusals import EN, Here, Reason
from bot.language.text import any_of

_WEEK = timedelta(days=7)
_MONDAY, _FRIDAY, _SATURDAY = 0, 4, 5
_TEN, _FORTNIGHT = 10, 15
_NUMBERS = {word: n for word, n in NUMBERS.items() if n <= _TEN or n == _FORTNIGHT}
_NUMBER = rf"(?:[0-9]{{1,3}}|{any_of(_NUMBERS)})"
_SHORT_DAYS = r"lun|mar|mer|jeu|ven|sam|dim|mon|tues?|wed|thurs?|thu|fri|sat|sun"
_BEFORE = r"(?:(?:last|pour|for|du|de|d'|of|on|le|la|the|ce|cette|this|next|a\spartir\sd[eu])\s+)"
_YEAR = r"(?:,?[\s/.-](?P<year{tag}>2[0-9]{{3}}|[0-9]{{2}}(?![0-9h:.])))?"
_NTH = r"(?:er|st|nd|rd|th)?"

_DATE = re.compile(
    rf"""{_BEFORE}{{0,3}}
      (?:(?P<weekday>{DAY_NAMES}|(?:{_SHORT_DAYS})(?=\.|\s[0-9]))\.?,?\s+
        (?:prochain,?\s+)?(?:le\s+|the\s+)?)?
      (?: (?P<day1>[0-3]?[0-9]){_NTH}\.?\s(?:of\s)?(?P<month1>{MONTH})\b\.?{_YEAR.format(tag=1)}
        | (?P<month2>{MONTH})\b\.?\s(?:the\s)?(?P<day2>[0-3]?[0-9]){_NTH}(?![\w:])
          {_YEAR.format(tag=2)}
        | (?P<year4>[0-9]{{4}})[/.-](?P<month4>[0-9]{{1,2}})[/.-](?P<day4>[0-9]{{1,2}})
        | (?P<day3>[0-9]{{1,2}})(?P<sep>\.\s(?=[0-9]+\.)|[/.-])(?P<month3>[0-9]{{1,2}})
          (?:(?P=sep)(?P<year3>2[0-9]{{3}}|[0-9]{{2}}))?(?:\.(?=[\s,]|\Z))? )
      (?![\w/]|[.:-][0-9])""",
    re.VERBOSE,
)
_OF_MONTH = re.compile(
    rf"""{_BEFORE}{{0,2}}
      (?: (?P<weekday>{DAY_NAMES}|(?:{_SHORT_DAYS})(?=\.|\s[0-9]))\.?,?\s+(?:le\s+|the\s+)?
          (?P<day1>[0-9]{{1,2}}){_NTH}
        | (?:le|the|on\sthe)\s(?P<day2>[0-9]{{1,2}}){_NTH} )
      (?![\w/:]|\s?(?:h|heures?|[ap]m|min)\b|[.,-][0-9])""",
    re.VERBOSE,
)
_OF_WEEK = re.compile(
    rf"""(?P<every>(?:tous\sles|toutes\sles|chaque|every\sother|every|each|les|un(?=\s\w+\ssur\s))\s+)?
      {_BEFORE}{{0,3}}
      (?P<weekday>{DAY_NAMES}|(?:{_SHORT_DAYS})(?=\.|\s(?:at\s|a\s)?[0-9]))\b\.?
      (?P<later>,?\s(?:en\shuit|de\sla\ssemaine\sprochaine|semaine\sprochaine|of\snext\sweek|next\sweek|week)\b)?
      (?P<past>\s(?:dernier|passe))?
      (?:\s(?:prochain|next|qui\svient|sur\s(?:deux|trois|[0-9]))\b)?""",
    re.VERBOSE,
)
_AFTER = re.compile(
    rf"{_BEFORE}{{0,2}}(?:apres[-\s]demain|surlendemain|day\safter\stomorrow|overmorrow)\b"
)
_IN_DAYS = re.compile(
    rf"""(?:dans|in|d'ici|sous|within)\s(?:(?P<number>{_NUMBER})\s)?
      (?P<unit>jours?|days?|semaines?|weeks?|quinzaine|fortnight)\b""",
    re.VERBOSE,
)
_IN = re.compile(r"(?:dans|in|d'ici|sous|within)\s(?=\w)")
_DAYS = re.compile(
    rf"(?:du|from)\s(?:the\s)?(?P<day>[0-3]?[0-9]){_NTH}(?:\s(?P<month1>{MONTH}))?"
    rf"\s(?:au|to|till)\s(?:the\s)?[0-3]?[0-9]{_NTH}\s(?:of\s)?(?P<month2>{MONTH})\b"
)
_VAGUE = re.compile(
    rf"""{_BEFORE}{{0,2}}(?:
        (?P<week>semaine\sprochaine|next\sweek|week\sprochain)
      | (?P<month>mois\sprochain|next\smonth)
      | (?P<end>week-?end(?:\sprochain)?)
      | (?P<friday>fin\sde\s(?:la\s)?semaine|end\sof\s(?:the\s|this\s)?week)
      | (?P<monday>(?:debut|milieu)\sde\s(?:la\s)?semaine
        |(?:start|middle)\sof\s(?:the\s|this\s)?week) )\b""",
    re.VERBOSE,
)
_YESTERDAY = re.compile(
    rf"{_BEFORE}{{0,2}}(?:(?:avant[-\s])?hier|(?:the\sday\sbefore\s)?yesterday)\b"
)
_DAY_OF = re.compile(rf"{_BEFORE}{{0,2}}(?P<day>[0-9]{{1,2}}){_NTH}\s(?P<month>[a-z]{{6,10}})\b")
_MONTHS_OF_A_YEAR = 12
_SHORT_YEAR = 2
"""Digits of a short year."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in words: its end in the line, and the day or the local time that it names."""

    end: int
    day: date | None = None
    at: datetime | None = None
    fault: Reason | None = None
    """Why the day differs from the one typed, if it does."""
    number: int | None = None
    """Its weekday, 0 for Monday, if another one was typed."""


def dated_at(shadow: str, at: int, here: Here) -> Dated | None:
    """Return the date that begins at a place of the folded shadow."""
    for reader in (
        _yesterday,
        _every,
        _days,
        _dated,
        _after,
        _of_month,
        _in_days,
        _later,
        _of_week,
        _vague,
        _mistyped_month,
    ):
        found = reader(shadow, at, here)
        if found is not None:
            return found
    return None


def _mistyped_month(shadow: str, at: int, here: Here) -> Dated | None:
    found = _DAY_OF.match(shadow, at)
    month = None if found is None else mistyped_month(found["month"])
    if found is None or month is None:
        return None
    day = next_date(int(found["day"]), month, None, today(here))
    return None if day is None else Dated(found.end(), day)


def _yesterday(shadow: str, at: int, here: Here) -> Dated | None:
    found = _YESTERDAY.match(shadow, at)
    if found is None:
        return None
    ago = 2 if re.search("avant|before", found[0]) else 1
    return Dated(found.end(), today(here) - ago * DAY)


def _every(shadow: str, at: int, here: Here) -> Dated | None:
    found = recurring_at(shadow, at, today(here))
    return None if found is None else Dated(*found, fault=Reason.RECURRENCE)


def _dated(shadow: str, at: int, here: Here) -> Dated | None:
    found = _DATE.match(shadow, at)
    if found is None:
        return None
    tag = next(tag for tag in "1234" if found[f"day{tag}"])
    name, typed = found["month" + tag], found["year" + tag]
    month = month_of(name) or int(name)
    year = int(typed) + (2000 if len(typed) == _SHORT_YEAR else 0) if typed else None
    number = int(found["day" + tag])
    slashed = tag == "3" and found["sep"] == "/"
    if slashed and here.language is EN and number <= _MONTHS_OF_A_YEAR < month:
        number, month = month, number  # `12/25`, as in America
    return _checked(found, next_date(number, month, year, today(here)), (number, month, year), here)


def _checked(
    found: re.Match[str], day: date | None, typed: tuple[int, int, int | None], here: Here
) -> Dated:
    if day is None:
        nearest = _nearest(*typed, here)
        return Dated(found.end(), nearest, fault=Reason.IMPOSSIBLE)
    if found["weekday"] is not None and weekday_of(found["weekday"]) != day.weekday():
        return Dated(found.end(), day, fault=Reason.WEEKDAY, number=day.weekday())
    return Dated(found.end(), day)


def _nearest(number: int, month: int, year: int | None, here: Here) -> date | None:
    """Return the last day of a month, for a later day that it does not have."""
    now = today(here)
    days = (next_date(each, month, year, now) for each in range(min(number, 31), 0, -1))
    return next((day for day in days if day is not None), None)


def _of_month(shadow: str, at: int, here: Here) -> Dated | None:
    """Read "le 3" and "lundi 7": of this month, or of the next one that has it."""
    found = _OF_MONTH.match(shadow, at)
    if found is None:
        return None
    number = int(found["day1"] or found["day2"])
    now = today(here)
    for ahead in range(13):
        year, month = now.year + (now.month - 1 + ahead) // 12, (now.month - 1 + ahead) % 12 + 1
        day = real_date(year, month, number)
        if day is not None and day >= now:
            return _checked(found, day, (number, month, year), here)
    return Dated(found.end(), None, fault=Reason.IMPOSSIBLE)


def _of_week(shadow: str, at: int, here: Here) -> Dated | None:
    found = _OF_WEEK.match(shadow, at)
    if found is None:
        return None
    now, number = today(here), weekday_of(found["weekday"])
    plural = found["weekday"].endswith("s") and found["weekday"] not in ("tues", "thurs")
    day = coming({number}, now)
    if found["past"] or "last " in found[0]:
        day -= _WEEK if day - _WEEK < now else 2 * _WEEK
    elif found["later"] and found["later"].strip(", ") in ("en huit", "week"):
        day += _WEEK
    elif found["later"]:
        day = coming({_MONDAY}, now) + number * DAY
    fault = Reason.RECURRENCE if plural or found["every"] else None
    return Dated(found.end(), day, fault=fault)


def _after(shadow: str, at: int, here: Here) -> Dated | None:
    found = _AFTER.match(shadow, at)
    return None if found is None else Dated(found.end(), today(here) + 2 * DAY)


def _in_days(shadow: str, at: int, here: Here) -> Dated | None:
    found = _IN_DAYS.match(shadow, at)
    if found is None:
        return None
    number = _NUMBERS.get(found["number"] or "un") or int(found["number"])
    if found["unit"] in ("quinzaine", "fortnight"):
        return Dated(found.end(), today(here) + 2 * _WEEK)
    if found["unit"].startswith(("semaine", "week")):
        return Dated(found.end(), today(here) + min(number, 60) * _WEEK)
    days = {8: 7, 15: 14}.get(number, number) if found["unit"].startswith("jour") else number
    return Dated(found.end(), today(here) + days * DAY)


def _later(shadow: str, at: int, here: Here) -> Dated | None:
    """Read "dans 2h": the local time after that delay, in whole minutes."""
    found = _IN.match(shadow, at)
    read = None if found is None else length_at(shadow, found.end())
    if read is None or not timedelta(0) < read[0].span <= DAY:
        return None
    later = here.now + read[0].span + timedelta(seconds=59)
    wall = later.astimezone(here.zone).replace(tzinfo=None, second=0, microsecond=0)
    return Dated(read[1], at=wall)


def _days(shadow: str, at: int, here: Here) -> Dated | None:
    """Read "du 3 au 5 décembre", too long for a meeting, as its first day."""
    found = _DAYS.match(shadow, at)
    month = None if found is None else month_of(found["month1"] or found["month2"])
    if found is None or month is None:
        return None
    day = next_date(int(found["day"]), month, None, today(here))
    return None if day is None else Dated(found.end(), day, fault=Reason.DAY_MISSING)


def _vague(shadow: str, at: int, here: Here) -> Dated | None:
    found = _VAGUE.match(shadow, at)
    if found is None:
        return None
    weekday = _FRIDAY if found["friday"] else _SATURDAY if found["end"] else _MONDAY
    day = coming({weekday}, today(here))
    if found["month"]:
        day = (today(here).replace(day=1) + 32 * DAY).replace(day=1)
    return Dated(found.end(), day, fault=Reason.DAY_MISSING)
