"""`créneau avec`: times at which the people of a line are free."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.language.command import LONG, Command, Verb
from bot.language.ends import understand_length
from bot.language.line import Line
from bot.language.moments import today
from bot.language.one_date import day_at_end
from bot.language.people import Person, read_people
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bridge.domain.authority import Act
from bridge.errors import Misunderstood

MOST_ASKED = 10
"""The most people of one line."""
_ANYBODY = "alice"
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_NEXT = re.compile(
    r"(?:(?:pour|dans|sur|for)\s)?(?:la\ssemaine\s(?:prochaine|suivante)|next\sweek)(?![\w-])"
)
_THIS = re.compile(r"(?:cette\ssemaine|this\sweek)(?![\w-])")
_TODAY = re.compile(r"(?:aujourd'hui|today)(?![\w-])")
_TOMORROW = re.compile(r"(?:pour\s)?(?:demain|tomorrow)(?![\w-])")
_FOR = re.compile(r"\s(?:pendant|de|d'|for|of)\s*\Z")


@dataclass(frozen=True, slots=True)
class FindSlot(Command):
    """Three times at which these people and the author are free, from a day to another."""

    people: tuple[Person, ...]
    first: date
    last: date
    """The last day."""
    length: timedelta | None = None
    """`None`: that of a meeting whose end is not said."""


def _read(line: Line, here: Here) -> FindSlot:
    """Read people, then a week or a day, and a length, these two in any order or not at all."""
    length, line = _length(line, here)
    (first, last), line = _days(line, here)
    people = read_people(line.words, here)
    if len(people) > MOST_ASKED:
        raise misunderstood(Reason.PEOPLE_TOO_MANY, here, str(len(people)), limit=str(MOST_ASKED))
    return FindSlot(people, first, last, length)


def _length(line: Line, here: Here) -> tuple[timedelta | None, Line]:
    try:
        length, before, after = understand_length(
            line, replace(here, lead=f"{here.lead} {_ANYBODY}")
        )
    except Misunderstood as refusal:
        if refusal.parameters["reason"] != Reason.LENGTH_MISSING:
            raise
        return None, line
    said = _FOR.search(before.shadow)
    start = len(before.text) if said is None else said.start()
    return length, _without(line, start, len(line.text) - len(after.text))


def _days(line: Line, here: Here) -> tuple[tuple[date, date], Line]:
    now = today(here)
    monday = now - now.weekday() * _DAY
    for pattern, days in (
        (_NEXT, (monday + _WEEK, monday + 2 * _WEEK - _DAY)),
        (_THIS, (now, monday + _WEEK - _DAY)),
        (_TODAY, (now, now)),
        (_TOMORROW, (now + _DAY, now + _DAY)),
    ):
        found = re.search(rf"(?<![\w'-]){pattern.pattern}", line.shadow)
        if found is not None:
            return days, _without(line, *found.span())
    day, rest = day_at_end(line, here)
    return (now, now + _WEEK) if day is None else (day, day), rest


def _without(line: Line, start: int, end: int) -> Line:
    text = line.text[:start] + " " * (end - start) + line.text[end:]
    return Line.of(text.rstrip(" .!?"), line.mentions)


VERBS = (
    Verb(
        key="slot",
        command=FindSlot,
        act=Act.MEET,
        names={FR: ("créneau avec", "créneaux avec"), EN: ("slot with", "slots with")},
        read=_read,
        examples={
            FR: ("créneau avec alice, bruno la semaine prochaine 1h", "créneau avec alice demain"),
            EN: ("slot with alice, bruno next week 1h", "slot with alice tomorrow"),
        },
        help=("slot",),
        shortest=LONG,
        acts=False,
    ),
)
