"""Commands that lines ask for: one frozen value for each."""

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
    """A meeting now (`start` is `None`) or later; `end` is `None` if not given."""

    start: datetime | None = None
    end: datetime | None = None
    title: str = ""
    people: tuple[Person, ...] = ()
    """The people to send links to at once."""
    proof: Proof | None = None
    """The proof that they must show besides their link; `None` if not given."""


@dataclass(frozen=True, slots=True)
class Polite:
    """Thanks or a greeting: nothing to do."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Links for people, which end with the meeting or at `until`."""

    people: tuple[Person, ...]
    until: datetime | None = None
    proof: Proof | None = None
    """The proof that they must show besides their link; `None` if not given."""
    on: Callable[[date], datetime] | None = field(default=None, repr=False, compare=False)
    """For an `until` with an hour alone: that hour on a day, the meeting's."""


@dataclass(frozen=True, slots=True)
class Extend:
    """More time: for the meeting, or for the link of `who` (an address or a name)."""

    by: timedelta
    who: str = field(default="", repr=False)
    on: Callable[[date], datetime] | None = field(default=None, repr=False, compare=False)
    """Instead of `by`: the hour of its new end, on the meeting's day."""


@dataclass(frozen=True, slots=True)
class Revoke:
    """Withdraw the link of `who` (an address or a name), or everybody's; empty asks whose."""

    who: str = field(default="", repr=False)
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Resend:
    """Resend the link of `who` (an address or a name); empty asks whose."""

    who: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Admit:
    """Admit the waiting guest with the name `who`, a part of it, or that address.

    Empty for the only one who waits.
    """

    who: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TurnAway:
    """Refuse the guest whom `Admit` would admit."""

    who: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Host:
    """A private link to the host's page, from which one person answers waiting guests."""


@dataclass(frozen=True, slots=True)
class Guests:
    """The list of guests."""


@dataclass(frozen=True, slots=True)
class Link:
    """The meeting's link; if Visio has not given it, ask again."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel the meeting; end it if it has begun."""


@dataclass(frozen=True, slots=True)
class End:
    """End the meeting and all its links now; cancel it if it has not begun."""


@dataclass(frozen=True, slots=True)
class List:
    """The salon's meetings."""


@dataclass(frozen=True, slots=True)
class Help:
    """The commands, or all about the verb with the key `subject`."""

    subject: str = ""


@dataclass(frozen=True, slots=True)
class Diagnose:
    """The salon as Parvis sees it."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """The salon's language."""

    language: Language


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """The salon's settings, shown or changed."""

    welcome: str | None = None
    """The salon's line on its guests' page; empty for none, `None` to leave it as it is."""
    names: bool | None = None
    """Whether the summary of a meeting names the people who were there."""

    @property
    def chooses(self) -> bool:
        """Whether a setting is changed, not only shown."""
        return self.names is not None or self.welcome is not None


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
"""Reads a whole line, or the words after a verb. Raises Misunderstood, TimeRefused."""


def label_of(command: Command) -> str:
    """Return the name of a command in metrics, which survives a rename of its class."""
    return "settings" if isinstance(command, ShowSettings) else type(command).__name__.lower()
