"""Style, scripts and icon, served from memory under names that change with their content."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_FILES = ("door.css", "join.css", "host.css", "wait.js", "inside.js", "host.js", "icon.svg")
SHIPPED: Traversable = resources.files("federation.door") / "static"
_SMALL = 1024
"""Bytes below which compressing a file saves nothing."""

JOIN = "src/first.ts"
"""The script of the page where guests wait and meet, as its build names it."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as the door serves it."""

    body: bytes
    type: str
    packed: bytes | None = None
    """Its gzip form, for browsers that accept it."""


@dataclass(frozen=True, slots=True)
class Assets:
    """All files of the door."""

    paths: Mapping[str, str]
    """From a file's name to the path that pages use."""
    files: Mapping[str, Asset]
    """By the last part of that path."""

    @property
    def joins(self) -> bool:
        """Whether the page where guests meet was built (`make web`); `redirect` needs none."""
        return JOIN in self.paths


@cache
def assets(folder: Traversable = SHIPPED) -> Assets:
    """Read the files that ship in the package, once."""
    paths: dict[str, str] = {}
    files: dict[str, Asset] = {}
    for name in _FILES:
        body = (folder / name).read_bytes()
        stem, _, kind = name.rpartition(".")
        named = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{kind}"
        paths[name] = f"/static/{named}"
        files[named] = _asset(body, kind)
    for source, named in _built(folder / "web"):
        paths[source] = f"/static/{named}"
        files[named] = _asset((folder / "web" / named).read_bytes(), named.rpartition(".")[2])
    return Assets(MappingProxyType(paths), MappingProxyType(files))


def _built(folder: Traversable) -> list[tuple[str, str]]:
    """Return the built files with their sources; their names hold a digest already."""
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return []
    chunks: Mapping[str, Mapping[str, str]] = json.loads(manifest.read_bytes())
    return [(source, chunk["file"]) for source, chunk in chunks.items()]


def _asset(body: bytes, kind: str) -> Asset:
    packed = gzip.compress(body, 9, mtime=0) if len(body) > _SMALL else None
    return Asset(body, _TYPES[kind], packed)
