"""The people in a line: addresses, names, Matrix ids and mentions, as typed or pasted.

We read `Jean Dupont <jean@x.example>, paul@y.example; "Martin, Anne" <anne@z.example>`, and one per
line. If a part is no person, we refuse the whole list: half a line invites nobody. An address typed
here is a person to invite, never the author.
"""

import re
from collections.abc import Iterable, Sequence

from bot.language.addresses import FRAMES
from bot.language.grouped import PeopleReading, Unread
from bot.language.line import Line, Word, WordKind
from bot.language.listed import ListRole, parts_of, text_of
from bot.language.markup import user_of
from bot.language.person import Person
from bot.language.refusals import JEAN, Here, Reason, misunderstood
from bot.language.text import BLANK, normal
from bridge.domain.addresses import read_address
from bridge.errors import Misunderstood

__all__ = ["Person", "looks_like_people", "read_people"]

MOST_PEOPLE = 50
"""The most people in one line."""
_HANDLE = re.compile(r"@[^\W\d]|.[^@]*@")
_PHONE = re.compile(
    r"(?:(?<!\w)(?:t[ée]l(?:[ée]phone)?|portable|mobile|phone)[\s.:]*)?"
    r"(?<!\w)\+?[0-9][0-9 .()-]{6,}[0-9](?!\w)",
    re.IGNORECASE,
)
_ENDS = re.compile(r"\A[\s,;]+|(?:[\s,;]|\s(?:et|and|&)(?=\s*\Z))+\Z")


def looks_like_people(words: Iterable[Word]) -> bool:
    """Tell whether the words contain an address or a mention."""
    return any(
        word.kind is WordKind.MENTION
        or (word.kind is WordKind.BARE and (_HANDLE.match(word.text) or user_of(word.text)))
        for word in words
    )


def read_people(words: Sequence[Word], here: Here, *, only: bool = False) -> tuple[Person, ...]:
    """Return all people of a list, each once, in order; `only`: the line means one person.

    Raises Misunderstood: its example is the same list, with the unreadable part removed or in its
    most likely form.
    """
    try:
        found = _read(words)
    except Unread as error:
        raise _refusal(error, words, here, only=only) from error
    if not found:
        raise misunderstood(Reason.PEOPLE_MISSING, here)
    if len(found) > MOST_PEOPLE:
        raise misunderstood(Reason.PEOPLE_TOO_MANY, here, str(len(found)), limit=str(MOST_PEOPLE))
    if only and len(found) > 1:
        raise misunderstood(Reason.ONE_PERSON, here, text_of(words, shown=True), who=found[0].typed)
    return found


def _refusal(error: Unread, words: Sequence[Word], here: Here, *, only: bool) -> Misunderstood:
    text = text_of(words)
    understood = text_of(words, shown=True)[error.start : error.end]
    before = text[: error.since]
    before = before.rstrip() if error.instead[:1] == ";" else before
    mended = f"{before}{error.instead}{text[error.end :]}"
    examples = [mended, error.instead]
    if only:  # the person named beside, rather than words set apart
        without = f"{text[: error.since]}{text[error.end :]}"
        examples.insert(1 if error.instead[:1] == ";" else 2, without)
    if "@" not in text:  # otherwise only the addresses are certain
        examples.append(_PHONE.sub(" ", text))
    for example in examples:
        who = _listed(example, most=1 if only else MOST_PEOPLE)
        if who:
            return misunderstood(error.reason, here, understood, who=who)
    return misunderstood(error.reason, here, understood, who=_addresses(words, only=only) or JEAN)


def _addresses(words: Sequence[Word], *, only: bool) -> str:
    """Return the addresses among words that are no list; nothing if we want one of several."""
    typed = [word.text.strip(FRAMES) for word in words if word.kind is WordKind.BARE]
    found = list(dict.fromkeys(one for one in typed if read_address(one) is not None))
    return "" if only and len(found) > 1 else ", ".join(found)


def _listed(typed: str, *, most: int) -> str:
    """Return a list of at most `most` people on one line, if we can read it; else nothing."""
    line = _ENDS.sub("", re.sub(r"\s*\n\s*", "; ", normal(typed)))
    try:
        found = () if BLANK in typed else _read(Line.of(line).words)
    except Unread:
        return ""
    return line if 0 < len(found) <= most else ""


def _read(words: Sequence[Word]) -> tuple[Person, ...]:
    """Read a list. Raises Unread."""
    parts = parts_of(words)
    text = text_of(words)
    semicolons = any(part.role is ListRole.BREAK and ";" in part.text for part in parts)
    return PeopleReading(text, semicolons=semicolons).people(parts)
