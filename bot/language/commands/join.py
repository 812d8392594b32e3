"""`rejoindre <lien>`, `rejoindre annuler`: a seat for oneself in a partner's meeting."""

import re
from dataclasses import dataclass

from bot.language.command import LONG, Command, Verb
from bot.language.line import Line
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import QUOTES, fold
from bridge.domain.authority import Act
from bridge.domain.resources import meeting_address


@dataclass(frozen=True, slots=True)
class Join(Command):
    """Ask the partner whose meeting is at this address for a seat; `partner` if several may be."""

    address: str
    partner: str = ""


@dataclass(frozen=True, slots=True)
class GiveBack(Command):
    """Give a seat back; without an address, the only one."""

    address: str | None = None


_ARGUMENTS = re.compile(r"<?(?P<address>https?://\S+?)>?(?:\s+(?:chez|at)\s+(?P<partner>.+))?")
_POLITE = re.compile(
    r"[\s,]*(?:s['’]il (?:te|vous) pla[iî]t|please|svp|stp|merci|thanks)?[\s.!]*\Z"
)


def join_in(text: str) -> Join | None:
    """Return the request in the words after the verb; `None` if they have no address."""
    plain = _POLITE.sub("", text.strip())
    found = _ARGUMENTS.fullmatch(plain)
    address = None if found is None else meeting_address(found["address"])
    if found is None or address is None:
        return None
    return Join(address, (found["partner"] or "").strip("".join(QUOTES) + " "))


def joined(line: Line) -> Join | None:
    """Return the request of a whole line that says the verb and an address, whatever is in it."""
    first, _, rest = line.text.strip().partition(" ")
    return join_in(rest) if fold(first) in _NAMES else None


def _read_join(line: Line, here: Here) -> Join:
    found = join_in(line.text)
    if found is None:
        raise misunderstood(Reason.WORDS_UNEXPECTED, here, line.text)
    return found


def _read_give_back(line: Line, here: Here) -> GiveBack:
    text = _POLITE.sub("", line.text.strip())
    address = meeting_address(text) if text else None
    if text and address is None:
        raise misunderstood(Reason.WORDS_UNEXPECTED, here, line.text)
    return GiveBack(address)


VERBS = (
    Verb(
        key="join",
        command=Join,
        act=Act.JOIN,
        names={FR: ("rejoindre", "rejoins", "rejoignez"), EN: ("join",)},
        read=_read_join,
        fits=lambda line: join_in(line.text) is not None,
        examples={
            FR: ("rejoindre https://visio.b.example/abc-defg-hij",),
            EN: ("join https://visio.b.example/abc-defg-hij",),
        },
        help=("join", "join-cancel"),
        shortest=LONG * 2,
    ),
    Verb(
        key="join-cancel",
        command=GiveBack,
        act=Act.JOIN,
        names={FR: ("rejoindre annuler", "annuler rejoindre"), EN: ("join cancel", "cancel join")},
        read=_read_give_back,
        examples={FR: ("rejoindre annuler",), EN: ("join cancel",)},
        help=("join", "join-cancel"),
        shortest=LONG * 2,
        takes_away=True,
    ),
)
_NAMES = frozenset(VERBS[0].folded)
