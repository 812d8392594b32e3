"""Words of recurrence, wherever they stand in a folded line: `un mardi sur deux`, `10 fois`."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import TypeAlias

from bot.language.dates.day_words import (
    NTH_WORD,
    NTHS,
    NUMBER,
    SHORT_DAYS,
    Calendar,
    DayWords,
    day_at,
    later_month,
    number_of,
)
from bot.language.dates.rules import DAILY, MONTHLY, WEEKLY, WORKING, YEARLY, Rule
from bot.language.days import DAY, DAY_NAMES, MONTH, month_of, real_date, weekday_of
from bot.language.refusals import Reason

_EACH = r"(?:tous\sles|toutes\sles|chaque|every|each)"
_THE = r"(?:les|on)"
_OF_MONTH = (
    r"(?:\s(?:of|de|du|in|au)\s(?:the\s|each\s|every\s|chaque\s|le\s)?(?:mois|months?)"
    r"(?!\s(?:prochain|suivant|next))|\smensuel(?:lement)?)"
)
_EACH_MONTH = (
    r"(?:tous\sles\smois|chaque\smois|every\smonth|each\smonth|monthly|mensuel(?:lement)?)"
)
_AND = r"(?:\s?,\s?(?:le\s|les\s|the\s|on\s|et\s|and\s)?|\s(?:et|and|&)\s(?:le\s|les\s|on\s|the\s)?|\s?/\s?)"
_DAY = rf"(?:{DAY_NAMES})"
_UNIT = (
    r"jours?|days?|semaines?|weeks?|quinzaines?|fortnights?|mois|months?|trimestres?|quarters?"
    r"|semestres?|annees?|ans?|years?|heures?|hours?"
)
_WORKING = (
    r"jours?\souvres?|jours?\sde\s(?:la\s)?semaine|weekdays?|(?:working|business|week)\sdays?"
    r"|jours?\sde\stravail"
)
_PARTS = {
    "matin": "matin", "morning": "matin", "apres-midi": "apres-midi", "aprem": "apres-midi",
    "afternoon": "apres-midi", "soir": "soir", "evening": "soir", "midi": "midi",
}  # fmt: skip
_WEEKDAYS = re.compile(
    rf"""(?P<lead>{_EACH}\s|{_THE}\s)?(?P<days>{_DAY}(?:{_AND}{_DAY})*)
      (?:\s(?P<part>matin|morning|apres-midi|aprem|afternoon|soir|evening)s?)?
      (?:\s(?:de\schaque\ssemaine|de\stoutes\sles\ssemaines|of\s(?:each|every)\sweek))?(?![\w'-])""",
    re.VERBOSE,
)
_SUR = re.compile(
    rf"""(?:une?|1|le|la|les)?\s?(?P<what>{_DAY}|semaine|jour|mois)\s(?:sur|out\sof)\s
      (?P<of>deux|trois|quatre|[2-6]|two|three)(?:,?\s(?:le\s)?(?P<after>{_DAY}))?(?![\w'-])""",
    re.VERBOSE,
)
_OTHER = re.compile(
    rf"(?:(?P<second>every\s(?:second|2nd))|(?:every|each)\sother)\s(?P<what>{_DAY}|week|day|month)s?(?![\w'-])"
)
_FROM_TO = re.compile(
    rf"""(?:{_EACH}\s(?:jours?|days?)\s)?(?:du\s|de\s|from\s|every\s|chaque\ssemaine\sdu\s)?
      (?P<first>{_DAY}|(?:{SHORT_DAYS})\.?)\s?(?:au|a|to|till|through|thru|-)\s?
      (?P<last>{_DAY}|(?:{SHORT_DAYS})\b\.?)(?![\w'-])""",
    re.VERBOSE,
)
_WORK = re.compile(
    rf"(?:{_EACH}\s|les\s|on\s)(?:{_WORKING})(?![\w'-])|(?:weekdays|jours\souvres|(?:working|business)\sdays)(?![\w'-])"
)
_WORKABLE = re.compile(rf"(?:{_EACH}\s|les\s)jours?\souvrables?(?![\w'-])")
_WEEKENDS = re.compile(rf"(?:{_EACH}\s|les\s|on\s)week-?\s?ends?(?![\w'-])")
_NTH_DAY = re.compile(
    rf"""(?:{_EACH_MONTH},?\s(?P<monthly>(?:le|on\sthe|the|on)\s)|(?P<each>{_EACH})\s|(?:le|les|la|the|on\sthe)\s)?
      (?P<nth>{NTH_WORD})(?:\s(?:et|and|&)\s(?:le\s|the\s)?(?P<nth2>{NTH_WORD}))?\s
      (?: (?P<day>{_DAY}) | (?P<work>jours?\souvres?|(?:working|business)\sday|weekday) | (?P<any>jour|day) )
      (?P<month>{_OF_MONTH}|\s(?:tous\sles\smois|chaque\smois|every\smonth|each\smonth))?
      (?P<otherwise>\s(?:of|de|du|in|d')\s?(?:the\s|chaque\s|each\s|every\s)?(?:annee|year|trimestre|quarter|semestre|{MONTH}|mois))?
      (?![\w'-])""",
    re.VERBOSE,
)
_NUMBER_OF_MONTH = re.compile(
    rf"""(?: (?:{_EACH}|le|les|the|on\sthe|on)\s(?P<n1>[0-3]?[0-9])(?:er|st|nd|rd|th)?
           (?:\s(?:et|and|&)\s(?:le\s|the\s)?(?P<n2>[0-3]?[0-9])(?:er|st|nd|rd|th)?)?
           (?:\s(?:of|de|du|in)\s(?:the\s)?(?:chaque\smois|every\smonth|each\smonth)|\s(?:tous\sles\smois|chaque\smois|every\smonth)|(?P<each>\s(?:du|of\sthe|de)\s(?:mois|month)))
         | {_EACH_MONTH},?\s(?:le|on\sthe|the|on)\s(?P<n3>[0-3]?[0-9])(?:er|st|nd|rd|th)?
         )(?![\w'-]|\s?h)""",
    re.VERBOSE,
)
_EVERY = re.compile(
    rf"""{_EACH}\s(?P<n>{NUMBER}\s|autres\s|other\s)?(?P<unit>{_UNIT})(?![\w'-])
      |{_EACH}\s(?P<part>matin|morning|apres-midi|aprem|afternoon|soir|evening|midi)s?(?![\w'-])""",
    re.VERBOSE,
)
_ADVERB = re.compile(
    rf"""(?P<daily>daily|quotidien(?:ne)?(?:ment)?)|(?P<weekly>weekly|hebdomadaire(?:ment)?)
      |(?P<monthly>monthly|mensuel(?:le)?(?:ment)?)|(?P<fortnightly>fortnightly)
      |(?P<yearly>yearly|annually|annuel(?:le)?(?:ment)?)
      |(?P<unsure>bi-?weekly|bi-?monthly|bi-?mensuel(?:le)?(?:ment)?|bi-?hebdomadaire
       |(?:once|twice|(?:une|deux|trois|two|three|[0-9])\s(?:fois|times))\s(?:a|an|per|par)\s(?:{_UNIT}))""",
    re.VERBOSE,
)
_WHEN = re.compile(
    rf"[\s,]*(?:on|at|le|les|a|the|from|de|du)?\s?(?:{_DAY}|[0-9]|(?:{NTH_WORD})\s(?:{_DAY})|midi|noon|a\spartir|starting)"
)
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
    rf"(?:les?\s|on\s)?(?P<day>{_DAY})(?![\w'-])(?!\s(?:[0-9]|prochain|en\s|de\sla))"
)
_NUMBERS_OF = re.compile(
    rf"(?:les?\s|the\s|on\sthe\s)?(?P<n>[0-9]{{1,2}})(?:er|st|nd|rd|th)?(?:(?:\s?,\s?|\s(?:et|and)\s(?:le\s)?)(?P<last>[0-9]{{1,2}})(?:er|st|nd|rd|th)?)+(?=\s?(?:/[0-9]|\s(?:{MONTH})))"
)
_ALSO = re.compile(
    r"(?:et\saussi|et\sen\splus|ainsi\sque|plus|en\splus|and\salso|also|as\swell\sas|plus\son)\s(?:le\s|on\s|the\s)?"
)
_SMALL = re.compile(r"(?:le\s|la\s|on\s|the\s|celui\sdu\s|celle\sdu\s|du\s)?")
_BARE_NUMBER = re.compile(
    rf"(?:le|on\sthe|the)\s(?P<n>[0-9]{{1,2}})(?:er|st|nd|rd|th)?(?![\w/:.-]|\s(?:of\s|de\s)?(?:{MONTH})\b|\s?h)"
)
_LAST_OF_MONTH = 28
_NONE = (None, None)


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule in words, or why they are none."""

    end: int
    rule: Rule | None = None
    part: str = ""
    fault: Reason | None = None
    meant: Rule | None = None


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


_Reader: TypeAlias = Callable[[str, int], RuleWords | None]


def rule_at(text: str, at: int, *, monthly: bool = False) -> RuleWords | None:
    """Return the rule that begins at a place; `monthly`: beside the words for some months."""
    if monthly:
        found = _nth_day(text, at, monthly=True) or _numbered(text, at)
        if found is not None:
            return found
    for reader in _readers(text[at : at + 1]):
        found = reader(text, at)
        if found is not None:
            return found
    return None


def _numbered(text: str, at: int) -> RuleWords | None:
    """Read "le 15" beside "tous les deux mois"."""
    found = _BARE_NUMBER.match(text, at)
    if found is None or not 0 < int(found["n"]) <= _LAST_OF_MONTH:
        return None
    return RuleWords(found.end(), Rule(every=MONTHLY, numbers=(int(found["n"]),)))


def _of(number: str | None) -> int:
    word = (number or "1").strip()
    return 2 if word in ("other", "autres") else number_of(word)


def _number_of_month(text: str, at: int) -> RuleWords | None:
    found = _NUMBER_OF_MONTH.match(text, at)
    if found is None:
        return None
    numbers = tuple(sorted({int(found[g]) for g in ("n1", "n2", "n3") if found[g]}))
    rule = Rule(every=MONTHLY, numbers=numbers)
    if found["each"] and not re.match(_EACH, found[0]):
        return None  # "le 15 du mois": one date
    if max(numbers) > _LAST_OF_MONTH:
        last = replace(rule, numbers=(-1,))
        return RuleWords(found.end(), fault=Reason.RECURRENCE, meant=last)
    return RuleWords(found.end(), rule)


def _nth_day(text: str, at: int, *, monthly: bool = False) -> RuleWords | None:
    found = _NTH_DAY.match(text, at)
    if found is None or found["otherwise"]:
        return None
    if not (monthly or found["month"] or found["each"] or found["monthly"]):
        return None
    if (
        found["each"]
        and not found["month"]
        and found["nth"].startswith(("second", "2", "deuxieme"))
    ):
        rule = Rule(every=MONTHLY, weekdays=(weekday_of(found["day"] or "lundi"),), nths=(2,))
        return RuleWords(found.end(), fault=Reason.RECURRENCE, meant=rule)
    nths = tuple(sorted({NTHS[found[g]] for g in ("nth", "nth2") if found[g]}, key=lambda n: n % 9))
    if found["any"]:
        if nths not in ((1,), (-1,)):
            return None
        return RuleWords(found.end(), Rule(every=MONTHLY, numbers=nths))
    if found["work"]:
        if len(nths) > 1:
            return None
        return RuleWords(found.end(), Rule(every=MONTHLY, weekdays=WORKING, place=nths[0]))
    rule = Rule(every=MONTHLY, weekdays=(weekday_of(found["day"]),), nths=nths)
    return RuleWords(found.end(), rule)


def _sur(text: str, at: int) -> RuleWords | None:
    found = _SUR.match(text, at)
    if found is None:
        return None
    return _alternate(found["what"], number_of(found["of"]), found.end(), found["after"])


def _other(text: str, at: int) -> RuleWords | None:
    found = _OTHER.match(text, at)
    if found is None:
        return None
    read = _alternate(found["what"], 2, found.end(), None)
    if found["second"] and re.fullmatch(_DAY, found["what"]):
        return replace(read, rule=None, fault=Reason.RECURRENCE, meant=read.rule)
    return read


def _alternate(what: str, interval: int, end: int, after: str | None) -> RuleWords:
    if what.startswith(("semaine", "week")):
        days = (weekday_of(after),) if after else ()
        return RuleWords(end, Rule(every=WEEKLY, interval=interval, weekdays=days))
    if what in ("mois", "month"):
        return RuleWords(end, Rule(every=MONTHLY, interval=interval))
    if what in ("jour", "day"):
        return RuleWords(end, Rule(every=DAILY, interval=interval))
    return RuleWords(end, Rule(every=WEEKLY, interval=interval, weekdays=(weekday_of(what),)))


def _working(text: str, at: int) -> RuleWords | None:
    found = _WORK.match(text, at)
    if found is not None:
        return RuleWords(found.end(), Rule(every=WEEKLY, weekdays=WORKING))
    found = _WORKABLE.match(text, at)
    if found is not None:  # by law with Saturday, as people use it without
        rule = Rule(every=WEEKLY, weekdays=WORKING)
        return RuleWords(found.end(), fault=Reason.RECURRENCE, meant=rule)
    found = _WEEKENDS.match(text, at)
    return None if found is None else RuleWords(found.end(), Rule(every=WEEKLY, weekdays=(5, 6)))


def _from_to(text: str, at: int) -> RuleWords | None:
    found = _FROM_TO.match(text, at)
    if found is None:
        return None
    first, last = (weekday_of(found[g].rstrip(".")) for g in ("first", "last"))
    days = tuple(sorted((first + n) % 7 for n in range((last - first) % 7 + 1)))
    return RuleWords(found.end(), Rule(every=WEEKLY, weekdays=days))


def _weekdays(text: str, at: int) -> RuleWords | None:
    found = _WEEKDAYS.match(text, at)
    if found is None:
        return None
    names = re.findall(DAY_NAMES, found["days"])
    plural = any(name.endswith("s") for name in names)
    lead = (found["lead"] or "").strip()
    if not (plural or (lead and lead not in ("on", "les")) or (lead == "les" and len(names) > 1)):
        return None
    if lead in ("", "on") and not plural:
        return None
    days = tuple(sorted({weekday_of(name) for name in names}))
    return RuleWords(
        found.end(), Rule(every=WEEKLY, weekdays=days), part=_PARTS.get(found["part"] or "", "")
    )


def _every(text: str, at: int) -> RuleWords | None:
    found = _EVERY.match(text, at)
    if found is None:
        return None
    if found["part"]:
        return RuleWords(found.end(), Rule(every=DAILY), part=_PARTS[found["part"]])
    unit, number, end = found["unit"], _of(found["n"]), found.end()
    if unit.startswith(("heure", "hour")) or number < 1:
        return RuleWords(end, fault=Reason.RECURRENCE, meant=Rule(every=DAILY))
    if unit.startswith(("quinzaine", "fortnight")):
        return RuleWords(end, Rule(every=WEEKLY, interval=2))
    if unit.startswith("jour") and number in (8, 15):
        return RuleWords(end, Rule(every=WEEKLY, interval=number // 7))
    every, times = _unit_of(unit)
    return RuleWords(end, Rule(every=every, interval=number * times))


def _unit_of(unit: str) -> tuple[str, int]:
    for begin, every, times in (
        ("jour", DAILY, 1), ("day", DAILY, 1), ("sem", WEEKLY, 1), ("week", WEEKLY, 1),
        ("mois", MONTHLY, 1), ("month", MONTHLY, 1), ("trim", MONTHLY, 3), ("quarter", MONTHLY, 3),
    ):  # fmt: skip
        if unit.startswith(begin) and not unit.startswith("semes"):
            return every, times
    return (MONTHLY, 6) if unit.startswith("semes") else (YEARLY, 1)


def _adverb(text: str, at: int) -> RuleWords | None:
    found = _ADVERB.match(text, at)
    if found is None or text[found.end() : found.end() + 1].isalnum():
        return None
    end = found.end()
    if found["unsure"]:
        return RuleWords(end, fault=Reason.RECURRENCE, meant=Rule(every=WEEKLY))
    if _WHEN.match(text, end) is None and not found["daily"]:
        return None  # "Point hebdomadaire": a title
    if found["daily"] and _WHEN.match(text, end) is None and at:
        return None
    if found["fortnightly"]:
        return RuleWords(end, Rule(every=WEEKLY, interval=2))
    every = next(e for e in ("daily", "weekly", "monthly", "yearly") if found[e])
    return RuleWords(end, Rule(every=every.upper()))


_NAMED = "lmjvsdtwf"
"""The first letters of weekdays."""
_READERS: tuple[tuple[_Reader, str], ...] = (
    (_number_of_month, "tcelom"),
    (_nth_day, "tcemlopdsqf12345"),
    (_sur, _NAMED + "u1"),
    (_other, "e"),
    (_working, "tcelowbj"),
    (_from_to, _NAMED + "ce"),
    (_weekdays, _NAMED + "ceo"),
    (_every, "tce"),
    (_adverb, "dqwhmfyabotu123456789"),
)


@cache
def _readers(char: str) -> tuple[_Reader, ...]:
    return tuple(reader for reader, begins in _READERS if char and char in begins)


# --- how long, and without which days ---------------------------------------------------------


def bound_at(text: str, at: int, calendar: Calendar) -> Bound | None:
    """Return how long a recurrence goes on, in words that begin at a place."""
    found = _TIMES.match(text, at)
    if found is not None:
        return Bound(found.end(), count=number_of(found["n"] or found["x"]))
    found = _DURING.match(text, at)
    if found is not None:
        return Bound(found.end(), span=(number_of(found["n"]), found["unit"]))
    found = _UNTIL.match(text, at)
    if found is None:
        return None
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
    later = later_month(first.replace(day=min(first.day, _LAST_OF_MONTH)), months)
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
    found = _ONE_WEEKDAY.match(text, at)
    if found is not None:
        return replace(got, end=found.end(), weekdays=(*got.weekdays, weekday_of(found["day"])))
    found = _IN_MONTH.match(text, at)
    if found is not None:
        return replace(got, end=found.end(), months=(*got.months, month_of(found["month"]) or 1))
    day = next((one for place in _starts(text, at) if (one := day_at(text, place, calendar))), None)
    if day is None or day.likely is None:
        return None
    if day.fault is not None:
        # a day past leaves nothing out; one that is no day is not read
        last = day.fault is Reason.PAST
        return replace(
            got, end=day.end, days=(*got.days, day.likely), unread=got.unread or not last
        )
    return replace(got, end=day.end, days=(*got.days, day.day or day.likely))


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
