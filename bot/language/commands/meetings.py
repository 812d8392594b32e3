"""`lien`, `annuler`, `terminer`, `liste`: meetings that were asked for.

A line without a verb asks for one: `bot.language.meeting`.
"""

from dataclasses import dataclass

from bot.language.arguments import alone
from bot.language.command import Command, Verb
from bot.language.refusals import EN, FR
from bridge.domain.authority import Act


@dataclass(frozen=True, slots=True)
class Link(Command):
    """The meeting's link; if Visio has not given it, ask again."""


@dataclass(frozen=True, slots=True)
class Cancel(Command):
    """Cancel the meeting; end it if it has begun."""


@dataclass(frozen=True, slots=True)
class End(Command):
    """End the meeting and all its links now; cancel it if it has not begun."""


@dataclass(frozen=True, slots=True)
class List(Command):
    """The salon's meetings."""


VERBS = (
    Verb(
        key="link",
        command=Link,
        act=Act.LINK,
        names={FR: ("lien",), EN: ("link",)},
        read=alone(Link()),
        examples={FR: ("lien",), EN: ("link",)},
        help=("link",),
        acts=False,
    ),
    Verb(
        key="cancel",
        command=Cancel,
        act=Act.END,
        names={FR: ("annuler", "annule", "annulez"), EN: ("cancel",)},
        read=alone(Cancel()),
        examples={FR: ("annuler",), EN: ("cancel",)},
        help=("cancel",),
        takes_away=True,
    ),
    Verb(
        key="end",
        command=End,
        act=Act.END,
        names={FR: ("terminer", "termine", "terminez"), EN: ("end", "stop")},
        read=alone(End()),
        examples={FR: ("terminer",), EN: ("end",)},
        help=("end",),
        takes_away=True,
    ),
    Verb(
        key="list",
        command=List,
        act=Act.LINK,
        names={FR: ("liste", "lister"), EN: ("list",)},
        read=alone(List()),
        examples={FR: ("liste",), EN: ("list",)},
        help=("list",),
        acts=False,
    ),
)
