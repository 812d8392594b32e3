"""From a Matrix message to the words that somebody addressed to us."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from bot.language.markup import LIMIT, Mention, moved, plain_of
from bot.language.text import BLANK, EDGES, QUOTES, STOPS, fold, normal
from bot.matrix.events import IncomingMessage
from bridge.domain.names import clean_words
from bridge.ids import UserId

LONGEST_TITLE = 120
_LONGEST_PHRASE = 4

_WORD = re.compile(
    r"""(?P<quoted>"[^"]*+"?|«[^»]*+»?|“[^”]*+”?|„[^“”]*+[“”]?)
      | (?P<pause>[,;\n]+)
      | (?P<bare><?[^\s,;«“„<]+|<)""",
    re.VERBOSE,
)
_LINES = re.compile(r"\s*\n\s*")
_MARKS = "!/."
"""The characters with which a prefix may begin, before its name."""
_HELP = "aide"
_FALLBACK = re.compile(r"(?:\s*+>[^\n]*+(?:\n|\Z))+")
_ENDS = re.compile(r"(?![\w-])[\s:,]*")
_ORGANISATION = re.compile(r"\s*\[[^\[\]]*\]\s*$")


class WordKind(Enum):
    """The kinds of words."""

    BARE = "bare"
    QUOTED = "quoted"
    MENTION = "mention"
    PAUSE = "pause"
    """Commas, semicolons and line breaks: separators of people in a list."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its place in the line's text; `user` is the person of a mention."""

    text: str
    start: int
    end: int
    kind: WordKind = WordKind.BARE
    user: UserId | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The text typed after the prefix or our name.

    `shadow` is as long as `text`: folded, with quoted words and mentions blanked, so that we never
    read quoted words as a time, a verb or a preposition.
    """

    text: str
    shadow: str
    words: tuple[Word, ...]
    mentions: tuple[Mention, ...] = ()
    prefixed: bool = True
    """It was typed after the prefix, not only after a mention of us."""
    within: bool = False
    """It mentions us after other words, as replies to us do not."""

    @classmethod
    def of(cls, text: str, mentions: tuple[Mention, ...] = ()) -> "Line":
        """Read text that is in normal form already (`bot.language.text.normal`)."""
        words = tuple(_words(text, mentions))
        shadow = fold(text)
        for word in words:
            if word.kind in (WordKind.QUOTED, WordKind.MENTION):
                blank = BLANK * (word.end - word.start)
                shadow = shadow[: word.start] + blank + shadow[word.end :]
        return cls(text, shadow, words, mentions)

    def part(self, start: int, end: int | None = None) -> "Line":
        """Return the part between two places."""
        stop = len(self.text) if end is None else end
        inside = [one for one in self.mentions if start <= one.start and one.end <= stop]
        return Line.of(self.text[start:stop], tuple(moved(one, -start) for one in inside))

    @property
    def first(self) -> str:
        """The first word folded, without the punctuation after it; empty if it is quoted."""
        word = self.words[0] if self.words else None
        if word is None or word.kind is not WordKind.BARE:
            return ""
        return fold(word.text).rstrip(STOPS) or word.text

    def beginnings(self) -> Iterator[tuple[str, int]]:
        """Yield the first words as one, folded, the longest first, and the end of each."""
        bare: list[Word] = []
        for word in self.words[:_LONGEST_PHRASE]:
            if word.kind is not WordKind.BARE:
                break
            bare.append(word)
        for count in range(len(bare), 0, -1):
            phrase = " ".join(fold(word.text) for word in bare[:count])
            yield phrase.rstrip(".:!?…") or phrase, bare[count - 1].end
        elided, apostrophe, _ = fold(bare[0].text).partition("'") if bare else ("", "", "")
        if apostrophe:
            yield elided + "'", bare[0].start + len(elided) + 1

    @property
    def title(self) -> str:
        """The words as a title: unquoted, safe to show, at most `LONGEST_TITLE` characters."""
        pieces: list[str] = []
        at = 0
        for word in self.words:
            inner = word.text.strip(QUOTES + " \n") if word.kind is WordKind.QUOTED else word.text
            pieces += [self.text[at : word.start], inner]
            at = word.end
        return clean_words("".join(pieces).strip(EDGES), LONGEST_TITLE)


def read_line(
    message: IncomingMessage, *, me: UserId, my_name: str, prefix: str, bare: bool = False
) -> Line | None:
    """Return the message's line to us, or `None` if it isn't addressed to us.

    It is if it begins with the prefix, or if it mentions us: with a mention anywhere, or with our
    name or id while `m.mentions` names us; `bare`: in any case. We read only the first `LIMIT`
    characters after the reply fallback.
    """
    text, mentions = _text_of(message)
    start = len(text) - len(text.lstrip())
    at = _after_prefix(text, start, prefix)
    if at is not None:
        return _line_from(text, at, mentions)
    at = _after_mention(text, start, mentions, me)
    if at is None and me in message.mentions:
        at = _after_name(text, start, me, my_name)
    if at is not None:
        again = _after_prefix(text, at, prefix)
        line = _line_from(text, again or at, mentions)
        return line if again is not None else replace(line, prefixed=False)
    within = _without_mention(text, mentions, me)
    if within is None and me in message.mentions and message.reply_to is None:
        within = _without_name(text, mentions, me, my_name)
    if within is not None:
        return replace(within, prefixed=False, within=True)
    if not (bare and text.strip()):
        return None
    start = _after(text, start, prefix.lstrip(_MARKS)) or start
    return replace(_line_from(text, start, mentions), prefixed=False)


def _line_from(text: str, at: int, mentions: tuple[Mention, ...]) -> Line:
    inside = [one for one in mentions if one.start >= at]
    return Line.of(text[at:], tuple(moved(one, -at) for one in inside))


def _without_mention(text: str, mentions: tuple[Mention, ...], me: UserId) -> Line | None:
    """Return a line without the mention of us, anywhere in it."""
    ours = next((one for one in mentions if one.user == me), None)
    return None if ours is None else _cut_out(text, ours.start, ours.end, mentions)


def _without_name(
    text: str, mentions: tuple[Mention, ...], me: UserId, my_name: str
) -> Line | None:
    """Return a line without our name or id, anywhere in it as a word."""
    shadow = fold(text)
    for name in _names(me, my_name):
        wanted = fold(normal(name)).strip()
        at = shadow.find(wanted) if wanted else -1
        while at >= 0:
            end = at + len(wanted)
            if not (shadow[at - 1 : at].isalnum() or shadow[end : end + 1].isalnum()):
                return _cut_out(text, at - (shadow[at - 1 : at] == "@"), end, mentions)
            at = shadow.find(wanted, end)
    return None


def _cut_out(text: str, start: int, end: int, mentions: tuple[Mention, ...]) -> Line:
    """Return the line without the words that name us."""
    others = [one for one in mentions if one.end <= start or one.start >= end]
    cut = text[:start] + " " * (end - start) + text[end:]
    begin = len(cut) - len(cut.lstrip(" \n,:"))
    stop = len(cut.rstrip(" \n,:"))
    inside = [one for one in others if begin <= one.start and one.end <= stop]
    return Line.of(cut[begin:stop], tuple(moved(one, -begin) for one in inside))


def is_addressed(message: IncomingMessage, *, me: UserId, my_name: str, prefix: str) -> bool:
    """Tell whether the message is for us; we store nothing of others."""
    return read_line(message, me=me, my_name=my_name, prefix=prefix) is not None


def typed_again(line: Line, prefix: str) -> str:
    """Return a line as people retype it after the prefix, on one line, safe to show."""
    text = _LINES.sub(", ", line.text.strip())
    return f"{prefix} {clean_words(text, LIMIT)}".rstrip()


def without_organisation(name: str) -> str:
    """Return a display name without Tchap's ` [Organisation]`, which vouches for nothing."""
    return _ORGANISATION.sub("", name)


