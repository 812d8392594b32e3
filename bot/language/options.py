"""Reads a line that a person types to Parvis into a command, or refuses it with one that works.

prefix [when] [title]                 a meeting
prefix verb arguments                 everything else; French names, English aliases, some of two
                                      words
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.language.before import assured, check_later_order, read_before
from bot.language.command import Command, Verb
from bot.language.commands.changes import Rename
from bot.language.commands.door import Admit
from bot.language.commands.join import join_in, joined
from bot.language.commands.meetings import Link
from bot.language.courtesy import without_please
from bot.language.interpret import answer, polite_or, prefaced
from bot.language.lengthening import more_time
from bot.language.line import Line, WordKind, read_line
from bot.language.meeting import MEET, Meet
from bot.language.mistyped import mistyped, resembles
from bot.language.nearest import doubted, unsure
from bot.language.objects import MEETING, contrary
from bot.language.offers import check_unread, rewritten
from bot.language.otherwise import read_otherwise, takes, untaken
from bot.language.people import looks_like_people
from bot.language.questions import asks, unasked, what_became
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.resembling import only_resembles
from bot.language.sentences import said
from bot.language.spelling import pleading
from bot.language.text import fold, quoted
from bot.language.timelike import timelike
from bot.language.titles import marked, no_title, untitled
from bot.language.vocabulary import NAMES, verb_of
from bot.language.wish_words import Ask
from bot.language.wishes import KNOWN, Wish, addressed, wish_of
from bot.matrix.events import IncomingMessage
from bridge.domain.names import holds_address
from bridge.errors import Misunderstood, Refused
from bridge.i18n import Language
from bridge.ids import UserId

__all__ = ["Admit", "Command", "Link", "Meet", "parse"]

_ELSEWHERE = re.compile(r"\s*[/!][^\W\d_]{2}")
"""Another bot's command, which begins no title."""
_CRIED = frozenset({"stop"})
_TAKES_NO = frozenset({"language", "settings", "remind", "topics"})
"""Verbs whose arguments may be a "no"."""
"""Words to Parvis as likely as about a meeting: we ask back."""


def parse(
    message: IncomingMessage,
    *,
    me: UserId,
    my_name: str,
    prefix: str,
    now: datetime,
    zone: str,
    language: Language,
    longest: timedelta,
    bare: bool = False,
    replied: bool = False,
    titles: tuple[str, ...] = (),
) -> Command | None:
    """Return the command of a message, or `None` if it isn't addressed to us.

    `now` is aware, `zone` an IANA name. `bare`: every line is for us, as in a direct message.
    `replied`: it replies to a message of ours. `titles`: those of the meetings that are planned
    there, if the line may name one (`names_meeting`). Raises Misunderstood or TimeRefused, whose
    `parameters["example"]` is a line that we would have understood.
    """
    line = read_line(message, me=me, my_name=my_name, prefix=prefix, bare=bare)
    if line is None:
        return None
    pasted = join_in(line.text) if bare and not line.within else None
    if pasted is not None:
        return pasted
    here = Here(now=now, zone=ZoneInfo(zone), language=language, longest=longest, lead=prefix)
    here = replace(here, titles=titles)
    try:
        command = read_command(line, here)
    except Refused as refusal:
        raise assured(refusal, here, read_command) from refusal
    if isinstance(command, Meet) and not _is_meant(command, line, message, replied=replied):
        title = quoted(command.title) if command.title else ""
        raise misunderstood(Reason.TITLE_UNMARKED, here, line.text, line=title)
    return command


def names_meeting(line: Line) -> bool:
    """Tell whether a line may name a meeting by its title, without quotes."""
    found = verb_of(line)
    if found is None:
        return asks(line) or wish_of(line) is not None
    return found[0].by_title and bool(found[1].words)


def _is_meant(command: Meet, line: Line, message: IncomingMessage, *, replied: bool) -> bool:
    """Tell whether a line certainly asks for a meeting: a room made for thanks is one too many.

    After the prefix every line does, except words alone in a reply to a message of ours. After a
    mention alone, or bare in a direct message, a line does with a time, "now" or a wholly quoted
    title, unless it is a reply: other bots answer our messages so.
    """
    if line.prefixed and not replied:
        return True
    if not line.prefixed and (message.reply_to is not None or not line.words):
        return False
    now = not command.title and (line.prefixed or any(char.isalnum() for char in line.text))
    timed = now or command.start is not None or command.end is not None
    return timed or all(word.kind in (WordKind.QUOTED, WordKind.PAUSE) for word in line.words)


