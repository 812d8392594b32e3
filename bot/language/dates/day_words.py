"""Words that name one day, wherever they stand in a folded line: `lundi en huit`, `3 déc.`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeAlias

from bot.language.dates.holiday import Holidays
from bot.language.days import (
    DAY,
    DAY_NAMES,
    MONTH,
    coming,
    month_of,
    real_date,
    weekday_of,
)
from bot.language.numbers import NUMBERS
from bot.language.refusals import Reason
from bot.language.text import any_of

WEEK = timedelta(days=7)
RECENT = timedelta(days=31)
"""A date without a year that was so lately past is more likely a mistake than next year's."""
FAR = 800
SHORT_DAYS = r"lun|mar|mer|jeu|ven|sam|dim|mon|tues?|wed|thurs?|thu|fri|sat|sun"
_NUMBERS = {word: n for word, n in NUMBERS.items() if n <= 20}
NUMBER = rf"(?:[0-9]{{1,3}}|{any_of(_NUMBERS)})"
NTH = r"(?:er|st|nd|rd|th|eme|e)?"
ENDS = r"(?![\w/]|[.:-][0-9])"
_YEAR = r"(?:,?[\s/.-](?P<year{tag}>2[0-9]{{3}}|[0-9]{{2}}(?![0-9h:.]|\s?(?:h|min|mn|[ap]m)\b)))?"
WEEKDAY = rf"(?:{DAY_NAMES}|(?:{SHORT_DAYS})(?=\.|,?\s(?:at\s|a\s|le\s|the\s)?[0-9]))"
_LED = r"(?:(?:le|la|les|the|on|of|du|de|pour|for)\s)?"


@dataclass(frozen=True, slots=True)
class DayWords:
    """A day in words; `fault`: why it is no certain day, `meant` being the likely one."""

    end: int
    day: date | None = None
    fault: Reason | None = None
    meant: date | None = None
    relative: bool = True
    """It depends on today."""
    weekday: bool = False
    """It is a weekday alone."""
    part: str = ""
    """The part of the day that they also name: `tonight`."""

    @property
    def likely(self) -> date | None:
        """The day, or the likely one."""
        return self.day or self.meant


@dataclass(frozen=True, slots=True)
class Calendar:
    """The context of a day: today, the order of day and month, and the holidays."""

    today: date
    english: bool
    holidays: Holidays


_Reader: TypeAlias = Callable[[str, int, Calendar], DayWords | None]

