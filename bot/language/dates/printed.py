"""Writes a reading as one types it, so that reading it again gives the same."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.language.dates.holiday import Holidays
from bot.language.dates.reading import Reading
from bot.language.dates.rules import CODES, WORKING
from bot.language.dates.zone_names import typed_zone
from bot.language.days import DAY, WEEKDAYS
from bot.language.moments import say_minutes
from bridge.domain.rules import parts_of, until_of
from bridge.domain.series import Recurrence
from bridge.i18n import Language

_FR = Language.FR
_MONTHS = {
    Language.FR: (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
        "octobre", "novembre", "décembre",
    ),
    Language.EN: (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
}  # fmt: skip
_NTHS = {
    Language.FR: {
        1: "premier", 2: "deuxième", 3: "troisième", 4: "quatrième", 5: "cinquième", -1: "dernier",
    },
    Language.EN: {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"},
}  # fmt: skip
_AND = {Language.FR: " et ", Language.EN: " and "}
_UNITS = {
    Language.FR: {"DAILY": "jours", "WEEKLY": "semaines", "MONTHLY": "mois", "YEARLY": "ans"},
    Language.EN: {"DAILY": "days", "WEEKLY": "weeks", "MONTHLY": "months", "YEARLY": "years"},
}
_EARLY = 7
_ASIDE = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "WKST"}
_DAY, _NUMBER = "[A-Z]{2}", "([0-9]+|-1)"
_TYPED = {
    "DAILY": re.compile(""),
    "WEEKLY": re.compile(f"BYDAY={_DAY}(,{_DAY})*"),
    "MONTHLY": re.compile(
        f"BYDAY=(([1-5]|-1){_DAY},?)+|BYMONTHDAY={_NUMBER}(,{_NUMBER})*"
        "|BYDAY=MO,TU,WE,TH,FR;BYSETPOS=([1-5]|-1)"
    ),
    "YEARLY": re.compile(""),
}
"""The parts that name a rule's days, in the forms that `_rule` has words for."""


def typed_out(reading: Reading, *, now: datetime, salon: str, language: Language) -> str:
    """Return the words for a reading's times, in a salon whose zone is `salon`; `now` is aware."""
    words = [_when(reading, now, language)]
    if reading.named or reading.zone != salon:
        words.append(typed_zone(reading.zone, language))
    if reading.recurrence is not None:
        words[:0] = [_rule(reading.recurrence, language), _since(reading, language)]
        words += _apart(reading, language)
    return " ".join(word for word in words if word)


def rule_in_words(reading: Reading, language: Language) -> str:
    """Return the words for a rule, its exceptions and its end; empty for one that has none."""
    recurrence = reading.recurrence
    if recurrence is None or not _has_words(recurrence.rule):
        return ""
    return " ".join([_rule(recurrence, language), *_apart(reading, language)])


def _has_words(rule: str) -> bool:
    """Tell whether a rule is one that people type: others come by a move, or from elsewhere."""
    parts = parts_of(rule)
    days = [f"{name}={value}" for name, value in sorted(parts.items()) if name not in _ASIDE]
    form = _TYPED.get(parts["FREQ"])
    return form is not None and form.fullmatch(";".join(days)) is not None


def day_in_words(day: date, language: Language) -> str:
    """Return a day in full: `mardi 1er décembre 2026`."""
    name = WEEKDAYS[day.weekday()][language is not _FR]
    month = _MONTHS[language][day.month - 1]
    if language is _FR:
        return f"{name} {day.day}{'er' if day.day == 1 else ''} {month} {day.year}"
    return f"{name.title()} {day.day} {month} {day.year}"


def _date(day: date, language: Language) -> str:
    return day_in_words(day, language).partition(" ")[2]


def hour_in_words(wall: datetime, language: Language) -> str:
    """Return an hour as one types it, an early one with two digits."""
    if language is not _FR:
        return f"{wall:%H:%M}"
    hour = f"{wall.hour:02}" if wall.hour < _EARLY else f"{wall.hour}"
    return f"{hour}h{wall.minute:02}" if wall.minute else f"{hour}h"


def _when(reading: Reading, now: datetime, language: Language) -> str:
    zone = ZoneInfo(reading.zone)
    start, end = reading.start, reading.end
    if start is None:
        length = None if end is None else end.replace(tzinfo=zone).astimezone(UTC) - now
        return "" if length is None else say_minutes(length)
    hours = hour_in_words(start, language)
    if end is not None:
        same = end.date() == start.date() and end > start
        length = end.replace(tzinfo=zone).astimezone(UTC) - start.replace(tzinfo=zone).astimezone(
            UTC
        )
        hours += f"-{hour_in_words(end, language)}" if same else f" {say_minutes(length)}"
    if reading.recurrence is not None:
        return hours
    return f"{day_in_words(start.date(), language)} {hours}"


def _since(reading: Reading, language: Language) -> str:
    assert reading.start is not None
    day = _date(reading.start.date(), language)
    return f"à partir du {day}" if language is _FR else f"starting on {day}"


