"""Days of the calendar in words: `3 déc.`, `le 7`, `the first Monday of May`."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from bot.language.dates.day import NTH, WEEK, WEEKDAY, Calendar, DayWords
from bot.language.days import DAY, DAY_NAMES, MONTH, month_of, real_date, weekday_of
from bot.language.refusals import Reason
from bot.language.text import any_of

RECENT = timedelta(days=31)
"""A date without a year that was so lately past is more likely a mistake than next year's."""
FAR = 800
ENDS = r"(?![\w/]|[.:-][0-9])"
_YEAR = r"(?:,?[\s/.-](?P<year{tag}>2[0-9]{{3}}|[0-9]{{2}}(?![0-9h:.]|\s?(?:h|min|mn|[ap]m)\b)))?"

_DATE = re.compile(
    rf"""(?:(?P<weekday>{WEEKDAY})\.?,?\s(?:prochain,?\s)?(?:le\s|the\s)?)?
      (?: (?P<day1>[0-3]?[0-9]){NTH}\.?[\s-](?:of\s|d'|de\s)?(?P<month1>{MONTH})\b\.?
          {_YEAR.format(tag=1)}
        | (?P<month2>{MONTH})\b\.?\s(?:the\s)?(?P<day2>[0-3]?[0-9]){NTH}
          (?![\w:]|\s?(?:h|[ap]\.?m)\b)
          {_YEAR.format(tag=2)}
        | (?P<year4>[0-9]{{4}})[/.-](?P<month4>[0-9]{{1,2}})[/.-](?P<day4>[0-9]{{1,2}})
        | (?P<day3>[0-9]{{1,2}})(?P<sep>\.\s(?=[0-9]+\.)|[/.-])(?P<month3>[0-9]{{1,2}})
          (?:(?P=sep)(?P<year3>2[0-9]{{3}}|[0-9]{{2}}))?(?:\.(?=[\s,]|\Z))? )
      (?:{ENDS}|(?=t[0-9]{{2}}:))""",
    re.VERBOSE,
)
_OF_MONTH = re.compile(
    rf"""(?: (?P<weekday>{WEEKDAY})\.?,?\s(?:le\s|the\s)?(?P<day1>[0-9]{{1,2}}){NTH}
           | (?:le|the|on\sthe)\s(?P<day2>[0-9]{{1,2}}){NTH} )
      (?!\.?[\s-](?:of\s|de\s|d')?(?:{MONTH})\b)
      (?P<next>\s(?:du\smois\sprochain|of\snext\smonth))?(?:\s(?:de\sce\smois|du\smois(?:\scourant)?|of\sthis\smonth))?
      (?!['\w/:]|\s?(?:h|heures?|[ap]\.?m|min|mn|personnes?|people)\b|[.,-][0-9])""",
    re.VERBOSE,
)
_ORDINALS = {
    1: "premier premiere 1er 1ere first 1st", 2: "deuxieme second seconde 2e 2eme 2nd",
    3: "troisieme third 3e 3eme 3rd", 4: "quatrieme fourth 4e 4eme 4th",
    5: "cinquieme fifth 5e 5eme 5th", -1: "dernier derniere last",
}  # fmt: skip
NTHS: Mapping[str, int] = {
    word + plural: n
    for n, words in _ORDINALS.items()
    for word in words.split()
    for plural in ("", "s")
}
NTH_WORD = any_of(NTHS)
_NTH_OF = re.compile(
    rf"""(?:le\s|the\s|on\sthe\s)?(?P<nth>{NTH_WORD})\s(?P<weekday>{DAY_NAMES})\s
      (?: (?:de\s|d'|of\s|in\s)(?P<month>{MONTH})\b(?:\s(?P<year>2[0-9]{{3}}))?
        | (?P<next>du\smois\sprochain|of\snext\smonth) )(?![\w'-])""",
    re.VERBOSE,
)
_IMPOSSIBLE_MONTHS = 12
_SHORT_YEAR = 2


