"""`retirer`, `renvoyer`, `invités`: guests who are invited already."""

import re
from dataclasses import dataclass, field
from datetime import date

from bot.language.arguments import EVERYBODY, FILLERS, meant, one_in
from bot.language.command import LONG, Command, OfMeeting, Verb
from bot.language.line import Line, WordKind
from bot.language.one_date import day_at_end
from bot.language.refusals import EN, FR, Here
from bot.language.text import fold
from bot.language.titles import about_one
from bridge.domain.authority import Act

_PUT_OUT = re.compile(r"(?<=\w)\s(?:out|off|away|dehors)[\s.!]*\Z")
_PEOPLE = {"guests", "invites", "monde", "personnes"}


@dataclass(frozen=True, slots=True)
class Revoke(Command):
    """Withdraw the link of `who` (an address or a name), or everybody's; empty asks whose."""

    who: str = field(default="", repr=False)
    everybody: bool = False
    on: date | None = None
    """Of a meeting that comes again, its date of that day."""


@dataclass(frozen=True, slots=True)
class Resend(Command):
    """Resend the link of `who` (an address or a name); empty asks whose."""

    who: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Guests(OfMeeting):
    """The list of guests."""


def _read_revoke(line: Line, here: Here) -> Revoke:
    """Read one person, or everybody; for the verb alone, the list of guests offers the choice."""
    on, rest = day_at_end(line, here)
    if meant(rest).words:  # a day alone is nobody's
        line = rest
    else:
        on = None
    words = [fold(word.text) for word in line.words if word.kind is not WordKind.PAUSE]
    if words and words[0] in EVERYBODY and set(words[1:]) <= FILLERS | _PEOPLE:
        return Revoke(everybody=True, on=on)
    out = _PUT_OUT.search(line.shadow)
    return Revoke(one_in(line if out is None else line.part(0, out.start()), here), on=on)


def _read_resend(line: Line, here: Here) -> Resend:
    """Read one person; for the verb alone, the list of guests offers the choice."""
    return Resend(one_in(line, here))


VERBS = (
    Verb(
        key="revoke",
        command=Revoke,
        act=Act.WITHDRAW,
        names={
            FR: (
                *("retirer", "retire", "retirez", "revoquer", "revoque", "ejecter", "ejecte"),
                *("ejectez", "expulser", "expulse", "expulsez", "exclure", "exclus", "excluez"),
                *("virer", "vire", "virez", "bannir", "bannis", "faire sortir", "fais sortir"),
                *("mettre dehors", "desinviter", "desinvite"),
            ),
            EN: (
                *("remove", "kick", "kick out", "throw out", "put out", "revoke", "uninvite"),
                *("eject", "expel", "ban", "disinvite"),
            ),
        },
        read=_read_revoke,
        examples={
            FR: ("retirer jean@x.example", "retirer tous"),
            EN: ("remove jean@x.example", "remove all"),
        },
        help=("revoke",),
        takes_away=True,
    ),
    Verb(
        key="resend",
        command=Resend,
        act=Act.INVITE,
        names={FR: ("renvoyer", "renvoie", "renvoyez"), EN: ("resend",)},
        read=_read_resend,
        examples={FR: ("renvoyer jean@x.example",), EN: ("resend jean@x.example",)},
        help=("resend",),
        shortest=LONG,
    ),
    Verb(
        key="guests",
        command=Guests,
        act=Act.GUESTS,
        names={FR: ("invités",), EN: ("guests",)},
        read=about_one(Guests()),
        examples={FR: ("invités",), EN: ("guests",)},
        help=("guests",),
        by_title=True,
        acts=False,
    ),
)
