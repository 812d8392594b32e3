"""`déplacer`, `renommer`, `rétablir`: changes of a planned meeting, and taking one back."""

import re
from dataclasses import dataclass, field, replace
from datetime import date

from bot.language.arguments import alone, meant
from bot.language.command import Command, Verb
from bot.language.courtesy import without_please
from bot.language.line import Line, WordKind
from bot.language.new_times import NewTimes, times_in
from bot.language.one_date import day_before, day_in
from bot.language.reach import TYPED, reach_in
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import PAUSES, fold, quoted, word_set
from bot.language.timelike import timelike
from bot.language.titles import TO_A_TITLE, title_in, title_unknown, untitled
from bridge.domain.authority import Act
from bridge.domain.names import holds_address
from bridge.domain.series import Reach

_TO_A_TITLE = re.compile(r"\s*(?:(?:en|to|as|into|with|par)\s|[:=]\s?|-+>?\s?)+")
_OF_IT = re.compile(r"\s*(?:it|this|that|cela|ca|the\stitle|le\stitre)(?![\w'-])")
_QUOTES = re.compile(r'["«“„]')
"""Without quotes, "la série" may be words of the title."""
_TITLE = {FR: "Point budget", EN: "Budget"}
_ITS_NAME = re.compile(
    r"\s*(?:(?:la|le|l'|the|cette|notre|our|this)\s?)?(?:reunion|visio|meeting|call)?"
    r"\s*(?:en|to|as|into|par)\s"
)
_THAT_ONE = frozenset({"celle", "celui", "one", "the one"})
"""Their day is taken for the new one: `déplacer celle du 10/12` says no new time."""
_IDLE = word_set(
    """a au aux call celle-ci cette for it l' la le les ma meeting notre our pour reunion the this
    to visio visioconference"""
)


@dataclass(frozen=True, slots=True)
class Move(Command):
    """Other times for the meeting, or for the one with that title."""

    to: NewTimes = field(repr=False, compare=False)
    title: str = ""
    reach: Reach = Reach.ONE
    on: date | None = None
    """Of a meeting that comes again, its date of that day."""


@dataclass(frozen=True, slots=True)
class Rename(Command):
    """Another title for the meeting, or for the one with the title `old`."""

    title: str
    old: str = ""
    reach: Reach = Reach.ONE
    on: date | None = None
    """Of a meeting that comes again, its date of that day."""


@dataclass(frozen=True, slots=True)
class Restore(Command):
    """Take back the last move, cancellation or renaming."""


def _read_move(line: Line, here: Here) -> Move:
    reach, line = reach_in(without_please(line))
    here = replace(here, lead=f"{here.lead} {TYPED[reach][here.language]}".rstrip())
    on, line = (None, line) if reach is Reach.ALL else day_before(line, here)
    found = times_in(line, here)
    if found is None:
        raise misunderstood(Reason.MOVE_MISSING, here, line.text)
    to, before = found
    if timelike(before.shadow) or fold(before.title) in _THAT_ONE:
        raise misunderstood(Reason.MOVE_MISSING, here, line.text)
    return Move(to, title_of(before), reach, on)


def title_of(before: Line) -> str:
    """Return the meeting's title among the words before the new time; empty for none."""
    quotes = [word for word in before.words if word.kind is WordKind.QUOTED]
    if quotes:
        return before.part(quotes[0].start, quotes[0].end).title
    bare = [word for word in before.words if word.kind is not WordKind.PAUSE]
    while bare and _idle(bare[0].text):
        bare = bare[1:]
    while bare and _idle(bare[-1].text):
        bare = bare[:-1]
    return before.part(bare[0].start, bare[-1].end).title if bare else ""


def _idle(word: str) -> bool:
    return fold(word).strip(PAUSES) in _IDLE


def _read_rename(line: Line, here: Here) -> Rename:
    reach, line = reach_in(line) if _QUOTES.search(line.text) else (Reach.ONE, line)
    old, on, rest = _of_which(line, here)
    if on is not None and reach is Reach.ALL:
        raise misunderstood(Reason.WORDS_UNEXPECTED, here, line.text)
    if holds_address(rest.title):
        raise misunderstood(Reason.TITLE_ADDRESS, here, rest.title, line=_TITLE[here.language])
    if not rest.title:
        raise misunderstood(Reason.TITLE_MISSING, here, line.text, line=_TITLE[here.language])
    return Rename(rest.title, old, reach, on)


def _of_which(line: Line, here: Here) -> tuple[str, date | None, Line]:
    """Return the old title, the day of the date that is renamed, and the words of the new title.

    Both stand before "en" or before the last quotes. Raises TimeRefused, Misunderstood.
    """
    quotes = [word for word in line.words if word.kind is WordKind.QUOTED]
    to = TO_A_TITLE.search(line.shadow)
    at = (quotes[-1].start if quotes else 0) if to is None else to.start()
    old, rest = title_in(line.part(0, at))
    on, rest = day_in(rest, here) if timelike(rest.shadow) else (None, rest)
    other = meant(rest).words
    new = line.part(at if to is None else to.end())
    if (old or on) and new.words and not other:
        return old, on, new
    if to is not None and here.titles and other and not quotes:
        raise untitled(line, here, upto=at) or title_unknown(rest.text, here, _whole(line))
    if len(quotes) > 1:
        old, line = line.part(quotes[0].start, quotes[0].end).title, line.part(quotes[0].end)
        return old, None, _new_title(line)
    return "", None, _new_title(line)


def _whole(line: Line) -> str:
    """Return all words as the new title, if they may be one: `"Réunion en visio"`."""
    return "" if holds_address(line.title) else quoted(line.title)


def _new_title(line: Line) -> Line:
    """Return the words of the new title, without "la réunion en" before them."""
    for pattern in (_ITS_NAME, _OF_IT, _TO_A_TITLE):
        found = pattern.match(line.shadow)
        if found is not None:
            line = line.part(found.end())
    return line


VERBS = (
    Verb(
        key="move",
        command=Move,
        act=Act.CHANGE,
        names={
            FR: ("déplacer", "déplace", "déplacez", "décaler", "décale", "décalez", "reporter"),
            EN: ("move", "reschedule", "postpone"),
        },
        read=_read_move,
        examples={
            FR: ("déplacer demain 15h", "déplacer à 16h", "déplacer de 30min"),
            EN: ("move tomorrow 3pm", "move to 4pm", "move by 30min"),
        },
        help=("move", "restore"),
        by_title=True,
        shortest=5,
    ),
    Verb(
        key="rename",
        command=Rename,
        act=Act.CHANGE,
        names={FR: ("renommer", "renomme", "renommez"), EN: ("rename",)},
        read=_read_rename,
        examples={FR: ("renommer Point budget",), EN: ("rename Budget",)},
        help=("rename", "restore"),
        by_title=True,
    ),
    Verb(
        key="restore",
        command=Restore,
        act=Act.CHANGE,
        names={FR: ("rétablir", "rétablis", "rétablissez"), EN: ("restore", "undo")},
        read=alone(Restore()),
        examples={FR: ("rétablir",), EN: ("restore",)},
        help=("restore",),
    ),
)
