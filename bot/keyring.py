"""Key files of this deployment: 32 random bytes each, in a folder of their own.

`links`: guests' codes derive from it. `rows`: what is encrypted in the database. `device`: what
is encrypted in the bot's device store.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_BYTES = 32
_NAME = re.compile(r"(?P<use>links|rows|device)-(?P<id>[0-9]{4})\.key")


class KeysMissing(Exception):
    """There is no key file and none may be made: put one there, or say `keys.create = true`."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """All keys of one use; the newest one is current, older ones still open what they closed."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str


def key_set(folder: Path, use: str, *, create: bool) -> KeySet:
    """Read `<use>-<number>.key` files; make the first one where `create` allows it.

    Raises KeysMissing where there is none, ValueError for a file that is no key.
    """
    if create:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = {}
    for path in sorted(folder.glob("*.key")) if folder.is_dir() else []:
        match = _NAME.fullmatch(path.name)
        if match is not None and match["use"] == use:
            found[match["id"]] = _read(path)
    if not found:
        if not create:
            raise KeysMissing(folder / f"{use}-0001.key")
        found["0001"] = _make(folder / f"{use}-0001.key")
    return KeySet(found, max(found))


def _read(path: Path) -> bytes:
    content = path.read_text("ascii").strip()
    try:
        key = bytes.fromhex(content)
    except ValueError as error:
        raise ValueError(f"{path}: not a key file") from error
    if len(key) != _BYTES:
        raise ValueError(f"{path}: {_BYTES} bytes in hexadecimal are needed")
    return key


def _make(path: Path) -> bytes:
    key = secrets.token_bytes(_BYTES)
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "w") as file:
        file.write(key.hex())
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link, not a rename: of two processes that start at once, one makes the key.
        path.hardlink_to(draft)
    except FileExistsError:
        key = _read(path)
    finally:
        draft.unlink()
    return key
