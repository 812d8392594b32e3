"""What looks like a time where no time was read: it must never slip into a title unnoticed.

The folded shadow is searched, so what is in quotes is safe.
"""

import re
from datetime import date

_WEEKDAYS = (
    ("lundi", "monday"),
    ("mardi", "tuesday"),
    ("mercredi", "wednesday"),
    ("jeudi", "thursday"),
    ("vendredi", "friday"),
    ("samedi", "saturday"),
    ("dimanche", "sunday"),
)
_MONTH = (
    "janvier|janv|jan|january|fevrier|fevr|fev|february|feb|mars|march|avril|avr|april|apr|mai|may"
    "|juin|june|juillet|juil|july|aout|august|aug|septembre|september|sept|sep|octobre|october|oct"
    "|novembre|november|nov|decembre|december|dec"
)
_SHORT_DAY = "lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun"
_UNIT = (
    "min|mn|minutes?|h|heures?|hours?|jours?|days?|semaines?|weeks?|mois|months?|quinzaine"
    "|fortnight|demi-heure"
)
_EVERY = "jours?|semaines?|mois|matins?|soirs?|days?|weeks?|months?|mornings?|evenings?|weekdays?"
_DAY_NAMES = "|".join(rf"{french}s?|{english}s?" for french, english in _WEEKDAYS)

YESTERDAY = re.compile(r"\b(?:avant-)?hier\b|\byesterday\b")
UNKNOWN = re.compile(
    rf"""\b(?:{_DAY_NAMES})\b
      | \b[0-9]{{1,2}}(?:er|st|nd|rd|th)?\.?\s(?:of\s)?(?:{_MONTH})\b
      | \b(?:{_MONTH})\.?\s[0-9]{{1,2}}(?:st|nd|rd|th)?\b
      | \b(?:{_SHORT_DAY})\.?\s[0-9]{{1,2}}\b
      | \b[0-9]{{1,2}}/[0-9]{{1,2}}\b
      | \b[0-9]{{1,2}}[.-][0-9]{{1,2}}[.-][0-9]{{2,4}}\b
      | \b[0-9]{{4}}[/.][0-9]{{1,2}}
      | ^\s*(?:le|the|on\sthe)\s[0-9]{{1,2}}(?:er|st|nd|rd|th)?(?:\s(?:{_MONTH}))?\b
      | \b(?:dans|in|within|d'ici|sous)\s(?:[^\s]{{1,20}}\s){{0,3}}?(?:[0-9]{{1,3}}\s?)?(?:{_UNIT})
        [0-9]{{0,2}}(?!\w)
      | \b(?:in|dans)\shalf\san?\b | \bdemi-heure\b | \bhalf\san?\shour\b | \bquart\sd'heure\b
      | \bapres-demain\b | \bday\safter\s
      | \b(?:semaine|mois|an)\sprochaine?\b | \bnext\s(?:week|month|year)\b | \bweek-?end\b
      | \b(?:tous|toutes)\sles\s(?:[^\s]{{1,20}}\s)??(?:{_EVERY})\b | \bchaque\s(?:{_EVERY})\b
      | \b(?:every|each)\s(?:[^\s]{{1,20}}\s)??(?:{_EVERY})\b
      | \b(?:de|from|entre|between)\s[0-9]{{1,2}}\s(?:a|to|et|and)\s[0-9]{{1,2}}\b""",
    re.VERBOSE,
)
"""Dates and delays that are not read yet."""
DELAY = re.compile(r"dans|in|within|d'ici|sous")
MISPLACED = re.compile(
    r"""\b[0-9]+\s?(?:h(?:eures?|ours?|rs?)?|min(?:ute)?s?|mn)(?![^\W\d])
      | \b[0-9]{1,2}:[0-9]{2}\b
      | \b[0-9]{1,2}\s?[ap]\.?m\b
      | \b[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}
      | \b(?:demain|tomorrow|aujourd'hui|today|tonight|minuit|midnight)\b
      | \b(?:ce|this)\s(?:matin|soir|morning|afternoon|evening)\b | \bcet\sapres-midi\b
      | (?<![\w-])(?:midi|noon)(?![\w-])""",
    re.VERBOSE,
)
"""Times that are read, though not where they were typed."""
PART_OF_DAY = re.compile(
    r"\b(?:matin|matinee|soir|soiree|apres-midi|nuit|morning|afternoon|evening|night)\b"
)
"""With a misplaced hour, it may change what the hour means."""


_MONTH_BEGINS = (
    ("jan", 1), ("fev", 2), ("feb", 2), ("mar", 3), ("avr", 4), ("apr", 4), ("mai", 5), ("may", 5),
    ("juin", 6), ("jun", 6), ("jui", 7), ("jul", 7), ("aou", 8), ("aug", 8), ("sep", 9),
    ("oct", 10), ("nov", 11), ("dec", 12),
)  # fmt: skip
_YEAR = r"(?:,?[\s/.-](?P<year>2[0-9]{3}))?"
_DATES = (
    re.compile(
        rf"\b(?P<day>[0-9]{{1,2}})(?:er|st|nd|rd|th)?\.?\s(?:of\s)?(?P<month>{_MONTH})\b\.?" + _YEAR
    ),
    re.compile(rf"\b(?P<month>{_MONTH})\.?\s(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?\b" + _YEAR),
    re.compile(r"\b(?P<day>[0-9]{1,2})[/.-](?P<month>[0-9]{1,2})\b" + _YEAR),
)


def day_in(shadow: str, today: date) -> date | None:
    """Return the day that a date in words or figures (day before month) names, if it is to come.

    Without a year it is the next one. Only for examples, which show it in full.
    """
    for dates in _DATES:
        found = dates.search(shadow)
        if found is not None:
            named = (_day_of(found, year) for year in (today.year, today.year + 1))
            return next((day for day in named if day is not None and day > today), None)
    return None


def _day_of(found: re.Match[str], year: int) -> date | None:
    month = found["month"]
    number = next((n for begin, n in _MONTH_BEGINS if month.startswith(begin)), 0)
    try:
        return date(int(found["year"] or year), number or int(month), int(found["day"]))
    except ValueError:
        return None


def weekday_in(shadow: str) -> int | None:
    """Return the first weekday named, 0 for Monday."""
    places = [
        (found.start(), number)
        for number, (french, english) in enumerate(_WEEKDAYS)
        if (found := re.search(rf"\b(?:{french}|{english})s?\b", shadow))
    ]
    return min(places)[1] if places else None
