"""Style, script and icon, served from memory under names that change with their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

_TYPES = {
    "door.css": "text/css; charset=utf-8",
    "wait.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
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
    folder = resources.files("federation.door") / "static"
    for name, type_ in _TYPES.items():
        body = (folder / name).read_bytes()
        stem, _, kind = name.rpartition(".")
        named = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{kind}"
        paths[name] = f"/static/{named}"
        files[named] = Asset(body, type_)
    return Assets(MappingProxyType(paths), MappingProxyType(files))
