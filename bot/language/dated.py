"""Dates in words, found for the line that is offered in place of one that is refused.

They are not read as dates yet: a suggestion shows the date in full, and only what is certain is
shown. The folded shadow is searched, so what is in quotes is safe.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher

from bot.language.clock import length_at
from bot.language.moments import today
from bot.language.recurring import recurring_at
from bot.language.refusals import EN, Here, Reason
from bot.language.text import slipped
from bot.language.timelike import MONTH, WEEKDAYS, month_of

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_FRIDAY, _SATURDAY = 4, 5
_NUMBERS = {
    "un": 1, "une": 1, "a": 1, "an": 1, "one": 1, "deux": 2, "two": 2, "trois": 3, "three": 3,
    "quatre": 4, "four": 4, "cinq": 5, "five": 5, "six": 6, "sept": 7, "seven": 7, "huit": 8,
    "eight": 8, "neuf": 9, "nine": 9, "dix": 10, "ten": 10, "quinze": 15, "fifteen": 15,
}  # fmt: skip
_NUMBER = rf"(?:[0-9]{{1,3}}|{'|'.join(_NUMBERS)})"
_LONG_DAYS = "|".join(rf"{french}s?|{english}s?" for french, english in WEEKDAYS)
_SHORT_DAYS = r"lun|mar|mer|jeu|ven|sam|dim|mon|tues?|wed|thurs?|thu|fri|sat|sun"
_BEFORE = r"(?:(?:last|pour|for|du|de|d'|of|on|le|la|the|ce|cette|this|next|a\spartir\sd[eu])\s+)"
_YEAR = r"(?:,?[\s/.-](?P<year{tag}>2[0-9]{{3}}|[0-9]{{2}}(?![0-9h:.])))?"
_NTH = r"(?:er|st|nd|rd|th)?"

_DATE = re.compile(
    rf"""{_BEFORE}{{0,3}}
      (?:(?P<weekday>{_LONG_DAYS}|(?:{_SHORT_DAYS})(?=\.|\s[0-9]))\.?,?\s+
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
      (?: (?P<weekday>{_LONG_DAYS}|(?:{_SHORT_DAYS})(?=\.|\s[0-9]))\.?,?\s+(?:le\s+|the\s+)?
          (?P<day1>[0-9]{{1,2}}){_NTH}
        | (?:le|the|on\sthe)\s(?P<day2>[0-9]{{1,2}}){_NTH} )
      (?![\w/:]|\s?(?:h|heures?|[ap]m|min)\b|[.,-][0-9])""",
    re.VERBOSE,
)
_OF_WEEK = re.compile(
    rf"""(?P<every>(?:tous\sles|toutes\sles|chaque|every\sother|every|each|les|un(?=\s\w+\ssur\s))\s+)?
      {_BEFORE}{{0,3}}
      (?P<weekday>{_LONG_DAYS}|(?:{_SHORT_DAYS})(?=\.|\s(?:at\s|a\s)?[0-9]))\b\.?
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
_MONTHS = (
    ("janvier", "january"), ("fevrier", "february"), (), ("avril",), (), (),
    ("juillet",), ("august",), ("septembre", "september"), ("octobre", "october"),
    ("novembre", "november"), ("decembre", "december"),
)  # fmt: skip
_SHORTENED = {"tmrw": 1, "tmr": 1, "2moro": 1, "dem": 1, "auj": 0, "tdy": 0}
_MONTHS_OF_A_YEAR = 12
_SHORT_YEAR = 2
"""Figures of it."""
_LONG = 6
_ALIKE = 0.8
_TYPED_WRONG = {
    **dict.fromkeys(("demain", "tomorrow"), 1),
    **dict.fromkeys(("aujourd'hui", "today"), 0),
}


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in words: where it ends, and the day or the local time that it names."""

    end: int
    day: date | None = None
    at: datetime | None = None
    fault: Reason | None = None
    """Why the day is not the one that was typed, if it is not."""
    number: int | None = None
    """The weekday that it is, 0 for Monday, where another was typed."""


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


def mistyped_day(word: str, here: Here) -> date | None:
    """Return the day that a word names with one typing error; only beside an hour is it one."""
    if word in _SHORTENED:
        return today(here) + _SHORTENED[word] * _DAY
    for right, days in _TYPED_WRONG.items():
        if _nearly(word, right):
            return today(here) + days * _DAY
    for number, names in enumerate(WEEKDAYS):
        if any(_nearly(word, name) for name in names):
            return _coming(number, here)
    return None


def _nearly(word: str, right: str) -> bool:
    """Tell whether a long word has one typing error, or two of letters that are doubled or lost."""
    if len(word) < _LONG:
        return slipped(word, right) and len(word) > _LONG - 2
    return word != right and SequenceMatcher(None, word, right).ratio() > _ALIKE


def _mistyped_month(shadow: str, at: int, here: Here) -> Dated | None:
    found = _DAY_OF.match(shadow, at)
    if found is None:
        return None
    for number, names in enumerate(_MONTHS, start=1):
        if any(_nearly(found["month"], name) for name in names):
            day = _date(int(found["day"]), number, None, here)
            return None if day is None else Dated(found.end(), day)
    return None


def _yesterday(shadow: str, at: int, here: Here) -> Dated | None:
    found = _YESTERDAY.match(shadow, at)
    if found is None:
        return None
    return Dated(
        found.end(), today(here) - (2 if re.search("avant|before", found[0]) else 1) * _DAY
    )


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
    if (
        tag == "3"
        and found["sep"] == "/"
        and here.language is EN
        and number <= _MONTHS_OF_A_YEAR < month
    ):
        number, month = month, number  # `12/25`, as in America
    return _checked(found, _date(number, month, year, here), (number, month, year), here)


def _checked(
    found: re.Match[str], day: date | None, typed: tuple[int, int, int | None], here: Here
) -> Dated:
    if day is None:
        nearest = _nearest(*typed, here)
        return Dated(found.end(), nearest, fault=Reason.IMPOSSIBLE)
    weekday = None if found["weekday"] is None else _weekday(found["weekday"])
    if weekday is not None and weekday != day.weekday():
        return Dated(found.end(), day, fault=Reason.WEEKDAY, number=day.weekday())
    return Dated(found.end(), day)


def _date(number: int, month: int, year: int | None, here: Here) -> date | None:
    """Return the date, without a year the next one; `None` when no year has it."""
    years = (today(here).year, today(here).year + 1) if year is None else (year,)
    days = [day for each in years if (day := _real(each, month, number)) is not None]
    return next((day for day in days if day >= today(here)), days[-1] if days else None)


def _real(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _nearest(number: int, month: int, year: int | None, here: Here) -> date | None:
    """Return the last day that a month has where a later one was typed."""
    days = (_date(each, month, year, here) for each in range(min(number, 31), 0, -1))
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
        day = _real(year, month, number)
        if day is not None and day >= now:
            return _checked(found, day, (number, month, year), here)
    return Dated(found.end(), None, fault=Reason.IMPOSSIBLE)


def _of_week(shadow: str, at: int, here: Here) -> Dated | None:
    found = _OF_WEEK.match(shadow, at)
    number = None if found is None else _weekday(found["weekday"])
    if found is None or number is None:
        return None
    plural = found["weekday"].endswith("s") and found["weekday"] not in ("tues", "thurs")
    day = _coming(number, here)
    if found["later"] and found["later"].strip(", ") in ("en huit", "week"):
        day += _WEEK
    elif found["later"]:
        monday = today(here) + (7 - today(here).weekday()) * _DAY
        day = monday + number * _DAY
    if found["past"] or "last " in found[0]:
        day = _coming(number, here) - _WEEK
        day -= _WEEK if day >= today(here) else timedelta(0)
    fault = Reason.RECURRENCE if plural or found["every"] else None
    return Dated(found.end(), day, fault=fault)


def _coming(number: int, here: Here) -> date:
    """Return the next such weekday after today."""
    tomorrow = today(here) + _DAY
    return tomorrow + ((number - tomorrow.weekday()) % 7) * _DAY


def _weekday(word: str) -> int | None:
    """Return the number of a weekday, long or short, 0 for Monday."""
    for number, names in enumerate(WEEKDAYS):
        if any(name.startswith(word.rstrip("s")) for name in names if word != "mar"):
            return number
    return 1 if word == "mar" else None


def _after(shadow: str, at: int, here: Here) -> Dated | None:
    found = _AFTER.match(shadow, at)
    return None if found is None else Dated(found.end(), today(here) + 2 * _DAY)


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
    return Dated(found.end(), today(here) + days * _DAY)


def _later(shadow: str, at: int, here: Here) -> Dated | None:
    """Read "dans 2h": the local time in so many minutes, whole ones."""
    found = _IN.match(shadow, at)
    read = None if found is None else length_at(shadow, found.end())
    if read is None or not timedelta(0) < read[0].span <= _DAY:
        return None
    later = here.now + read[0].span + timedelta(seconds=59)
    wall = later.astimezone(here.zone).replace(tzinfo=None, second=0, microsecond=0)
    return Dated(read[1], at=wall)


def _days(shadow: str, at: int, here: Here) -> Dated | None:
    """Read "du 3 au 5 décembre", which no meeting lasts, as its first day."""
    found = _DAYS.match(shadow, at)
    month = None if found is None else month_of(found["month1"] or found["month2"])
    if found is None or month is None:
        return None
    day = _date(int(found["day"]), month, None, here)
    return None if day is None else Dated(found.end(), day, fault=Reason.DAY_MISSING)


def _vague(shadow: str, at: int, here: Here) -> Dated | None:
    found = _VAGUE.match(shadow, at)
    if found is None:
        return None
    now = today(here)
    if found["month"]:
        first = now.replace(day=1) + timedelta(days=32)
        return Dated(found.end(), first.replace(day=1), fault=Reason.DAY_MISSING)
    if found["friday"]:
        return Dated(found.end(), _coming(_FRIDAY, here), fault=Reason.DAY_MISSING)
    if found["end"]:
        return Dated(found.end(), _coming(_SATURDAY, here), fault=Reason.DAY_MISSING)
    monday = now + (7 - now.weekday()) * _DAY
    return Dated(found.end(), monday, fault=Reason.DAY_MISSING)
