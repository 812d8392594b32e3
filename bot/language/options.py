"""The command line as data: one declaration per command, from which help and errors come.

prefix [when] [title]                 a meeting
prefix verb arguments                 everything else; French names, English aliases, some of two
                                      words
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.language.arguments import (
    Reader,
    alone,
    nothing_else,
    read_answer,
    read_invite,
    read_language,
    read_meet,
    read_resend,
    read_revoke,
    read_settings,
)
from bot.language.before import assured, other_tongue, read_before
from bot.language.clock import length_at
from bot.language.command import (
    Admit,
    Cancel,
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
    Polite,
    Resend,
    Revoke,
    SetLanguage,
    Settings,
    TurnAway,
)
from bot.language.entitled import entitles
from bot.language.extending import read_extend
from bot.language.interpret import answer, polite_or, prefaced
from bot.language.lengthening import more_time
from bot.language.line import Kind, Line, is_addressed, read_line
from bot.language.mistyped import alone_in, near, resembles
from bot.language.nearest import DESTRUCTIVE, doubted, offered
from bot.language.objects import (
    ADDING,
    AT_AN_HOUR,
    CAPITALS,
    MEETINGS,
    about_meeting,
    capitals,
    contrary,
    named,
    takes,
)
from bot.language.offers import check_unread, rewritten
from bot.language.people import looks_like_people
from bot.language.questions import what_became
from bot.language.refusals import EN, FR, JEAN, Here, Reason, misunderstood
from bot.language.resembling import only_resembles
from bot.language.sentence_words import THINGS
from bot.language.sentences import said
from bot.language.spelling import pleading
from bot.language.text import STOPS, fold, quoted
from bot.language.timelike import timelike
from bot.language.wish_words import NO_WISH, Ask
from bot.language.wishes import KNOWN, PLEASE, Wish, addressed, asks, unasked, wish_of
from bot.matrix.events import Message
from bridge.domain.names import holds_address
from bridge.domain.policy import Policy
from bridge.errors import Misunderstood, Refused
from bridge.i18n import Language
from bridge.ids import UserId

__all__ = [
    "MEET",
    "VERBS",
    "Admit",
    "Cancel",
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
    "Polite",
    "Resend",
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
    acts: bool = True
    """It changes something: a question about it is no command."""


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
        aliases=(
            *("retire", "retirez", "revoquer", "revoque", "revoke", "expulser", "expulse"),
            *("expulsez", "exclure", "exclus", "excluez", "virer", "vire", "virez", "ejecter"),
            *("ejecte", "ejectez", "bannir", "bannis", "faire sortir", "fais sortir"),
            *("mettre dehors", "kick", "kick out", "throw out", "eject", "expel", "ban"),
            *("put out", "uninvite", "disinvite", "desinviter", "desinvite"),
        ),
        examples={
            FR: (f"retirer {_GUEST}", "retirer tous"),
            EN: (f"remove {_GUEST}", "remove all"),
        },
        read=read_revoke,
    ),
    Verb(
        key="resend",
        names={FR: "renvoyer", EN: "resend"},
        aliases=("renvoie", "renvoyez"),
        examples={FR: (f"renvoyer {_GUEST}",), EN: (f"resend {_GUEST}",)},
        read=read_resend,
        shortest=_LONG,
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
        shortest=5,
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
        shortest=5,
    ),
    Verb(
        key="host",
        acts=False,
        names={FR: "accueil", EN: "host"},
        aliases=("front desk",),
        examples={FR: ("accueil",), EN: ("host",)},
        read=alone(Host()),
        shortest=_LONG,
        titular=True,
    ),
    Verb(
        key="guests",
        acts=False,
        names={FR: "invités", EN: "guests"},
        examples={FR: ("invités",), EN: ("guests",)},
        read=alone(Guests()),
    ),
    Verb(
        key="link",
        acts=False,
        names={FR: "lien", EN: "link"},
        examples={FR: ("lien",), EN: ("link",)},
        read=alone(Link()),
    ),
    Verb(
        key="cancel",
        names={FR: "annuler", EN: "cancel"},
        aliases=("annule", "annulez"),
        examples={FR: ("annuler",), EN: ("cancel",)},
        read=alone(Cancel()),
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
        acts=False,
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
        acts=False,
        names={FR: "diagnostic", EN: "diagnostic"},
        aliases=("diag", "doctor"),
        examples={FR: ("diagnostic",), EN: ("diagnostic",)},
        read=alone(Diagnose()),
    ),
    Verb(
        key="help",
        acts=False,
        names={FR: "aide", EN: "help"},
        aliases=("?", "aidez", "-h", "--help"),
        examples={FR: ("aide",), EN: ("help",)},
        read=_read_help,
    ),
)
_BY_NAME: Mapping[str, Verb] = {
    fold(name): verb for verb in VERBS for name in (*verb.names.values(), *verb.aliases)
}
_IMPERATIVES = ("annule", "termine")
"""Imperatives as short as the names."""
_OTHER_WORDS = (Reason.WORDS_UNEXPECTED, Reason.LANGUAGE_UNKNOWN, Reason.SETTING_UNKNOWN)
_ENTRY = re.compile(
    r"\s*(?:l'|la\s|the\s)?(?:entree|acces|demande|entry|access|request)\s(?:a|de|to|of|for|from)\s"
)
_COLLEAGUE = re.compile(r"\b(?:collegues?|colleagues?)\b")
"""They need no guest's link."""
_NO_PEOPLE = (Reason.PEOPLE_MISSING, Reason.NOBODY, Reason.NAME_UNREAD)
_MEETING = re.compile(r"\b(?:reunion|visio|meeting|call)\b")
_OF_A_LINK = re.compile(r"\b(?:invitation|invite|lien|link|acces|access)\b")


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
    bare: bool = False,
    replied: bool = False,
) -> Command | None:
    """Return what a message asks of us, or `None` when it isn't addressed to us.

    `now` is aware, `zone` an IANA name. `bare`: every line is for us, as in a direct message.
    `replied`: it replies to a message of ours. Raises Misunderstood or TimeRefused, whose
    `facts["example"]` is a line that would have been understood.
    """
    line = read_line(message, me=me, my_name=my_name, prefix=prefix, bare=bare)
    if line is None:
        return None
    here = Here(now=now, zone=ZoneInfo(zone), language=language, longest=longest, lead=prefix)
    try:
        command = read_command(line, here)
    except Refused as refusal:
        raise assured(refusal, here, read_command) from refusal
    if isinstance(command, Meet) and not _is_meant(command, line, message, replied=replied):
        title = quoted(command.title) if command.title else ""
        raise misunderstood(Reason.TITLE_UNMARKED, here, line.text, line=title)
    return command


