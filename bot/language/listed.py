"""The parts of a list of people, as mail programs and people write them.

RFC 5322 covers half of pasted lists: in Outlook semicolons separate people and commas do not, names
stand in single quotes, services in brackets (docs/decisions/0025-lists-of-people.md).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from bot.language.line import Word, WordKind
from bot.language.markup import user_of
from bot.language.text import BLANK, QUOTES, fold, word_set
from bridge.domain.addresses import read_address
from bridge.ids import UserId

AROUND_ADDRESS = "<>()[]{}.:!?'’‘\"*"
"""Characters around an address that are no part of it."""
AND = frozenset({"et", "and", "&"})
_HEADERS = word_set(
    """a adresse bcc cc cci contact copie courriel de destinataires e-mail email from mail mel pour
    to"""
)
"""Names of a mail's or a directory's fields, pasted with their values."""
_TOKEN = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*+"?|«[^»]*+»?|“[^”]*+”?|„[^“”]*+[“”]?)
      | (?P<single>['‘’][^<>;\n]{1,200}?['‘’](?=\s*<))
      | (?P<angle><[^<>\n]*+>)
      | (?P<bracket>\([^()\n]*+\)|\[[^\[\]\n]*+\]|\{[^{}\n]*+\})
      | (?P<sign>(?:[0-9]{1,3}[.)]|[-–*•·▪])(?=\s))
      | (?P<pause>[,;\n](?:\s*[,;\n])*+)
      | (?P<word>[^\s,;"«“„<()\[\]{}]++|\S)""",
    re.VERBOSE | re.DOTALL,
)
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")


class ListRole(Enum):
    """The role of a part in a list."""

    NAME = "name"
    QUOTED = "quoted"
    """A quoted name, with no separators in it."""
    ADDRESS = "address"
    ASIDE = "aside"
    """In brackets: a service, no part of the name."""
    COMMA = "comma"
    AND = "and"
    BREAK = "break"
    """A semicolon or a line's end."""


@dataclass(frozen=True, slots=True)
class ListPart:
    """One part, with its place in the list's text."""

    role: ListRole
    text: str
    start: int
    end: int
    email: str = ""
    user: UserId | None = None
    framed: bool = False
    """The address is in angle brackets, as mail programs write it after a name."""
    mention: bool = False
    """Somebody chosen from the salon's list: the text is their display name."""


def text_of(words: Sequence[Word], *, shown: bool = False) -> str:
    """Return the text of words, with mentions blanked unless `shown`."""
    text = ""
    first = words[0].start if words else 0
    for word in words:
        blank = word.kind is WordKind.MENTION and not shown
        text += " " * (word.start - first - len(text))
        text += BLANK * len(word.text) if blank else word.text
    return text


def parts_of(words: Sequence[Word]) -> list[ListPart]:
    """Return the parts of a list."""
    mentions = [word for word in words if word.kind is WordKind.MENTION]
    text, first = text_of(words), words[0].start if words else 0
    named = [
        ListPart(
            ListRole.ADDRESS,
            one.text,
            one.start - first,
            one.end - first,
            user=one.user,
            mention=True,
        )
        for one in mentions
    ]
    found = [part for part in _parts(text) if BLANK not in part.text]
    return _labelled(_twice(sorted((*found, *named), key=lambda part: part.start)))


def _parts(text: str) -> Iterator[ListPart]:
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "sign" and text[: match.start()].rstrip(" ")[-1:] in ("", "\n"):
            continue  # a bullet of a list with one person a line
        yield _part(match.lastgroup or "word", match[0], match.start())


def _part(kind: str, text: str, start: int) -> ListPart:
    part = ListPart(ListRole.NAME, text, start, start + len(text))
    if kind == "pause":
        parts = ";" in text or "\n" in text
        return replace(part, role=ListRole.BREAK if parts else ListRole.COMMA)
    if kind in ("quoted", "single"):
        inner = _inner(text)
        return _addressed(part, inner) or replace(part, role=ListRole.QUOTED, text=inner)
    if kind == "bracket" and "@" not in text:
        return replace(part, role=ListRole.ASIDE)
    if fold(text) in AND:
        return replace(part, role=ListRole.AND)
    return _addressed(part, text, framed=kind in ("angle", "bracket")) or part


def _addressed(part: ListPart, text: str, *, framed: bool = False) -> ListPart | None:
    """Return the part as an address or a Matrix id, if it is one."""
    bare = text.strip(AROUND_ADDRESS + " ")
    for typed in (bare, bare.removeprefix("mailto:").removeprefix("MAILTO:").partition("?")[0]):
        user, email = user_of(typed), read_address(typed) if "@" in typed else None
        if user is not None or email is not None:
            return replace(part, role=ListRole.ADDRESS, email=email or "", user=user, framed=framed)
    return None


def _inner(text: str) -> str:
    """Return the quoted text, without its brackets' content."""
    if text.startswith('"'):
        text = re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'))
    elif text[0] in "'‘’":
        text = text[1:-1]
    bare = text.strip(QUOTES + " ")
    return _ASIDE.sub(" ", bare).strip() or bare


def _twice(parts: Sequence[ListPart]) -> list[ListPart]:
    """Remove an address in a name's place: `'jean@x.example' <jean@x.example>`."""
    kept: list[ListPart] = []
    for part in parts:
        before = kept[-1] if kept else None
        if part.framed and before is not None and before.email:
            same = before.email.casefold() == part.email.casefold()
            quotes = before.text[:1] in "\"'‘’«“„"
            if not before.framed and (same or quotes):
                kept.pop()
        kept.append(part)
    return kept


def _labelled(parts: Sequence[ListPart]) -> list[ListPart]:
    """Remove `Cc:`, and the name of a group before several addresses."""
    kept: list[ListPart] = []
    begun = 0
    for place, part in enumerate(parts):
        if part.role in (ListRole.BREAK, ListRole.COMMA):
            begun = len(kept) + 1
        elif part.role is ListRole.NAME and part.text.endswith(":"):
            label = " ".join(one.text for one in (*kept[begun:], part)).rstrip(": ")
            only_names = all(one.role in (ListRole.NAME, ListRole.ASIDE) for one in kept[begun:])
            if only_names and (fold(label) in _HEADERS or _several(parts[place + 1 :])):
                del kept[begun:]
                continue
        kept.append(part)
    return kept


def _several(parts: Sequence[ListPart]) -> bool:
    """Tell whether several addresses follow before a semicolon."""
    found = 0
    for part in parts:
        if part.role is ListRole.BREAK:
            break
        found += part.role is ListRole.ADDRESS
    return found > 1
