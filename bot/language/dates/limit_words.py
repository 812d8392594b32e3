"""How long a recurrence goes on, and without which days: `10 fois`, `sauf jours fériés`."""

import re
from dataclasses import dataclass, replace
from datetime import date

from bot.language.dates.calendar_days import later_month
from bot.language.dates.day import NUMBER, Calendar, DayWords, number_of
from bot.language.dates.day_words import day_at
from bot.language.dates.rule_words import DAY_NAME, LAST_SURE
from bot.language.days import DAY, MONTH, month_of, real_date, weekday_of
from bot.language.refusals import Reason

_TIMES = re.compile(
    rf"(?:pour\s|for\s|pendant\s|x\s?|\()?(?P<n>{NUMBER})\s?(?:fois|times|occurrences?|seances?|sessions?|repetitions?)\)?(?!\s(?:par|a|per|an)\b)(?![\w'-])"
    r"|x\s?(?P<x>[0-9]{1,3})(?!\w)"
)
_DURING = re.compile(
    rf"(?:pendant|pour|durant|sur|for|over)\s(?:the\snext\s|les\s)?(?P<n>{NUMBER})\s?(?:prochaines?\s|prochains\s|next\s)?(?P<unit>semaines?|weeks?|mois|months?|ans?|annees?|years?|jours|days)(?![\w'-])"
)
_FROM = re.compile(
    r"(?:a\s(?:partir|compter)\s(?:du?|de|d')|des(?:\sle)?|commencant\s(?:le|a)|starting(?:\son|\sfrom)?|beginning(?:\son)?|from|as\sof|depuis)\s?(?:le\s|the\s)?"
)
_UNTIL = re.compile(
    r"(?:jusqu'?\s?(?:au|a|en)|jusque|until|till?|through|thru|to|avant(?=\s(?:le|la|fin)))\s"
)
_END_OF = re.compile(
    rf"""(?:la\s|the\s)?(?:fin|end)\s(?:de\s|du\s|d'|of\s)?(?:l'|the\s|le\s|la\s)?
      (?:(?P<month>{MONTH})\b\.?(?:\s(?P<year>2[0-9]{{3}}))?|(?P<this>(?:annee|year))|(?P<themonth>mois|month))(?![\w'-])""",
    re.VERBOSE,
)
_BARE_MONTH = re.compile(rf"(?:{MONTH})(?![\w'-])(?!\s[0-9])")
_EXCEPT = re.compile(
    r"(?:,\s?)?(?:sauf|hors|excepte|hormis|a\sl'exception\s(?:de|du|des)|mais\spas|pas|except(?:\sfor)?|excluding|but\snot|apart\sfrom|skipping|not|no|without|sans)\s"
)
_HOLIDAYS = re.compile(
    r"(?:les\s|des\s|on\s|the\s)?(?:jours?\s)?(?:feries?|(?:public|bank)\sholidays?|holidays?)(?![\w'-])"
)
_WEEKEND = re.compile(
    r"(?:les?\s|on\s|the\s|at\s)?week-?\s?ends?(?![\w'-])|(?:le\s)?samedi\set\s(?:le\s)?dimanche(?![\w'-])"
)
_IN_MONTH = re.compile(
    rf"(?:en\s|in\s|au\smois\sde\s|au\smois\sd')?(?P<month>{MONTH})\b(?!\.?\s[0-9])"
)
_BOTH = re.compile(r"\s?(?:,|et|and|ni|ou|or|&)\s(?:et\s|and\s)?")
_ONE_WEEKDAY = re.compile(
    rf"(?:les?\s|on\s)?(?P<day>{DAY_NAME})(?![\w'-])(?!\s(?:[0-9]|prochain|en\s|de\sla))"
)
_NUMBERS_OF = re.compile(
    rf"(?:les?\s|the\s|on\sthe\s)?(?P<n>[0-9]{{1,2}})(?:er|st|nd|rd|th)?(?:(?:\s?,\s?|\s(?:et|and)\s(?:le\s)?)(?P<last>[0-9]{{1,2}})(?:er|st|nd|rd|th)?)+(?=\s?(?:/[0-9]|\s(?:{MONTH})))"
)
_ALSO = re.compile(
    r"(?:et\saussi|et\sen\splus|ainsi\sque|plus|en\splus|and\salso|also|as\swell\sas|plus\son)\s(?:le\s|on\s|the\s)?"
)
_SMALL = re.compile(r"(?:le\s|la\s|on\s|the\s|celui\sdu\s|celle\sdu\s|du\s)?")


@dataclass(frozen=True, slots=True)
class Exceptions:
    """The days that a recurrence leaves out."""

    end: int
    days: tuple[date, ...] = ()
    weekdays: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    holidays: bool = False
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """How long a recurrence goes on: to a day, or so many times, or for so long."""

    end: int
    until: date | None = None
    count: int | None = None
    span: tuple[int, str] | None = None
    fault: Reason | None = None


def bound_at(text: str, at: int, calendar: Calendar) -> Bound | None:
    """Return how long a recurrence goes on, in words that begin at a place."""
    found = _TIMES.match(text, at)
    if found is not None:
        return Bound(found.end(), count=number_of(found["n"] or found["x"]))
    found = _DURING.match(text, at)
    if found is not None:
        return Bound(found.end(), span=(number_of(found["n"]), found["unit"]))
    found = _UNTIL.match(text, at)
    return None if found is None else _until(text, found, calendar)