def _text_of(message: IncomingMessage) -> tuple[str, tuple[Mention, ...]]:
    if message.formatted:
        text, mentions = plain_of(message.formatted)
        if text.strip():
            return text, mentions
    # Only `\n` ends a quoted line: another character must not let the quoted person speak.
    fallback = _FALLBACK.match(message.body)
    body = message.body[fallback.end() if fallback else 0 :]
    return normal(body[:LIMIT]), ()


def _words(text: str, mentions: tuple[Mention, ...]) -> Iterator[Word]:
    masked = text
    for one in mentions:
        masked = masked[: one.start] + " " * (one.end - one.start) + masked[one.end :]
    waiting = list(mentions)
    for found in _WORD.finditer(masked):
        while waiting and waiting[0].start < found.end():
            one = waiting.pop(0)
            if one.start < found.start():
                yield Word(
                    text[one.start : one.end], one.start, one.end, WordKind.MENTION, one.user
                )
        kind = WordKind[(found.lastgroup or "bare").upper()]
        yield Word(text[found.start() : found.end()], found.start(), found.end(), kind)
    for one in waiting:
        yield Word(text[one.start : one.end], one.start, one.end, WordKind.MENTION, one.user)


def _after_prefix(text: str, start: int, prefix: str) -> int | None:
    """Return the start of the words after the prefix: `!visio`, `! visio`, `!aide` for help."""
    at = _after(text, start, prefix)
    name = prefix.lstrip(_MARKS)
    mark = prefix[: len(prefix) - len(name)]
    if at is not None or not (mark and text.startswith(mark, start)):
        return at
    begins = start + len(mark)
    if _after(text, begins, _HELP) is not None:
        return begins
    apart = text.startswith(" ", begins)
    return _after(text, begins + 1, name) if apart else None


def _after(text: str, start: int, opening: str) -> int | None:
    wanted = fold(normal(opening)).strip()
    if not wanted or fold(text[start : start + len(wanted)]) != wanted:
        return None
    end = _ENDS.match(text, start + len(wanted))
    return None if end is None else end.end()


def _after_mention(text: str, start: int, mentions: tuple[Mention, ...], me: UserId) -> int | None:
    if not mentions or mentions[0].user != me or mentions[0].start != start:
        return None
    end = _ENDS.match(text, mentions[0].end)
    return None if end is None else end.end()


def _after_name(text: str, start: int, me: UserId, my_name: str) -> int | None:
    short = without_organisation(my_name)
    for name in (*_names(me, my_name), *(f"@{one}" for one in (my_name, short) if one)):
        at = _after(text, start, name)
        if at is not None:
            return at
    return None


def _names(me: UserId, my_name: str) -> tuple[str, ...]:
    local = me.partition(":")[0]
    return me, local, local[1:], my_name, without_organisation(my_name)
