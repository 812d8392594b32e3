"""Parts of verbs' arguments, for the readers in `bot.language.commands`."""

from bot.language.command import Command, Reader
from bot.language.line import Line, Word, WordKind
from bot.language.people import read_people
from bot.language.person import PREPOSITIONS
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.text import fold, word_set

OF_ITS_DAY = {Reason.PAST, Reason.GAP, Reason.FOLD}
"""Refusals of an hour on one day that may be valid on another."""
FILLERS = word_set(
    """a au aux cette ce ces d' de des du for la le les l' maintenant me meeting moi mon now notre
    plait please pour reunion s'il stp svp te the this to tout vous visio"""
)
EVERYBODY = {"tous", "toutes", "tout", "all", "everybody", "everyone"}


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
    return after_preposition(line)


def after_preposition(line: Line) -> Line:
    """Return the line without a preposition before its other words."""
    apart = len(line.words) > 1 and line.words[0].text in PREPOSITIONS
    return line.part(line.words[0].end) if apart else line


def _filler(word: Word) -> bool:
    return fold(word.text).rstrip(".!?") in {"", *FILLERS}


def one_in(line: Line, here: Here) -> str:
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
