"""Our mail server's verdict on a sender: DMARC by Authentication-Results (RFC 8601)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_LONGEST = 16_384
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|[;=]|[^\s;="()]+|\s+')
_PARENTHESIS = re.compile(r"\\.|[()]")
_MARKS = {";", "="}
"""They separate, unless they are quoted."""
_SINGLE = re.compile(r"\\(.)")


@dataclass(slots=True)
class _Result:
    """One method's result with its properties, their names in lower case."""

    method: str = ""
    result: str = ""
    properties: dict[str, list[str]] = field(default_factory=dict)


def vouched(headers: Sequence[str], server: str, domain: str) -> bool:
    """Tell whether our mail server says that DMARC passes for the domain of From.

    `headers` are the values of all Authentication-Results, topmost first. Only the topmost counts,
    and only if it is from `server`: whoever sends a mail can write others below it. A header that
    can't be read, or has two verdicts, vouches for nothing.
    """
    if not headers or not server or not domain:
        return False
    words = _words(headers[0])
    if not words or words[0].lower() != server.lower():
        return False
    verdicts = [one for one in _results(words[1:]) if one.method == "dmarc"]
    if len(verdicts) != 1 or verdicts[0].result != "pass":
        return False
    return verdicts[0].properties.get("header.from") == [domain]


def _words(text: str) -> list[str]:
    """Return the words and marks of a header without its comments; none if it can't be read."""
    if len(text) > _LONGEST:
        return []
    found, at = list[str](), 0
    while at < len(text):
        end = _after_comment(text, at)
        if end is None:
            match = _WORD.match(text, at)
            if match is None:
                return []
            found += _word(match)
            end = match.end()
        at = end
    return found


def _word(match: re.Match[str]) -> list[str]:
    """Return the word, or none for a blank. A mark that is quoted is none."""
    if match[1] is not None:
        said = _SINGLE.sub(r"\1", match[1])
        return [f'"{said}"' if said in _MARKS else said]
    return [] if match[0].isspace() else [match[0]]


def _after_comment(text: str, at: int) -> int | None:
    """Return where the comment ends that begins here; `None` if none does, or it never ends."""
    if text[at] != "(":
        return None
    depth = 0
    for found in _PARENTHESIS.finditer(text, at):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return None


def _results(words: Sequence[str]) -> list[_Result]:
    """Return the results that stand between semicolons."""
    found, statement = list[_Result](), list[str]()
    for word in [*words, ";"]:
        if word != ";":
            statement.append(word)
            continue
        if (one := _result(statement)) is not None:
            found.append(one)
        statement = []
    return found


def _result(statement: Sequence[str]) -> _Result | None:
    pairs = list(_pairs(statement))
    if not pairs:
        return None
    name, value = pairs[0]
    made = _Result(name.partition("/")[0].lower(), value.lower())
    for key, said in pairs[1:]:
        made.properties.setdefault(key.lower(), []).append(said.lower())
    return made


def _pairs(statement: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (statement[at - 1], statement[at + 1])
        for at, word in enumerate(statement)
        if word == "=" and 0 < at < len(statement) - 1
    ]
