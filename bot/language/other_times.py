"""A second time in a line: `14h ou 15h`, `mardi et jeudi 10h`, `7, 8 et 9 décembre`.

A meeting has only one; the offered line has the first, and the refusal names the others.
"""

import re
from dataclasses import replace

from bot.language.dated import Dated, dated_at
from bot.language.days import DAY, MONTH, real_date
from bot.language.loose_hours import loose_hour_at
from bot.language.moments import today
from bot.language.pieces import Pieces, piece_at
from bot.language.refusals import Here

_OR = re.compile(
    r"(?:ou\sbien|ou\salors|ou|or\selse|or|sinon|otherwise|a\sdefaut|voire|vs|versus|et|puis|and|then)"
    r"[\s,]+(?=\w)|[/|]\s+(?=[0-9])"
)
_DAYS = re.compile(
    rf"""(?:(?:le|les|the|on)\s)*(?P<first>[0-9]{{1,2}})(?:er|st|nd|rd|th)?
      (?:\s?,\s?[0-9]{{1,2}}(?:er|st|nd|rd|th)?)*(?:\s(?:et|ou|and|or|&)\s(?:le\s|the\s)?|\s?,\s?)
      (?=[0-9]{{1,2}}(?:er|st|nd|rd|th)?\s(?:of\s)?(?:{MONTH})\b)""",
    re.VERBOSE,
)


def other_time(shadow: str, at: int, here: Here) -> tuple[Pieces, int] | None:
    """Return a second day or hour that begins with "or" or "and" at a place, and its end."""
    found = _OR.match(shadow, at)
    if found is None:
        return None
    pieces, end = _time_at(shadow, found.end(), here)
    return None if (pieces.day, pieces.start) == (None, None) else (pieces, end)


def _time_at(shadow: str, at: int, here: Here) -> tuple[Pieces, int]:
    pieces = Pieces()
    while True:
        begins = len(shadow) - len(shadow[at:].lstrip(" ,"))
        date, hour = dated_at(shadow, begins, here), loose_hour_at(shadow, begins, sure=True)
        step = piece_at(shadow, begins, pieces, here)
        if hour is not None:
            pieces, at = replace(pieces, start=hour[0], end=hour[1], said=True), hour[2]
        elif date is not None:
            pieces, at = replace(pieces, day=date.day or today(here)), date.end
        elif step is not None:
            pieces, at = step
        else:
            return pieces, at


def first_of_days(shadow: str, at: int, here: Here) -> Dated | None:
    """Return the first of several days of a month, and the end of the last one."""
    found = _DAYS.match(shadow, at)
    last = None if found is None else dated_at(shadow, found.end(), here)
    if found is None or last is None or last.day is None:
        return None
    number = int(found["first"])
    later = last.day if number < last.day.day else last.day.replace(day=1) - DAY
    first = real_date(later.year, later.month, number)
    return None if first is None else replace(last, day=first)
