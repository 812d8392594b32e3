"""The command line as data: one declaration per command, from which help and errors come.

prefix [when] [title]                 a meeting
prefix verb arguments                 everything else; French names, English aliases, some of two
                                      words
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from bot.language.arguments import (
    Reader,
    alone,
    nothing_else,
    read_answer,
    read_extend,
    read_invite,
    read_language,
    read_meet,
    read_revoke,
    read_settings,
)
from bot.language.command import (
    Admit,
    Command,
    Diagnose,
    End,
    Extend,
    Guests,
    Help,
    Host,
    Invite,
    Link,
    List,
    Meet,
    Revoke,
    SetLanguage,
    Settings,
    TurnAway,
)
from bot.language.line import Kind, Line, is_addressed, read_line
from bot.language.people import looks_like_people
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import fold
from bot.matrix.events import Message
from bridge.domain.policy import Policy
from bridge.errors import Misunderstood, Refused
from bridge.i18n import Language
from bridge.ids import UserId

__all__ = [
    "MEET",
    "VERBS",
    "Admit",
    "Command",
    "Diagnose",
    "End",
    "Extend",
    "Guests",
    "Help",
    "Host",
    "Invite",
    "Link",
    "List",
    "Meet",
    "Revoke",
    "SetLanguage",
    "Settings",
    "TurnAway",
    "Verb",
    "is_addressed",
    "parse",
]

LONGEST = Policy().longest


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A command: its name and its examples (without the prefix) in each language."""

    key: str
    names: Mapping[Language, str]
    aliases: tuple[str, ...] = ()
    examples: Mapping[Language, tuple[str, ...]]
    read: Reader
    shortest: int = 4
    """Of its names, shorter ones are taken for nothing but themselves, however near a word is."""
    titular: bool = False
    """It begins titles too: with more words after it, it is one."""


def _read_help(line: Line, here: Here) -> Help:
    found = _verb_of(line)
    if found is not None:
        return Help(found[0].key)
    if line.first in _MEETINGS:
        return Help(MEET.key)
    nothing_else(line, here)
    return Help()


_MEETINGS = frozenset({"reunion", "reunions", "meeting", "meetings"})


_GUEST = "jean.dupont@partenaire.example"

_LONG = 7
"""`Admin Tchap` and `Refus` are titles."""

MEET = Verb(
    key="meet",
    names={FR: "", EN: ""},
    examples={
        FR: ("", "Point budget", "demain 14h30 45min Point budget", "14h30-15h30", "jusqu'à 18h"),
        EN: ("", "Budget", "tomorrow 14:30 45min Budget", "2:30pm-3:30pm", "until 6pm"),
    },
    read=read_meet,
)
VERBS = (
    Verb(
        key="invite",
        names={FR: "inviter", EN: "invite"},
        aliases=("invitez", "ajouter", "add"),
        examples={
            FR: (f"inviter {_GUEST}", f"inviter Jean Dupont <{_GUEST}> jusqu'à demain 18h"),
            EN: (f"invite {_GUEST}", f"invite Jean Dupont <{_GUEST}> until tomorrow 18:00"),
        },
        read=read_invite,
    ),
    Verb(
        key="extend",
        names={FR: "prolonger", EN: "extend"},
        aliases=("prolonge", "prolongez"),
        examples={
            FR: ("prolonger 30min", f"prolonger {_GUEST} 1h30"),
            EN: ("extend 30min", f"extend {_GUEST} 1h30"),
        },
        read=read_extend,
    ),
    Verb(
        key="revoke",
        names={FR: "retirer", EN: "remove"},
        aliases=("retire", "retirez", "revoquer", "revoke"),
        examples={
            FR: (f"retirer {_GUEST}", "retirer tous"),
            EN: (f"remove {_GUEST}", "remove all"),
        },
        read=read_revoke,
    ),
    Verb(
        key="admit",
        names={FR: "admettre", EN: "admit"},
        aliases=("admets", "admettez", "faire entrer", "laisser entrer", "accept", "let in"),
        examples={
            FR: ("admettre Jean Dupont", "admettre"),
            EN: ("admit Jean Dupont", "admit"),
        },
        read=read_answer(Admit),
        shortest=_LONG,
    ),
    Verb(
        key="refuse",
        names={FR: "refuser", EN: "refuse"},
        aliases=("refusez", "deny", "turn away"),
        examples={
            FR: ("refuser Jean Dupont", "refuser"),
            EN: ("refuse Jean Dupont", "refuse"),
        },
        read=read_answer(TurnAway),
        shortest=_LONG,
    ),
    Verb(
        key="host",
        names={FR: "accueil", EN: "host"},
        aliases=("front desk",),
        examples={FR: ("accueil",), EN: ("host",)},
        read=alone(Host()),
        shortest=_LONG,
        titular=True,
    ),
    Verb(
        key="guests",
        names={FR: "invités", EN: "guests"},
        examples={FR: ("invités",), EN: ("guests",)},
        read=alone(Guests()),
    ),
    Verb(
        key="link",
        names={FR: "lien", EN: "link"},
        examples={FR: ("lien",), EN: ("link",)},
        read=alone(Link()),
    ),
    Verb(
        key="end",
        names={FR: "terminer", EN: "end"},
        aliases=("termine", "terminez", "stop"),
        examples={FR: ("terminer",), EN: ("end",)},
        read=alone(End()),
    ),
    Verb(
        key="list",
        names={FR: "liste", EN: "list"},
        aliases=("lister",),
        examples={FR: ("liste",), EN: ("list",)},
        read=alone(List()),
    ),
    Verb(
        key="language",
        names={FR: "langue", EN: "language"},
        aliases=("lang",),
        examples={FR: ("langue en",), EN: ("language fr",)},
        read=read_language,
    ),
    Verb(
        key="settings",
        names={FR: "réglages", EN: "settings"},
        aliases=("reglage", "setting"),
        examples={FR: ("réglages noms oui", "réglages"), EN: ("settings names yes", "settings")},
        read=read_settings,
        shortest=_LONG,
    ),
    Verb(
        key="diagnose",
        names={FR: "diagnostic", EN: "diagnostic"},
        aliases=("diag", "doctor"),
        examples={FR: ("diagnostic",), EN: ("diagnostic",)},
        read=alone(Diagnose()),
    ),
    Verb(
        key="help",
        names={FR: "aide", EN: "help"},
        aliases=("?", "aidez"),
        examples={FR: ("aide",), EN: ("help",)},
        read=_read_help,
    ),
)
RESERVED = frozenset(
    """agenda annuler compte deplacer mes-donnees oublier rappel rappeler rappels rejoindre
    renommer reporter account calendar cancel forget join move my-data remind reminder reminders
    rename""".split()  # noqa: SIM905 - a list of words, not of literals
)
"""Verbs to come: refused, rather than taken for the title of a meeting."""

