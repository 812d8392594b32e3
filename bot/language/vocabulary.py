"""The verbs of the command line: the reader of each one's arguments, and its use in titles."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.language.arguments import (
    alone,
    nothing_else,
    read_answer,
    read_invite,
    read_language,
    read_resend,
    read_revoke,
    read_settings,
)
from bot.language.command import (
    Admit,
    Cancel,
    Diagnose,
    End,
    Guests,
    Help,
    Host,
    Link,
    List,
    Reader,
    TurnAway,
)
from bot.language.command_names import KEYS
from bot.language.extending import read_extend
from bot.language.line import Line, WordKind
from bot.language.meeting import read_meet
from bot.language.refusals import Here
from bot.language.text import STOPS, fold, word_set
from bot.language.wish_words import NO_WISH

_MEETINGS = word_set("reunion reunions meeting meetings")
_LONG = 7
"""Shorter names match no mistyped word: `Admin Tchap` and `Refus` are titles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A command by the key of its names (`bot.language.command_names`)."""

    key: str
    read: Reader
    """Reads the words after the name."""
    shortest: int = 4
    """Names shorter than this match no mistyped word."""
    titular: bool = False
    """It begins titles too: with more words after it, the line is one."""
    acts: bool = True
    """It changes something: a question about it is no command."""


def _read_help(line: Line, here: Here) -> Help:
    found = verb_of(line)
    if found is not None:
        return Help(found[0].key)
    if line.first in _MEETINGS:
        return Help(MEET.key)
    nothing_else(line, here)
    return Help()


MEET = Verb(key="meet", read=read_meet)
"""The command of a line without a verb."""
VERBS = (
    Verb(key="invite", read=read_invite),
    Verb(key="extend", read=read_extend),
    Verb(key="revoke", read=read_revoke),
    Verb(key="resend", read=read_resend, shortest=_LONG),
    Verb(key="admit", read=read_answer(Admit), shortest=5),
    Verb(key="refuse", read=read_answer(TurnAway), shortest=5),
    Verb(key="host", read=alone(Host()), shortest=_LONG, titular=True, acts=False),
    Verb(key="guests", read=alone(Guests()), acts=False),
    Verb(key="link", read=alone(Link()), acts=False),
    Verb(key="cancel", read=alone(Cancel())),
    Verb(key="end", read=alone(End())),
    Verb(key="list", read=alone(List()), acts=False),
    Verb(key="language", read=read_language),
    Verb(key="settings", read=read_settings, shortest=_LONG),
    Verb(key="diagnose", read=alone(Diagnose()), acts=False),
    Verb(key="help", read=_read_help, acts=False),
)
_BY_KEY = {verb.key: verb for verb in VERBS}
BY_NAME: Mapping[str, Verb] = {name: _BY_KEY[key] for name, key in KEYS.items()}


def verb_of(line: Line) -> tuple[Verb, Line] | None:
    """Return the verb that begins a line, two words before one, and the words after it."""
    for words in (2, 1):
        begun = line.words[:words]
        name = " ".join(fold(word.text) for word in begun) if words > 1 else line.first
        if words > 1 and name.rstrip(STOPS) in NO_WISH:
            return None
        verb = BY_NAME.get(name)
        noun = words == 1 and name == "invite" and begun[0].text.rstrip(STOPS).endswith("é")
        if verb is not None and not noun and all(word.kind is WordKind.BARE for word in begun):
            return verb, line.part(begun[-1].end)
    return None
