"""`présent`, `absent`, `peut-être`, `participants`: who comes to a meeting."""

from dataclasses import dataclass
from typing import ClassVar

from bot.language.command import LONG, OfMeeting, Verb
from bot.language.refusals import EN, FR
from bot.language.titles import about_one
from bridge.domain.answer import Answer
from bridge.domain.authority import Act


@dataclass(frozen=True, slots=True)
class SaysYes(OfMeeting):
    """The author comes."""

    answer: ClassVar[Answer] = Answer.YES


@dataclass(frozen=True, slots=True)
class SaysMaybe(OfMeeting):
    """The author may come."""

    answer: ClassVar[Answer] = Answer.MAYBE


@dataclass(frozen=True, slots=True)
class SaysNo(OfMeeting):
    """The author does not come."""

    answer: ClassVar[Answer] = Answer.NO


@dataclass(frozen=True, slots=True)
class Attendees(OfMeeting):
    """The list of those who come, may come, do not come, and have not answered."""


VERBS = (
    Verb(
        key="coming",
        command=SaysYes,
        act=Act.COME,
        names={FR: ("présent", "présente", "je viens"), EN: ("coming", "attending")},
        read=about_one(SaysYes()),
        examples={FR: ("présent",), EN: ("coming",)},
        help=("coming", "attendance"),
        shortest=LONG,
        titular=True,
        by_title=True,
    ),
    Verb(
        key="perhaps",
        command=SaysMaybe,
        act=Act.COME,
        names={FR: ("peut-être", "peut être"), EN: ("maybe", "perhaps")},
        read=about_one(SaysMaybe()),
        examples={FR: ("peut-être",), EN: ("maybe",)},
        help=("coming", "attendance"),
        shortest=LONG,
        titular=True,
        by_title=True,
    ),
    Verb(
        key="not-coming",
        command=SaysNo,
        act=Act.COME,
        names={FR: ("absent", "absente"), EN: ("not coming",)},
        read=about_one(SaysNo()),
        examples={FR: ("absent",), EN: ("not coming",)},
        help=("coming", "attendance"),
        shortest=LONG,
        titular=True,
        by_title=True,
    ),
    Verb(
        key="attendance",
        command=Attendees,
        act=Act.GUESTS,
        names={FR: ("participants", "participantes"), EN: ("attendees", "attendance")},
        read=about_one(Attendees()),
        examples={FR: ("participants",), EN: ("attendees",)},
        help=("attendance", "coming"),
        shortest=LONG,
        titular=True,
        by_title=True,
        acts=False,
    ),
)
