"""Readers of verbs' arguments: each returns a command."""

import re
from dataclasses import replace

from bot.language.addresses import FRAMES
from bot.language.clock import UNTIL_WORD
from bot.language.command import (
    Admit,
    Command,
    Invite,
    Reader,
    Resend,
    Revoke,
    SetLanguage,
    ShowSettings,
    TurnAway,
)
from bot.language.courtesy import without_please
from bot.language.dates import (
    hour_of_a_day,
    understand_until,
)
from bot.language.line import Line, Word, WordKind
from bot.language.people import (
    looks_like_people,
    read_people,
)
from bot.language.person import PREPOSITIONS
from bot.language.proofs import read_proof
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.text import PAUSES, QUOTES, fold, word_set
from bot.language.tongues import LANGUAGES
from bot.language.welcome import read_welcome
from bridge.domain.addresses import read_address
from bridge.errors import TimeRefused

_UNTIL = re.compile(rf"\b{UNTIL_WORD}\b")
OF_ITS_DAY = {Reason.PAST, Reason.GAP, Reason.FOLD}
"""Refusals of an hour on one day that may be valid on another."""
_FILLERS = word_set(
    """a au aux cette ce ces d' de des du for la le les l' maintenant me meeting moi mon now notre
    plait please pour reunion s'il stp svp te the this to tout vous visio"""
)
_DOOR = re.compile(
    r"\s*(?:l['’]entree|l['’]acces|entry|entrance|access)\s+(?:a|de|to|for)\s+(?=\S)"
)
_PUT_OUT = re.compile(r"(?<=\w)\s(?:out|off|away|dehors)[\s.!]*\Z")
_PEOPLE_FILLERS = {"guests", "invites", "monde", "personnes"}
EVERYBODY = {"tous", "toutes", "tout", "all", "everybody", "everyone"}
_NAMES = {"noms", "nom", "names", "name"}
_ANSWERS = {"oui": True, "yes": True, "on": True, "non": False, "no": False, "off": False}


def read_invite(line: Line, here: Here) -> Invite:
    """Read people, the end after the last `jusqu'à`, and `avec code` or `avec pin`."""
    proof, line, here = read_proof(line, here)
    if looks_like_people(line.words):
        line = without_please(_after_preposition(line))
    limits = list(_UNTIL.finditer(line.shadow))
    if not limits:
        return Invite(read_people(line.words, here), proof=proof)
    last = limits[-1]
    people = read_people(line.part(0, last.start()).words, here)
    everybody = ", ".join(person.typed for person in people)
    later = replace(here, lead=f"{here.lead} {everybody} {line.text[last.start() : last.end()]}")
    limit = without_please(line.part(last.end()))
    on = hour_of_a_day(limit, later)
    try:
        return Invite(people, understand_until(limit, later), proof, on)
    except TimeRefused as error:
        # On the meeting's day, unknown here, it may be an hour to come.
        if on is None or error.facts["reason"] not in OF_ITS_DAY:
            raise
        return Invite(people, None, proof, on)


def read_resend(line: Line, here: Here) -> Resend:
    """Read one person; for the verb alone, the list of guests offers the choice."""
    return Resend(_one(line, here))


def read_revoke(line: Line, here: Here) -> Revoke:
    """Read one person, or everybody; for the verb alone, the list of guests offers the choice."""
    words = [fold(word.text) for word in line.words if word.kind is not WordKind.PAUSE]
    if words and words[0] in EVERYBODY and set(words[1:]) <= _FILLERS | _PEOPLE_FILLERS:
        return Revoke(everybody=True)
    out = _PUT_OUT.search(line.shadow)
    return Revoke(_one(line if out is None else line.part(0, out.start()), here))


def read_answer(answer: type[Admit] | type[TurnAway]) -> Reader:
    """Return a reader for the guest to admit or refuse: a name as the guest typed it, or nobody.

    An address among the words decides: lists show it beside the name.
    """

    def read(line: Line, _: Here) -> Command:
        whom = meant(_past_door(line))
        return answer(_only_address(whom) or whom.text.strip(PAUSES + QUOTES))

    return read


def _past_door(line: Line) -> Line:
    """Return the words after `l'entrée à`, which both verbs may have."""
    found = _DOOR.match(line.shadow)
    return line if found is None else line.part(found.end())


def read_language(line: Line, here: Here) -> SetLanguage:
    """Read the name of a language, in any language."""
    language = LANGUAGES.get(fold(line.text).strip(" .!"))
    if language is None:
        raise misunderstood(Reason.LANGUAGE_UNKNOWN, here, line.text)
    return SetLanguage(language)


def read_settings(line: Line, here: Here) -> Command:
    """Read a setting and its new value; the verb alone shows the settings."""
    if not meant(line).words:
        return ShowSettings()
    if (welcome := read_welcome(line)) is not None:
        return ShowSettings(welcome=welcome)
    words = [fold(word.text).strip(" .!:=") for word in line.words if word.kind is WordKind.BARE]
    match [word for word in words if word not in {"", *_FILLERS}]:
        case [name, answer] if name in _NAMES and answer in _ANSWERS:
            return ShowSettings(names=_ANSWERS[answer])
    raise misunderstood(Reason.SETTING_UNKNOWN, here, line.text)


def alone(command: Command) -> Reader:
    """Return a reader for a verb without arguments."""

    def read(line: Line, here: Here) -> Command:
        nothing_else(line, here)
        return command

    return read


def nothing_else(line: Line, here: Here) -> None:
    """Refuse words that we would ignore, except polite ones."""
    rest = meant(line)
    if rest.words:
        raise misunderstood(Reason.WORDS_UNEXPECTED, here, rest.text)


def meant(line: Line) -> Line:
    """Return the line without a preposition before it; empty if its words mean nothing here."""
    words = [word for word in line.words if word.kind is not WordKind.PAUSE]
    if all(word.kind is WordKind.BARE and _filler(word) for word in words):
        return Line.of("")
    return _after_preposition(line)


def _after_preposition(line: Line) -> Line:
    apart = len(line.words) > 1 and line.words[0].text in PREPOSITIONS
    return line.part(line.words[0].end) if apart else line


def _filler(word: Word) -> bool:
    return fold(word.text).rstrip(".!?") in {"", *_FILLERS}


def _only_address(line: Line) -> str:
    """Return the address in a line with only one, otherwise nothing."""
    typed = [word.text.strip(FRAMES) for word in line.words if "@" in word.text]
    found = {email for email in map(read_address, typed) if email is not None}
    return found.pop() if len(found) == 1 else ""


def _one(line: Line, here: Here) -> str:
    """Return the one person in the line; empty if it has no word. Raises Misunderstood."""
    who = who_in(meant(line), here)
    if not who and line.words:
        raise misunderstood(Reason.PEOPLE_MISSING, here)
    return who


def who_in(line: Line, here: Here) -> str:
    """Return the address, or else the name, of the one person in the line; empty for nobody."""
    if not line.words:
        return ""
    (one,) = read_people(line.words, here, only=True)
    return one.email or one.name or str(one.user)
