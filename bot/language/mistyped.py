"""First words that are nearly a verb's name: `invitter jean@x.example`, `admetre`, `anulre`.

We offer a command that takes something away only if one letter is wrong, or two are swapped.
"""

from collections.abc import Iterator

from bot.language.command import Verb
from bot.language.commands.door import Admit, TurnAway
from bot.language.commands.guests import Resend, Revoke
from bot.language.commands.invite import Invite
from bot.language.line import Line
from bot.language.nearest import DESTRUCTIVE
from bot.language.objects import named
from bot.language.people import looks_like_people
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.text import fold, slipped, swapped, word_set
from bot.language.vocabulary import BY_NAME, NAMES
from bridge.errors import Misunderstood, Refused

_SHORT = 3
"""The fewest letters of a verb for a word alone in small letters."""
_STRAY = 6
"""The fewest letters of a verb with a letter two places off."""
_WORDS = word_set(
    """accent accents admin admis aides annexe annual annuel aspect attend canal except extent
    handover handovers takeover takeovers
    extents externe incite inedite invitation invoice invoices legend lieu lire navire parcel
    present recent refus refuge refugie refuges remede remise remorse remote reseau resent
    terminal terminale terminals terminus terrine"""
)
"""Words of their own, even if they are near a verb."""
_NAME = 2
"""The most words of a name in small letters."""
_FAR = 2
_LONG = 6
_IMPERATIVES = ("annule", "termine")
"""Imperatives as short as the names."""
_SHOWN = (
    *_IMPERATIVES,
    *(fold(name) for names in NAMES.values() for name in names.values() if name),
)


def mistyped(line: Line, here: Here) -> Misunderstood | None:
    """Return a suggestion if the first word is nearly a verb and the rest suits that verb.

    `Remote daily` is a title although `remote` is nearly `remove`; `invitter jean@x.example` and
    `invités jean@x.example` are not.
    """
    alone, rest = _alone_in(line), line.part(line.words[0].end)
    for close, sure in _near(line):
        verb = BY_NAME[close]
        gives = verb.key not in DESTRUCTIVE and len(close) >= verb.shortest
        if _suits(verb, rest, here) or (alone and (sure or gives)):
            lengthens = alone and verb.key == "extend"
            words = f"{NAMES['extend'][here.language]} 30min" if lengthens else close
            corrected = f"{words} {rest.text.strip()}".strip()
            return misunderstood(Reason.VERB_MISTYPED, here, line.words[0].text, line=corrected)
    return None


def _suits(verb: Verb, rest: Line, here: Here) -> bool:
    try:
        command = verb.read(rest, here)
    except Refused:
        return False
    if isinstance(command, Invite):
        return looks_like_people(rest.words) or named(rest)
    if isinstance(command, Admit | TurnAway):
        return (_somebody(rest) and command.who != "") or looks_like_people(rest.words)
    one = isinstance(command, Resend) or (isinstance(command, Revoke) and not command.everybody)
    return not one or looks_like_people(rest.words)


def _somebody(rest: Line) -> bool:
    """Tell whether words are a name, also in small letters: a mistyped `admettre` harms nobody."""
    return named(rest) or (
        len(rest.words) <= _NAME and all(word.text.isalpha() for word in rest.words)
    )


def resembles(line: Line) -> bool:
    """Tell whether a line is one small-letter word within two typing errors of a verb's name."""
    word = line.first
    if not (_alone_in(line) and word.isalpha()) or word in _WORDS:
        return False
    return any(_likely(word, name) and _errors(word, name) <= _FAR for name in _SHOWN)


def _alone_in(line: Line) -> bool:
    """Tell whether a line is one word in small letters."""
    return len(line.words) == 1 and line.text.strip().islower()


def _near(line: Line) -> Iterator[tuple[str, bool]]:
    """Yield the verbs' names within one typing error of the first word, and whether it is certain.

    A moved, lost or doubled letter is certainly a typing error; a changed one may be another word.
    """
    word, alone = line.first, _alone_in(line)
    if word in _WORDS:
        return
    for name, verb in BY_NAME.items():
        if len(name) < (_SHORT if alone else verb.shortest):
            continue
        if slipped(word, name) or _strayed(word, name):
            yield name, swapped(word, name) or _strayed(word, name)


def _likely(word: str, name: str) -> bool:
    """Tell whether a word is long enough for two errors; a shorter one has no other letters."""
    return min(len(word), len(name)) >= _LONG or (len(word) >= _LONG - 1 and set(word) <= set(name))


def _strayed(typed: str, word: str) -> bool:
    """Tell whether one letter of a long word is two places off: `pronloger`."""
    if len(word) < _STRAY or len(typed) != len(word) or typed == word:
        return False
    for at in range(len(word) - 2):
        end = at + 3
        moved = (word[at + 1 : end] + word[at], word[at + 2] + word[at : at + 2])
        if typed in (f"{word[:at]}{each}{word[end:]}" for each in moved):
            return True
    return False


def _errors(typed: str, word: str) -> int:
    """Count the added, missing, changed or swapped letters between two words; up to `_FAR`."""
    if abs(len(typed) - len(word)) > _FAR:
        return _FAR + 1
    older: list[int] = []
    row = list(range(len(word) + 1))
    for i, a in enumerate(typed, 1):
        new = [i]
        for j, b in enumerate(word, 1):
            best = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and (a, typed[i - 2]) == (word[j - 2], b):
                best = min(best, older[j - 2] + 1)
            new.append(best)
        older, row = row, new
    return row[-1]
