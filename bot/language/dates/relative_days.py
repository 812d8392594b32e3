"""Days that depend on today, in words: `lundi en huit`, `in 3 days`, `next week on Monday`."""

import re
from dataclasses import replace
from datetime import date, timedelta

from bot.language.dates.calendar_days import later_month
from bot.language.dates.day import NUMBER, SHORT_DAYS, WEEK, Calendar, DayWords, number_of
from bot.language.days import DAY, DAY_NAMES, coming, weekday_of
from bot.language.refusals import Reason

_WEEK_NUMBER = r"(?:semaine|sem\.?|week|s|w)\s?(?:n[°o]\s?)?(?P<week{tag}>[0-9]{{1,2}})"
_FAR = 60
"""Months."""
_OF_WEEK = re.compile(
    rf"""(?P<before>(?:next|this(?:\scoming)?|ce|last|the\s(?:following|coming)|coming)\s)?
      (?P<weekday>{DAY_NAMES}|(?:{SHORT_DAYS})(?=\.|,?\s(?:at\s|a\s|de\s|prochain)?[0-9a-z])(?!\sl))\b\.?
      (?: ,?\s(?P<eight>en\shuit|week\b|in\sa\sweek)
        | ,?\s(?P<fifteen>en\squinze|fortnight)
        | ,?\s(?:de\sla\s|of\s|la\s)?
          (?P<week>semaine\s(?:prochain|suivant)e|week\sprochaine?|(?:next|the\sfollowing)\sweek)
        | ,?\s(?:de\scette\ssemaine|cette\ssemaine|(?:of\s)?this\sweek)(?P<thisweek>)
        | ,?\s(?:de\sla\s|of\s|en\s)?{_WEEK_NUMBER.format(tag=1)}
        | ,?\s(?P<vague>dans\s{NUMBER}\ssemaines?|in\s{NUMBER}\sweeks?|after\snext)
        | \s(?P<next>prochain|proch\.?(?=\s)|pro(?=\s(?:a\s)?[0-9])|suivant|next)
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


def ahead_of_today(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Read "demain", "après-demain", "hier"."""
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


def of_week(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Read "lundi", "lundi en huit", "next Monday"."""
    found = _OF_WEEK.match(text, at)
    if found is None:
        return None
    name = found["weekday"]
    if name.endswith("s") and name not in ("tues", "thurs"):
        return None
    day = _weekday(found, weekday_of(name), calendar)
    return replace(day, end=found.end())


def _weekday(found: re.Match[str], number: int, calendar: Calendar) -> DayWords:
    day = coming({number}, calendar.today)
    if found["past"] or found["before"] == "last ":
        return DayWords(0, fault=Reason.PAST, meant=day)
    if found["vague"]:
        return DayWords(0, fault=Reason.DAY_AMBIGUOUS, meant=day + WEEK)
    if found["week1"]:
        return of_week_number(0, int(found["week1"]), number, calendar)
    if found["eight"] or found["fifteen"]:
        return _further(found, day, calendar.today)
    if found["week"] or found["thisweek"] is not None:
        return _in_week(found, number, calendar.today)
    return _coming(found, day, calendar.today)


def _further(found: re.Match[str], day: date, today: date) -> DayWords:
    """Return `lundi en huit`; of today's weekday it may be either week."""
    further = day + (WEEK if found["eight"] else 2 * WEEK)
    if day.weekday() == today.weekday():
        return DayWords(0, fault=Reason.DAY_AMBIGUOUS, meant=further - WEEK)
    return DayWords(0, further)


def _in_week(found: re.Match[str], number: int, today: date) -> DayWords:
    """Return a weekday of next week, or of this one."""
    later = coming({0}, today) + number * DAY
    if found["week"]:
        return DayWords(0, later)
    this = later - WEEK
    return DayWords(0, this) if this >= today else DayWords(0, fault=Reason.PAST, meant=later)


def _coming(found: re.Match[str], day: date, today: date) -> DayWords:
    """Return the coming weekday, if it is the only one that is meant."""
    before, alike = (found["before"] or "").strip(), day.weekday() == today.weekday()
    if found["next"] or before == "next":
        later = coming({0}, today) + day.weekday() * DAY
        fault = None if day == later else Reason.DAY_AMBIGUOUS
        return DayWords(0, None if fault else day, fault, meant=later)
    if alike and before in ("ce", "this"):
        return DayWords(0, today)
    if alike and not (found["to_come"] or "coming" in before):
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


def week_of(text: str, at: int, calendar: Calendar) -> DayWords | None:
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


def in_days(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Read "dans 3 jours", "in two weeks", "a week from Monday"."""
    found = _IN_DAYS.match(text, at)
    if found is None:
        return None
    today, end = calendar.today, found.end()
    if found["a"] is None and found["b"] is None:
        return DayWords(end, _weeks_from(found, today))
    number, unit = number_of(found["a"] or found["b"]), found["unit"] or found["unit2"]
    if unit.startswith(("mois", "month")):
        day = later_month(today, min(number, _FAR))
        return DayWords(end, day, None if day else Reason.IMPOSSIBLE, meant=today + 30 * DAY)
    return DayWords(end, today + _length_of(number, unit))


def _weeks_from(found: re.Match[str], today: date) -> date:
    """Return the day a week or two from another one."""
    if found["eight"] == "huit" or found["today"]:
        return today + WEEK
    if found["tomorrow"]:
        return today + DAY + WEEK
    if found["weekday"]:
        return coming({weekday_of(found["weekday"])}, today) + WEEK
    return today + 2 * WEEK


def _length_of(number: int, unit: str) -> timedelta:
    """Return so many days, weeks or fortnights; `8 jours` are a week."""
    if unit == "quinzaine":
        return 2 * WEEK
    if unit.startswith(("semaine", "week")):
        return number * WEEK
    return DAY * ({8: 7, 15: 14}.get(number, number) if unit.startswith("jour") else number)


def ago(text: str, at: int, calendar: Calendar) -> DayWords | None:
    """Read "il y a 2 jours", which is past."""
    found = _AGO.match(text, at)
    if found is None:
        return None
    return DayWords(found.end(), fault=Reason.PAST, meant=calendar.today + DAY)
