"""Style, script and icon, served from memory under names that change with their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    body: bytes
    type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files of the door."""

    paths: Mapping[str, str]
    """From a file's name to the path that pages use."""
    files: Mapping[str, Asset]
    """By the last part of that path."""


def assets() -> Assets:
    """Read the files that ship in the package."""
    paths: dict[str, str] = {}
    files: dict[str, Asset] = {}
    for entry in (resources.files("federation.door") / "static").iterdir():
        stem, _, kind = entry.name.rpartition(".")
        if kind not in _TYPES:
            continue
        body = entry.read_bytes()
        named = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{kind}"
        paths[entry.name] = f"/static/{named}"
        files[named] = Asset(body, _TYPES[kind])
    return Assets(MappingProxyType(paths), MappingProxyType(files))
