"""Hours and lengths as people write them in French and English, read on a line's folded shadow.

We always read both languages, whatever the salon's: `{hour}` may be `14h30`, `14 h 30`, `14:30`,
`2:30pm`, `noon`. Nothing here knows the date or the zone.
"""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from bot.language.numbers import NUMBERS
from bot.language.text import any_of

NOT_AN_HOUR = 99
"""The reading of an impossible hour, such as 13pm."""

END = r"(?![\w'])(?![:/.,]\w)(?!-[^\W\d])"
"""The end of a word of time: `14h30`, but neither `14h30x` nor `14:30:00`."""

UNTIL_WORD = r"(?:jusqu(?:['\s]?au?|e)|until|till)"
"""As people type it: without its apostrophe too."""

_MINUTES = r"(?:min(?:ute)?s?|mn)"
_NOON = 12
_LAST_HOUR, _LAST_MINUTE = 23, 59


class Form(Enum):
    """The form of a written hour, which decides how certain it is."""

    BARE = "bare"
    """`9`: an hour only with a preposition, in a range or with a part of the day."""
    LETTER = "letter"
    """`9h`, `9 heures`: lengths look so too."""
    COLON = "colon"
    HALVES = "halves"
    """`9am`."""
    WORD = "word"
    """Noon or midnight."""


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the day as typed; `hour` may be out of range."""

    hour: int
    minute: int
    form: Form
    padded: bool = False
    """Written with two digits, as in `02h`: nobody writes a length so."""

    @property
    def minutes(self) -> int:
        """Minutes since the day began."""
        return 60 * self.hour + self.minute

    @property
    def midnight(self) -> bool:
        """Whether it is the word midnight, which may mean either end of the day."""
        return self.form is Form.WORD and self.hour != _NOON

    @property
    def possible(self) -> bool:
        """Whether a clock shows it."""
        return 0 <= self.hour <= _LAST_HOUR and 0 <= self.minute <= _LAST_MINUTE


@dataclass(frozen=True, slots=True)
class Length:
    """A length; `said`: a preposition or a unit shows that it is no hour."""

    span: timedelta
    said: bool
    sure: bool = False
    """After an hour it can't be another hour: `une demi-heure`."""


def hour(tag: str) -> str:
    """Return the pattern of an hour whose groups end in `tag`.

    We do not read `14h` with a blank before its minutes: `14h 30 personnes` could be either.
    """
    return rf"""(?:
        (?P<hour{tag}>[0-9]{{1,2}})
        (?: (?P<letter{tag}>h(?P<tight{tag}>[0-9]{{2}})?
                          | \s?(?:heures?|h)(?:\s(?P<loose{tag}>[0-9]{{2}})(?!\s?{_MINUTES}))?)
          | (?::|\.(?=[0-9]{{2}}\s?[ap]\.?\s?m\b))(?P<colon{tag}>[0-9]{{2}}) )?
        (?: \s?(?P<half{tag}>[ap])\.?\s?m\b\.? )?
        | (?P<word{tag}>midi|midday|noon|minuit|midnight)
    ) (?: \s(?P<quarter{tag}>et\sdemie?|et\squart|moins\s(?:le\s|un\s)?quart)(?![\w'-]) )?"""


def hour_of(found: re.Match[str], tag: str) -> Hour:
    """Return the hour that matched with `tag`."""
    quarter = found["quarter" + tag]
    return _whole(found, tag) if quarter is None else _shifted(_whole(found, tag), quarter)


def _shifted(hour: Hour, quarter: str) -> Hour:
    """Return `14h et demie` as 14:30, `midi moins le quart` as 11:45; impossible after minutes."""
    if hour.minute:
        return replace(hour, hour=NOT_AN_HOUR)
    by = 30 if "demi" in quarter else 15 if "et" in quarter.split() else -15
    hours, minutes = divmod(hour.minutes + by, 60)
    sure = hour.form is Form.WORD
    form = Form.LETTER if sure and not hour.midnight else hour.form
    return Hour(hours, minutes, form, padded=hour.padded or sure)


def _whole(found: re.Match[str], tag: str) -> Hour:
    word = found["word" + tag]
    if word:
        return Hour(_NOON if word in ("midi", "midday", "noon") else 24, 0, Form.WORD)
    digits, half = found["hour" + tag], found["half" + tag]
    value = int(digits)
    minute = int(found["tight" + tag] or found["loose" + tag] or found["colon" + tag] or 0)
    if half:
        return Hour(of_half(value, half), minute, Form.HALVES)
    if found["colon" + tag]:
        return Hour(value, minute, Form.COLON, padded=digits.startswith("0"))
    form = Form.BARE if found["letter" + tag] is None else Form.LETTER
    return Hour(value, minute, form, padded=digits.startswith("0"))


def of_half(value: int, half: str) -> int:
    """Return a 12-hour clock's hour on 24 hours, `half` being "a" or "p"; or NOT_AN_HOUR."""
    if not 1 <= value <= _NOON:
        return NOT_AN_HOUR
    return value % _NOON + (_NOON if half == "p" else 0)