def _is_meant(command: Meet, line: Line, message: Message, *, replied: bool) -> bool:
    """Tell whether a line surely asks for a meeting: a room made for thanks is one too many.

    After the prefix every line does, words alone not where it replies to a message of ours. After a
    mention alone, or bare in a direct message, a time, "now" or quotes around all of the title do,
    unless it is a reply: thus other bots answer what we write.
    """
    if line.prefixed and not replied:
        return True
    if not line.prefixed and (message.reply_to is not None or not line.words):
        return False
    now = not command.title and (line.prefixed or any(char.isalnum() for char in line.text))
    timed = now or command.start is not None or command.end is not None
    return timed or all(word.kind in (Kind.QUOTED, Kind.PAUSE) for word in line.words)


def read_command(line: Line, here: Here) -> Command:
    """Return what a line asks for; `here.lead` is the prefix. Raises as `parse` does."""
    line = pleading(line)
    early = read_before(line, here, read_command)
    if early is not None:
        return early
    check_unread(line, here, first=True)
    place = timelike(line.shadow)
    found = None if place is not None and not line.shadow[: place[0]].strip() else _verb_of(line)
    if found is None:
        return _read_other(line, here)
    verb, rest = found
    if verb.acts and verb.key not in ("language", "settings") and contrary(rest):
        raise _unsure(line, here)
    if asks(line) and verb.acts:
        raise _asked(line, here)
    try:
        command = _read_verb(verb, rest, here)
    except Misunderstood as refusal:
        return _otherwise(verb, line, here, refusal)
    if not takes(command, line):
        raise _let_in(verb, rest, here) or _unsure(line, here)
    return command


def _let_in(verb: Verb, rest: Line, here: Here) -> Misunderstood | None:
    """Return the refusal of `refuser l'entrée à Jean Dupont`, whose line has the name alone."""
    found = _ENTRY.match(rest.shadow)
    name = "" if found is None else rest.text[found.end() :].strip()
    if verb.key not in ("admit", "refuse") or not name or not named(Line.of(name)):
        return None
    return misunderstood(Reason.WISH, here, rest.text, line=f"{verb.names[here.language]} {name}")


def _asked(line: Line, here: Here) -> Misunderstood:
    """Return the refusal of a question about an act, whose example does it."""
    text = rewritten(unasked(line), here, read_command)
    return misunderstood(Reason.QUESTION, here, line.text, line=text)


