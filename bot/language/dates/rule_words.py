"""Words of recurrence, wherever they stand in a folded line: `un mardi sur deux`."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeAlias

from bot.language.dates.calendar_days import NTH_WORD, NTHS
from bot.language.dates.day import NUMBER, SHORT_DAYS, number_of
from bot.language.dates.rules import DAILY, MONTHLY, WEEKLY, WORKING, YEARLY, Rule
from bot.language.days import DAY_NAMES, MONTH, weekday_of
from bot.language.refusals import Reason

_EACH = r"(?:(?:tous|toutes|ts|ttes)\sles|chaque|every|each)"
_THE = r"(?:les|on)"
_OF_MONTH = (
    r"(?:\s(?:of|de|du|in|au)\s(?:the\s|each\s|every\s|chaque\s|le\s)?(?:mois|months?)"
    r"(?!\s(?:prochain|suivant|next))|\smensuel(?:lement)?)"
)
_EACH_MONTH = (
    r"(?:tous\sles\smois|chaque\smois|every\smonth|each\smonth|monthly|mensuel(?:lement)?)"
)
_AND = (
    r"(?:\s?,\s?(?:le\s|les\s|the\s|on\s|et\s|and\s)?"
    r"|\s(?:et|and|&)\s(?:le\s|les\s|on\s|the\s)?|\s?/\s?)"
)
DAY_NAME = rf"(?:{DAY_NAMES})"
_SHORT = rf"(?:{DAY_NAMES}|(?:{SHORT_DAYS})(?![a-z]))"
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
    rf"""(?P<lead>{_EACH}\s|{_THE}\s)?(?P<days>{_SHORT}(?:{_AND}{_SHORT})*)
      (?:\s(?P<part>matin|morning|apres-midi|aprem|afternoon|soir|evening)s?)?
      (?:\s(?:de\schaque\ssemaine|de\stoutes\sles\ssemaines|of\s(?:each|every)\sweek))?(?![\w'-])""",
    re.VERBOSE,
)
_SUR = re.compile(
    rf"""(?:une?|1|le|la|les)?\s?(?P<what>{DAY_NAME}|semaine|jour|mois)\s(?:sur|out\sof)\s
      (?P<of>deux|trois|quatre|[2-6]|two|three)(?:,?\s(?:le\s)?(?P<after>{DAY_NAME}))?(?![\w'-])""",
    re.VERBOSE,
)
_OTHER = re.compile(
    rf"(?:(?P<second>every\s(?:second|2nd))|(?:every|each)\sother)\s(?P<what>{_SHORT}|week|day|month)s?(?![\w'-])"
)
_FROM_TO = re.compile(
    rf"""(?:{_EACH}\s(?:jours?|days?)\s)?(?:du\s|de\s|from\s|every\s|chaque\ssemaine\sdu\s)?
      (?P<first>{DAY_NAME}|(?:{SHORT_DAYS})\.?)\s?(?:au|a|to|till|through|thru|-)\s?
      (?P<last>{DAY_NAME}|(?:{SHORT_DAYS})\b\.?)(?![\w'-])""",
    re.VERBOSE,
)
_WORK = re.compile(
    rf"(?:{_EACH}\s|les\s|on\s)(?:{_WORKING})(?![\w'-])|(?:weekdays|jours\souvres|(?:working|business)\sdays)(?![\w'-])"
)
_WORKED = re.compile(r"ouvre|travail|working|business")
_WORKABLE = re.compile(rf"(?:{_EACH}\s|les\s)jours?\souvrables?(?![\w'-])")
_WEEKENDS = re.compile(rf"(?:{_EACH}\s|les\s|on\s)week-?\s?ends?(?![\w'-])")
_NTH_DAY = re.compile(
    rf"""(?:{_EACH_MONTH},?\s(?P<monthly>(?:le|on\sthe|the|on)\s)
         |(?P<each>{_EACH})\s|(?:le|les|la|the|on\sthe)\s)?
      (?P<nth>{NTH_WORD})(?:\s(?:et|and|&)\s(?:le\s|the\s)?(?P<nth2>{NTH_WORD}))?\s
      (?: (?P<day>{_SHORT}) | (?P<work>jours?\souvres?|(?:working|business)\sday|weekday)
        | (?P<any>jour|day) )
      (?P<month>{_OF_MONTH}|\s(?:tous\sles\smois|chaque\smois|every\smonth|each\smonth))?
      (?P<otherwise>\s(?:of|de|du|in|d')\s?(?:the\s|chaque\s|each\s|every\s)?
        (?:annee|year|trimestre|quarter|semestre|{MONTH}|mois))?
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
    rf"[\s,]*(?:on|at|le|les|a|the|from|de|du)?\s?(?:{DAY_NAME}|[0-9](?!\w*\s?m(?:in|n))|(?:{NTH_WORD})\s(?:{DAY_NAME})|midi|noon|a\spartir|starting)"
)
_BARE_NUMBER = re.compile(
    rf"(?:le|on\sthe|the)\s(?P<n>[0-9]{{1,2}})(?:er|st|nd|rd|th)?(?![\w/:.-]|\s(?:of\s|de\s)?(?:{MONTH})\b|\s?h)"
)
LAST_SURE = 28


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule in words, or why they are none."""

    end: int
    rule: Rule | None = None
    part: str = ""
    fault: Reason | None = None
    meant: Rule | None = None
    working: bool = False
    """It says working days, which public holidays are not: "Monday to Friday" says weekdays."""


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
    if found is None or not 0 < int(found["n"]) <= LAST_SURE:
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
    if max(numbers) > LAST_SURE:
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
    placed = _of_nths(found, nths)
    return None if placed is None else RuleWords(found.end(), placed)


def _of_nths(found: re.Match[str], nths: tuple[int, ...]) -> Rule | None:
    """Return the rule of a weekday, a working day or any day that is the nth of its month."""
    if found["day"]:
        return Rule(every=MONTHLY, weekdays=(weekday_of(found["day"]),), nths=nths)
    if nths not in ((1,), (-1,)):
        return None
    if found["any"]:
        return Rule(every=MONTHLY, numbers=nths)
    return Rule(every=MONTHLY, weekdays=WORKING, place=nths[0])


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
    if found["second"] and re.fullmatch(DAY_NAME, found["what"]):
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
        working = _WORKED.search(found[0]) is not None
        return RuleWords(found.end(), Rule(every=WEEKLY, weekdays=WORKING), working=working)
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
    names = re.findall(_SHORT, found["days"])
    plural = any(name.endswith("s") and name not in ("tues", "thurs") for name in names)
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
    if _WHEN.match(text, end) is None:
        return None  # "Point hebdomadaire": a title
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
