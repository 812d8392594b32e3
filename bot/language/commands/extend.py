"""`prolonger`: a length or an end, for the meeting or for one link."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.language.arguments import EVERYBODY, OF_ITS_DAY, meant, who_in
from bot.language.clock import UNTIL_WORD
from bot.language.command import OfMeeting, Verb
from bot.language.ends import hour_of_a_day, understand_length, understand_until
from bot.language.line import Line
from bot.language.moments import say_length
from bot.language.objects import MEETING_NAMES, named, people_in
from bot.language.one_date import day_at_end, day_in
from bot.language.people import looks_like_people
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import NAME
from bot.language.timelike import timelike
from bot.language.titles import of_meeting
from bridge.domain.authority import Act
from bridge.errors import Misunderstood, TimeRefused

_UNTIL = re.compile(rf"\b{UNTIL_WORD}\b")
_AT = re.compile(r"\b(?:a|at|to|vers|by)\s*\Z")
_IT = re.compile(r"\s*(?:it|this|that|cela|ca)?\s*(?:by|de|d')?\s*")
_OF_A_LINK = re.compile(
    r"\s*(?:(?:(?:le|the)\s(?:lien|link)|l'acces|the\saccess)\s(?:de\s|d'|of\s|for\s))?(?P<who>.+?)(?:'s\s(?:link|access))?\s*"
)
_NAME = re.compile(rf"\s*(?P<name>{NAME}(?:\s{NAME})*)\s(?:to|till|until|jusqu|at|à)(?!\w)")


@dataclass(frozen=True, slots=True)
class Extend(OfMeeting):
    """More time: for the meeting, or for the link of `who` (an address or a name)."""

    by: timedelta
    who: str = field(default="", repr=False)
    on: Callable[[date], datetime] | None = field(default=None, repr=False, compare=False)
    """Instead of `by`: the hour of its new end, on the meeting's day."""


def _read(line: Line, here: Here) -> Extend:
    """Read a length, before or after the one person that it concerns; an hour is not a length."""
    limit = _UNTIL.search(line.shadow)
    if limit is not None:
        return _extended_until(line, limit, here)
    by, before, after = understand_length(line, _for_whom(line, here))
    day, before = _day(before, here)
    if day is None:
        day, after = _day(after, here)
    if _AT.search(before.shadow):
        raise misunderstood(Reason.LENGTH_MISSING, _for_whom(line, here), line.text)
    left = Line.of("") if _IT.fullmatch(before.shadow) else meant(before)
    right = meant(after)
    if left.words and right.words:
        raise misunderstood(Reason.LENGTH_MISSING, here, right.text)
    here = replace(here, tail=say_length(by))
    return Extend(by, who_in(left if left.words else right, here), day=day)


def _day(line: Line, here: Here) -> tuple[date | None, Line]:
    """Return the day of the date that gets more time, and the other words."""
    if looks_like_people(line.words):
        return day_at_end(line, here)
    return day_in(line, here) if timelike(line.shadow) else (None, line)


def _extended_until(line: Line, limit: re.Match[str], here: Here) -> Extend:
    """Read `jusqu'à midi`: an hour of the meeting's day, for one person or nobody in particular."""
    on = _hour(line.part(limit.end()), here)
    day, before = _day(line.part(0, limit.start()), here)
    who = meant(before)
    whose = _OF_A_LINK.fullmatch(who.shadow)
    who = who if whose is None else who.part(*whose.span("who"))
    who = Line.of("") if _IT.fullmatch(who.shadow) else who
    one = len(who.words) == 1 and who.first not in EVERYBODY
    meeting = who.first in MEETING_NAMES or not (looks_like_people(who.words) or named(who) or one)
    if on is None or (who.words and meeting):
        raise misunderstood(Reason.LENGTH_MISSING, _for_whom(line, here), line.text)
    tail = line.text[limit.start() :].strip()
    return Extend(timedelta(), who_in(who, replace(here, tail=tail)), on=on, day=day)


def _for_whom(line: Line, here: Here) -> Here:
    """Return the same for examples about the named person, and not about the meeting."""
    name = None if line.first in MEETING_NAMES else _NAME.match(line.text)
    who = people_in(line) or ("" if name is None else name["name"])
    return replace(here, lead=f"{here.lead} {who}".rstrip())


def _hour(line: Line, here: Here) -> Callable[[date], datetime] | None:
    """Return a function from a day to an hour that stands alone; `None` for anything else."""
    on = hour_of_a_day(line, here)
    try:
        understand_until(line, here)
    except TimeRefused as error:
        return on if error.parameters["reason"] in OF_ITS_DAY else None
    except Misunderstood:
        return None
    return on


VERBS = (
    Verb(
        key="extend",
        command=Extend,
        act=Act.EXTEND,
        names={FR: ("prolonger", "prolonge", "prolongez"), EN: ("extend",)},
        read=of_meeting(_read, known=True),
        examples={
            FR: ("prolonger 30min", "prolonger jean@x.example 1h30"),
            EN: ("extend 30min", "extend jean@x.example 1h30"),
        },
        help=("extend",),
        by_title=True,
    ),
)
