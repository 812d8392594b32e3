"""Lines that are no command as typed: thanks, wishes in other words, questions.

We run a wish if it is certainly a command that only shows something; otherwise we refuse it with
the nearest command. Nothing here makes a meeting.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.language.command import Command, OfMeeting, Polite, Reader
from bot.language.commands.guests import Guests
from bot.language.commands.meetings import Link, List
from bot.language.lengthening import extended, more_time
from bot.language.line import Line
from bot.language.making import made
from bot.language.nearest import offered, unsure
from bot.language.objects import (
    ANY_MEETING,
    ASKING,
    AT_THE_DOOR,
    IDLE,
    LINK_WORDS,
    MEETING_NAMES,
    OF_END,
    capitals,
    people_in,
    titled,
    words_of,
)
from bot.language.people import looks_like_people
from bot.language.questions import PLANNED, about_plans
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.rescheduling import rescheduled
from bot.language.sending import invited
from bot.language.taking_away import taken_away
from bot.language.text import AROUND, fold, word_set
from bot.language.thanks import AGREED_TO, greeting, polite
from bot.language.timelike import timelike
from bot.language.titles import known_in
from bot.language.vocabulary import NAMES, VERBS, Help
from bot.language.wish_words import VERB_WORDS, Ask
from bot.language.wishes import Wish, addressed, wish_of
from bridge.errors import Misunderstood

SHOWING: tuple[type[Command], ...] = tuple(verb.command for verb in VERBS if not verb.acts)
"""Commands that change nothing."""
_SHOWN: Mapping[Ask, Command] = {
    Ask.GUESTS: Guests(),
    Ask.LIST: List(),
    Ask.LINK: Link(),
    Ask.HELP: Help(),
}
_OF_ONE: Mapping[Ask, OfMeeting] = {Ask.GUESTS: Guests(), Ask.LINK: Link()}
"""Those about one meeting."""
_PREFACE = re.compile(
    r"""[\s,.!:;]*(?:
      (?:est-ce\sque?\s?|c'est\spossible\s(?:de|d')\s?)
     |(?:(?:tu|vous|on|je|we|you|i)\s(?:peux|pouvez|pourrais|pourriez|pourrait|peut|puis|can|could
        |may|would|will|might|should|dois|doit|devrais)
       |(?:peux|pourrais|veux)-?\s?tu|(?:pouvez|pourriez|voulez)-?\s?vous|peut-?\s?on|puis-je
       |pourrai[ts]-(?:on|je)|(?:can|could|would|will|may|might|shall|should)\s(?:you|we|i)
       |(?:je|nous|on)\s(?:veux|voudrais|souhaite|souhaiterais|voulons|voudrait|aimerais|veut)
       |j'aimerais|j'ai\sbesoin\s(?:de|d')|j'ai\s|(?:i|we)\s(?:want|need|would\slike|wish)(?:\sto)?
       |i'd\slike(?:\sto)?|il\s(?:me\s)?(?:faut|faudrait)|est-il\spossible\s(?:de|d')
       |is\sit\spossible\sto|merci\s(?:de|d')|veuillez|let's|please|pls|svp|stp
       |s'il\s(?:te|vous)\spla[iî]t|donc|alors|hey|et|and|also|aussi|bien|vouloir|me|m'|nous|moi
       |how\s(?:do|can)\s(?:i|we|you)|comment\s(?:on\s|je\s|faire\spour\s|est-ce\squ'on\s)?
       |go\sand|just|kindly|on|we|nous|(?<=\s)(?:la|le|les|the|l'|mes|my)|simplement|juste|de\s|d')
     |(?:(?:re)?donne[rsz]?|donnez|montre[rz]?|affiche[rz]?|voir|avoir|have|savoir|connaitre|give|show|get|see|know|tell|dis|dites
        |rappelle|consulter|verifier|check)(?:-(?:moi|nous))?(?:\s(?:me|us|moi|nous))?
    )(?:\s(?:l[ea](?=\s)|l')(?=\s?[a-z]+(?:er|re|ir)\b))?(?=[\s,:]|(?<=[' ])|\Z)\s*""",
    re.VERBOSE,
)
_POLITELY = re.compile(
    r"[\s,.!:;]*(?:(?:please|pls|svp|stp|s'il\s(?:te|vous)\splait|alors|hey|donc)[\s,.!:;]*)+"
)
_ABOUT = (
    (Ask.END, word_set("annule arrete termine supprime cancel stop")),
    (Ask.LINK, LINK_WORDS),
    (Ask.GUESTS, frozenset({"invites", "guests", "participants", "invited", "attendees"})),
    (Ask.LIST, frozenset({"heure", "quand", "when", "time", "meetings", "reunions", "reus"})),
)
"""Subjects of questions, by one of their words."""
_LET_IN = re.compile(r"\s*laiss\w+(?:-\w+)?\s(?:.*\s)?entrer")
_LINKS = frozenset({"lien", "link", "url"})
_HOW = frozenset({"comment", "how", "pourquoi", "why", "what", "que", "quoi", "qu'est-ce"})
_DENIED = re.compile(
    r"(?<![\w'-])(?:ne|n'|not|don't|dont|doesn't|never|jamais|pas|no|sans|without)(?![\w-])|n't\b"
)
_LED_BY_NONE = re.compile(
    r"\s*(?:pardon|sorry|desolee?|oups|oops|see\syou|a\s(?:demain|bientot|plus|toute|tout\s(?:a\sl'heure|de\ssuite))"
    r"|bye|goodbye|au\srevoir|bonne?|good\s(?:night|bye))(?![\w'-])"
)
"""The words after an excuse or a farewell explain something; they order nothing."""


def polite_or(line: Line, here: Here, read: Reader) -> Command | None:
    """Return the thanks or greetings, or the command after them; otherwise `None`."""
    end = greeting(line)
    rest = line.part(end)
    if polite(line) and not (end and _commands(rest)):
        return Polite()
    if rest.words and (_LED_BY_NONE.match(line.shadow) or AGREED_TO.match(line.shadow)):
        raise unsure(line, here, AROUND)
    return read(_unled(rest), here) if end else None


def _unled(line: Line) -> Line:
    found = re.match(r"[\s,.!:;-]*(?:(?:de\s|d'|pour\s|à tous\s|a tous\s)(?=\S))?\s*", line.shadow)
    return line if found is None else line.part(found.end())


def _commands(rest: Line) -> bool:
    """Tell whether the words after a greeting are more than politeness."""
    rest = _unled(rest)
    if not rest.words:
        return False
    wish = wish_of(rest)
    if wish is not None and wish.ask not in (Ask.TALK, Ask.INVITE, Ask.OTHER):
        return True
    return (
        rest.first in VERB_WORDS
        or timelike(rest.shadow) is not None
        or looks_like_people(rest.words)
    )


def answer(wish: Wish, line: Line, here: Here, read: Reader) -> Command:
    """Return the command that a wish certainly is. Raises Misunderstood with the nearest one."""
    how = fold(wish.said).partition(" ")[0] in _HOW
    if wish.ask is Ask.GUESTS and addressed(line):
        wish = replace(wish, ask=Ask.HELP)
    if wish.ask in (Ask.TALK, Ask.HELP, Ask.INVITE) and not how:
        meant = prefaced(line, here, read)
        if meant is not None:
            return meant
    words = words_of(wish.rest)
    if _LET_IN.match(line.shadow):
        wish = replace(wish, ask=Ask.ADMIT)
    if wish.ask in (Ask.HELP, Ask.TALK) and not how:
        about = _about(wish, line, words)
        if about is not None:
            wish = replace(wish, ask=about)
    elif how and words <= IDLE and words & LINK_WORDS:
        wish = replace(wish, ask=Ask.LINK)
    if wish.ask is Ask.HELP and about_plans(fold(wish.said), words):
        wish = replace(wish, ask=Ask.LIST)
    shown = _showing(wish, words, here)
    if shown is not None:
        return shown
    raise _refusal(wish, line, here, read)


def _showing(wish: Wish, words: set[str], here: Here) -> Command | None:
    """Return the command of a wish that only asks to be shown something; of one meeting, too."""
    if wish.ask in _SHOWN and words <= IDLE:
        return _SHOWN[wish.ask]
    title, beside = known_in(wish.rest, here)
    if title and wish.ask in _OF_ONE and words_of(beside) <= IDLE:
        return replace(_OF_ONE[wish.ask], title=title)
    return None


def _about(wish: Wish, line: Line, words: set[str]) -> Ask | None:
    """Return the subject that one of the words names; in denials or statements, only the link."""
    if _DENIED.search(line.shadow):
        return None
    said = wish.ask is Ask.TALK
    for ask, known in _ABOUT:
        about = words & (_LINKS if said and ask is Ask.LINK else known)
        about -= {"heure"} if "une" in words else set()  # a length
        if about and (ask is not Ask.END or words - about <= OF_END | IDLE):
            return ask
    return None


def _refusal(wish: Wish, line: Line, here: Here, read: Reader) -> Misunderstood:
    """Return the refusal of a wish that we do not run as typed."""
    reminded = fold(wish.said).startswith(("remind", "rappel"))
    if wish.ask is Ask.OTHER and reminded and people_in(wish.rest):
        wish = replace(wish, ask=Ask.RESEND)
    match wish.ask:
        case Ask.LANGUAGE:
            english = re.search(r"anglais|english", line.shadow) is not None
            verb, what = "language", "en" if english else "fr"
        case Ask.ADMIT | Ask.TURN_AWAY if capitals(wish.rest):
            verb, what = wish.ask.value, capitals(wish.rest)
        case _:
            return _nearest(wish, line, here, read)
    return offered(wish, here, f"{NAMES[verb][here.language]} {what}")


def _nearest(wish: Wish, line: Line, here: Here, read: Reader) -> Misunderstood:
    match wish.ask:
        case Ask.MEET:
            return made(wish, line, here, read)
        case Ask.END | Ask.REMOVE:
            return taken_away(wish, line, here)
        case Ask.INVITE | Ask.RESEND:
            return invited(wish, line, here)
        case Ask.EXTEND:
            return extended(wish, here)
        case Ask.MOVE:
            return rescheduled(wish, line, here)
        case Ask.ADMIT | Ask.TURN_AWAY:
            known = words_of(wish.rest) <= OF_END | AT_THE_DOOR
        case _:
            known = _is_known(wish)
    return offered(wish, here, "" if known else NAMES["help"][here.language])


def _is_known(wish: Wish) -> bool:
    """Tell whether we know all words of a question, or it names a meeting."""
    words = words_of(wish.rest)
    if words <= IDLE | OF_END | ASKING | (AT_THE_DOOR if wish.ask is Ask.GUESTS else frozenset()):
        return True
    if wish.ask is Ask.LIST:
        return bool(words & (MEETING_NAMES | PLANNED))
    return wish.ask is Ask.LINK and titled(wish.rest)


def prefaced(line: Line, here: Here, read: Reader) -> Command | None:
    """Return the command after words such as "can you", if it only shows something.

    Raises Misunderstood with a line that works for any other.
    """
    rest, begun = line, 0
    while (found := _PREFACE.match(rest.shadow)) is not None and found.end():
        begun += found.end()
        rest = line.part(begun)
    if not begun or not rest.words:
        return None
    more = more_time(rest, here)
    if more is not None:
        raise more
    if rest.first in VERB_WORDS:
        return _verb(rest, here, read)
    wish = wish_of(rest)
    if wish is not None and wish.ask is not Ask.TALK:
        return answer(wish, rest, here, read)
    timed = wish is None and timelike(rest.shadow)
    if timed and (ANY_MEETING.search(line.shadow) or _POLITELY.fullmatch(line.shadow, 0, begun)):
        raise made(Wish(Ask.MEET, line.title, rest), rest, here, read)
    return None


def _verb(line: Line, here: Here, read: Reader) -> Command:
    command = read(line, here)
    if isinstance(command, SHOWING):
        return command
    raise misunderstood(Reason.WISH, here.bare, line.text, line=line.text.strip(AROUND))
