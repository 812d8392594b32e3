"""A line that makes a meeting: its time, its title, and after "avec" the people to invite."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.language.command import Command, Verb
from bot.language.guest_lists import WITH, listed_in
from bot.language.line import Line, Word, WordKind
from bot.language.markup import user_of
from bot.language.meeting_times import understand_when
from bot.language.nearest import NOW
from bot.language.objects import MEETING_NAMES
from bot.language.offers import rewritten
from bot.language.people import Person, looks_like_people, read_people
from bot.language.proofs import proof_beside
from bot.language.refusals import EN, FR, JEAN, Here, Reason, misunderstood
from bot.language.sentences import Said, said, states
from bot.language.text import PAUSES, QUOTES, fold, normal
from bot.language.timelike import timelike
from bot.language.vocabulary import MEET_KEY, NAMES
from bridge.domain.authority import Act
from bridge.domain.proof import Proof
from bridge.domain.series import Recurrence
from bridge.errors import Misunderstood

_NOWS = r"(?:maintenant|tout\sde\ssuite|immediatement|des\smaintenant|right\snow|now|immediately)"
_NOW = re.compile(rf"\s*{_NOWS}(?![\w'-])[\s,:!.]*")
_NOW_AT_LAST = re.compile(rf"[\s,]*(?<![\w'-]){_NOWS}[\s.!]*\Z")
_WITH_TYPED = {FR: "avec", EN: "with"}
_LEADING = re.compile(
    r"(?:(?<!\S)(?:avec|with|w/|et|and|à|to|pour|for|inviter|invite)\s+|[,;&+]\s*"
    r"|(?<!\S)(?:en\s+)?(?:copie|cci?|bcc)\s*:?\s+|(?<!\S)[(\[]?(?:invit[ée]e?s?|participante?s?|guests?|attendees?)\s?:\s*)+\Z",
    re.IGNORECASE,
)
"""Words before an address that lead to it."""
_OUT = re.compile(r"(?<![\w'-])(?:dehors|out)(?![\w'-])")
_TAKEN_BACK = re.compile(
    r"\b(?:retir|supprim|enlev|annul|remov|delet|cancel|wrong|mauvais|faux\b|fausse|erreur|error"
    r"|incorrect|erron|mistake)"
)
"""Words beside an address that invite nobody."""
_NOT_GOT = re.compile(r"\b(?:recu|recoit|recevoir|get|got|gotten|received?|spams?)\b")
"""Words of people who got no mail: the offered line invites them again."""


@dataclass(frozen=True, slots=True)
class Meet(Command):
    """A meeting now (`start` is `None`) or later; `end` is `None` if not given."""

    start: datetime | None = None
    end: datetime | None = None
    title: str = ""
    people: tuple[Person, ...] = ()
    """The people to send links to at once."""
    proof: Proof | None = None
    """The proof that they must show besides their link; `None` if not given."""
    recurrence: Recurrence | None = None
    """How it comes again, in local times of its zone."""
    zone: str | None = None
    """The IANA zone that the words name; `None` for the salon's."""


def read_meet(line: Line, here: Here) -> Meet:
    """Read a time, a title, and after "avec" the people to invite."""
    proof, line, there = proof_beside(line, here) if _has_people(line) else (None, line, here)
    line, people, here = _guests(line, there)
    line = _without_now(line)
    asked = understand_when(line, here)
    return Meet(asked.start, asked.end, asked.title, people, proof, asked.recurrence, asked.zone)


def _has_people(line: Line) -> bool:
    return looks_like_people(line.words)


def _without_now(line: Line) -> Line:
    """Remove "maintenant", which means the same as no time."""
    found = _NOW.match(line.shadow) or _NOW_AT_LAST.search(line.shadow)
    if found is None:
        return line
    return line.part(found.end()) if found.start() == 0 else line.part(0, found.start())


def _guests(line: Line, here: Here) -> tuple[Line, tuple[Person, ...], Here]:
    """Return a line without the people at its end after "avec", and these people.

    Raises Misunderstood if addresses stand elsewhere, or if names stand beside them.
    """
    if not _has_people(line):
        return line, (), here
    places = [word for word in line.words if word.kind is WordKind.BARE and fold(word.text) in WITH]
    for place in places:
        before, after = line.part(0, place.start), line.part(place.end)
        if looks_like_people(before.words) or timelike(after.shadow):
            continue
        try:
            people = read_people(after.words, _beside(before, here))
        except Misunderstood:  # other words stand among them
            continue
        if all(person.email or person.user for person in people):
            return before, people, replace(here, tail=_typed_with(people, here))
    raise _people_in_title(line, here)


def _typed_with(people: Sequence[Person], here: Here) -> str:
    """Return people as one types them after a title, with the proof that `here` requires."""
    listed = ", ".join(person.typed for person in people)
    if not listed:
        return ""
    return " ".join(part for part in (_WITH_TYPED[here.language], listed, here.tail) if part)


