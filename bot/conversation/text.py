"""One text in two forms, plain and HTML, from one sentence of a catalogue.

A catalogue's sentence may hold `**strong**` and `` `code` ``; its parameters are never read as
markup. We write only tags that every Tchap client shows (docs/interop/matrix.md).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from string import Formatter
from urllib.parse import quote

from bridge.domain.names import unlinked
from bridge.i18n import Catalogue
from bridge.ids import UserId

_MARKUP = re.compile(r"\*\*(?P<strong>.+?)\*\*|`(?P<code>.+?)`")
_WORD = re.compile(r"\S+")
_DOMAINS = {"organisation", "domain"}
"""Parameters that are domains, of an address that the salon reads as well."""


@dataclass(frozen=True, slots=True)
class Text:
    """The same words for every client: `plain` stands alone, without colour, emoji or layout."""

    plain: str
    html: str

    @classmethod
    def of(cls, words: str) -> "Text":
        """Return plain words as they are."""
        return cls(words, escape(words, quote=False))


def link(url: str, label: str | None = None, colon: str = ": ") -> Text:
    """Return a link: in plain text the address itself, after its label if it has one."""
    plain = url if label is None else f"{label}{colon}{url}"
    return Text(plain, f'<a href="{escape(url)}">{escape(label or url, quote=False)}</a>')


def pill(user: UserId, name: str, permalinks: str) -> Text:
    """Return a mention that clients show as a person; `permalinks` as in `https://matrix.to/#/`."""
    address = permalinks + quote(user, safe="@:")
    shown = unlinked(name)
    return Text(shown, f'<a href="{escape(address)}">{escape(shown, quote=False)}</a>')


def say(catalogue: Catalogue, key: str, /, **parameters: object) -> Text:
    """Return the sentence `key`; a parameter `n` chooses singular or plural.

    A parameter may be a `Text`; any other counts as words that somebody typed, and links nowhere.
    """
    n = parameters.get("n")
    sentence = catalogue.sentence(key, n if isinstance(n, int) else None, parameters)
    plain: list[str] = []
    html: list[str] = []
    end = 0
    for found in _MARKUP.finditer(sentence):
        _fill(sentence[end : found.start()], parameters, plain, html)
        tag = "strong" if found["strong"] else "code"
        html.append(f"<{tag}>")
        _fill(found["strong"] or found["code"], parameters, plain, html)
        html.append(f"</{tag}>")
        end = found.end()
    _fill(sentence[end:], parameters, plain, html)
    return Text("".join(plain), "".join(html))


def _fill(piece: str, parameters: dict[str, object], plain: list[str], html: list[str]) -> None:
    for literal, name, _, _ in Formatter().parse(piece):
        plain.append(literal)
        html.append(escape(literal, quote=False))
        if name is None:
            continue
        value = parameters[name]
        words = str(value) if name in _DOMAINS else _plainly(str(value))
        text = value if isinstance(value, Text) else Text.of(words)
        plain.append(text.plain)
        html.append(text.html)


def _plainly(words: str) -> str:
    """Return typed words without a domain that clients would link; e-mail addresses stay."""
    return _WORD.sub(lambda word: word[0] if "@" in word[0] else unlinked(word[0]), words)


def lines(parts: Iterable[Text | None]) -> Text:
    """Return one text of several lines; skip `None`."""
    kept = [part for part in parts if part is not None]
    return Text("\n".join(part.plain for part in kept), "<br>".join(part.html for part in kept))


def blocks(parts: Iterable[Text | None]) -> Text:
    """Return paragraphs."""
    kept = [part for part in parts if part is not None]
    html = "".join(
        part.html if part.html.startswith("<ul>") else f"<p>{part.html}</p>" for part in kept
    )
    return Text("\n\n".join(part.plain for part in kept), html)


def bullets(items: Iterable[Text]) -> Text:
    """Return a list."""
    kept = list(items)
    html = "".join(f"<li>{item.html}</li>" for item in kept)
    return Text("\n".join(f"- {item.plain}" for item in kept), f"<ul>{html}</ul>")
