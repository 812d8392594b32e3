"""`confier`, `reprendre`: another organiser for a meeting."""

from dataclasses import dataclass

from bot.language.arguments import nothing_else
from bot.language.command import Command, Verb
from bot.language.commands.changes import title_of
from bot.language.line import Line, Word, WordKind
from bot.language.people import Person, read_people
from bot.language.person import PREPOSITIONS
from bot.language.refusals import EN, FR, JEAN, Here
from bot.language.timelike import timelike
from bridge.domain.authority import Act
from bridge.errors import Misunderstood

_HELP = {FR: "aide confier", EN: "help hand over"}


@dataclass(frozen=True, slots=True)
class HandOver(Command):
    """Have somebody organise the meeting, or the one with that title."""

    who: Person
    title: str = ""

    @property
    def label(self) -> str:
        """The name in metrics."""
        return "hand-over"


@dataclass(frozen=True, slots=True)
class TakeOver(Command):
    """Organise the meeting oneself, or the one with that title."""

    title: str = ""

    @property
    def label(self) -> str:
        """The name in metrics."""
        return "take-over"


def _read_hand_over(line: Line, here: Here) -> HandOver:
    """Read a title, if there is one, and the person after the last "à"."""
    before, after = "", line
    for word in line.words:
        if _before_a_person(word):
            before, after = title_of(line.part(0, word.start)), line.part(word.end)
    try:
        (who,) = read_people(after.words, here, only=True)
    except Misunderstood as refusal:
        if JEAN not in str(refusal.parameters["example"]):
            raise
        # A guest, made up, is nobody to whom it can be handed over: the help is offered.
        example = f"{here.lead.split()[0]} {_HELP[here.language]}"
        offered = {**refusal.parameters, "example": example}
        raise Misunderstood(str(refusal), **offered) from refusal
    return HandOver(who, before)


def _before_a_person(word: Word) -> bool:
    return word.kind is WordKind.BARE and word.text in PREPOSITIONS


def _read_take_over(line: Line, here: Here) -> TakeOver:
    """Read a title, in quotes or not; with a time the words mean something else."""
    quoted = any(word.kind is WordKind.QUOTED for word in line.words)
    if not quoted and timelike(line.shadow):
        nothing_else(line, here)
    return TakeOver(title_of(line))


VERBS = (
    Verb(
        key="hand-over",
        command=HandOver,
        act=Act.HAND_OVER,
        names={
            FR: ("confier", "confie", "confiez", "déléguer", "passer la main"),
            EN: ("hand over", "hand over to"),
        },
        read=_read_hand_over,
        examples={
            FR: ("confier à @bob:agent.example", 'confier "Point budget" à @bob:agent.example'),
            EN: ("hand over to @bob:agent.example", 'hand over "Budget" to @bob:agent.example'),
        },
        help=("hand-over", "take-over"),
        by_title=True,
        shortest=6,
    ),
    Verb(
        key="take-over",
        command=TakeOver,
        act=Act.HAND_OVER,
        names={FR: ("reprendre", "reprends", "reprenez"), EN: ("take over",)},
        read=_read_take_over,
        examples={
            FR: ("reprendre", "reprendre Point budget"),
            EN: ("take over", "take over Budget"),
        },
        help=("take-over", "hand-over"),
        by_title=True,
        shortest=7,
    ),
)
