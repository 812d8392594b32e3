"""Uncertain forms of hours: in words, with a dot, digits alone.

Only offered lines use them.
"""

import re

from bot.language.clock import NOT_AN_HOUR, Form, Hour, of_half
from bot.language.numbers import NUMBERS
from bot.language.text import any_of, word_set

_TWENTY = 20
_NO_HOURS = word_set("un a an fifteen twenty")
_NUMBERS = {word: n for word, n in NUMBERS.items() if n <= _TWENTY and word not in _NO_HOURS}
_MINUTES = {
    "et demie": 30, "et demi": 30, "et quart": 15, "moins le quart": -15, "trente": 30,
    "quinze": 15, "dix": 10, "vingt": 20, "quarante-cinq": 45, "thirty": 30, "fifteen": 15,
}  # fmt: skip
_MORE = any_of(_MINUTES)
_NUMBER = rf"(?P<number>[0-9]{{1,2}}|{any_of(_NUMBERS)})"
_HALF = r"(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?"
_HOURS = (
    re.compile(
        rf"""(?:(?:a|at|des|vers|pour)\s)?{_NUMBER}\s(?:heures?|o'clock)
          (?:\s(?P<more>{_MORE})\b)?{_HALF}(?![\w'])""",
        re.VERBOSE,
    ),
    re.compile(
        rf"(?:at\s)?(?P<past>half\spast|quarter\spast|quarter\sto)\s{_NUMBER}{_HALF}(?![\w'])",
        re.VERBOSE,
    ),
    re.compile(rf"(?:at\s)?{_NUMBER}(?:\s(?P<more>{_MORE}))?\s(?P<half>[ap])\.?\s?m\b\.?"),
    re.compile(
        rf"(?:(?:a|at)\s)?(?P<number>[0-9]{{1,2}})[.](?P<dot>[0-5][0-9])(?:\s?h(?:rs?|eures?)?(?!\w))?"
        rf"{_HALF}(?![\w.])",
        re.VERBOSE,
    ),
    re.compile(
        r"(?:(?:at|about|around)\s)?(?P<number>[0-9]{1,2})(?::(?P<dot>[0-5][0-9]))?(?P<half>)(?P<ish>ish)(?!\w)"
    ),
    re.compile(
        r"(?:(?:a|at)\s)?(?P<number>[01][0-9]|2[0-3])(?P<dot>[0-5][0-9])(?P<half>)(?![\w:./-])"
    ),
)
"""Hours in words, and in forms without a certain reading."""
_PAST = {"half past": 30, "quarter past": 15, "quarter to": -15}
_BARE_RANGE = re.compile(
    r"(?:de|from|entre|between)\s(?P<first>[0-9]{1,2})\s(?:a|to|et|and)\s(?P<last>[0-9]{1,2})(?![\w:])"
    r"|(?P<from>[0-9]{1,2})h?\s?/\s?(?P<to>[0-9]{1,2})\s?h(?!\w)"
)
_DOTTED_RANGE = re.compile(
    r"(?:de\s|from\s)?([0-9]{1,2})[.]([0-5][0-9])\s?(?:-|\ba\b|\bto\b)\s?([0-9]{1,2})(?:[.]([0-5][0-9])|(?=\s*\Z))(?![\w.])"
)
_FIGURES_RANGE = re.compile(r"([0-9]{1,2})\s?-\s?([0-9]{1,2})(?![\w:./-])")
"""`10-11`, after a day."""
_AT = re.compile(r"(?:a|at|des|vers|half|quarter)\s")


def loose_hour_at(shadow: str, at: int, *, sure: bool) -> tuple[Hour, Hour | None, int] | None:
    """Return the hour that begins at a place, the end of its range, and its end in the line.

    `sure`: digits or words alone are an hour there, just after other words of time.
    """
    found = _BARE_RANGE.match(shadow, at)
    if found is not None:
        ends = (found["first"] or found["from"], found["last"] or found["to"])
        first, last = (Hour(int(typed), 0, Form.BARE) for typed in ends)
        return first, last, found.end()
    found = _FIGURES_RANGE.match(shadow, at) if sure else None
    if found is not None:
        return Hour(int(found[1]), 0, Form.BARE), Hour(int(found[2]), 0, Form.BARE), found.end()
    found = _DOTTED_RANGE.match(shadow, at)
    if found is not None:
        start = Hour(int(found[1]), int(found[2]), Form.COLON)
        return start, Hour(int(found[3]), int(found[4] or 0), Form.COLON), found.end()
    for pattern in _HOURS:
        found = pattern.match(shadow, at)
        if found is None:
            continue
        if sure or _AT.match(found[0]) or found["half"] or "." in found[0]:
            return _hour_of(found), None, found.end()
    return None


def _hour_of(found: re.Match[str]) -> Hour:
    groups = found.groupdict()
    number = groups["number"]
    hour = _NUMBERS.get(number) or int(number)
    minute = int(groups.get("dot") or 0)
    minute += _MINUTES.get(groups.get("more") or "", 0) + _PAST.get(groups.get("past") or "", 0)
    half = groups.get("half")
    if half and of_half(hour, half) != NOT_AN_HOUR:  # "13.30 pm" can only be 13:30
        hour = of_half(hour, half)
    hours, minutes = divmod(60 * hour + minute, 60)
    loose = "past" in groups or "ish" in groups
    sure = bool(half) or (groups.get("dot") is not None and not loose)
    form = Form.HALVES if half else Form.COLON if sure else Form.BARE
    return Hour(hours, minutes, form)