def _otherwise(verb: Verb, line: Line, here: Here, refusal: Misunderstood) -> Command:
    """Return what a line says that begins with a verb and does not go on as that verb does.

    What is a noun too begins a title; else it is mistyped, or refused.
    """
    if holds_address(line.title):
        return MEET.read(line, here)
    better = _mistyped(line, here)
    if refusal.facts["reason"] == Reason.WORDS_UNEXPECTED and better is not None:
        raise better from refusal
    reason = refusal.facts["reason"]
    wish = wish_of(line)
    if reason in _OTHER_WORDS and wish is not None and " " in wish.said:
        return answer(wish, line, here, read_command)
    if reason == Reason.WORDS_UNEXPECTED and verb.titular:
        return MEET.read(line, here)
    if reason in _OTHER_WORDS and entitles(line):
        raise (_unsure if _about_a_thing(line, here) else _doubted)(line, here) from refusal
    if verb.key == "invite":
        _more_time(line, here)
    other = _other_wish(verb, line, reason)
    if other is not None:
        return answer(other, line, here, read_command)
    if verb.key == "revoke" and reason in _NO_PEOPLE and _of_all(line):
        raise offered(Wish(Ask.END, line.text, line), here) from refusal
    if _elsewhere(verb, line, refusal):
        raise _unsure(line, here) from refusal
    raise other_tongue(line.part(line.words[0].end), here, refusal) from refusal


def _about_a_thing(line: Line, here: Here) -> bool:
    """Tell whether words that a noun of a command begins are rather said than a title."""
    things = THINGS & {fold(word.text) for word in line.words[1:]}
    return line.text.strip()[:1].islower() and (bool(things) or said(line, here.language))


def _of_all(line: Line) -> bool:
    """Tell whether a meeting is to be taken away, and nobody of it."""
    return _MEETING.search(line.shadow) is not None and not looks_like_people(line.words)


def _elsewhere(verb: Verb, line: Line, refusal: Misunderstood) -> bool:
    """Tell whether a verb is about something that its example would not be about."""
    rest = line.part(line.words[0].end)
    match refusal.facts["reason"]:
        case Reason.NOBODY | Reason.NAME_UNREAD:
            colleague = _COLLEAGUE.search(line.shadow) is not None
            given = verb.key == "invite" and line.first not in ADDING and not colleague
            return not given and JEAN in str(refusal.facts["example"])
        case Reason.WORDS_UNEXPECTED:
            later = verb.key == "end" and AT_AN_HOUR.search(rest.shadow) is not None
            somebody = len(rest.words) == 1 and capitals(rest) and rest.first not in MEETINGS
            about = about_meeting(rest) and not somebody
            return verb.key in ("cancel", "end") and (later or not about)
        case Reason.SETTING_UNKNOWN:
            return bool(THINGS & {fold(word.text) for word in rest.words})
        case Reason.LENGTH_MISSING:
            dotted = re.search(r"[0-9]\.[0-9]", rest.shadow) is not None
            return verb.key == "extend" and (dotted or not about_meeting(rest, named=False))
    return False


def _unsure(line: Line, here: Here) -> Misunderstood:
    """Return the refusal that offers help alone."""
    return offered(Wish(Ask.TALK, line.text.strip(), line), here)


def _other_wish(verb: Verb, line: Line, reason: object) -> Wish | None:
    """Return what is asked for where a verb's words are about something else than it is.

    `annuler l'invitation de Jean` is about Jean's link, `renvoyer le lien` about the meeting's.
    """
    wish = Wish(Ask.REMOVE, line.words[0].text, line.part(line.words[0].end))
    people = looks_like_people(wish.rest.words)
    if verb.key in ("cancel", "end") and (people or _OF_A_LINK.search(wish.rest.shadow)):
        return wish
    if verb.key == "revoke" and reason in _NO_PEOPLE and CAPITALS.match(wish.rest.text.strip()):
        return wish if _of_all(line) else None
    if verb.key == "resend" and reason == Reason.NOBODY and not people:
        return replace(wish, ask=Ask.RESEND)
    return None


def _more_time(line: Line, here: Here) -> None:
    """Refuse `ajouter 30min` with what it means."""
    wish = Wish(Ask.EXTEND, line.words[0].text, line.part(line.words[0].end))
    found = length_at(wish.rest.shadow, len(wish.rest.text) - len(wish.rest.text.lstrip()))
    if found is not None:
        answer(wish, line, here, read_command)


def _verb_of(line: Line) -> tuple[Verb, Line] | None:
    """Return the verb that a line begins with, of two words before one, and what follows it."""
    for words in (2, 1):
        begun = line.words[:words]
        name = " ".join(fold(word.text) for word in begun) if words > 1 else line.first
        if words > 1 and name.rstrip(STOPS) in NO_WISH:
            return None
        verb = _BY_NAME.get(name)
        noun = words == 1 and name == "invite" and begun[0].text.rstrip(STOPS).endswith("é")
        if verb is not None and not noun and all(word.kind is Kind.BARE for word in begun):
            return verb, line.part(begun[-1].end)
    return None


