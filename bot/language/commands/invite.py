"""`inviter`: links for people."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.language.arguments import OF_ITS_DAY, after_preposition
from bot.language.clock import UNTIL_WORD
from bot.language.command import Command, Verb
from bot.language.courtesy import without_please
from bot.language.ends import hour_of_a_day, understand_until
from bot.language.line import Line
from bot.language.one_date import day_at_end
from bot.language.people import Person, looks_like_people, read_people
from bot.language.proofs import read_proof
from bot.language.refusals import EN, FR, Here
from bridge.domain.authority import Act
from bridge.domain.proof import Proof
from bridge.errors import TimeRefused

_UNTIL = re.compile(rf"\b{UNTIL_WORD}\b")


@dataclass(frozen=True, slots=True)
class Invite(Command):
    """Links for people, which end with the meeting or at `until`."""

    people: tuple[Person, ...]
    until: datetime | None = None
    proof: Proof | None = None
    """The proof that they must show besides their link; `None` if not given."""
    on: Callable[[date], datetime] | None = field(default=None, repr=False, compare=False)
    """For an `until` with an hour alone: that hour on a day, the meeting's."""
    day: date | None = None
    """Of a meeting that comes again, the only date to which the links lead."""


def _read(line: Line, here: Here) -> Invite:
    """Read people, a day, the end after the last `jusqu'à`, and `avec code` or `avec pin`."""
    proof, line, here = read_proof(line, here)
    if looks_like_people(line.words):
        line = without_please(after_preposition(line))
    limits = list(_UNTIL.finditer(line.shadow))
    day, named = day_at_end(line.part(0, limits[-1].start() if limits else None), here)
    people = read_people(named.words, here)
    if not limits:
        return Invite(people, proof=proof, day=day)
    last = limits[-1]
    everybody = ", ".join(person.typed for person in people)
    later = replace(here, lead=f"{here.lead} {everybody} {line.text[last.start() : last.end()]}")
    limit = without_please(line.part(last.end()))
    on = hour_of_a_day(limit, later)
    try:
        return Invite(people, understand_until(limit, later), proof, on, day)
    except TimeRefused as error:
        # On the meeting's day, unknown here, it may be an hour to come.
        if on is None or error.parameters["reason"] not in OF_ITS_DAY:
            raise
        return Invite(people, None, proof, on, day)


VERBS = (
    Verb(
        key="invite",
        command=Invite,
        act=Act.INVITE,
        names={FR: ("inviter", "invitez", "ajouter"), EN: ("invite", "add")},
        read=_read,
        examples={
            FR: (
                "inviter jean@x.example",
                "inviter Jean Dupont <jean@x.example> jusqu'à demain 18h",
            ),
            EN: (
                "invite jean@x.example",
                "invite Jean Dupont <jean@x.example> until tomorrow 18:00",
            ),
        },
        help=("detail.invite", "detail.name", "proof", "resend"),
    ),
)
