"""Words of recurrence, and their first date: `chaque premier lundi du mois`.

We refuse such a line, and offer its first date alone. We search the folded shadow.
"""

import re
from datetime import date

from bot.language.dates.day import SHORT_DAYS
from bot.language.days import DAY, DAY_NAMES, MONTH, coming, month_of, weekday_of
from bot.language.text import any_of, word_set

_SECOND, _LAST = 2, 5
_ORDINALS = {
    1: "premier premiere 1er 1ere first 1st",
    _SECOND: "deuxieme second seconde 2e 2eme 2nd",
    3: "troisieme third 3e 3eme 3rd",
    4: "quatrieme fourth 4e 4eme 4th",
    _LAST: "dernier derniere last",
}
_NUMBER_OF = {
    word + plural: n
    for n, words in _ORDINALS.items()
    for word in words.split()
    for plural in ("", "s")
}
_NTH = any_of(_NUMBER_OF)
_EACH = r"(?:(?:tous|toutes|ts|ttes)\sles|chaque|every|each)"
_THE = r"(?:les?|la|the|on|on\sthe|every|each)"
_OF_MONTH = r"\s(?:of|de|du|in|au)\s(?:the\s|each\s|every\s|chaque\s|le\s)?(?:mois|months?)"
_NTH_DAY = re.compile(
    rf"""(?: (?P<each> {_EACH}(?:\smois\sle|\smonth\s(?:on\s)?the)?
               | monthly\son\sthe | mensuel(?:lement)?\sle )\s
           | {_THE}\s )?
         (?P<nth>{_NTH})\s(?P<day>{DAY_NAMES})
         (?P<month> {_OF_MONTH} | \s(?:of|de|d'|in)\s?(?P<named>{MONTH}) )?(?![\w'-])""",
    re.VERBOSE,
)
_AND = r"(?:\s?,\s?(?:le\s|the\s|on\s|et\s|and\s)?|\s(?:et|and|&)\s(?:le\s|les\s|on\s|the\s)?)"
_SHORT = rf"(?:{DAY_NAMES}|(?:{SHORT_DAYS})(?![\w'-]))"
_SEVERAL = re.compile(
    rf"""(?:{_EACH}\s|{_THE}\s)?(?:both\s)?
         (?P<days> (?:{DAY_NAMES}) (?:{_AND}(?:{DAY_NAMES}))+
                 | {_SHORT} (?:{_AND}{_SHORT})+ (?=\s(?:a\s|at\s)?[0-9]) )(?![\w'-])""",
    re.VERBOSE,
)
_FROM_TO = re.compile(
    rf"""(?:du\s|de\s|from\s)? (?P<first>{DAY_NAMES})
         \s?(?:au|a|to|till|through|-)\s? (?P<last>{DAY_NAMES})(?![\w'-])""",
    re.VERBOSE,
)
_ONE_OF = r"(?:\d{1,2}|deux|two|trois|three|quatre|four|six|other|autres?|second|third|couple\sof)"
_UNITS = (
    r"jours?(?:\souvre(?:s|es)?|\souvrables?)?|matins?|soirs?|midis?|days?|mornings?|evenings?"
    r"|weekdays?|working\sdays?|business\sdays?|semaines?|weeks?|quinzaines?|fortnights?|mois"
    r"|months?|trimestres?|quarters?|semestres?|annees?|ans|years?"
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
_ADVERBS = any_of(
    word_set(
        """daily weekly recurring recurrent recurrente biweekly bi-weekly fortnightly monthly
        bimonthly bi-monthly quarterly yearly annually hebdomadaire hebdomadairement bimensuel
        bimensuellement mensuel mensuellement quotidien quotidiennement trimestriel
        trimestriellement"""
    )
)
_WHEN = (
    r"(?:(?:on|at|le|les|a|the|from|de|every|each)\s){0,2}"
    rf"(?:{DAY_NAMES}|[0-9]|(?:{_NTH})\s(?:{DAY_NAMES}))"
)
_BEFORE_WHEN = re.compile(rf"(?:{_ADVERBS})(?=\s{_WHEN})")
_ALONE = re.compile(rf"\s*(?:{_ADVERBS}|hebdo)[\s.!]*")
_FAR = 62
_YEAR = 400
"""Days ahead that contain each date of a month, and of a year."""


def recurring_at(shadow: str, at: int, today: date) -> tuple[int, date] | None:
    """Return the end of words of recurrence that begin at a place, and their first date.

    It also reads "the first Monday of January", which is one date.
    """
    found = _NTH_DAY.match(shadow, at)
    if found is not None and (found["each"] or found["month"]):
        return found.end(), _nth(found, today)
    found = _SEVERAL.match(shadow, at)
    if found is not None:
        days = {weekday_of(one) for one in re.findall(_SHORT, found["days"])}
        return found.end(), coming(days, today)
    found = _FROM_TO.match(shadow, at)
    if found is not None:
        first, last = weekday_of(found["first"]), weekday_of(found["last"])
        return found.end(), coming({(first + n) % 7 for n in range((last - first) % 7 + 1)}, today)
    found = _EVERY.match(shadow, at) or _BEFORE_WHEN.match(shadow, at)
    if found is None:
        return None
    number = found.groupdict().get("date")
    day = today + DAY
    while number and day.day != int(number) and day < today + _FAR * DAY:
        day += DAY
    return found.end(), day


def only_recurs(shadow: str) -> bool:
    """Tell whether a line has only words of recurrence: "weekly"."""
    return _ALONE.fullmatch(shadow) is not None


def _nth(found: re.Match[str], today: date) -> date:
    """Return the next day that is the nth of its weekday in a month.

    "Every second Tuesday" may as likely mean every other one: then it is the next one.
    """
    weekday = weekday_of(found["day"])
    nth = _NUMBER_OF[found["nth"]]
    if nth == _SECOND and not found["month"]:
        return coming({weekday}, today)
    month = month_of(found["named"]) if found["named"] else None
    days = (today + n * DAY for n in range(1, _YEAR if month else _FAR))
    those = (day for day in days if month in (None, day.month))
    return next(day for day in those if day.weekday() == weekday and _is_nth(day, nth))


def _is_nth(day: date, nth: int) -> bool:
    if nth == _LAST:
        return (day + 7 * DAY).month != day.month
    return (day.day - 1) // 7 + 1 == nth
