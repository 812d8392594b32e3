"""Lines that begin with a verb and do not continue as that verb requires.

A verb's name that is a noun too begins a title; otherwise the line is mistyped, asks for something
else, or is refused.
"""

import re
from dataclasses import replace

from bot.language.clock import length_at
from bot.language.command import Command, Reader, Verb
from bot.language.commands.door import Admit, TurnAway
from bot.language.commands.extend import Extend
from bot.language.commands.guests import Revoke
from bot.language.commands.invite import Invite
from bot.language.entitled import entitles
from bot.language.interpret import answer
from bot.language.line import Line
from bot.language.meeting import MEET
from bot.language.mistyped import mistyped
from bot.language.nearest import doubted, offered, unsure
from bot.language.objects import (
    ADDING,
    AT_AN_HOUR,
    CAPITALS,
    MEETING,
    MEETING_NAMES,
    about_meeting,
    capitals,
    named,
)
from bot.language.people import looks_like_people
from bot.language.refusals import JEAN, Here, Reason, misunderstood
from bot.language.scraps import is_scrap
from bot.language.sentence_words import THINGS
from bot.language.sentences import said
from bot.language.text import fold
from bot.language.timelike import timelike
from bot.language.tongues import other_tongue
from bot.language.vocabulary import NAMES
from bot.language.wish_words import Ask
from bot.language.wishes import Wish, wish_of
from bridge.domain.names import holds_address
from bridge.errors import Misunderstood

_OTHER_WORDS = (
    Reason.WORDS_UNEXPECTED,
    Reason.LANGUAGE_UNKNOWN,
    Reason.SETTING_UNKNOWN,
)
_CHANGING = (Reason.MOVE_MISSING, Reason.TITLE_MISSING, Reason.TITLE_ADDRESS)
"""Refusals of verbs that change a meeting."""
_NO_PEOPLE = (Reason.PEOPLE_MISSING, Reason.NOBODY, Reason.NAME_UNREAD)
_ENTRY = re.compile(
    r"\s*(?:l'|la\s|the\s)?(?:entree|acces|demande|entry|access|request)\s(?:a|de|to|of|for|from)\s"
)
_COLLEAGUE = re.compile(r"\b(?:collegues?|colleagues?)\b")
"""Words for colleagues, who need no guest's link."""
_OF_A_LINK = re.compile(r"\b(?:invitation|invite|lien|link|acces|access)\b")


def read_otherwise(
    verb: Verb, line: Line, here: Here, refusal: Misunderstood, read: Reader
) -> Command:
    """Return the command of a line whose verb refuses its arguments.

    `read` reads a whole line. Raises as `bot.language.options.parse` does.
    """
    reason = refusal.parameters["reason"]
    if reason in _CHANGING:
        return _unchanged(line, here, refusal)
    if holds_address(line.title):
        return MEET.read(line, here)
    better = mistyped(line, here)
    if reason == Reason.WORDS_UNEXPECTED and better is not None:
        raise better from refusal
    if reason in _OTHER_WORDS:
        titled = _titled(verb, line, here, refusal, read)
        if titled is not None:
            return titled
    if verb.key == "invite":
        _more_time(line, here, read)
    other = _other_wish(verb, line, reason)
    if other is not None:
        return answer(other, line, here, read)
    if verb.key == "revoke" and reason in _NO_PEOPLE and _of_all(line):
        raise offered(Wish(Ask.END, line.text, line), here) from refusal
    if _elsewhere(verb, line, refusal):
        raise unsure(line, here) from refusal
    raise other_tongue(line.part(line.words[0].end), here, refusal) from refusal


def _titled(
    verb: Verb, line: Line, here: Here, refusal: Misunderstood, read: Reader
) -> Command | None:
    """Return the wish or the meeting of a line that a verb's name begins, if it may be one."""
    wish = wish_of(line)
    if wish is not None and " " in wish.said:
        return answer(wish, line, here, read)
    if refusal.parameters["reason"] == Reason.WORDS_UNEXPECTED and verb.titular:
        # `remind Eva` is a wish, `Rappel des règles` a title.
        ours = wish if verb.key == "remind" else None
        return MEET.read(line, here) if ours is None else answer(ours, line, here, read)
    if entitles(line):
        raise (unsure if _about_a_thing(line, here) else doubted)(line, here) from refusal
    return None


