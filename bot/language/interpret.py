"""Lines that are no command as they stand: thanks, wishes in other words, questions.

A wish is done where it surely is a command that only shows something; else it is refused with the
nearest command. Nothing here makes a meeting.
"""

import re
from collections.abc import Mapping

from bot.language.again import sent_again
from bot.language.command import (
    Command,
    Diagnose,
    Guests,
    Help,
    Host,
    Link,
    List,
    Meet,
    Polite,
    Reader,
)
from bot.language.command_names import NAMES
from bot.language.lengthening import extended, more_time
from bot.language.line import Line
from bot.language.nearest import NOW, doubted, ending, offered, unsure
from bot.language.objects import (
    ARTICLE,
    ASKING,
    AT_AN_HOUR,
    AT_THE_DOOR,
    CAPITALS,
    END_HOURS,
    IDLE,
    MAILS,
    MEETING_NAMES,
    OF_END,
    OF_THE_LINK,
    SENT,
    THEIRS,
    capitals,
    ends_as_noun,
    makes_a_thing,
    people_in,
    titled,
    words_of,
)
from bot.language.offers import rewritten
from bot.language.people import looks_like_people
from bot.language.questions import PLANNED, about_plans
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.sentence_words import ADVERBS
from bot.language.sentences import said
from bot.language.text import AROUND, fold, quoted, word_set
from bot.language.thanks import AGREED_TO, greeting, polite
from bot.language.timelike import timelike
from bot.language.wish_words import VERB_WORDS, Ask
from bot.language.wishes import Wish, addressed, created, wish_of
from bridge.errors import Misunderstood

SHOWING = (Guests, List, Link, Help, Diagnose, Host)
"""Commands that change nothing."""
_SHOWN: Mapping[Ask, Command] = {
    Ask.GUESTS: Guests(),
    Ask.LIST: List(),
    Ask.LINK: Link(),
    Ask.HELP: Help(),
}
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
_MEETING = re.compile(
    r"\b(?:reunion|visio|visioconference|conf|meeting|call|rdv|rendez-vous|appel)\b"
)
_LINK_WORDS = word_set(
    "rejoint entrer acceder ou where rejoindre join lien link connecter connect url"
)
_ABOUT = (
    (Ask.END, word_set("annule arrete termine supprime cancel stop")),
    (Ask.LINK, _LINK_WORDS),
    (Ask.GUESTS, frozenset({"invites", "guests", "participants", "invited", "attendees"})),
    (Ask.LIST, frozenset({"heure", "quand", "when", "time", "meetings", "reunions", "reus"})),
)
"""What a question is about, by one of its words."""
_LET_IN = re.compile(r"\s*laiss\w+(?:-\w+)?\s(?:.*\s)?entrer")
_LINKS = frozenset({"lien", "link", "url"})
_HOW = frozenset({"comment", "how", "pourquoi", "why", "what", "que", "quoi", "qu'est-ce"})
_DENIED = re.compile(
    r"(?<![\w'-])(?:ne|n'|not|don't|dont|doesn't|never|jamais|pas|no|sans|without)(?![\w-])|n't\b"
)
_ABOUT_NAME = re.compile(r"\s*(?:à|de|d['’]|avec|with|to|for|pour)\s?[A-ZÀ-Ý][\w'-]+\s*")
_LED_BY_NONE = re.compile(
    r"\s*(?:pardon|sorry|desolee?|oups|oops|see\syou|a\s(?:demain|bientot|plus|toute|tout\s(?:a\sl'heure|de\ssuite))"
    r"|bye|goodbye|au\srevoir|bonne?|good\s(?:night|bye))(?![\w'-])"
)
"""What follows an excuse or a farewell mends or tells; it orders nothing."""
_NOWS = frozenset({"now", "maintenant", "tout", "right"})