_DATE = re.compile(
    rf"""(?:(?P<weekday>{WEEKDAY})\.?,?\s(?:prochain,?\s)?(?:le\s|the\s)?)?
      (?: (?P<day1>[0-3]?[0-9]){NTH}\.?[\s-](?:of\s|d'|de\s)?(?P<month1>{MONTH})\b\.?{_YEAR.format(tag=1)}
        | (?P<month2>{MONTH})\b\.?\s(?:the\s)?(?P<day2>[0-3]?[0-9]){NTH}(?![\w:]|\s?(?:h|[ap]\.?m)\b)
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
_WEEK_NUMBER = r"(?:semaine|sem\.?|week|s|w)\s?(?:n[°o]\s?)?(?P<week{tag}>[0-9]{{1,2}})"
_OF_WEEK = re.compile(
    rf"""(?P<before>(?:next|this(?:\scoming)?|ce|last|the\s(?:following|coming)|coming)\s)?
      (?P<weekday>{DAY_NAMES}|(?:{SHORT_DAYS})(?=\.|,?\s(?:at\s|a\s|de\s|prochain)?[0-9a-z])(?!\sl))\b\.?
      (?: ,?\s(?P<eight>en\shuit|week\b|in\sa\sweek)
        | ,?\s(?P<fifteen>en\squinze|fortnight)
        | ,?\s(?:de\sla\s|of\s|la\s)?(?P<week>semaine\sprochaine|semaine\ssuivante|week\sprochaine?|next\sweek|the\sfollowing\sweek)
        | ,?\s(?:de\scette\ssemaine|cette\ssemaine|(?:of\s)?this\sweek)(?P<thisweek>)
        | ,?\s(?:de\sla\s|of\s|en\s)?{_WEEK_NUMBER.format(tag=1)}
        | ,?\s(?P<vague>dans\s{NUMBER}\ssemaines?|in\s{NUMBER}\sweeks?)
        | \s(?P<next>prochain|suivant|next)
        | \s(?P<to_come>qui\svient|a\svenir)
        | \s(?P<past>dernier|passe) )?(?![\w'])""",
    re.VERBOSE,
)
_WEEK_OF = re.compile(
    rf"""(?:(?:la\s|the\s)?(?P<next>semaine\sprochaine|next\sweek)
          | (?:la\s|en\s)?{_WEEK_NUMBER.format(tag=1)}
          | (?:dans|in)\s(?P<weeks>{NUMBER})\s(?:semaines?|weeks?))
      ,?\s(?:le\s|on\s)?(?P<weekday>{DAY_NAMES}|(?:{SHORT_DAYS})\b\.?)(?![\w'-])""",
    re.VERBOSE,
)
_AHEAD = re.compile(
    r"(?P<two>(?:le\s)?surlendemain|apres[-\s]demain|(?:the\s)?day\safter\stomorrow|overmorrow)"
    r"|(?P<one>demain|tomorrow)(?P<eight>\sen\shuit)?|(?P<none>aujourd'hui|today|ce\sjour)"
    r"|(?P<night>tonight)"
    r"|(?P<past>avant[-\s]hier|hier|(?:the\sday\sbefore\s)?yesterday)"
)
_IN_DAYS = re.compile(
    rf"""(?:(?:dans|in)\s(?P<a>{NUMBER})\s?(?P<unit>jours?|days?|semaines?|weeks?|mois|months?|quinzaine)
        |dans\s(?:une\s)?(?P<fortnight>quinzaine)|in\sa\s(?P<fortnight2>fortnight)
        |(?P<b>{NUMBER})\s(?P<unit2>days?|weeks?|months?)\sfrom\s(?:now|today)
        |(?:today\s|d'aujourd'hui\s|aujourd'hui\s)en\s(?P<eight>huit|quinze)
        |a\sweek\s(?:from|on)\s(?:(?P<today>today)|(?P<tomorrow>tomorrow)|(?P<weekday>{DAY_NAMES})))
      (?:'s\stime|\stime)?(?![\w'-])""",
    re.VERBOSE,
)
_AGO = re.compile(rf"(?:il\sy\sa\s{NUMBER}\s\w+|{NUMBER}\s\w+\sago)\b")
_IMPOSSIBLE_MONTHS = 12
_SHORT_YEAR = 2


def day_at(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Return the day that begins at a place of the folded text."""
    for reader in _readers(text, at):
        found = reader(text, at, calendar)
        if found is not None:
            return found
    return None


def _readers(text: str, at: int) -> tuple[_Reader, ...]:
    """Return the readers for words that begin as these do."""
    char = text[at : at + 1]
    if char.isdigit():
        return _DIGIT_READERS
    return _BY_LETTER.get(char, ())


def _ahead(text: str, at: int, calendar: Calendar) -> DayWords | None:
    found = _AHEAD.match(text, at)
    if found is None or text[found.end() : found.end() + 1].isalnum():
        return None
    today, end = calendar.today, found.end()
    if found["past"]:
        return DayWords(end, fault=Reason.PAST, meant=today + DAY)
    if found["two"]:
        return DayWords(end, today + 2 * DAY)
    if found["one"]:
        return DayWords(end, today + DAY + (WEEK if found["eight"] else 0 * DAY))
    return DayWords(end, today, part="soir" if found["night"] else "")


def _absolute(text: str, at: int, calendar: Calendar) -> DayWords | None:
    found = _DATE.match(text, at)
    if found is None:
        return None
    tag = next(tag for tag in "1234" if found[f"day{tag}"])
    name, typed = found["month" + tag], found["year" + tag]
    month = month_of(name) or int(name)
    year = int(typed) + (2000 if len(typed) == _SHORT_YEAR else 0) if typed else None
    number = int(found["day" + tag])
    weekday = None if found["weekday"] is None else weekday_of(found["weekday"])
    if tag == "3" and found["sep"] == "." and not typed and not text[found.end() - 1] == ".":
        return None  # an hour, or a number
    if tag == "3" and found["sep"] == "-" and not typed:
        return None  # a range
    if tag == "3" and calendar.english and not found["sep"].startswith("."):
        return _either(found.end(), (number, month, year), weekday, calendar)
    return dated(found.end(), number, month, year, weekday, calendar)


def _either(
    end: int, typed: tuple[int, int, int | None], weekday: int | None, calendar: Calendar
) -> DayWords:
    """Return `12/3` in English: day or month first, if only one can be."""
    first, second, year = typed
    both = [
        dated(end, day, month, year, weekday, calendar)
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
    end: int, number: int, month: int, year: int | None, weekday: int | None, calendar: Calendar
) -> DayWords:
    """Return a date of the calendar, or its fault."""
    today = calendar.today
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


def _of_month(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Read "le 3" and "lundi 7": of this month, or of the next one that has it."""
    found = _OF_MONTH.match(text, at)
    if found is None:
        return None
    number = int(found["day1"] or found["day2"])
    weekday = None if found["weekday"] is None else weekday_of(found["weekday"])
    today = calendar.today
    if found["next"]:
        month = next_month(today)
        return dated(found.end(), number, month.month, month.year, weekday, calendar)
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


def _nth_of(text: str, at: int, calendar: Calendar) -> DayWords | None:
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


def _of_week(text: str, at: int, calendar: Calendar) -> DayWords | None:
    found = _OF_WEEK.match(text, at)
    if found is None:
        return None
    name = found["weekday"]
    if name.endswith("s") and name not in ("tues", "thurs"):
        return None
    day = _weekday(found, weekday_of(name), calendar)
    return replace(day, end=found.end())


def _weekday(found: re.Match[str], number: int, calendar: Calendar) -> DayWords:
    today = calendar.today
    day = coming({number}, today)
    next_week = coming({0}, today) + number * DAY
    before = (found["before"] or "").strip()
    if found["past"] or before == "last":
        return DayWords(0, fault=Reason.PAST, meant=day)
    if found["vague"]:
        return DayWords(0, fault=Reason.DAY_AMBIGUOUS, meant=day + WEEK)
    if found["week1"]:
        return of_week_number(0, int(found["week1"]), number, calendar)
    if found["eight"] or found["fifteen"]:
        further = day + (WEEK if found["eight"] else 2 * WEEK)
        if number == today.weekday():
            return DayWords(0, fault=Reason.DAY_AMBIGUOUS, meant=further - WEEK)
        return DayWords(0, further)
    if found["week"]:
        return DayWords(0, next_week)
    if found["thisweek"] is not None:
        this = next_week - WEEK
        return DayWords(0, this) if this >= today else DayWords(0, fault=Reason.PAST, meant=day)
    if found["next"] or before == "next":
        if day != next_week:
            return DayWords(0, fault=Reason.DAY_AMBIGUOUS, meant=next_week)
        return DayWords(0, day)
    if number == today.weekday() and not (found["to_come"] or "coming" in before):
        if before in ("ce", "this"):
            return DayWords(0, today)
        return DayWords(0, fault=Reason.DAY_AMBIGUOUS, meant=day, weekday=True)
    return DayWords(0, day, weekday=True)


def of_week_number(end: int, week: int, weekday: int, calendar: Calendar) -> DayWords:
    """Return a weekday of a numbered week (ISO 8601), this year's or the next one's."""
    today = calendar.today
    for year in (today.isocalendar().year, today.isocalendar().year + 1):
        try:
            day = date.fromisocalendar(year, week, weekday + 1)
        except ValueError:
            continue
        if day >= today:
            return DayWords(end, day, relative=False)
    return DayWords(end, fault=Reason.IMPOSSIBLE, meant=today + DAY)


def _week_of(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Read "la semaine prochaine lundi", "semaine 50, le jeudi"."""
    found = _WEEK_OF.match(text, at)
    if found is None:
        return None
    number = weekday_of(found["weekday"].rstrip("."))
    if found["week1"]:
        return of_week_number(found.end(), int(found["week1"]), number, calendar)
    if found["weeks"]:
        meant = coming({0}, calendar.today) + number * DAY + WEEK
        return DayWords(found.end(), fault=Reason.DAY_AMBIGUOUS, meant=meant)
    return DayWords(found.end(), coming({0}, calendar.today) + number * DAY)


def number_of(word: str) -> int:
    """Return a number in figures or in words."""
    return _NUMBERS[word] if word in _NUMBERS else int(word)


def later_month(day: date, months: int) -> date | None:
    """Return the same day some months later; `None` if that month has none."""
    year, month0 = divmod(12 * day.year + day.month - 1 + months, 12)
    return real_date(year, month0 + 1, day.day)


def _in_days(text: str, at: int, calendar: Calendar) -> DayWords | None:
    found = _IN_DAYS.match(text, at)
    if found is None:
        return None
    today, end = calendar.today, found.end()
    if found["fortnight"] or found["fortnight2"] or found["unit"] == "quinzaine":
        return DayWords(end, today + 2 * WEEK)
    if found["eight"]:
        return DayWords(end, today + (WEEK if found["eight"] == "huit" else 2 * WEEK))
    if found["today"] or found["tomorrow"]:
        return DayWords(end, today + WEEK + (DAY if found["tomorrow"] else 0 * DAY))
    if found["weekday"]:
        return DayWords(end, coming({weekday_of(found["weekday"])}, today) + WEEK)
    number, unit = number_of(found["a"] or found["b"]), found["unit"] or found["unit2"]
    if unit.startswith(("mois", "month")):
        day = later_month(today, min(number, 60))
        return DayWords(end, day, None if day else Reason.IMPOSSIBLE, meant=today + 30 * DAY)
    if unit.startswith(("semaine", "week")):
        return DayWords(end, today + number * WEEK)
    days = {8: 7, 15: 14}.get(number, number) if unit.startswith("jour") else number
    return DayWords(end, today + days * DAY)


def _ago(text: str, at: int, calendar: Calendar) -> DayWords | None:
    found = _AGO.match(text, at)
    if found is None:
        return None
    return DayWords(found.end(), fault=Reason.PAST, meant=calendar.today + DAY)


def _holiday(text: str, at: int, calendar: Calendar) -> DayWords | None:
    found = calendar.holidays.at(text, at, calendar.today)
    return None if found is None else DayWords(found[0], found[1], relative=False)


_DIGIT_READERS: tuple[_Reader, ...] = (_nth_of, _absolute, _in_days, _ago)
_BY_LETTER: Mapping[str, tuple[_Reader, ...]] = {
    letter: tuple(readers)
    for letter, readers in {
        "a": (_ahead, _absolute, _in_days, _ago, _holiday),
        "b": (_holiday,),
        "c": (_ahead, _of_week, _holiday),
        "d": (_ahead, _week_of, _in_days, _nth_of, _absolute, _of_month, _of_week),
        "e": (_week_of, _holiday, _in_days, _ago),
        "f": (_nth_of, _absolute, _of_month, _holiday, _of_week, _in_days, _ago),
        "h": (_ahead,),
        "i": (_week_of, _in_days, _ago),
        "j": (_absolute, _of_month, _holiday, _of_week),
        "l": (_ahead, _holiday, _nth_of, _of_month, _week_of, _absolute, _of_week),
        "m": (_absolute, _of_month, _holiday, _of_week),
        "n": (_week_of, _of_week, _absolute, _holiday, _in_days, _ago),
        "o": (_ahead, _of_month, _absolute, _nth_of, _in_days),
        "p": (_nth_of, _holiday),
        "q": (_nth_of, _in_days),
        "s": (_ahead, _week_of, _absolute, _of_month, _nth_of, _of_week, _in_days, _ago),
        "t": (_ahead, _week_of, _nth_of, _of_month, _absolute, _holiday, _of_week, _in_days, _ago),
        "u": (_in_days,),
        "v": (_absolute, _of_month, _holiday, _of_week),
        "y": (_ahead,),
        "w": (_week_of, _absolute, _of_month, _holiday, _of_week),
    }.items()
}
