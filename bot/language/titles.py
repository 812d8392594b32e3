"""Titles of planned meetings, as lines name them: `annuler Budget`, `annuler "Budget"`.

Quotes make any words a title. Without quotes words are one only if they are exactly the title of a
meeting that is planned there, in case and accents aside; nothing is guessed from a part of it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.language.arguments import EVERYBODY, FILLERS, meant, nothing_else
from bot.language.command import Command, OfMeeting, Reader
from bot.language.line import Line, WordKind
from bot.language.markup import moved
from bot.language.one_date import day_in
from bot.language.people import looks_like_people
from bot.language.reach import reach_in
from bot.language.refusals import EN, FR, Here, Reason, misunderstood
from bot.language.text import BLANK, EDGES, fold, normal, quoted, slipped, word_set
from bot.language.timelike import timelike
from bridge.domain.names import LONGEST_NAME, clean_words
from bridge.errors import Misunderstood

TO_A_TITLE = re.compile(rf"(?<!\S)(?:en|to|into|as|->?)(?=\s)|(?<={BLANK})\s?[:=](?=\s)")
"""Between the old title of a meeting and its new one."""
_RENAMED = re.compile(r"(?<!\S)(?:en|to|into|as|->?)(?=\s)|\s?[:=](?=\s)")
"""The same before the old title is in quotes; after a colon alone it is one that there is."""
_SAID_ANYWAY = (
    FILLERS | EVERYBODY | word_set("aucun none non no off now maintenant it en par to by of de")
)
"""Words that lines about meetings hold whatever the titles are."""
_HELP = {FR: "aide", EN: "help"}
_QUOTES = {FR: ("« ", " »"), EN: ("“", "”")}
_MOST = 5
"""The most titles that a refusal shows."""


def marked(line: Line, at: int, here: Here, *, renames: bool = False) -> Line:
    """Return a line whose words from `at` on that are the title of a meeting are in quotes.

    The line itself if it has quotes already, or if several titles could be meant; `renames`: words
    after "en" are no title of a meeting yet.
    """
    if not here.titles or any(word.kind is WordKind.QUOTED for word in line.words):
        return line
    places = _places(line, at, here)
    if renames:
        to = _RENAMED.search(line.shadow, at)
        places = [one for one in places if to is not None and one[1] <= to.start()]
    return _in_quotes(line, *places[0]) if len(places) == 1 else line


def _places(line: Line, at: int, here: Here) -> list[tuple[int, int]]:
    """Return the places of titles, in order; of those within another one, none."""
    found = {one for title in here.titles for one in _places_of(title, line, at)}
    longest: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda one: (one[0], -one[1])):
        if not longest or start >= longest[-1][1]:
            longest.append((start, end))
    return longest


def _places_of(title: str, line: Line, at: int) -> Iterator[tuple[int, int]]:
    typed = fold(normal(title)).strip()
    if _said_anyway(typed):
        return
    pattern = r"\s".join(map(re.escape, typed.split()))
    for found in re.finditer(rf"(?<![\w-]){pattern}(?![\w-])", line.shadow):
        if found.start() >= at:
            yield found.span()


def _said_anyway(typed: str) -> bool:
    """Tell whether a title is words that mean something else in a line: `Demain`, `La série`."""
    words = re.findall(r"\w+", typed)
    if not any(char.isalpha() for char in typed) or set(words) <= _SAID_ANYWAY:
        return True
    return timelike(typed) == (0, len(typed)) or not reach_in(Line.of(typed))[1].words


def _in_quotes(line: Line, start: int, end: int) -> Line:
    """Return a line with quotes around some of its words."""
    apart = " " if line.shadow[start - 1 : start] == "'" else ""
    title = apart + quoted(line.text[start:end])
    text = line.text[:start] + title + line.text[end:]
    by = len(title) - (end - start)
    mentions = tuple(moved(one, by) if one.start >= end else one for one in line.mentions)
    whole = Line.of(text, mentions)
    return replace(whole, prefixed=line.prefixed, within=line.within)


def title_in(line: Line) -> tuple[str, Line]:
    """Return the only title in quotes of a line, and its other words; empty for none."""
    those = [word for word in line.words if word.kind is WordKind.QUOTED]
    if len(those) != 1:
        return "", line
    start, end = those[0].start, those[0].end
    title = line.part(start, end).title
    text = line.text[:start] + " " * (end - start) + line.text[end:]
    rest = Line.of(text, line.mentions)
    begins = len(text) - len(text.lstrip(EDGES))
    return title, rest.part(begins, max(begins, len(text.rstrip(EDGES))))


def known_in(line: Line, here: Here) -> tuple[str, Line]:
    """Return the title of a planned meeting that a line names, in quotes or not, and the rest.

    Empty, with the whole line, for none.
    """
    title, rest = title_in(marked(line, 0, here))
    known = bool(title) and fold(title) in map(fold, here.titles)
    return (title, rest) if known else ("", line)


def of_meeting(read: Reader, *, known: bool = False) -> Reader:
    """Return a reader of lines that may name the meeting by its title in quotes.

    `known`: only a title that there is, as other quoted words may be a person's name.
    """

    def whole(line: Line, here: Here) -> Command:
        title, rest = title_in(line)
        if known and (fold(title) not in map(fold, here.titles) or looks_like_people(line.words)):
            title = ""
        if not title:
            return read(line, here)
        command = read(rest, replace(here, lead=f"{here.lead} {quoted(title)}"))
        assert isinstance(command, OfMeeting)
        return replace(command, title=title)

    return whole


def about_one(command: OfMeeting) -> Reader:
    """Return a reader for a verb alone, or with a meeting's title, its date's day, or both."""

    def read(line: Line, here: Here) -> Command:
        day, rest = day_in(line, here) if timelike(line.shadow) else (None, line)
        nothing_else(rest, here)
        return replace(command, day=day)

    return of_meeting(read)


def untitled(rest: Line, here: Here, *, upto: int | None = None) -> Misunderstood | None:
    """Return the refusal of words that resemble titles and are none; else `None`.

    `rest` is the words after a verb, up to a place, `here.lead` ends with that verb. The offered
    line has the only title that resembles them.
    """
    start, end = _bare(rest.part(0, upto))
    typed = fold(rest.text[start:end])
    if not typed or not here.titles or looks_like_people(rest.words):
        return None
    alike = list(dict.fromkeys(one for one in here.titles if _alike(typed, fold(normal(one)))))
    apart = any(word.kind is WordKind.PAUSE for word in rest.words)
    if not alike and not apart and len(_places(rest, 0, here)) > 1:
        return title_unknown(rest.text[start:end], here)
    if not alike:
        return None
    line = f"{rest.text[:start]}{quoted(alike[0])}{rest.text[end:]}".strip()
    return title_unknown(rest.text[start:end], here, line if len(alike) == 1 else "")


def no_title(rest: Line, here: Here, other: Misunderstood) -> Misunderstood:
    """Return a refusal with the titles that there are, if another one can only offer help."""
    start, end = _bare(rest)
    helps = str(other.parameters["example"]) == f"{here.lead.split()[0]} {_HELP[here.language]}"
    titled = rest.text[start : start + 1].isupper() and timelike(rest.shadow) is None
    if not helps or not here.titles or not titled:
        return other
    return title_unknown(rest.text[start:end], here)


def title_unknown(typed: str, here: Here, line: str = "") -> Misunderstood:
    """Return the refusal of words that are no title, with those that there are.

    Without a line the offered one lists the meetings.
    """
    opening, closing = _QUOTES[here.language]
    some = (clean_words(one, LONGEST_NAME) for one in here.titles[:_MOST])
    shown = ", ".join(f"{opening}{one}{closing}" for one in some)
    listing = here.listing if not line else here
    return misunderstood(Reason.TITLE_UNKNOWN, listing, typed, line=line, titles=shown)


def _bare(rest: Line) -> tuple[int, int]:
    """Return the place of the words that could be a title: all but small words around them."""
    words = [word for word in rest.words if word.kind is WordKind.BARE]
    while words and not meant(Line.of(words[0].text)).words:
        words = words[1:]
    while words and not meant(Line.of(words[-1].text)).words:
        words = words[:-1]
    return (words[0].start, words[-1].end) if words else (0, 0)


def _alike(typed: str, title: str) -> bool:
    """Tell whether words are a title with one typing error, or a part of it."""
    return slipped(typed, title) or set(typed.split()) < set(title.split())