def polite_or(line: Line, here: Here, read: Reader) -> Command | None:
    """Return thanks and greetings as what they are, and the command after them; else `None`."""
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
    """Tell whether what follows a greeting is more than politeness."""
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
    """Return the command that a wish surely is. Raises Misunderstood with the nearest one."""
    how = fold(wish.said).partition(" ")[0] in _HOW
    if wish.ask is Ask.GUESTS and addressed(line):
        wish = Wish(Ask.HELP, wish.said, wish.rest)
    if wish.ask in (Ask.TALK, Ask.HELP, Ask.INVITE) and not how:
        meant = prefaced(line, here, read)
        if meant is not None:
            return meant
    words = words_of(wish.rest)
    if _LET_IN.match(line.shadow):
        wish = Wish(Ask.ADMIT, wish.said, wish.rest)
    if wish.ask in (Ask.HELP, Ask.TALK) and not how:
        about = _about(wish, line, words)
        if about is not None:
            wish = Wish(about, wish.said, wish.rest)
    elif how and words <= IDLE and words & _LINK_WORDS:
        wish = Wish(Ask.LINK, wish.said, wish.rest)
    if wish.ask is Ask.HELP and about_plans(fold(wish.said), words):
        wish = Wish(Ask.LIST, wish.said, wish.rest)
    if wish.ask in _SHOWN and words <= IDLE:
        return _SHOWN[wish.ask]
    raise _refusal(wish, line, here, read)


def _about(wish: Wish, line: Line, words: set[str]) -> Ask | None:
    """Return what is spoken of by one of its words; of what is denied or said, the link alone."""
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
    """Return the refusal of a wish that is not done as it stands."""
    reminded = fold(wish.said).startswith(("remind", "rappel"))
    if wish.ask is Ask.OTHER and reminded and people_in(wish.rest):
        wish = Wish(Ask.RESEND, wish.said, wish.rest)
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
            return _meet(wish, line, here, read)
        case Ask.END | Ask.REMOVE:
            return _taken_away(wish, line, here)
        case Ask.INVITE | Ask.RESEND:
            return _invited(wish, line, here)
        case Ask.EXTEND:
            return extended(wish, here)
        case Ask.ADMIT | Ask.TURN_AWAY:
            known = words_of(wish.rest) <= OF_END | AT_THE_DOOR
        case _:
            known = _is_known(wish)
    return offered(wish, here, "" if known else NAMES["help"][here.language])


def _is_known(wish: Wish) -> bool:
    """Tell whether all that a question is about is known, or it is about a meeting by its name."""
    words = words_of(wish.rest)
    if words <= IDLE | OF_END | ASKING | (AT_THE_DOOR if wish.ask is Ask.GUESTS else frozenset()):
        return True
    if wish.ask is Ask.LIST:
        return bool(words & (MEETING_NAMES | PLANNED))
    return wish.ask is Ask.LINK and titled(wish.rest)


def prefaced(line: Line, here: Here, read: Reader) -> Command | None:
    """Return what is asked for after words such as "can you", where it only shows something.

    Raises Misunderstood with the line that does the rest.
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
    if wish is None and timelike(rest.shadow) and _MEETING.search(line.shadow):
        raise _meet(Wish(Ask.MEET, line.title, rest), rest, here, read)
    return None


def _verb(line: Line, here: Here, read: Reader) -> Command:
    command = read(line, here)
    if isinstance(command, SHOWING):
        return command
    raise misunderstood(Reason.WISH, here.bare, line.text, line=line.text.strip(AROUND))


def _meet(wish: Wish, line: Line, here: Here, read: Reader) -> Misunderstood:
    """Return the refusal of "create a meeting …", whose example makes it."""
    if wish.rest.first in ADVERBS:
        wish = Wish(wish.ask, wish.said, wish.rest.part(wish.rest.words[0].end))
    rest = created(wish)
    noun = _MEETING.search(line.shadow[: len(line.text) - len(rest.text)]) is not None
    if (
        not rest.words
        or noun
        or rest.first in _NOWS
        or timelike(rest.shadow)
        or looks_like_people(rest.words)
    ):
        text = rewritten(rest, here, lambda one, context: _only_meet(one, context, read))
    elif said(rest, here.language) or (
        (capitals(rest) or ARTICLE.match(wish.rest.shadow)) and line.text.strip()[:1].islower()
    ):
        text = NAMES["help"][here.language]
    else:
        text = quoted(line.title)
    small = line.text.strip()[:1].islower()
    thing = makes_a_thing(wish.rest) or fold(wish.said).endswith((" a", " an", " the", " une"))
    if makes_a_thing(rest) or (small and not noun and thing and timelike(rest.shadow) is None):
        text = NAMES["help"][here.language]
    return misunderstood(Reason.WISH, here.bare, wish.said, line=text)


def _only_meet(line: Line, here: Here, read: Reader) -> Meet:
    command = read(line, here)
    if not isinstance(command, Meet):
        raise doubted(line, here)
    return command


def _taken_away(wish: Wish, line: Line, here: Here) -> Misunderstood:
    """Return the refusal of "delete …": the link of whoever is named, else the meeting's end."""
    people = people_in(wish.rest)
    name = "" if people else _named_in(wish)
    if _of_something_else(wish, people or name):
        return offered(wish, here, NAMES["help"][here.language])
    if people or (name and (_of_theirs(wish) or " " in name)):
        return offered(wish, here, f"{NAMES['revoke'][here.language]} {people or name}")
    return _ended(wish, line, here)


