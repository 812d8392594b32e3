"""A line that makes a meeting: its time, its title, and after "avec" the people to invite."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.language.command import Meet
from bot.language.command_names import NAMES
from bot.language.dates import understand_when
from bot.language.line import Line, Word, WordKind
from bot.language.nearest import NOW
from bot.language.objects import MEETING_NAMES
from bot.language.offers import rewritten
from bot.language.people import Person, looks_like_people, read_people
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.sentences import Said, said, states
from bot.language.text import PAUSES, QUOTES, fold, normal
from bot.language.timelike import timelike
from bridge.errors import Misunderstood

_NOWS = r"(?:maintenant|tout\sde\ssuite|immediatement|des\smaintenant|right\snow|now|immediately)"
_NOW = re.compile(rf"\s*{_NOWS}(?![\w'-])[\s,:!.]*")
_NOW_AT_LAST = re.compile(rf"[\s,]*(?<![\w'-]){_NOWS}[\s.!]*\Z")
_WITH = {"avec", "with"}
_WITH_TYPED = {FR: "avec", EN: "with"}
_LEADING = re.compile(
    r"(?:(?<!\S)(?:avec|with|et|and|à|to|pour|for|inviter|invite)\s+|[,;&]\s*)+\Z", re.IGNORECASE
)
"""Before an address, what leads to it."""
_OUT = re.compile(r"(?<![\w'-])(?:dehors|out)(?![\w'-])")
_NOT_GOT = re.compile(r"\b(?:recu|recoit|recevoir|get|got|gotten|received?|spams?)\b")
"""Whoever got no mail is invited again."""


def read_meet(line: Line, here: Here) -> Meet:
    """Read a time, a title, and after "avec" the people to invite."""
    line, people, here = _guests(line, here)
    line = _without_now(line)
    asked = understand_when(line, here)
    return Meet(asked.start, asked.end, asked.title, people)


def _without_now(line: Line) -> Line:
    """Leave out "maintenant", which says what no time says as well."""
    found = _NOW.match(line.shadow) or _NOW_AT_LAST.search(line.shadow)
    if found is None:
        return line
    return line.part(found.end()) if found.start() == 0 else line.part(0, found.start())


def _guests(line: Line, here: Here) -> tuple[Line, tuple[Person, ...], Here]:
    """Return a line without the people that end it after "avec", and them.

    Raises Misunderstood where addresses stand elsewhere, or where names stand beside them.
    """
    if not looks_like_people(line.words):
        return line, (), here
    places = [
        word for word in line.words if word.kind is WordKind.BARE and fold(word.text) in _WITH
    ]
    for place in places:
        before, after = line.part(0, place.start), line.part(place.end)
        if looks_like_people(before.words) or timelike(after.shadow):
            continue
        try:
            people = read_people(after.words, _beside(before, here))
        except Misunderstood:  # other words stand among them
            continue
        if all(person.email or person.user for person in people):
            typed = ", ".join(person.typed for person in people)
            return before, people, replace(here, tail=f"{_WITH_TYPED[here.language]} {typed}")
    raise _people_in_title(line, here)


def _beside(rest: Line, here: Here) -> Here:
    """Return what people are read against who are invited to the meeting that `rest` makes."""
    typed = rewritten(rest, here, read_meet)
    if typed in ("", NAMES["help"][here.language]):
        typed = NOW[here.language]
    lead = " ".join(part for part in (here.lead, typed, _WITH_TYPED[here.language]) if part)
    return replace(here, lead=lead, tail="")


def _people_in_title(line: Line, here: Here) -> Misunderstood:
    """Return the refusal of addresses among other words; the line offered has them at its end."""
    words = [word for word in line.words if looks_like_people([word])]
    text = line.text
    stated = states(Said.of(line, here.language)) or _OUT.search(line.shadow)
    if stated and not _NOT_GOT.search(line.shadow):
        raise misunderstood(Reason.WISH, here.bare, text, line=NAMES["help"][here.language])
    if words[0] is line.words[0] and timelike(line.shadow) is None:
        return _only_people(words, here)
    for word in words:
        lead = _LEADING.search(text, 0, word.start)
        start = word.start if lead is None else lead.start()
        text = text[:start] + " " * (word.end - start) + text[word.end :]
    kept = Line.of(normal(text).strip(PAUSES + QUOTES))
    beside = _beside(kept, here)
    people = [person.typed for word in words for person in _people_of(word, beside)]
    tail = f"{_WITH_TYPED[here.language]} {', '.join(people)}"
    if not kept.words:
        kept = Line.of(NOW[here.language])
    elif said(kept, here.language, timed=True) or (
        kept.words[0].text[:1].islower()
        and not timelike(line.shadow)
        and kept.first not in MEETING_NAMES
    ):
        return misunderstood(Reason.WISH, here.bare, kept.text, line=NAMES["help"][here.language])
    example = rewritten(kept, replace(here, tail=tail), read_meet)
    return misunderstood(Reason.PEOPLE_IN_TITLE, here.bare, words[0].text, line=example)


def _people_of(word: Word, here: Here) -> tuple[Person, ...]:
    """Return the people of a word, which may hold several; the line offered has one."""
    try:
        return read_people([word], here)
    except Misunderstood:
        return read_people([word], here, only=True)


def _only_people(words: Sequence[Word], here: Here) -> Misunderstood:
    """Return the refusal of a line that begins with people: they are to be invited."""
    verb = NAMES["invite"][here.language]
    inviting = replace(here, lead=f"{here.lead} {verb}", tail="")
    people = [person.typed for word in words for person in read_people([word], inviting)]
    line = f"{verb} {', '.join(people)}"
    return misunderstood(Reason.PEOPLE_IN_TITLE, here.bare, words[0].text, line=line)
