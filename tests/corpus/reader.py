"""Reads `lines.tsv`; its README says what the columns hold."""

import re
from dataclasses import dataclass
from pathlib import Path

LINES = Path(__file__).with_name("lines.tsv")
COLUMNS = ("lang", "line", "situation", "allowed", "may_change", "keeps")
ESCAPED = re.compile(r"\\(n|t|\\|u[0-9a-f]{4})")


@dataclass(frozen=True)
class Line:
    """A line as typed, where it is typed, and every answer that is right."""

    lang: str
    line: str
    situation: str
    allowed: tuple[str, ...]
    may_change: tuple[str, ...]
    keeps: tuple[tuple[str, str], ...]


def read(path: Path = LINES) -> list[Line]:
    """Every line of the corpus, in order. A row of another form raises ValueError."""
    header, *rows = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    if tuple(header.split("\t")) != COLUMNS:
        raise ValueError(header)
    return [_line(row) for row in rows]


def _line(row: str) -> Line:
    lang, line, situation, allowed, may_change, keeps = row.split("\t")
    return Line(
        lang=lang,
        line=_plain(line),
        situation=situation,
        allowed=tuple(allowed.split("|")),
        may_change=() if may_change == "-" else tuple(may_change.split(";")),
        keeps=tuple(_pair(one) for one in keeps.split(";") if keeps),
    )


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ValueError(text)
    return key, _plain(value)


def _plain(text: str) -> str:
    return ESCAPED.sub(lambda found: _character(found[1]), text)


def _character(name: str) -> str:
    named = {"n": "\n", "t": "\t", "\\": "\\"}
    return named[name] if name in named else chr(int(name[1:], 16))