def _read_verb(verb: Verb, rest: Line, here: Here) -> Command:
    lead = f"{here.lead} {verb.names[here.language]}"
    return verb.read(rest, replace(here, lead=lead))


def _read_other(line: Line, here: Here) -> Command:
    """Return what a line means that begins with no verb: thanks, a wish, or a meeting."""
    if not line.words or holds_address(line.title):
        return MEET.read(line, here)
    courteous = polite_or(line, here, read_command)
    if courteous is not None:
        return courteous
    line = _courteous(line)
    plain = unasked(line) if asks(line) else line
    more = more_time(plain, here)
    if more is not None:
        raise more
    if looks_like_people(line.words[:1]):
        return MEET.read(line, here)
    mistyped = None if plain.first in KNOWN else _mistyped(plain, here)
    if mistyped is not None:
        raise mistyped
    wish = wish_of(plain)
    meant = prefaced(plain, here, read_command) if wish is None else None
    together = wish is not None and wish.ask is Ask.INVITE and fold(wish.said) in ("avec", "with")
    if wish is not None:
        _check_meant(wish, line, plain, here)
    if wish is not None and not (together and timelike(plain.shadow)):
        return answer(wish, plain, here, read_command)
    if meant is not None:
        return meant
    return _read_meeting(line, plain, here)


def _read_meeting(line: Line, plain: Line, here: Here) -> Command:
    """Return the meeting that a line is which asks for nothing else, if it is one."""
    if plain is not line:
        raise _questioned(line, plain, here)
    if resembles(
        line, (*_IMPERATIVES, *(fold(name) for verb in VERBS for name in verb.names.values()))
    ):
        raise _unsure(line, here)
    return MEET.read(line, here)


def _questioned(line: Line, plain: Line, here: Here) -> Misunderstood:
    """Return the refusal of a question: with its meeting where a time begins it, else with help."""
    place = timelike(plain.shadow)
    timed = place is not None and not plain.shadow[: place[0]].strip()
    meant = timed and not addressed(plain) and not said(plain, here.language)
    return (_asked if meant else _unsure)(line, here)


def _check_meant(wish: Wish, line: Line, plain: Line, here: Here) -> None:
    """Refuse a question about a state, or a title that resembles a wish. Raises Misunderstood."""
    question = plain is not line
    if question and wish.ask is Ask.END and what_became(plain):
        raise _unsure(line, here)
    if not question and only_resembles(line, here.language):
        raise _doubted(line, here)


def _doubted(line: Line, here: Here) -> Misunderstood:
    return doubted(line.text, quoted(line.title), here)


def _courteous(line: Line) -> Line:
    """Leave out the "please" that ends a line."""
    found = PLEASE.search(line.shadow)
    return line if found is None or not found.start() else line.part(0, found.start())


def _mistyped(line: Line, here: Here) -> Misunderstood | None:
    """Return a suggestion when the first word is nearly a verb and what follows suits that verb.

    `Remote daily` is a title although `remote` is nearly `remove`; `invitter jean@x.example` and
    `invités jean@x.example` are not.
    """
    alone, rest = alone_in(line), line.part(line.words[0].end)
    for close, sure in near(line, _names):
        verb = _BY_NAME[close]
        gives = verb.key not in DESTRUCTIVE and len(close) >= verb.shortest
        if _suits(verb, rest, here) or (alone and (sure or gives)):
            words = verb.examples[here.language][0] if alone and verb.key == "extend" else close
            corrected = f"{words} {rest.text.strip()}".strip()
            return misunderstood(Reason.VERB_MISTYPED, here, line.words[0].text, line=corrected)
    return None


def _names(least: int) -> Iterator[str]:
    """Give the names of verbs of at least so many letters; of none, those that are long enough."""
    return (name for name, verb in _BY_NAME.items() if len(name) >= (least or verb.shortest))


def _suits(verb: Verb, rest: Line, here: Here) -> bool:
    try:
        command = verb.read(rest, here)
    except Refused:
        return False
    if isinstance(command, Invite):
        return looks_like_people(rest.words) or named(rest)
    if isinstance(command, Admit | TurnAway):
        return (named(rest) and command.who != "") or looks_like_people(rest.words)
    one = isinstance(command, Resend) or (isinstance(command, Revoke) and not command.everybody)
    return not one or looks_like_people(rest.words)
