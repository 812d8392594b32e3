"""`ouvrir à`, `fermer à`: a meeting for a partner organisation's people."""

import re
from dataclasses import dataclass, replace

from bot.language.command import Command, Verb
from bot.language.line import Line
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import QUOTES
from bot.language.timelike import timelike
from bridge.domain.authority import Act


@dataclass(frozen=True, slots=True)
class OpenTo(Command):
    """Let a partner's people ask to come; empty asks which partner."""

    partner: str = ""


@dataclass(frozen=True, slots=True)
class CloseTo(Command):
    """Let them come no more, and withdraw their links."""

    partner: str = ""


_VERB = re.compile(r"\s*\S+\s(?:à|to)\Z")
_HELP = {FR: "aide", EN: "help"}
_INSTEAD = {
    OpenTo: _HELP,
    CloseTo: {FR: "terminer", EN: "end"},
}
"""The lines that may be meant by the same words with a time after them."""


def _name(line: Line, here: Here, of: type[OpenTo | CloseTo]) -> str:
    """Return the words as a name, without quotes around the whole of it; a time is none."""
    there = replace(here, lead=_VERB.sub("", here.lead), tail="")
    if timelike(line.shadow):
        raise misunderstood(Reason.WISH, there, line.text, line=_INSTEAD[of][here.language])
    if "@" in line.text:  # one lets a person in, or out, by other verbs
        raise misunderstood(Reason.WISH, there, line.text, line=_HELP[here.language])
    return line.text.strip().rstrip(".!").strip("".join(QUOTES) + " ")


def _read_open(line: Line, here: Here) -> OpenTo:
    return OpenTo(_name(line, here, OpenTo))


def _read_close(line: Line, here: Here) -> CloseTo:
    return CloseTo(_name(line, here, CloseTo))


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