def _beside(rest: Line, here: Here) -> Here:
    """Return the context for reading people who are invited to the meeting of `rest`."""
    typed = rewritten(rest, replace(here, tail=""), read_meet)
    if typed in ("", NAMES["help"][here.language]):
        typed = NOW[here.language]
    lead = " ".join(part for part in (here.lead, typed, _WITH_TYPED[here.language]) if part)
    return replace(here, lead=lead, tail="")


def _people_in_title(line: Line, here: Here) -> Misunderstood:
    """Return the refusal of addresses among other words."""
    words = [word for word in line.words if looks_like_people([word])]
    stated = states(Said.of(line, here.language)) or _OUT.search(line.shadow)
    only = words[0] is line.words[0] and timelike(line.shadow) is None
    taken = only and (_TAKEN_BACK.search(line.shadow) or _calls(words))
    if (stated and not _NOT_GOT.search(line.shadow)) or taken:
        raise misunderstood(Reason.WISH, here.bare, line.text, line=NAMES["help"][here.language])
    return _only_people(words, here) if only else _put_last(line, words, here)


def _put_last(line: Line, words: Sequence[Word], here: Here) -> Misunderstood:
    """Return the refusal with the people, of `words` and beside them, at the end of its line."""
    listed = listed_in(line, here)
    places = [(listed.start, listed.end)] if listed else [(word.start, word.end) for word in words]
    kept = _without(line.text, places)
    people, odd = _read_each(words, _beside(kept, here))
    tail = _typed_with(people if listed is None else listed.people, here)
    if not kept.words:
        kept = Line.of(NOW[here.language])
    elif said(kept, here.language, timed=True) or (
        kept.words[0].text[:1].islower()
        and not timelike(line.shadow)
        and kept.first not in MEETING_NAMES
    ):
        return misunderstood(Reason.WISH, here.bare, kept.text, line=NAMES["help"][here.language])
    example = rewritten(kept, replace(here, tail=tail), read_meet)
    reason, understood = Reason.PEOPLE_IN_TITLE, words[0].text
    if listed is not None and listed.said:
        reason, understood = listed.reason, listed.said
    elif odd:
        reason, understood = Reason.ADDRESS_INVALID, odd
    return misunderstood(reason, here.bare, understood, line=example, who=example)


def _without(text: str, places: Sequence[tuple[int, int]]) -> Line:
    """Return a line without its people, and without the words that lead to them."""
    for start, end in places:
        lead = _LEADING.search(text, 0, start)
        begin = start if lead is None else lead.start()
        stop = end + len(text[end:]) - len(text[end:].lstrip(" ,;"))
        text = text[:begin] + " " * (stop - begin) + text[stop:]
    return Line.of(normal(text).strip(PAUSES + QUOTES))


def _calls(words: Sequence[Word]) -> bool:
    """Tell whether words only call everybody, as `@room` does, and name nobody."""
    return not any(word.user or user_of(word.text) or word.text[0] != "@" for word in words)


def _read_each(words: Sequence[Word], here: Here) -> tuple[Sequence[Person], str]:
    """Return the people of words, and the first word that names nobody, such as `@room`."""
    people: list[Person] = []
    odd = ""
    for word in words:
        try:
            people += _people_of(word, here)
        except Misunderstood as refusal:
            if JEAN not in str(refusal.parameters["example"]):
                raise
            odd = odd or word.text
    return people, odd


def _people_of(word: Word, here: Here) -> tuple[Person, ...]:
    """Return the people of a word, which may hold several; the offered line has one."""
    try:
        return read_people([word], here)
    except Misunderstood:
        return read_people([word], here, only=True)


def _only_people(words: Sequence[Word], here: Here) -> Misunderstood:
    """Return the refusal of a line that begins with people: its example invites them."""
    verb = NAMES["invite"][here.language]
    inviting = replace(here, lead=f"{here.lead} {verb}", tail="")
    people = [person.typed for word in words for person in read_people([word], inviting)]
    line = f"{verb} {', '.join(people)} {here.tail}".strip()
    return misunderstood(Reason.PEOPLE_IN_TITLE, here.bare, words[0].text, line=line)


MEET = Verb(
    key=MEET_KEY,
    command=Meet,
    act=Act.MEET,
    names={FR: (), EN: ()},
    read=read_meet,
    examples={
        FR: ("", "Point budget", "demain 14h30 45min Point budget", "14h30-15h30", "jusqu'à 18h"),
        EN: ("", "Budget", "tomorrow 14:30 45min Budget", "2:30pm-3:30pm", "until 6pm"),
    },
    help=("detail.now", "detail.later", "link", "list"),
)
"""The command of a line without a verb."""