RANGE = re.compile(
    rf"""(?:(?:de|from)\s+)? {hour("1")}
         (?: (?P<dash>-) | \s*(?:-|\ba\b|\bto\b|\b{UNTIL_WORD}\b)\s* )
         {hour("2")} {END}""",
    re.VERBOSE,
)
BETWEEN = re.compile(
    rf"(?:entre|between)\s+ {hour('1')} \s+(?:et|and)\s+ {hour('2')} {END}", re.VERBOSE
)
UNTIL = re.compile(rf"{UNTIL_WORD}\s+(?:le\s+)?")
_ABOUT = (
    r"a\s(?:partir|compter)\sde|aux\salentours\sde|autour\sde|environ"
    r"|from|starting\s(?:at|from)|around|about"
)
"""Before an hour in a certain form: `about 20 questions` has none."""
_SHOWS = r"(?=[0-9]{1,2}\s?(?:h|:[0-5]|[ap]\.?\s?m\b)|midi|midday|noon)"
START = re.compile(
    rf"(?P<at>(?:a|at|des|vers)\s+|(?:{_ABOUT})\s+{_SHOWS}|@\s?)? {hour('1')} {END}", re.VERBOSE
)
_UNIT = "(?:heures?|hours?|hrs?|h)"
LENGTH = re.compile(
    rf"""(?:(?P<for>pendant|durant|for|duree)\s+(?:de\s+)?)?
         (?: (?P<minutes>[0-9]{{1,4}})\s?{_MINUTES}
           | (?P<h1>[0-9]{{1,2}})\s?{_UNIT}\s?(?P<m1>[0-9]{{1,2}})\s?{_MINUTES}
           | (?P<h2>[0-9]{{1,2}}) (?: h(?P<m2>[0-9]{{2}})? | \s?{_UNIT}(?:\s(?P<m3>[0-9]{{2}}))? ) )
         {END}""",
    re.VERBOSE,
)
_SURE = re.compile(r"[0-9]h[0-9]{1,2}\s?m|hour|hr")
_SIX = 6
_FEW = {word: number for word, number in NUMBERS.items() if number <= _SIX}
"""Hours of a length, in words."""
_MANY = {word: number for word, number in NUMBERS.items() if number in (5, 10, 15, 20, 30, 40, 45)}
"""Minutes of a length, in words."""
_WORDED = re.compile(
    rf"""(?:(?:pendant|durant|for|duree)\s+(?:de\s+)?)?
      (?: (?P<half>(?:(?:une?|1|an?)\s)?demie?[-\s]heure | (?:an?\s)?half[-\s](?:an?\s)?hour)
        | (?P<quarters>une?|1|trois|3|an?|three|one)\s(?:quarts?|quarters?)
          \s(?:d'heure|of\san\shour)
        | (?P<count>[0-9]{{1,2}}|(?:{any_of(_FEW)})(?=\s(?:heure|hour)))\s?(?:heures?|hours?|h)
          (?P<more>\s(?:et\sdemie?|and\sa\shalf|et\squart|and\sa\squarter|trente))?
        | (?P<tens>{any_of(_MANY)})\s(?:minutes?|min) )
      {END}""",
    re.VERBOSE,
)
"""Lengths in words: `une heure et demie`, `half an hour`."""


def range_of(found: re.Match[str]) -> tuple[Hour, Hour] | None:
    """Return both hours of a range; a bare one takes the other's form, or it is no range."""
    first, last = hour_of(found, "1"), hour_of(found, "2")
    if last.form is Form.BARE:
        close = found.groupdict().get("dash") and first.form in (Form.LETTER, Form.COLON)
        return (first, replace(last, form=first.form)) if close else None
    halved = last.form is Form.HALVES and first.form is Form.COLON and not first.padded
    if first.form is not Form.BARE and not (halved and 0 < first.hour <= _NOON):
        return first, last
    if last.form is Form.HALVES:
        half = "a" if last.hour < _NOON else "p"
        same = replace(first, hour=of_half(first.hour, half), form=Form.HALVES)
        return (same if same.minutes < last.minutes else first), last
    return replace(first, form=last.form), last


def length_of(found: re.Match[str]) -> Length:
    """Return the length that matched `LENGTH`."""
    if found["minutes"]:
        return Length(timedelta(minutes=int(found["minutes"])), said=True)
    minutes = int(found["m1"] or found["m2"] or found["m3"] or 0)
    span = timedelta(hours=int(found["h1"] or found["h2"]), minutes=minutes)
    return Length(span, said=bool(found["for"]) or _SURE.search(found[0]) is not None)


def length_at(shadow: str, at: int, *, worded: bool = True) -> tuple[Length, int] | None:
    """Return the length that begins at a place, and its end; in words too if `worded`."""
    words = _WORDED.match(shadow, at) if worded else None
    if words is not None and (words["more"] or not (words["count"] or "").isdigit()):
        return Length(_worded(words), said=False, sure=True), words.end()
    found = LENGTH.match(shadow, at)
    return None if found is None else (length_of(found), found.end())


def _worded(found: re.Match[str]) -> timedelta:
    if found["half"]:
        return timedelta(minutes=30)
    if found["quarters"]:
        return timedelta(minutes=45 if found["quarters"] in ("trois", "3", "three") else 15)
    if found["tens"]:
        return timedelta(minutes=_MANY[found["tens"]])
    hours = _FEW.get(found["count"]) or int(found["count"])
    more = found["more"] or ""
    half = "demi" in more or "half" in more or "trente" in more
    return timedelta(hours=hours, minutes=30 if half else 15 if more else 0)