def absolute(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Read "3 décembre", "3/12", "2026-12-03", perhaps with its weekday."""
    found = _DATE.match(text, at)
    if found is None:
        return None
    tag = next(tag for tag in "1234" if found[f"day{tag}"])
    name, typed = found["month" + tag], found["year" + tag]
    month = month_of(name) or int(name)
    year = int(typed) + (2000 if len(typed) == _SHORT_YEAR else 0) if typed else None
    number = int(found["day" + tag])
    weekday = None if found["weekday"] is None else weekday_of(found["weekday"])
    if tag == "3" and found["sep"] == "." and not typed and text[found.end() - 1] != ".":
        return None  # an hour, or a number
    if tag == "3" and found["sep"] == "-" and not typed:
        return None  # a range
    if tag == "3" and calendar.english and not found["sep"].startswith("."):
        return _either(found.end(), (number, month, year), weekday, calendar)
    return dated(found.end(), (number, month, year), weekday, calendar)


def _either(
    end: int, typed: tuple[int, int, int | None], weekday: int | None, calendar: Calendar
) -> DayWords:
    """Return `12/3` in English: day or month first, if only one can be."""
    first, second, year = typed
    both = [
        dated(end, (day, month, year), weekday, calendar)
        for day, month in {(first, second), (second, first)}
        if 1 <= month <= _IMPOSSIBLE_MONTHS
    ]
    wrong = (Reason.IMPOSSIBLE, Reason.WEEKDAY)
    days = [one for one in both if one.fault not in wrong] or both
    if not days:
        return DayWords(end, fault=Reason.IMPOSSIBLE, meant=calendar.today + DAY, relative=False)
    if len({one.likely for one in days}) > 1:
        meant = min(one.day or date.max for one in days)
        return DayWords(end, fault=Reason.DAY_AMBIGUOUS, meant=meant, relative=False)
    return days[0]


def dated(
    end: int, typed: tuple[int, int, int | None], weekday: int | None, calendar: Calendar
) -> DayWords:
    """Return a date of the calendar, or its fault."""
    (number, month, year), today = typed, calendar.today
    years = (today.year, today.year + 1) if year is None else (year,)
    days = [day for one in years if (day := real_date(one, month, number)) is not None]
    if not days:
        meant = _nearest(number, month, years, today)
        return DayWords(end, fault=Reason.IMPOSSIBLE, meant=meant, relative=False)
    day = next((one for one in days if one >= today), days[-1])
    lately = [one for one in days if today - RECENT <= one < today]
    if weekday is not None and day.weekday() != weekday:
        return DayWords(end, fault=Reason.WEEKDAY, meant=day, relative=False)
    if day < today or (year is None and lately):
        return DayWords(end, fault=Reason.PAST, meant=max(day, today + DAY), relative=False)
    return DayWords(end, day, relative=False)


def _nearest(number: int, month: int, years: tuple[int, ...], today: date) -> date:
    """Return the last day of a month, for a later day that it does not have."""
    days = (
        day
        for year in years
        for one in range(min(number, 31), 0, -1)
        if (day := real_date(year, month, one)) is not None and day >= today
    )
    return next(days, today + DAY)


def of_month(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Read "le 3" and "lundi 7": of this month, or of the next one that has it."""
    found = _OF_MONTH.match(text, at)
    if found is None:
        return None
    number = int(found["day1"] or found["day2"])
    weekday = None if found["weekday"] is None else weekday_of(found["weekday"])
    today = calendar.today
    if found["next"]:
        month = next_month(today)
        return dated(found.end(), (number, month.month, month.year), weekday, calendar)
    for ahead in range(13):
        year, month0 = divmod(12 * today.year + today.month - 1 + ahead, 12)
        day = real_date(year, month0 + 1, number)
        if day is None or day < today:
            continue
        if weekday is not None and day.weekday() != weekday:
            return DayWords(found.end(), fault=Reason.WEEKDAY, meant=day)
        return DayWords(found.end(), day)
    return DayWords(found.end(), fault=Reason.IMPOSSIBLE, meant=today + DAY)


def next_month(today: date) -> date:
    """Return the first day of the month after this one."""
    return (today.replace(day=1) + 32 * DAY).replace(day=1)


def nth_of(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Read "le premier lundi de décembre"."""
    found = _NTH_OF.match(text, at)
    if found is None:
        return None
    today, weekday, nth = calendar.today, weekday_of(found["weekday"]), NTHS[found["nth"]]
    first = next_month(today) if found["next"] else None
    month = first.month if first else month_of(found["month"])
    days = (today + n * DAY for n in range(FAR))
    year = int(found["year"]) if found["year"] else first.year if first else None
    those = (one for one in days if one.month == month and year in (None, one.year))
    day = next((one for one in those if one.weekday() == weekday and is_nth(one, nth)), None)
    if day is None:
        return DayWords(found.end(), fault=Reason.IMPOSSIBLE, meant=today + DAY)
    return DayWords(found.end(), day, relative=bool(found["next"]))


def is_nth(day: date, nth: int) -> bool:
    """Tell whether a day is the nth of its weekday in its month; the last one for -1."""
    if nth < 0:
        return (day + WEEK).month != day.month
    return (day.day - 1) // 7 + 1 == nth


def later_month(day: date, months: int) -> date | None:
    """Return the same day some months later; `None` if that month has none."""
    year, month0 = divmod(12 * day.year + day.month - 1 + months, 12)
    return real_date(year, month0 + 1, day.day)
