"""What a line asks for, once read: one frozen value per command."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeAlias

from bot.language.line import Line
from bot.language.people import Person
from bot.language.refusals import Here
from bridge.domain.proof import Proof
from bridge.i18n import Language


@dataclass(frozen=True, slots=True)
class Meet:
    """A meeting now (`start` is `None`) or later; `end` is `None` when it wasn't said."""

    start: datetime | None = None
    end: datetime | None = None
    title: str = ""
    people: tuple[Person, ...] = ()
    """Whom to send links to at once."""
    proof: Proof | None = None
    """What they must show besides their link; `None` when it wasn't said."""


@dataclass(frozen=True, slots=True)
class Polite:
    """Thanks or a greeting: nothing to do."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Links for people, which end with the meeting or at `until`."""

    people: tuple[Person, ...]
    until: datetime | None = None
    proof: Proof | None = None
    """What they must show besides their link; `None` when it wasn't said."""
    on: Callable[[date], datetime] | None = field(default=None, repr=False, compare=False)
    """Where only the hour of `until` was said: that hour on a day, the meeting's."""


@dataclass(frozen=True, slots=True)
class Extend:
    """More time: for the meeting, or for the link of `who` (an address or a name)."""

    by: timedelta
    who: str = field(default="", repr=False)
    on: Callable[[date], datetime] | None = field(default=None, repr=False, compare=False)
    """Instead of `by`: the hour until which it is to last, on the meeting's day."""


@dataclass(frozen=True, slots=True)
class Revoke:
    """Withdraw the link of `who` (an address or a name), or everybody's; empty asks whose."""

    who: str = field(default="", repr=False)
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Resend:
    """Send the link of `who` (an address or a name) once more; empty asks whose."""

    who: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Admit:
    """Let in who waits under the name `who`, a part of it, or whose link went to that address.

    Empty for the only one.
    """

    who: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TurnAway:
    """Refuse whoever `Admit` would let in."""

    who: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Host:
    """A private link to the page from which one answers who waits."""


@dataclass(frozen=True, slots=True)
class Guests:
    """Who is invited."""


@dataclass(frozen=True, slots=True)
class Link:
    """The meeting's link, asked for again where Visio hasn't given it."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Have the meeting not take place; one that goes on is ended."""


@dataclass(frozen=True, slots=True)
class End:
    """End the meeting and all its links now; one that has not begun is cancelled."""


@dataclass(frozen=True, slots=True)
class List:
    """The salon's meetings."""


@dataclass(frozen=True, slots=True)
class Help:
    """What one may type, or all about the verb with the key `subject`."""

    subject: str = ""


@dataclass(frozen=True, slots=True)
class Diagnose:
    """What Parvis sees of the salon."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """The salon's language."""

    language: Language


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """What the salon has chosen, or chooses now."""

    names: bool | None = None
    """Whether it is told, once a meeting is over, who was there."""


Command: TypeAlias = (
    Meet
    | Invite
    | Extend
    | Revoke
    | Resend
    | Admit
    | TurnAway
    | Host
    | Guests
    | Link
    | Cancel
    | End
    | List
    | Help
    | Diagnose
    | SetLanguage
    | ShowSettings
    | Polite
)
Reader: TypeAlias = Callable[[Line, Here], Command]
"""Reads a whole line, or what follows a verb. Raises Misunderstood, TimeRefused."""


def label_of(command: Command) -> str:
    """Return the name of a command in metrics, which stays whatever its class is called."""
    return "settings" if isinstance(command, ShowSettings) else type(command).__name__.lower()