def _rule(recurrence: Recurrence, language: Language) -> str:
    parts = dict(part.split("=") for part in recurrence.rule.split(";"))
    every, interval = parts["FREQ"], int(parts.get("INTERVAL", "1"))
    if every in ("DAILY", "YEARLY"):
        return _each(every, interval, language)
    if every == "WEEKLY":
        return _weekly(parts["BYDAY"].split(","), interval, language)
    days, french = _days(parts, language), language is _FR
    if interval == 1:
        return f"le {days} de chaque mois" if french else f"the {days} of each month"
    return f"{_each(every, interval, language)} {'le' if french else 'on the'} {days}"


def _weekly(codes: Sequence[str], interval: int, language: Language) -> str:
    numbers, french = tuple(CODES.index(code) for code in codes), language is _FR
    if numbers == WORKING and interval == 1:
        return "du lundi au vendredi" if french else "Monday to Friday"
    names = [_weekday(number, language) for number in numbers]
    if interval == 1:
        if french:
            return f"tous les {_listed([f'{name}s' for name in names], language)}"
        return f"every {_listed(names, language)}"
    joined = (" et le " if french else " and on ").join(names)
    return f"{_each('WEEKLY', interval, language)} {'le' if french else 'on'} {joined}"


def _each(every: str, interval: int, language: Language) -> str:
    unit = _UNITS[language][every]
    if language is not _FR:
        return f"every {interval} {unit}" if interval > 1 else f"every {unit[:-1]}"
    the = "toutes les" if every == "WEEKLY" else "tous les"
    return f"{the} {interval} {unit}" if interval > 1 else f"{the} {unit}"


def _weekday(number: int, language: Language) -> str:
    name = WEEKDAYS[number][language is not _FR]
    return name if language is _FR else name.title()


def _days(parts: dict[str, str], language: Language) -> str:
    if "BYMONTHDAY" in parts:
        numbers = parts["BYMONTHDAY"].split(",")
        last = "dernier jour" if language is _FR else "last day"
        return _AND[language].join(last if one == "-1" else one for one in numbers)
    if "BYSETPOS" in parts:
        nth = _NTHS[language][int(parts["BYSETPOS"])]
        return f"{nth} jour ouvré" if language is _FR else f"{nth} working day"
    found = re.findall(r"(-?[0-9])([A-Z]{2})", parts.get("BYDAY", ""))
    if not found:
        return ""
    nths = [_NTHS[language][int(nth)] for nth, _ in found]
    return f"{_AND[language].join(nths)} {_weekday(CODES.index(found[0][1]), language)}"


def _listed(names: Sequence[str], language: Language) -> str:
    return ", ".join(names[:-1]) + _AND[language] + names[-1] if len(names) > 1 else names[0]


def _apart(reading: Reading, language: Language) -> list[str]:
    """Return the words for exceptions and the last day."""
    recurrence, start = reading.recurrence, reading.start
    assert recurrence is not None
    assert start is not None
    french = language is _FR
    the = "le " if french else ""
    out = [f"{the}{_date(day, language)}" for day in _listed_days(reading)]
    parts = dict(part.split("=") for part in recurrence.rule.split(";"))
    out += _months(parts.get("BYMONTH"), language)
    if recurrence.holidays is not None:
        out.append("jours fériés" if french else "public holidays")
    words = []
    if out:
        words.append(f"{'sauf' if french else 'except'} {_AND[language].join(out)}")
    if recurrence.besides:
        days = [
            f"{'et aussi le' if french else 'and also'} {_date(one.date(), language)}"
            for one in recurrence.besides
        ]
        words += days
    if "COUNT" in parts:
        words.append(f"{parts['COUNT']} {'fois' if french else 'times'}")
    if "UNTIL" in parts:
        words.append(f"{'jusqu’au' if french else 'until'} {_date(_last_day(reading), language)}")
    return words


def _last_day(reading: Reading) -> date:
    """Return the last day on which a rule may have a date: it may end before that day's hour."""
    assert reading.start is not None
    assert reading.recurrence is not None
    until = until_of(reading.recurrence.rule)
    assert until is not None
    return until.date() if until.time() >= reading.start.time() else until.date() - DAY


def _months(only: str | None, language: Language) -> list[str]:
    if only is None:
        return []
    kept = {int(month) for month in only.split(",")}
    lead = "en" if language is _FR else "in"
    return [f"{lead} {_MONTHS[language][n - 1]}" for n in range(1, 13) if n not in kept]


def _listed_days(reading: Reading) -> list[date]:
    """Return the days left out that are no public holidays, if those are left out too."""
    recurrence = reading.recurrence
    assert recurrence is not None
    days = [one.date() for one in recurrence.without]
    if recurrence.holidays is None or not days or reading.start is None:
        return days
    last = days[-1] + timedelta(days=1)
    festive = set(Holidays(recurrence.holidays).between(reading.start.date(), last))
    return [day for day in days if day not in festive]
