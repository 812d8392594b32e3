"""`rappel`, `rappels`: reminders for their author alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.language.arguments import alone, meant
from bot.language.clock import length_at
from bot.language.command import Command, OfMeeting, Verb
from bot.language.ends import understand_until
from bot.language.line import Line
from bot.language.moments import say_length
from bot.language.one_date import day_in
from bot.language.pieces import Pieces, pieces_of
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import AROUND, EDGES
from bot.language.timelike import timelike
from bot.language.titles import of_meeting
from bridge.domain.authority import Act
from bridge.i18n import Language

LONGEST = timedelta(days=3)
"""The longest time before a meeting for which a length is read."""
_NONE = re.compile(
    r"(?:(?:aucun|annule[rz]?|non|off|none|cancel|no|desactive[rz]?|supprime[rz]?|stop)"
    r"(?:\s(?:le|mon|the|my)?\s?(?:rappel|reminder)s?)?)"
)
_ME = re.compile(r"(?:(?:moi|nous|me|us)\s)?(?:de\s(?:ca|cela)\s|of\s(?:it|this|that)\s)?")
_FROM_NOW = re.compile(r"(?:dans|in)\s")
_BEFORE = re.compile(
    r"(?:\s?(?:avant|before|plus\stot|earlier|ahead|beforehand|prior|a\sl'avance|d'avance)"
    r"(?:\s(?:(?:le|la|l')\s?(?:debut|reunion|heure)(?:\sde\sla\sreunion)?"
    r"|(?:the\s)?(?:start|meeting|beginning)|it))?)?"
)
_SAID = re.compile(r"\b(?:avant|before|plus\stot|earlier|ahead|prior|avance|beforehand)\b")
_AT_START = re.compile(
    r"(?:0(?:\s?min(?:utes?)?)?|(?:au\sdebut|a\sl'heure|at\sthe\sstart|on\stime))"
)


@dataclass(frozen=True, slots=True)
class Remind(OfMeeting):
    """A reminder of the meeting for the author alone; without a time, what there is."""

    before: timedelta | None = None
    """So long before the start; in reply to a reminder, so long from now unless `said`."""
    said: bool = False
    """It says "before"."""
    at: datetime | None = None
    after: timedelta | None = None
    """So long from now."""
    none: bool = False
    """The author wants no reminder of the meeting."""

    @property
    def shows(self) -> bool:
        """Whether it only asks which reminders there are."""
        return replace(self, title="", day=None) == Remind()


@dataclass(frozen=True, slots=True)
class Reminders(Command):
    """The author's reminders to come."""


def _read(line: Line, here: Here) -> Remind:
    """Read a reminder, and the day of the date that it is about: `15min mardi`."""
    words = _meant(line)
    day, words = _dated(words, here)
    return replace(_reminder(words, here), day=day)


def _reminder(words: Line, here: Here) -> Remind:
    """Read a length before the start, a length from now, a moment, or that none is wanted."""
    text = words.shadow.strip(EDGES + ".!")
    if not text:
        return Remind()
    if _NONE.fullmatch(text):
        return Remind(none=True)
    if _AT_START.fullmatch(text):
        return Remind(before=timedelta())
    from_now = _FROM_NOW.match(text)
    if from_now is not None:
        span = _length(text[from_now.end() :], words, here, certain=True)
        if span is not None:
            return Remind(after=span)
    span = _length(text, words, here)
    if span is None:
        return Remind(at=_moment(words, here))
    return Remind(before=span, said=_SAID.search(text) is not None)


def _meant(line: Line) -> Line:
    """Return the line without "me" before its other words."""
    start = len(line.shadow) - len(line.shadow.lstrip(AROUND))
    found = _ME.match(line.shadow, start)
    return line.part(start if found is None else found.end())


def _dated(line: Line, here: Here) -> tuple[date | None, Line]:
    """Return the day beside a length before the start, or beside "none", and the other words.

    `demain 9h` is a moment: an hour is no length.
    """
    if timelike(line.shadow) is None:
        return None, line
    for start, end in _leads(line):
        beside = Line.of(f"{line.text[:start]} {line.text[end:]}".strip(), line.mentions)
        if timelike(beside.shadow) is None:
            continue
        day, rest = day_in(beside, here)
        if day is not None and not meant(rest).words:
            return day, line.part(start, end)
    return None, line


def _leads(line: Line) -> Iterator[tuple[int, int]]:
    """Yield the places of words that are certainly a length before the start, or "none"."""
    for word in line.words:
        none = _NONE.match(line.shadow, word.start)
        if none is not None and not line.shadow[none.end() : none.end() + 1].isalnum():
            yield none.span()
        length = length_at(line.shadow, word.start)
        if length is None or _FROM_NOW.search(line.shadow[: word.start]):
            continue
        before = _BEFORE.match(line.shadow, length[1])
        assert before is not None
        if length[0].sure or length[0].said or before[0].strip():
            yield word.start, before.end()


def _length(text: str, line: Line, here: Here, *, certain: bool = False) -> timedelta | None:
    """Return the length that is the whole text; `None` if it begins with none.

    `2h` alone may be an hour too, unless it is `certain`. Raises Misunderstood.
    """
    found = length_at(text, 0)
    if found is None:
        return None
    length, end = found
    rest = text[end:].strip()
    before = _BEFORE.fullmatch(rest)
    if before is None:
        return None
    if not (certain or rest or length.said or length.sure):
        tail = "avant" if here.language is Language.FR else "before"
        typed = f"{say_length(length.span)} {tail}"
        raise misunderstood(Reason.REMINDER_AMBIGUOUS, here, line.text, line=typed)
    if length.span > LONGEST:
        raise _unread(line, here)
    return length.span


def _moment(line: Line, here: Here) -> datetime:
    """Return a day and an hour. Raises TimeRefused, Misunderstood.

    Words that begin with no time at all are a title: `Rappel des règles`.
    """
    place = timelike(line.shadow)
    timed = place is not None and not line.shadow[: place[0]].strip(AROUND)
    if not timed and pieces_of(line.shadow, here)[0] == Pieces():
        raise misunderstood(Reason.WORDS_UNEXPECTED, here, line.text)
    return understand_until(line, here)


def _unread(line: Line, here: Here) -> Exception:
    return misunderstood(Reason.REMINDER_UNREAD, here, line.text)


VERBS = (
    Verb(
        key="remind",
        command=Remind,
        act=Act.LINK,
        names={FR: ("rappel", "rappelle-moi", "rappelez-moi"), EN: ("remind", "remind me")},
        read=of_meeting(_read),
        examples={
            FR: ("rappel 15min", "rappel 1h avant", "rappel demain 9h", "rappel aucun"),
            EN: ("remind 15min", "remind 1h before", "remind tomorrow 9am", "remind none"),
        },
        help=("remind", "reminders"),
        titular=True,
        by_title=True,
        shortest=6,
    ),
    Verb(
        key="reminders",
        command=Reminders,
        act=Act.LINK,
        names={FR: ("rappels",), EN: ("reminders",)},
        read=alone(Reminders()),
        examples={FR: ("rappels",), EN: ("reminders",)},
        help=("reminders", "remind"),
        titular=True,
        shortest=7,
        acts=False,
    ),
)
