"""The people of a line that makes a meeting, where they stand among other words.

A name alone invites nobody to a meeting, and no named person may get lost in its title: the answer
names people without an address, and the offered line invites the others.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.language.gather import gather
from bot.language.line import Line, Word
from bot.language.listed import AND
from bot.language.objects import MEETING_NAMES
from bot.language.people import looks_like_people, read_people
from bot.language.person import Person
from bot.language.refusals import Here, Reason
from bot.language.text import fold
from bot.language.timelike import timelike
from bridge.errors import Misunderstood

_NOBODY = (Reason.NOBODY, Reason.NAME_UNREAD)
_JOINT = re.compile(rf"(?:[;+]|(?<!\S)(?:{'|'.join(sorted(AND))}))\s*\Z")
"""Words and signs that lead to another person, and not to a title."""
WITH = frozenset({"avec", "with", "w/"})


@dataclass(frozen=True, slots=True)
class Listed:
    """The people to invite to a meeting, their place in its line, and the fault of the list."""

    said: str
    """The names without an address, or words that are no name; empty if only the place is wrong."""
    reason: Reason
    people: tuple[Person, ...]
    """The people with an address."""
    start: int = 0
    end: int = 0


def listed_in(line: Line, here: Here) -> Listed | None:
    """Return the people listed after "avec", or from the first address on; `None`: no list."""
    for start in _starts(line):
        rest = line.part(start)
        place = timelike(rest.shadow)
        end = len(rest.text) if place is None else place[0]
        region = rest.part(0, end)
        others = place is not None and gather(rest.part(end), here).title.words
        if others or not looks_like_people(region.words):
            continue
        titled = bool(gather(line.part(0, start), here).title.words)
        found = _list_of(region, here, titled=titled)
        if found is not None:
            return replace(found, start=start + rest.words[0].start, end=start + end)
    return None


def _starts(line: Line) -> Iterator[int]:
    """Yield the places where a list may begin: after "avec", otherwise at the first address."""
    first = next(word for word in line.words if looks_like_people([word]))
    for word in line.words:
        if fold(word.text) in WITH and word.start < first.start:
            yield word.end
    yield first.start


def _list_of(region: Line, here: Here, *, titled: bool) -> Listed | None:
    """Read words as a list of people; `titled`: the title is before the list."""
    try:
        people = read_people(region.words, here)
    except Misunderstood as refusal:
        if refusal.parameters["reason"] == Reason.PEOPLE_APART:
            return _apart(region, refusal, here, titled=titled)
        return _nobody(region, refusal, here)
    return _told(region, people, titled=titled)


def _apart(region: Line, refusal: Misunderstood, here: Here, *, titled: bool) -> Listed | None:
    """Return a list without proper separators between its people."""
    parted = Line.of(str(refusal.parameters["example"]).removeprefix(here.lead).strip())
    if _letters(parted) != _letters(region):
        return None
    try:
        people = read_people(parted.words, here)
    except Misunderstood:
        return None
    return _told(region, people, titled=titled)


def _letters(line: Line) -> Sequence[str]:
    return [char for char in line.text if char.isalnum()]


def _told(region: Line, people: Sequence[Person], *, titled: bool) -> Listed | None:
    named = [one.name for one in people if not (one.email or one.user)]
    if not all(_meant(region, name, titled=titled) for name in named):
        return None
    known = tuple(one for one in people if one.email or one.user)
    reason = Reason.PEOPLE_UNADDRESSED if named else Reason.PEOPLE_IN_TITLE
    return Listed(", ".join(named), reason, known)


def _meant(region: Line, name: str, *, titled: bool) -> bool:
    """Tell whether a name in a list is certainly a person, and no title after the list."""
    at = region.text.find(name)
    if at < 0 or not name[:1].isupper() or fold(name.split(maxsplit=1)[0]) in MEETING_NAMES:
        return False
    return titled or not region.text[:at].strip() or _joined(region, at)


def _nobody(region: Line, refusal: Misunderstood, here: Here) -> Listed | None:
    """Return a list with words that are no name, as `et son équipe`."""
    said = str(refusal.parameters["understood"])
    at = region.text.find(said)
    if refusal.parameters["reason"] not in _NOBODY or at < 0 or not _joined(region, at):
        return None
    known = tuple(one for word in region.words for one in _people_of(word, here))
    return Listed(said, Reason.NOBODY, known)


def _joined(region: Line, at: int) -> bool:
    return _JOINT.search(region.text[:at]) is not None


def _people_of(word: Word, here: Here) -> tuple[Person, ...]:
    if not looks_like_people([word]):
        return ()
    try:
        return read_people([word], here)
    except Misunderstood:
        return ()
