"""`ouvrir à`, `fermer à`: a meeting for a partner organisation's people."""

from dataclasses import dataclass

from bot.language.command import Command, Verb
from bot.language.line import Line
from bot.language.refusals import EN, FR, Here
from bot.language.text import QUOTES
from bridge.domain.authority import Act


@dataclass(frozen=True, slots=True)
class OpenTo(Command):
    """Let a partner's people ask to come; empty asks which partner."""

    partner: str = ""


@dataclass(frozen=True, slots=True)
class CloseTo(Command):
    """Let them come no more, and withdraw their links."""

    partner: str = ""


def _name(line: Line) -> str:
    """Return the words as a name, without quotes around the whole of it."""
    return line.text.strip().rstrip(".!").strip("".join(QUOTES) + " ")


def _read_open(line: Line, here: Here) -> OpenTo:
    del here
    return OpenTo(_name(line))


def _read_close(line: Line, here: Here) -> CloseTo:
    del here
    return CloseTo(_name(line))


VERBS = (
    Verb(
        key="open-to",
        command=OpenTo,
        act=Act.CHANGE,
        names={FR: ("ouvrir à", "ouvre à", "ouvrez à"), EN: ("open to",)},
        read=_read_open,
        examples={FR: ('ouvrir à "Ministère B"',), EN: ('open to "Ministry B"',)},
        help=("open-to",),
        shortest=7,
        text=True,
    ),
    Verb(
        key="close-to",
        command=CloseTo,
        act=Act.CHANGE,
        names={FR: ("fermer à", "ferme à", "fermez à"), EN: ("close to",)},
        read=_read_close,
        examples={FR: ('fermer à "Ministère B"',), EN: ('close to "Ministry B"',)},
        help=("close-to",),
        shortest=7,
        text=True,
        takes_away=True,
    ),
)
