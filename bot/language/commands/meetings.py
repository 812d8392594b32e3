"""`lien`, `annuler`, `terminer`, `liste`: meetings that were asked for.

A line without a verb asks for one: `bot.language.meeting`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.language.arguments import FILLERS, nothing_else
from bot.language.command import Command, OfMeeting, Verb
from bot.language.line import Line
from bot.language.one_date import day_in
from bot.language.reach import reach_in
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import fold
from bot.language.titles import about_one, of_meeting, title_in
from bridge.domain.authority import Act
from bridge.domain.series import Reach


@dataclass(frozen=True, slots=True)
class Link(OfMeeting):
    """The meeting's link; if Visio has not given it, ask again."""


@dataclass(frozen=True, slots=True)
class Cancel(Command):
    """Cancel the meeting, or the one with that title; end it if it has begun."""

    title: str = ""
    reach: Reach = Reach.ONE
    on: date | None = None
    """Of a meeting that comes again, its date of that day."""


@dataclass(frozen=True, slots=True)
class End(OfMeeting):
    """End the meeting and all its links now; cancel it if it has not begun."""


class Lookahead(StrEnum):
    """How far a list of meetings looks ahead."""

    ALL = "all"
    TODAY = "today"
    WEEK = "week"
    """Until Sunday of this week."""


@dataclass(frozen=True, slots=True)
class List(Command):
    """The salon's meetings; in a direct message the author's own, by day."""

    ahead: Lookahead = Lookahead.ALL


_AHEAD = {
    **dict.fromkeys(("aujourd'hui", "d'aujourd'hui", "jour", "today"), Lookahead.TODAY),
    **dict.fromkeys(("semaine", "week"), Lookahead.WEEK),
}


def _read_list(line: Line, here: Here) -> List:
    """Read how far ahead: `aujourd'hui`, `de la semaine`, `this week`."""
    words = [fold(word.text).rstrip(".!?") for word in line.words]
    said = [word for word in words if word and word not in FILLERS]
    if len(said) == 1 and said[0] in _AHEAD:
        return List(_AHEAD[said[0]])
    nothing_else(line, here)
    return List()


def _read_end(line: Line, here: Here) -> End:
    """Read the day of a meeting that comes again: `terminer celle du 10/12`."""
    day, rest = day_in(line, here)
    nothing_else(rest, here)
    return End(day=day)


def _read_cancel(line: Line, here: Here) -> Cancel:
    """Read a title in quotes, a day, and how far the cancellation of a series reaches."""
    reach, rest = reach_in(line)
    title, rest = title_in(rest)
    on, rest = day_in(rest, here)
    if on is not None and reach is Reach.ALL:
        raise misunderstood(Reason.WORDS_UNEXPECTED, here, line.text)
    nothing_else(rest, here)
    return Cancel(title, reach, on)


VERBS = (
    Verb(
        key="link",
        command=Link,
        act=Act.LINK,
        names={FR: ("lien",), EN: ("link",)},
        read=about_one(Link()),
        examples={FR: ("lien",), EN: ("link",)},
        help=("link",),
        by_title=True,
        acts=False,
    ),
    Verb(
        key="cancel",
        command=Cancel,
        act=Act.END,
        names={FR: ("annuler", "annule", "annulez"), EN: ("cancel",)},
        read=_read_cancel,
        examples={FR: ("annuler",), EN: ("cancel",)},
        help=("cancel",),
        by_title=True,
        takes_away=True,
    ),
    Verb(
        key="end",
        command=End,
        act=Act.END,
        names={FR: ("terminer", "termine", "terminez"), EN: ("end", "stop")},
        read=of_meeting(_read_end),
        examples={FR: ("terminer",), EN: ("end",)},
        help=("end",),
        by_title=True,
        takes_away=True,
    ),
    Verb(
        key="list",
        command=List,
        act=Act.LINK,
        names={FR: ("liste", "lister"), EN: ("list",)},
        read=_read_list,
        examples={
            FR: ("liste", "liste aujourd’hui", "liste semaine"),
            EN: ("list", "list today", "list week"),
        },
        help=("list",),
        acts=False,
    ),
)
