"""Readers of untrusted JSON: whatever somebody sent, they return the requested type."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from urllib.parse import quote

Json: TypeAlias = Mapping[str, object]

_EMPTY: Json = {}
_OLDEST = 10**14
"""Milliseconds, some three thousand years: a larger number is no age, and no date could hold it."""


def table(parent: Json, *path: str) -> Json:
    """Return the object at `path`, empty if there is none."""
    found: Json = parent
    for key in path:
        value = found.get(key)
        if not isinstance(value, Mapping):
            return _EMPTY
        found = value
    return found


def text(parent: Json, key: str, default: str = "") -> str:
    """Return the string under `key`."""
    value = parent.get(key)
    return value if isinstance(value, str) else default


def number(parent: Json, key: str, default: int = 0) -> int:
    """Return the integer under `key`; old rooms hold some as strings."""
    return as_number(parent.get(key), default)


def as_number(value: object, default: int = 0) -> int:
    """Return an integer as it is, or read from a string of digits."""
    if isinstance(value, bool):
        return default
    if not isinstance(value, int | float | str):
        return default
    try:
        return int(value)
    except (ValueError, OverflowError):
        return default


def tables(parent: Json, key: str) -> list[Json]:
    """Return the objects in the list under `key`."""
    return [each for each in _items(parent, key) if isinstance(each, Mapping)]


def texts(parent: Json, key: str) -> list[str]:
    """Return the strings in the list under `key`."""
    return [each for each in _items(parent, key) if isinstance(each, str)]


def moment(parent: Json, key: str, default: datetime) -> datetime:
    """Return the time that `key` holds in milliseconds since 1970."""
    value = parent.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        return default
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return default


def age(event: Json) -> timedelta | None:
    """Return how old an event was when it came; None if nothing says so."""
    millis = table(event, "unsigned").get("age")
    if not isinstance(millis, int) or isinstance(millis, bool) or not 0 <= millis < _OLDEST:
        return None
    return timedelta(milliseconds=millis)


def route(*parts: str, version: str = "v3") -> str:
    """Return the path of a client endpoint, each part escaped."""
    return "/".join(("/_matrix/client", version, *(quote(part, safe="") for part in parts)))


def _items(parent: Json, key: str) -> Iterable[object]:
    value = parent.get(key)
    return value if isinstance(value, list) else ()
