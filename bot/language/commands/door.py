"""`admettre`, `refuser`, `accueil`: guests who wait at the door."""

import re
from dataclasses import dataclass, field

from bot.language.addresses import FRAMES
from bot.language.arguments import alone, meant
from bot.language.command import LONG, Command, Reader, Verb
from bot.language.line import Line
from bot.language.refusals import EN, FR, Here
from bot.language.text import PAUSES, QUOTES
from bridge.domain.addresses import read_address
from bridge.domain.authority import Act

_DOOR = re.compile(
    r"\s*(?:l['’]entree|l['’]acces|entry|entrance|access)\s+(?:a|de|to|for)\s+(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Admit(Command):
    """Admit the waiting guest with the name `who`, a part of it, or that address.

    Empty for the only one who waits.
    """

    who: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TurnAway(Command):
    """Refuse the guest whom `Admit` would admit."""

    who: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Host(Command):
    """A private link to the host's page, from which one person answers waiting guests."""


def _answering(answer: type[Admit] | type[TurnAway]) -> Reader:
    """Return a reader for the guest to admit or refuse: a name as the guest typed it, or nobody.

    An address among the words decides: lists show it beside the name.
    """

    def read(line: Line, _: Here) -> Command:
        whom = meant(_past_door(line))
        return answer(_only_address(whom) or whom.text.strip(PAUSES + QUOTES))

    return read


def _past_door(line: Line) -> Line:
    """Return the words after `l'entrée à`, which both verbs may have."""
    found = _DOOR.match(line.shadow)
    return line if found is None else line.part(found.end())


def _only_address(line: Line) -> str:
    """Return the address in a line with only one, otherwise nothing."""
    typed = [word.text.strip(FRAMES) for word in line.words if "@" in word.text]
    found = {email for email in map(read_address, typed) if email is not None}
    return found.pop() if len(found) == 1 else ""


VERBS = (
    Verb(
        key="admit",
        command=Admit,
        act=Act.ANSWER,
        names={
            FR: ("admettre", "admets", "admettez", "faire entrer", "laisser entrer"),
            EN: ("admit", "accept", "let in"),
        },
        read=_answering(Admit),
        examples={
            FR: ("admettre Jean Dupont", "admettre"),
            EN: ("admit Jean Dupont", "admit"),
        },
        help=("admit",),
        shortest=5,
    ),
    Verb(
        key="refuse",
        command=TurnAway,
        act=Act.ANSWER,
        names={FR: ("refuser", "refusez"), EN: ("refuse", "deny", "turn away")},
        read=_answering(TurnAway),
        examples={
            FR: ("refuser Jean Dupont", "refuser"),
            EN: ("refuse Jean Dupont", "refuse"),
        },
        help=("admit",),
        shortest=5,
        takes_away=True,
    ),
    Verb(
        key="host",
        command=Host,
        act=Act.HOST,
        names={FR: ("accueil",), EN: ("host", "front desk")},
        read=alone(Host()),
        examples={FR: ("accueil",), EN: ("host",)},
        help=("host",),
        shortest=LONG,
        titular=True,
        acts=False,
    ),
)