def _until(text: str, found: re.Match[str], calendar: Calendar) -> Bound | None:
    """Return the last day that follows "jusqu'à"."""
    before = found[0].startswith("avant")
    ends = _END_OF.match(text, found.end())
    if ends is not None:
        return Bound(ends.end(), until=_end_of(ends, calendar.today))
    begins = found.end()
    day = next((one for at in _starts(text, begins) if (one := day_at(text, at, calendar))), None)
    if day is not None and day.likely is not None:
        last = day.likely - DAY if before else day.likely
        return Bound(day.end, until=last, fault=day.fault)
    month = _BARE_MONTH.match(text, begins)
    if month is not None:  # its first day, or its last?
        last = _last_of(month_of(month[0]) or 1, None, calendar.today)
        return Bound(month.end(), until=last, fault=Reason.DAY_AMBIGUOUS)
    return None


def _starts(text: str, at: int) -> tuple[int, ...]:
    """Return the places where a day may begin: with or without the small words before it."""
    led = _SMALL.match(text, at)
    return (at, led.end() if led else at, *((at - 2,) if text.startswith("a ", at - 2) else ()))


def _end_of(found: re.Match[str], today: date) -> date:
    if found["this"]:
        return date(today.year, 12, 31)
    if found["themonth"]:
        return _last_of(today.month, today.year, today)
    return _last_of(
        month_of(found["month"]) or 1, int(found["year"]) if found["year"] else None, today
    )


def _last_of(month: int, year: int | None, today: date) -> date:
    year = year or (today.year if month >= today.month else today.year + 1)
    return next(day for n in range(31, 27, -1) if (day := real_date(year, month, n)) is not None)


def span_end(first: date, span: tuple[int, str]) -> date:
    """Return the last day of a span that begins with a day."""
    number, unit = span
    if unit.startswith(("semaine", "week")):
        return first + (7 * number - 1) * DAY
    if unit.startswith(("jour", "day")):
        return first + (number - 1) * DAY
    months = number if unit.startswith(("mois", "month")) else 12 * number
    later = later_month(first.replace(day=min(first.day, LAST_SURE)), months)
    assert later is not None
    return later - DAY


def from_at(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Return the day from which on a recurrence goes."""
    found = _FROM.match(text, at)
    return None if found is None else day_at(text, found.end(), calendar)


def exceptions_at(text: str, at: int, calendar: Calendar) -> Exceptions | None:
    """Return the days that a recurrence leaves out, in words that begin at a place."""
    found = _EXCEPT.match(text, at)
    if found is None:
        return None
    got = Exceptions(found.end())
    while True:
        step = _exception(text, got.end, got, calendar)
        if step is None:
            return (
                None
                if got.end == found.end() and found[0].strip(" ,") in _WEAK
                else (replace(got, unread=True) if got.end == found.end() else got)
            )
        both = _BOTH.match(text, step.end)
        further = None if both is None else _exception(text, both.end(), step, calendar)
        if both is None or further is None:
            return step
        got = replace(step, end=both.end())


_WEAK = ("pas", "not", "no", "without", "sans", "hors")
"""Words that often mean something else."""


def _exception(text: str, at: int, got: Exceptions, calendar: Calendar) -> Exceptions | None:
    found = _HOLIDAYS.match(text, at)
    if found is not None:
        return replace(got, end=found.end(), holidays=True)
    found = _WEEKEND.match(text, at)
    if found is not None:
        return replace(got, end=found.end(), weekdays=(*got.weekdays, 5, 6))
    listed = _numbers(text, at, calendar)
    if listed is not None:
        return replace(got, end=listed[0], days=(*got.days, *listed[1]))
    return _dated_exception(text, at, got, calendar)


def _dated_exception(text: str, at: int, got: Exceptions, calendar: Calendar) -> Exceptions | None:
    """Return the exceptions with a weekday, a month or a day."""
    found = _ONE_WEEKDAY.match(text, at)
    if found is not None:
        return replace(got, end=found.end(), weekdays=(*got.weekdays, weekday_of(found["day"])))
    found = _IN_MONTH.match(text, at)
    if found is not None:
        return replace(got, end=found.end(), months=(*got.months, month_of(found["month"]) or 1))
    day = next((one for place in _starts(text, at) if (one := day_at(text, place, calendar))), None)
    if day is None or day.likely is None:
        return None
    # a day past leaves nothing out; one that is no day is not read
    unread = got.unread or day.fault not in (None, Reason.PAST)
    return replace(got, end=day.end, days=(*got.days, day.likely), unread=unread)


def _numbers(text: str, at: int, calendar: Calendar) -> tuple[int, list[date]] | None:
    """Read "les 24 et 31 décembre"."""
    found = _NUMBERS_OF.match(text, at)
    last = None if found is None else day_at(text, found.start("last"), calendar)
    if found is None or last is None or last.day is None:
        return None
    numbers = [int(one) for one in re.findall(r"[0-9]{1,2}", found[0])][:-1]
    others = [real_date(last.day.year, last.day.month, one) for one in numbers]
    days = [day for day in others if day is not None]
    return (last.end, [*days, last.day]) if len(days) == len(numbers) else None


def besides_at(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Return a day besides a recurrence, in words that begin at a place."""
    found = _ALSO.match(text, at)
    return None if found is None else day_at(text, found.end(), calendar)
