"""Reads Matrix HTML as text, with its mentions (Client-Server API, `m.room.message`, appendices).

A scanner of our own instead of a parser: linear on every input, it never raises, and ignores all
tags except the few that change a line's meaning.
"""

import re
from dataclasses import dataclass, field, replace
from html import unescape
from urllib.parse import unquote

from bot.language.text import normal
from bridge.ids import UserId

LIMIT = 4000
"""The most characters of a message that we read."""

_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*+)(?P<rest>[^<>]*+)>")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"(?P<a>[^"]*)"|'(?P<b>[^']*)')""", re.IGNORECASE)
_UNFINISHED = re.compile(r"(?:<[^<>]*+|&[^&;\s]*+)\Z")
_LINES = {"p", "br", "div", "li", "ul", "ol", "pre", "tr", "h1", "h2", "h3", "h4", "h5", "h6"}
_PERMALINK = re.compile(
    r"https?://[^/\s#]+/#/(?:user/)?(?P<user>(?:@|%40)[^?\s]+)(?:\?\S*)?|matrix:u/(?P<bare>.+)"
)
_USER = re.compile(r"@[!-9;-~]+:[A-Za-z0-9.-]+(?::[0-9]{1,5})?")
_LONGEST_USER = 255


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention: its place in the text, and its person."""

    start: int
    end: int
    user: UserId


def user_of(word: str) -> UserId | None:
    """Return the user of a Matrix id or a permalink.

    `https://matrix.to/#/@…`, Tchap's own `https://tchap.gouv.fr/#/@…` and its older `#/user/@…`
    are all in use; we accept any host, because a permalink says no more than the id in it.
    """
    link = _PERMALINK.fullmatch(word)
    if link is not None:
        bare = link["bare"]
        word = unquote(link["user"] or f"@{bare.partition('?')[0]}")
    return UserId(word) if len(word) <= _LONGEST_USER and _USER.fullmatch(word) else None


def plain_of(html: str) -> tuple[str, tuple[Mention, ...]]:
    """Return the text of Matrix HTML, at most `LIMIT` characters, and its mentions.

    We skip quotations. The reply fallback ends at its *last* end tag: it holds somebody else's
    HTML, which must not be able to close it early and speak in the sender's name.
    """
    scribe = _Scribe()
    html = _cut(html.rpartition("</mx-reply>")[2])
    at = 0
    for tag in _TAG.finditer(html):
        scribe.write(unescape(html[at : tag.start()]))
        scribe.tag(tag["name"].lower(), closes=bool(tag["close"]), rest=tag["rest"])
        at = tag.end()
    scribe.write(unescape(html[at:]))
    return scribe.text[:LIMIT], tuple(one for one in scribe.mentions if one.end <= LIMIT)


def _cut(html: str) -> str:
    """Return the part of the HTML that we read, without a tag or entity cut at its end."""
    if len(html) <= 4 * LIMIT:
        return html
    return _UNFINISHED.sub("", html[: 4 * LIMIT])


@dataclass(slots=True)
class _Scribe:
    text: str = ""
    mentions: list[Mention] = field(default_factory=list)
    quotations: int = 0
    linked: tuple[int, str] | None = None

    def write(self, words: str) -> None:
        if not self.quotations:
            self.text += normal(words.replace("\n", " "))

    def tag(self, name: str, *, closes: bool, rest: str) -> None:
        if name == "blockquote":
            self.quotations = max(0, self.quotations + (-1 if closes else 1))
        elif name == "a" and closes:
            self._leave_link()
        elif name == "a":
            href = _HREF.search(rest)
            target = unescape((href["a"] or href["b"] or "") if href else "")
            self.linked = (len(self.text), target)
        elif name in _LINES and not self.quotations:
            self.text += "\n"

    def _leave_link(self) -> None:
        start, target = self.linked or (0, "")
        self.linked = None
        user = user_of(target)
        if target.startswith("mailto:"):
            self._mail(unquote(target.removeprefix("mailto:").partition("?")[0]), start)
        elif user is not None and not self.quotations:
            if not self.text[start:].strip():
                self.write(user)
            self.mentions.append(Mention(start, len(self.text), user))

    def _mail(self, address: str, start: int) -> None:
        if address.lower() not in self.text[start:].lower():
            self.write(f" <{address}>")


def moved(mention: Mention, by: int) -> Mention:
    """Return a mention moved by `by` characters."""
    return replace(mention, start=mention.start + by, end=mention.end + by)
