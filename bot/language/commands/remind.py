"""`rappel`, `rappels`: reminders for their author alone."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.language.arguments import alone
from bot.language.clock import length_at
from bot.language.command import Command, Verb
from bot.language.ends import understand_until
from bot.language.line import Line
from bot.language.moments import say_length
from bot.language.pieces import Pieces, pieces_of
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import AROUND, EDGES
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
class Remind(Command):
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
        return self == Remind()


@dataclass(frozen=True, slots=True)
class Reminders(Command):
    """The author's reminders to come."""


def _read(line: Line, here: Here) -> Remind:
    """Read a length before the start, a length from now, a moment, or that none is wanted."""
    words = _meant(line)
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
    if pieces_of(line.shadow, here)[0] == Pieces():
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
        read=_read,
        examples={
            FR: ("rappel 15min", "rappel 1h avant", "rappel demain 9h", "rappel aucun"),
            EN: ("remind 15min", "remind 1h before", "remind tomorrow 9am", "remind none"),
        },
        help=("remind", "reminders"),
        titular=True,
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
