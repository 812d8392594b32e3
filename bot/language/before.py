"""Readings of a line before the search for its verb: spelling, courtesy, form.

Their results only show something, or are offered: we never run a line at once that was typed
otherwise.
"""

from bot.language.command import Command, Polite, Reader
from bot.language.commands.extend import Extend
from bot.language.commands.guests import Guests, Resend
from bot.language.commands.invite import Invite
from bot.language.contrary import is_contrary
from bot.language.courtesy import only_closes, uncourteous, without_please
from bot.language.interpret import SHOWING
from bot.language.line import Line, WordKind
from bot.language.moving import moves
from bot.language.nearest import offered, with_help
from bot.language.offers import rewritten
from bot.language.questions import asks, whether_invited
from bot.language.recurring import only_recurs
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.rescheduling import rescheduled
from bot.language.sentences import said
from bot.language.spelling import spelt_out
from bot.language.spoken import typed_out
from bot.language.text import AROUND, normal
from bot.language.thanks import wishes_well
from bot.language.tongues import tongue_in, tongue_refused
from bot.language.vocabulary import verb_of
from bot.language.wish_words import VERB_WORDS, Ask
from bot.language.wishes import Wish
from bridge.errors import Refused

_GIVING = (Extend, Resend, Invite, *SHOWING)


def read_before(line: Line, here: Here, read: Reader) -> Command | None:
    """Return the command of a line that only shows something, by its likely meaning.

    `None` if the line means what it says. Raises as `bot.language.options.parse` does.
    """
    if only_closes(line) or wishes_well(line):
        return Polite()
    for meant in (uncourteous(line), spelt_out(line), typed_out(line)):
        if meant is not None:
            return _shown(meant, line, here, read)
    if whether_invited(line):
        return Guests()
    if moves(line) and verb_of(line) is None:
        raise rescheduled(Wish(Ask.MOVE, line.text.strip(), line), line, here)
    if only_recurs(line.shadow) and line.text.strip().islower():
        raise offered(Wish(Ask.OTHER, line.text.strip(), line), here)
    tongue = tongue_in(line)
    if tongue:
        raise tongue_refused(tongue, line, here)
    return None


def check_later_order(line: Line, here: Here, read: Reader) -> None:
    """Refuse `on déborde, prolonge de 15min` with the order that ends it. Raises Misunderstood.

    It offers only orders that give something: the words before may take back the others.
    """
    pauses = [word for word in line.words if word.kind is WordKind.PAUSE]
    if not pauses or not line.text.strip()[:1].islower() or asks(line):
        return
    first, order = line.part(0, pauses[-1].start), without_please(line.part(pauses[-1].end))
    others = (*first.words, *order.words[1:])
    if order.first not in VERB_WORDS or is_contrary(word.text for word in others):
        return
    text = rewritten(order, here, read)
    if said(first, here.language) and isinstance(read(Line.of(text), here), _GIVING):
        raise misunderstood(Reason.WISH, here.bare, line.text, line=text.strip(AROUND))


def _shown(meant: Line, line: Line, here: Here, read: Reader) -> Command:
    command = read(meant, here)
    if isinstance(command, (*SHOWING, Polite)):
        return command
    raise misunderstood(Reason.WISH, here.bare, line.text, line=meant.text.strip(AROUND))


def assured(refusal: Refused, here: Here, read: Reader) -> Refused:
    """Return a refusal with an example that we can read: its own, or else the one for help."""
    typed = str(refusal.parameters["example"])
    try:
        command = read(Line.of(normal(typed.removeprefix(here.lead).lstrip(" \n,:"))), here)
    except Refused:
        command = None
    return with_help(refusal, here) if command is None else refusal
