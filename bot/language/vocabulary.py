"""All verbs of the command line, merged, and `aide`, which is about each of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.language.arguments import nothing_else
from bot.language.command import Command, Verb
from bot.language.commands import (
    calendar,
    changes,
    coming,
    door,
    extend,
    feeds,
    guests,
    handing,
    invite,
    join,
    mailed,
    meetings,
    partners,
    remind,
    salon,
    salon_calendar,
    slot,
    topics,
)
from bot.language.line import Line, WordKind
from bot.language.refusals import EN, FR, Here
from bot.language.text import STOPS, fold, phrase_set, word_set
from bridge.domain.authority import Act
from bridge.i18n import Language

MEET_KEY = "meet"
"""The key of the command without a name (`bot.language.meeting`)."""
_MEETINGS = word_set("reunion reunions meeting meetings")
NO_WISH = phrase_set("who's who | faire le | kick off | on boarding | on call")
"""Beginnings of titles, although their first word is a wish."""


@dataclass(frozen=True, slots=True)
class Help(Command):
    """The commands, or all about the verb with the key `subject`."""

    subject: str = ""


def verb_of(line: Line) -> tuple[Verb, Line] | None:
    """Return the verb that begins a line, the longest name first, and the words after it."""
    for words in (3, 2, 1):
        begun = line.words[:words]
        name = " ".join(fold(word.text) for word in begun) if words > 1 else line.first
        if words > 1 and name.rstrip(STOPS) in NO_WISH:
            return None
        verb = BY_NAME.get(name.rstrip(":"))
        noun = words == 1 and name == "invite" and begun[0].text.rstrip(STOPS).endswith("é")
        if verb is not None and not noun and all(word.kind is WordKind.BARE for word in begun):
            return verb, line.part(begun[-1].end)
    return None


def _read_help(line: Line, here: Here) -> Help:
    found = verb_of(line)
    if found is not None:
        return Help(found[0].key)
    if line.first in _MEETINGS:
        return Help(MEET_KEY)
    nothing_else(line, here)
    return Help()


HELP = Verb(
    key="help",
    command=Help,
    act=Act.HELP,
    names={FR: ("aide", "aidez"), EN: ("help", "?", "-h", "--help")},
    read=_read_help,
    examples={FR: ("aide",), EN: ("help",)},
    acts=False,
)
VERBS = (
    *(*invite.VERBS, *extend.VERBS, *guests.VERBS),
    *(*door.VERBS, *meetings.VERBS, *changes.VERBS, *coming.VERBS, *remind.VERBS),
    *(*topics.VERBS, *handing.VERBS, *calendar.VERBS, *salon_calendar.VERBS),
    *(*feeds.VERBS, *mailed.VERBS, *slot.VERBS),
    *(*partners.VERBS, *join.VERBS),
    *(*salon.VERBS, HELP),
)


def by_name(verbs: Iterable[Verb]) -> Mapping[str, Verb]:
    """Return each folded name's verb. Raises ValueError if two verbs share a key or a name."""
    named: dict[str, Verb] = {}
    keys: set[str] = set()
    for verb in verbs:
        if twice := (named.keys() & set(verb.folded)) | (keys & {verb.key}):
            raise ValueError(f"declared twice: {', '.join(sorted(twice))}")
        named |= dict.fromkeys(verb.folded, verb)
        keys.add(verb.key)
    return named


BY_NAME = by_name(VERBS)
NAMES: Mapping[str, Mapping[Language, str]] = {
    verb.key: {language: names[0] for language, names in verb.names.items()} for verb in VERBS
}
"""The names in offered lines, by the verb's key."""


def names_of(*keys: str) -> tuple[str, ...]:
    """Return all names of some verbs, folded."""
    return tuple(name for name, verb in BY_NAME.items() if verb.key in keys)