def _unchanged(line: Line, here: Here, refusal: Misunderstood) -> Command:
    """Return a meeting if "Move" begins its title: `Move fast`, without a time or a meeting."""
    rest = line.part(line.words[0].end)
    capital = line.words[0].text == "Move" and bool(rest.words)
    if capital and not about_meeting(rest) and timelike(rest.shadow) is None:
        return MEET.read(line, here)
    raise refusal


def _about_a_thing(line: Line, here: Here) -> bool:
    """Tell whether words that begin with a command's noun are more likely speech than a title."""
    things = THINGS & {fold(word.text) for word in line.words[1:]}
    return line.text.strip()[:1].islower() and (bool(things) or said(line, here.language))


def _of_all(line: Line) -> bool:
    """Tell whether a line takes away a meeting, and no person of it."""
    return MEETING.search(line.shadow) is not None and not looks_like_people(line.words)


def _elsewhere(verb: Verb, line: Line, refusal: Misunderstood) -> bool:
    """Tell whether a verb's object differs from the one in its example."""
    rest = line.part(line.words[0].end)
    match refusal.parameters["reason"]:
        case Reason.NAME_UNREAD if not any(char.isalpha() for char in rest.text):
            return True
        case Reason.NOBODY | Reason.NAME_UNREAD:
            colleague = _COLLEAGUE.search(line.shadow) is not None
            given = verb.key == "invite" and line.first not in ADDING and not colleague
            return not given and JEAN in str(refusal.parameters["example"])
        case Reason.WORDS_UNEXPECTED:
            later = verb.key == "end" and AT_AN_HOUR.search(rest.shadow) is not None
            somebody = len(rest.words) == 1 and capitals(rest) and rest.first not in MEETING_NAMES
            about = about_meeting(rest) and not somebody
            return verb.key in ("cancel", "end") and (later or not about)
        case Reason.SETTING_UNKNOWN:
            return bool(THINGS & {fold(word.text) for word in rest.words})
        case Reason.LENGTH_MISSING:
            dotted = re.search(r"[0-9]\.[0-9]", rest.shadow) is not None
            return verb.key == "extend" and (dotted or not about_meeting(rest, named=False))
    return False


def _other_wish(verb: Verb, line: Line, reason: object) -> Wish | None:
    """Return the wish of a line if its verb's object is not the one that the verb takes.

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


def _more_time(line: Line, here: Here, read: Reader) -> None:
    """Refuse `ajouter 30min` with the line that it means."""
    wish = Wish(Ask.EXTEND, line.words[0].text, line.part(line.words[0].end))
    found = length_at(wish.rest.shadow, len(wish.rest.text) - len(wish.rest.text.lstrip()))
    if found is not None:
        answer(wish, line, here, read)


def untaken(verb: Verb, line: Line, rest: Line, here: Here) -> Misunderstood:
    """Return the refusal of a verb without a person as its object.

    The offered line for `refuser l'entrée à Jean Dupont` has the name alone.
    """
    found = _ENTRY.match(rest.shadow)
    name = "" if found is None else rest.text[found.end() :].strip()
    if verb.key not in ("admit", "refuse") or not name or not named(Line.of(name)):
        return unsure(line, here)
    typed = f"{NAMES[verb.key][here.language]} {name}"
    return misunderstood(Reason.WISH, here, rest.text, line=typed)


def takes(command: Command, line: Line) -> bool:
    """Tell whether the name may be a person: neither a thing nor "everyone"."""
    match command:
        case Invite(people=people):
            known = any(one.email or one.user for one in people)
            return (
                known or line.first not in ADDING or all(named(Line.of(one.name)) for one in people)
            )
        case Admit(who="") | TurnAway(who=""):
            return MEETING.search(line.shadow) is None
        case Revoke(who=who) | Admit(who=who) | TurnAway(who=who):
            return "@" in who or not _is_thing(who)
        case Extend(who=who):
            return "@" in who or not _is_thing(who)
    return True


def _is_thing(name: str) -> bool:
    """Tell whether a name in small letters is no name."""
    small = name[:1].islower() and is_scrap(name)
    return small or any(fold(word) in THINGS and word.islower() for word in name.split())
