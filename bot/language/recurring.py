"""Words of recurrence, and the first date that they mean: `chaque premier lundi du mois`.

Such a line is refused; the first date alone is offered. The folded shadow is searched.
"""

import re
from datetime import date, timedelta

from bot.language.timelike import MONTH, WEEKDAYS, month_of

_DAY = timedelta(days=1)
_ORDINALS = {
    1: "premier|premiere|1er|1ere|first|1st",
    2: "deuxieme|second|seconde|2e|2eme|2nd",
    3: "troisieme|third|3e|3eme|3rd",
    4: "quatrieme|fourth|4e|4eme|4th",
    5: "dernier|derniere|last",
}
_SECOND, _LAST = 2, 5
_NTH = "|".join(f"(?:{words})s?" for words in _ORDINALS.values())
_DAYS = "|".join(rf"{french}s?|{english}s?" for french, english in WEEKDAYS)
_EACH = r"(?:tous\sles|toutes\sles|chaque|every|each)"
_THE = r"(?:les?|la|the|on|on\sthe|every|each)"
_OF_MONTH = r"\s(?:of|de|du|in|au)\s(?:the\s|each\s|every\s|chaque\s|le\s)?(?:mois|months?)"
_NTH_DAY = re.compile(
    rf"(?:(?P<each>{_EACH}(?:\smois\sle|\smonth\s(?:on\s)?the)?|monthly\son\sthe|mensuel(?:lement)?\sle)\s|{_THE}\s)?(?P<nth>{_NTH})\s(?P<day>{_DAYS})(?P<month>{_OF_MONTH}|\s(?:of|de|d'|in)\s?(?P<named>{MONTH}))?(?![\w'-])"
)
_AND = r"(?:\s?,\s?(?:le\s|the\s|on\s|et\s|and\s)?|\s(?:et|and|&)\s(?:le\s|les\s|on\s|the\s)?)"
_SEVERAL = re.compile(
    rf"(?:{_EACH}\s|{_THE}\s)?(?:both\s)?(?P<days>(?:{_DAYS})(?:{_AND}(?:{_DAYS}))+)(?![\w'-])"
)
_FROM_TO = re.compile(
    rf"(?:du\s|de\s|from\s)?(?P<first>{_DAYS})\s?(?:au|a|to|till|through|-)\s?(?P<last>{_DAYS})(?![\w'-])"
)
_ONE_OF = r"(?:\d{1,2}|deux|two|trois|three|quatre|four|six|other|autres?|second|third|couple\sof)"
_UNITS = (
    r"jours?(?:\souvre(?:s|es)?|\souvrables?)?|matins?|soirs?|midis?|days?|mornings?|evenings?|weekdays?"
    r"|working\sdays?|business\sdays?|semaines?|weeks?|quinzaines?|fortnights?|mois|months?"
    r"|trimestres?|quarters?|semestres?|annees?|ans|years?"
)
_EVERY = re.compile(
    rf"""{_EACH}\s(?:{_ONE_OF}\s)?(?:{_UNITS})\b
     | (?:une?\s)(?:semaine|jour|mois)\ssur\s(?:deux|trois|[0-9])\b
     | (?:once|twice|(?:une|deux|trois|two|three|[0-9])\s(?:fois|times))
       \s(?:a|an|per|par)\s(?:{_UNITS})\b
     | (?:mon|lun)\.?\s?(?:-|to|au|a)\s?(?:fri|ven)\b\.?
     | {_EACH}\s(?P<date>[0-3]?[0-9])(?:er|st|nd|rd|th)?{_OF_MONTH}\b""",
    re.VERBOSE,
)
_ADVERBS = (
    r"(?:daily|weekly|recurring|recurrente?|bi-?weekly|fortnightly|monthly|bi-?monthly|quarterly|yearly|annually"
    r"|hebdomadaire(?:ment)?|bimensuel(?:lement)?|mensuel(?:lement)?|quotidien(?:nement)?"
    r"|trimestriel(?:lement)?)"
)
_WHEN = (
    r"(?:(?:on|at|le|les|a|the|from|de|every|each)\s){0,2}"
    rf"(?:{_DAYS}|[0-9]|(?:{_NTH})\s(?:{_DAYS}))"
)
_BEFORE_WHEN = re.compile(rf"{_ADVERBS}(?=\s{_WHEN})")
_ALONE = re.compile(rf"\s*(?:{_ADVERBS}|hebdo)[\s.!]*")
_FAR = 62
_YEAR = 400


def recurring_at(shadow: str, at: int, today: date) -> tuple[int, date] | None:
    """Return where words of recurrence end that begin at a place, and their first date.

    So is "the first Monday of January" read, which is one date.
    """
    found = _NTH_DAY.match(shadow, at)
    if found is not None and (found["each"] or found["month"]):
        return found.end(), _nth(found, today)
    found = _SEVERAL.match(shadow, at)
    if found is not None:
        days = {_weekday(one) for one in re.findall(_DAYS, found["days"])}
        return found.end(), _next(days, today)
    found = _FROM_TO.match(shadow, at)
    if found is not None:
        first, last = _weekday(found["first"]), _weekday(found["last"])
        return found.end(), _next({(first + n) % 7 for n in range((last - first) % 7 + 1)}, today)
    found = _EVERY.match(shadow, at) or _BEFORE_WHEN.match(shadow, at)
    if found is None:
        return None
    number = found.groupdict().get("date")
    day = today + _DAY
    while number and day.day != int(number) and day < today + _FAR * _DAY:
        day += _DAY
    return found.end(), day


def only_recurs(shadow: str) -> bool:
    """Tell whether a line is no more than "weekly"."""
    return _ALONE.fullmatch(shadow) is not None


def _weekday(word: str) -> int:
    return next(number for number, names in enumerate(WEEKDAYS) if word.removesuffix("s") in names)


def _next(days: set[int], today: date) -> date:
    """Return the first day after today that is such a weekday."""
    return next(day for n in range(1, 8) if (day := today + n * _DAY).weekday() in days)


def _nth(found: re.Match[str], today: date) -> date:
    """Return the first day to come that is the nth of its weekday in a month.

    "Every second Tuesday" is as likely every other one: the next.
    """
    weekday = _weekday(found["day"])
    nth = next(n for n, words in _ORDINALS.items() if re.fullmatch(f"(?:{words})s?", found["nth"]))
    if nth == _SECOND and not found["month"]:
        return _next({weekday}, today)
    month = month_of(found["named"]) if found["named"] else None
    days = (today + n * _DAY for n in range(1, _YEAR if month else _FAR))
    those = (day for day in days if month in (None, day.month))
    return next(day for day in those if day.weekday() == weekday and _is_nth(day, nth))


def _is_nth(day: date, nth: int) -> bool:
    if nth == _LAST:
        return (day + 7 * _DAY).month != day.month
    return (day.day - 1) // 7 + 1 == nth
