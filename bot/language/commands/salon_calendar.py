"""`agenda salon`, `agenda salon retirer`: the calendar whose events are a salon's meetings."""

from dataclasses import dataclass

from bot.language.arguments import after_preposition, meant
from bot.language.command import LONG, Command, Verb
from bot.language.line import LONGEST_TITLE, Line
from bot.language.refusals import EN, FR, Here
from bot.language.text import QUOTES, fold, word_set
from bridge.domain.authority import Act
from bridge.domain.names import clean_words

_TAKES = word_set(
    """retirer retire retirez enlever enleve supprimer arreter arrete stop remove revoke withdraw
    end none aucun off"""
)


@dataclass(frozen=True, slots=True)
class GiveCalendar(Command):
    """A calendar for a salon: the one of this name, or the one that its author chooses."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class TakeCalendarBack(Command):
    """The end of that, for the calendar of this name or for all."""

    name: str = ""


def _name(line: Line) -> str:
    text = after_preposition(line).text.strip().strip(".!?").strip()
    return clean_words(text.strip(QUOTES).strip(), LONGEST_TITLE)


def _read(line: Line, _: Here) -> GiveCalendar | TakeCalendarBack:
    """Read the rest as a calendar's name; a word that ends it may come before."""
    rest = meant(line)
    if rest.words and fold(rest.words[0].text).rstrip(".!?") in _TAKES:
        return _back(rest.part(rest.words[0].end), _)
    return GiveCalendar(_name(rest) if rest.words else "")


def _back(line: Line, _: Here) -> TakeCalendarBack:
    rest = meant(line)
    return TakeCalendarBack(_name(rest) if rest.words else "")


VERBS = (
    Verb(
        key="salon-calendar",
        command=GiveCalendar,
        act=Act.SALON_CALENDAR,
        names={
            FR: ("agenda salon", "agenda du salon"),
            EN: ("calendar salon", "calendar room", "salon calendar"),
        },
        read=_read,
        examples={
            FR: ("agenda salon", 'agenda salon "Équipe"'),
            EN: ("calendar salon", 'calendar salon "Team"'),
        },
        help=("salon-calendar", "salon-calendar-end"),
        shortest=LONG,
    ),
    Verb(
        key="salon-calendar-end",
        command=TakeCalendarBack,
        act=Act.SALON_CALENDAR,
        names={
            FR: ("agenda salon retirer", "agenda salon arrêter"),
            EN: ("calendar salon remove", "calendar salon revoke", "calendar room remove"),
        },
        read=_back,
        examples={FR: ("agenda salon retirer",), EN: ("calendar salon remove",)},
        help=("salon-calendar", "salon-calendar-end"),
        shortest=LONG,
        takes_away=True,
    ),
)