_BY_NAME: Mapping[str, Verb] = {
    fold(name): verb for verb in VERBS for name in (*verb.names.values(), *verb.aliases)
}
_ALIKE = 0.75
_EDITS = 2


# --- reading --------------------------------------------------------------------------------


def parse(
    message: Message,
    *,
    me: UserId,
    my_name: str,
    prefix: str,
    now: datetime,
    zone: str,
    language: Language,
    longest: timedelta = LONGEST,
    alone: bool = False,
) -> Command | None:
    """Return what a message asks of us, or `None` when it isn't addressed to us.

    `alone`: nobody else reads it, so that every line is for us.
    `now` is aware, `zone` an IANA name. Raises Misunderstood or TimeRefused, whose
    `facts["example"]` is a line that would have been understood.
    """
    line = read_line(message, me=me, my_name=my_name, prefix=prefix, alone=alone)
    if line is None:
        return None
    here = Here(now=now, zone=ZoneInfo(zone), language=language, longest=longest, lead=prefix)
    command = read_command(line, here)
    if isinstance(command, Meet) and not _is_meant(command, line, message):
        raise misunderstood(Reason.TITLE_UNMARKED, here, line.text, title=command.title)
    return command


def _is_meant(command: Meet, line: Line, message: Message) -> bool:
    """Tell whether a line surely asks for a meeting: a room made for thanks is one too many.

    After the prefix every line does. After a mention alone a time, "now" or quotes around all of
    the title do, unless it is a reply: thus other bots answer what we write.
    """
    if line.prefixed:
        return True
    if message.reply_to is not None or not line.words:
        return False
    now = not command.title and any(char.isalnum() for char in line.text)
    timed = now or command.start is not None or command.end is not None
    return timed or all(word.kind in (Kind.QUOTED, Kind.PAUSE) for word in line.words)


def read_command(line: Line, here: Here) -> Command:
    """Return what a line asks for; `here.lead` is the prefix. Raises as `parse` does."""
    found = _verb_of(line)
    if found is None:
        return _read_other(line, here)
    try:
        return _read_verb(*found, here)
    except Misunderstood as refusal:
        if found[0].titular:
            return MEET.read(line, here)
        better = _mistyped(line, here)
        if refusal.facts["reason"] != Reason.WORDS_UNEXPECTED or better is None:
            raise
        raise better from refusal


def _verb_of(line: Line) -> tuple[Verb, Line] | None:
    """Return the verb that a line begins with, of two words before one, and what follows it."""
    for words in (2, 1):
        begun = line.words[:words]
        name = " ".join(fold(word.text) for word in begun) if words > 1 else line.first
        verb = _BY_NAME.get(name)
        if verb is not None and all(word.kind is Kind.BARE for word in begun):
            return verb, line.part(begun[-1].end)
    return None


def _read_verb(verb: Verb, rest: Line, here: Here) -> Command:
    lead = f"{here.lead} {verb.names[here.language]}"
    return verb.read(rest, replace(here, lead=lead))


def _read_other(line: Line, here: Here) -> Command:
    if line.first in RESERVED:
        raise misunderstood(Reason.VERB_UNKNOWN, here, line.words[0].text)
    mistyped = _mistyped(line, here)
    if mistyped is not None:
        raise mistyped
    return MEET.read(line, here)


def _mistyped(line: Line, here: Here) -> Misunderstood | None:
    """Return a suggestion when the first word is nearly a verb and what follows suits that verb.

    `Remote daily` is a title although `remote` is nearly `remove`; `invitter jean@x.example` and
    `invités jean@x.example` are not.
    """
    names = [name for name in _BY_NAME if abs(len(name) - len(line.first)) <= _EDITS]
    names = [name for name in names if len(name) >= _BY_NAME[name].shortest]
    for close in get_close_matches(line.first, names, n=3, cutoff=_ALIKE):
        rest = line.part(line.words[0].end)
        if _suits(_BY_NAME[close], rest, here):
            corrected = f"{close} {rest.text.strip()}".strip()
            return misunderstood(Reason.VERB_MISTYPED, here, line.words[0].text, line=corrected)
    return None


def _suits(verb: Verb, rest: Line, here: Here) -> bool:
    try:
        command = verb.read(rest, here)
    except Refused:
        return False
    if isinstance(command, Admit | TurnAway):
        return all(word.text[0].isupper() for word in rest.words) and command.who != ""
    named = isinstance(command, Invite) or (isinstance(command, Revoke) and not command.everybody)
    return not named or looks_like_people(rest.words)