def read_command(line: Line, here: Here) -> Command:
    """Return the command of a line; `here.lead` is the prefix. Raises as `parse` does."""
    plain = joined(line) or _as_text(line, here)  # both may have signs of any kind
    if plain is not None:
        return plain
    line = pleading(_marked(line, here))
    early = read_before(line, here, read_command)
    if early is not None:
        return early
    check_unread(line, here, first=True)
    place = timelike(line.shadow)
    found = None if place is not None and not line.shadow[: place[0]].strip() else verb_of(line)
    if found is None or not found[0].fits(found[1]):
        return _read_other(line, here)
    verb, rest = found
    if verb.acts and verb.key not in _TAKES_NO and contrary(rest):
        raise unsure(line, here)
    if asks(line) and verb.acts:
        raise _asked(line, here)
    name = NAMES[verb.key][here.language]
    try:
        command = verb.read(rest, replace(here, lead=f"{here.lead} {name}"))
    except Misunderstood as refusal:
        return _read_else(verb, line, rest, here, refusal)
    if not takes(command, line):
        raise untaken(verb, line, rest, here)
    if line.first in _CRIED and MEETING.search(rest.shadow) is None:
        raise misunderstood(Reason.WISH, here.bare, line.text, line=name)
    return command


def _marked(line: Line, here: Here) -> Line:
    """Return a line with quotes around the title of the meeting that it names."""
    verb, rest = verb_of(line) or (None, line)
    if verb is None or not verb.by_title:
        return line
    at = len(line.text) - len(rest.text)
    return marked(line, at, here, renames=verb.command is Rename)


def _read_else(verb: Verb, line: Line, rest: Line, here: Here, refusal: Misunderstood) -> Command:
    """Return the command of a line that its verb's reader refuses, if it has another meaning."""
    if not verb.by_title or refusal.parameters["reason"] != Reason.WORDS_UNEXPECTED:
        return read_otherwise(verb, line, here, refusal, read_command)
    return _read_untitled(verb, line, rest, here, refusal)


def _read_untitled(
    verb: Verb, line: Line, rest: Line, here: Here, refusal: Misunderstood
) -> Command:
    """Return the command of a line whose words after the verb are no title of a meeting.

    Raises Misunderstood, with the titles that there are if the words may be meant as one.
    """
    there = replace(here, lead=f"{here.lead} {NAMES[verb.key][here.language]}")
    alike = untitled(rest, there)
    if alike is not None:
        raise alike from refusal
    try:
        return read_otherwise(verb, line, here, refusal, read_command)
    except Misunderstood as other:
        raise (
            no_title(rest, there, other) if verb.acts and not verb.titular else other
        ) from refusal


def _as_text(line: Line, here: Here) -> Command | None:
    """Return the command of a line with a text, if it is certainly one, or of its verb alone."""
    verb, rest = verb_of(line) or (None, line)
    if verb is None or not verb.text:
        return None
    named = line.text[: len(line.text) - len(rest.text)]
    if named.endswith(":"):
        rest = Line.of(f": {rest.text}")
    said = rest.text.strip(" ?.!")
    if said and not said.startswith((":", "=")) and "\n" not in rest.text:
        return None
    return verb.read(rest, here)


def _asked(line: Line, here: Here) -> Misunderstood:
    """Return the refusal of a question about an act, with an example that does it."""
    text = rewritten(unasked(line), here, read_command)
    return misunderstood(Reason.QUESTION, here, line.text, line=text)


def _read_other(line: Line, here: Here) -> Command:
    """Return the command of a line without a verb: thanks, a wish, or a meeting."""
    check_later_order(line, here, read_command)
    if not line.words or holds_address(line.title):
        return MEET.read(line, here)
    courteous = polite_or(line, here, read_command)
    if courteous is not None:
        return courteous
    line = without_please(line)
    plain = unasked(line) if asks(line) else line
    more = more_time(plain, here)
    if more is not None:
        raise more
    if looks_like_people(line.words[:1]):
        return MEET.read(line, here)
    better = None if plain.first in KNOWN else mistyped(plain, here)
    if better is not None:
        raise better
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
    """Return the meeting of a line that asks for nothing else, if it is one."""
    if plain is not line:
        raise _questioned(line, plain, here)
    if resembles(line) or _ELSEWHERE.match(line.text):
        raise unsure(line, here)
    return MEET.read(line, here)


def _questioned(line: Line, plain: Line, here: Here) -> Misunderstood:
    """Return the refusal of a question: with its meeting if a time begins it, else with help."""
    place = timelike(plain.shadow)
    timed = place is not None and not plain.shadow[: place[0]].strip()
    meant = timed and not addressed(plain) and not said(plain, here.language)
    return (_asked if meant else unsure)(line, here)


def _check_meant(wish: Wish, line: Line, plain: Line, here: Here) -> None:
    """Refuse a question about a state, or a title that resembles a wish. Raises Misunderstood."""
    question = plain is not line
    if question and wish.ask is Ask.END and what_became(plain):
        raise unsure(line, here)
    if not question and only_resembles(line, here.language):
        raise doubted(line, here)
