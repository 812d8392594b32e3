"""Removes from log lines what they may not hold: secrets, links, addresses, and people's words.

It is the last step before a line is written, whoever wrote it: it goes by the name of a field, and
by the shape of any text's parts, tracebacks and libraries' messages included.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any

HIDDEN = "[hidden]"
_NAMES = frozenset(
    {"access_token", "authorization", "body", "cookie", "credential", "email", "html", "line"}
    | {"passphrase", "password", "pickle", "plain", "proxy", "secret", "seed", "seeds", "subject"}
    | {"text", "title", "token"}
)
"""Names, or parts of names, of fields that are never written."""
_DEEPEST = 6
_LONGEST = 16_384

_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"
# A run of letters is tried once, from its start: otherwise a long one without "@" takes seconds.
_MAIL = re.compile(rf"(?<!{_LOCAL}){_LOCAL}+@[\w-]+(?:\.[\w-]+)*\.?(?![\w@])")
_USER = re.compile(r"@[A-Za-z0-9._=/+\-]+:(?=[A-Za-z0-9\[])")
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"/([jh])/[^\s\"'<>?#]+"), rf"/\1/{HIDDEN}"),
    (re.compile(r"/calendar/[\w-]{22}(?![\w-])"), f"/calendar/{HIDDEN}"),
    (re.compile(r"\b(?:syt|syr|mat|mar|mct|mcr|mua)_[A-Za-z0-9_=\-]+"), HIDDEN),
    (re.compile(r"\b(Bearer|Basic)\s+[^\s\"',]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"\beyJ[\w-]*\.[\w-]+\.?[\w-]*"), HIDDEN),
    (re.compile(r"\bparvis-seeds-1\S*"), HIDDEN),
    (re.compile(r"(://)[^\s/@\"']+@"), rf"\1{HIDDEN}@"),
    (
        re.compile(r"([?&](?:access_token|token|code|secret|password|key)=)[^&\s\"']+"),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(Cookie:\s*)[^\r\n]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    # SQLAlchemy and pydantic quote these in their errors.
    (re.compile(r"\[parameters: [^\n]*"), f"[parameters: {HIDDEN}]"),
    (re.compile(r"input_value=[^\n]*"), f"input_value={HIDDEN}"),
    (_MAIL, HIDDEN),
)
_ERROR_CODE = re.compile(r"[a-z]+(?:[-_.][a-z]+)*|[A-Z]+(?:_[A-Z]+)*|\d{1,4}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SUSPECT = re.compile(
    r"[@?&\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]|/[jh]/|/calendar/|(?:sy|m)[a-z]{1,2}_|eyJ|-seeds-|\[param|input_v"
    r"|(?i:bearer|basic|cookie)"
)
"""The beginnings of all shapes: most texts hold none of them, and are done after one look."""

_RUN = secrets.token_bytes(16)


def redact(_logger: object, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event without what a log may not hold (a structlog processor)."""
    return {name: _field(name, value) for name, value in event.items()}


def _field(name: str, value: Any, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if _is_secret(name.lower(), value):
        return HIDDEN
    return _clean(value, depth)


def _is_secret(name: str, value: Any) -> bool:
    if name == "code":  # a guest's, unless it is shaped like an error's or a status
        return _ERROR_CODE.fullmatch(str(value)) is None
    return name in _NAMES or not _NAMES.isdisjoint(re.split(r"[_\-.]", name))


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return {clean(str(key)): _field(str(key), inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [_field("", inner, depth + 1) for inner in value]
    return clean(value if isinstance(value, str) else str(value))


def clean(text: str) -> str:
    """Return a text without secrets, and with pseudonyms of this run for people's Matrix ids."""
    text = text[:_LONGEST]
    if _SUSPECT.search(text) is None:
        return text
    text = _CONTROL.sub("�", text)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return _USER.sub(_pseudonym, text)


def _pseudonym(found: re.Match[str]) -> str:
    """Replace the part of a Matrix id that, on Tchap, is an e-mail address."""
    digest = hashlib.blake2s(found[0].encode(), key=_RUN, digest_size=4).hexdigest()
    return f"@{digest}:"