def _of_theirs(wish: Wish) -> bool:
    """Tell whether a wish is about somebody's link rather than about the meeting."""
    return wish.ask is Ask.REMOVE or bool(words_of(wish.rest) & THEIRS)


def _named_in(wish: Wish) -> str:
    """Return whom a wish that takes away names: all its words, or those with a capital."""
    name, inside = capitals(wish.rest), CAPITALS.search(wish.rest.text)
    return inside[0] if not name and inside is not None and _of_theirs(wish) else name


def _of_something_else(wish: Wish, who: str) -> bool:
    """Tell whether there is more beside somebody than their link, or an hour to end at."""
    beside = words_of(wish.rest) - {fold(word) for word in re.split(r"[\s,;<>()]+", who)}
    others = {word for word in beside if "@" not in word}
    if who and not others <= OF_END | OF_THE_LINK:
        return True
    later = wish.ask is Ask.END and "annul" not in fold(wish.said)
    return later and AT_AN_HOUR.search(wish.rest.shadow) is not None


def _ended(wish: Wish, line: Line, here: Here) -> Misunderstood:
    """Return the refusal of "delete the meeting", whose line ends it if all is understood."""
    words = {word for word in words_of(wish.rest) if not END_HOURS.fullmatch(word)}
    if wish.ask is Ask.REMOVE and words <= OF_END and _MEETING.search(wish.rest.shadow):
        return offered(wish, here, ending(wish, here))
    if ends_as_noun(wish.said, wish.rest):
        return doubted(line, here)
    named = bool(words) and wish.rest.words[-1].text[:1].isupper() and _spoken_of(wish.rest)
    named = named or titled(wish.rest) or titled(line.part(line.words[0].end))
    if wish.ask is Ask.END and (words <= OF_END | {"end", "fin", "mettre"} or named):
        return offered(wish, here)
    return offered(wish, here, NAMES["help"][here.language])


def _spoken_of(rest: Line) -> bool:
    """Tell whether a name is surely a meeting's: with a word for one, or of several words."""
    somebody = _ABOUT_NAME.fullmatch(rest.text) is not None
    return _MEETING.search(rest.shadow) is not None or not (somebody or capitals(rest))


def _invited(wish: Wish, line: Line, here: Here) -> Misunderstood:
    """Return the refusal of "send … to …", whose line invites whoever is named, or sends again."""
    people = people_in(wish.rest)
    led = fold(wish.said) in ("avec", "with")
    if people and words_of(wish.rest) & (SENT - {"invite", "guest", "url", "links", "liens"}):
        text = NAMES["help"][here.language]
    elif people and led:
        text = f"{NOW[here.language]} {line.text.strip(AROUND)}"
    elif people:
        again = wish.ask is Ask.RESEND and ", " not in people  # of one person alone
        text = f"{NAMES['resend' if again else 'invite'][here.language]} {people}"
    else:
        return _sent(wish, line, here, led=led)
    return offered(wish, here, text)


def _sent(wish: Wish, line: Line, here: Here, *, led: bool) -> Misunderstood:
    """Return the refusal of "send …" to nobody; `led`: of "with …"."""
    words, text = words_of(wish.rest), NAMES["help"][here.language]
    if led and not wish.rest.text.strip()[:1].islower():
        return doubted(line, here)
    whom = None if led else sent_again(wish, line, words)
    if whom is not None:
        text = f"{NAMES['resend'][here.language]} {whom}".strip()
    elif not led and words & _LINK_WORDS:
        text = NAMES["link"][here.language]
    elif not led and wish.ask is Ask.INVITE:
        return extended(wish, here)
    elif words <= IDLE | OF_END | OF_THE_LINK | MAILS or capitals(wish.rest):
        text = "" if not led else text
    return offered(wish, here, text)
