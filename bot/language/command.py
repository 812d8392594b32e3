"""Commands: the request in a line as a value, and the verb by which people type it.

Each command is declared once, in a module of its own or of its family in `bot.language.commands`:
its value, its verb and its reader. `bot.language.vocabulary` merges the verbs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from typing import TypeAlias

from bot.language.line import Line
from bot.language.refusals import Here
from bot.language.text import fold
from bridge.domain.authority import Act
from bridge.i18n import Language

LONG = 7
"""The `shortest` of verbs like a title's words: `Admin Tchap` and `Refus` are titles."""


@dataclass(frozen=True, slots=True)
class Command:
    """The request in a line: each one is a frozen value of its own class."""

    @property
    def label(self) -> str:
        """The name in metrics; a class that is renamed keeps the old one."""
        return type(self).__name__.lower()


@dataclass(frozen=True, slots=True)
class OfMeeting(Command):
    """A command about one meeting, which its line may name."""

    title: str = field(default="", kw_only=True)
    """The meeting's title; empty for the one that is meant without."""
    day: date | None = field(default=None, kw_only=True)
    """Of a meeting that comes again, its date of that day."""


@dataclass(frozen=True, slots=True)
class Polite(Command):
    """Thanks or a greeting: nothing to do, and no verb."""


Reader: TypeAlias = Callable[[Line, Here], Command]
"""Reads a whole line, or the words after a verb. Raises Misunderstood, TimeRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A command as people type it."""

    key: str
    command: type[Command]
    act: Act
    """The act for which its author needs a right."""
    names: Mapping[Language, tuple[str, ...]]
    """The shown name, then its aliases. We read both languages."""
    read: Reader
    """Reads the words after the name."""
    examples: Mapping[Language, tuple[str, ...]]
    """Whole lines of it, without the prefix."""
    fits: Callable[[Line], bool] = lambda _: True
    """Tells if the words after the name may be its arguments; else the line has no verb."""
    help: tuple[str, ...] = ()
    """The answer to `aide <verb>`: sentences `help.<name>`; without any, the whole help."""
    shortest: int = 4
    """Names shorter than this match no mistyped word."""
    titular: bool = False
    """It begins titles too: with more words after it, the line is one."""
    text: bool = False
    """Words after its colon, or on lines of their own, are a text for people: no wish, no time."""
    acts: bool = True
    """It changes something: a question about it is no command."""
    by_title: bool = False
    """After it a line may name a meeting by its title."""
    takes_away: bool = False
    """We offer it only for wishes to take something away."""

    @property
    def folded(self) -> tuple[str, ...]:
        """All names, folded: first the shown ones, then the aliases."""
        ranks = zip_longest(*self.names.values())
        return tuple(dict.fromkeys(fold(name) for rank in ranks for name in rank if name))
