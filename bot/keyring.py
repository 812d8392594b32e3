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

from bridge.errors import KeysUnusable
from config.files import handed_out
from config.strength import weakness_of_bytes

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

    Raises KeysMissing where there is none, KeysUnusable for a file that is no key, or no secret.
    """
    if create:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = {}
    for path in sorted(folder.glob("*.key")) if folder.is_dir() else []:
        match = _NAME.fullmatch(path.name)
        if match is not None and match["use"] == use:
            found[match["id"]] = read_key(path)
    if not found:
        if not create:
            raise KeysMissing(folder / f"{use}-0001.key")
        found["0001"] = _make(folder / f"{use}-0001.key")
    return KeySet(found, max(found))


def read_key(path: Path) -> bytes:
    """Return a key file's 32 bytes.

    Raises KeysUnusable where it is none, where somebody could guess it, or where other accounts
    of the machine may read it; the detail says how to mend it, and never quotes the key.
    """
    try:
        content = path.read_text("ascii").strip()
        open_to_others = handed_out(path)
    except OSError as error:
        raise KeysUnusable(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeysUnusable(f"{path}: not a key file") from error
    if open_to_others:
        raise KeysUnusable(f"{path}: other accounts can read it; `chmod 0400` it")
    try:
        key = bytes.fromhex(content)
    except ValueError as error:
        raise KeysUnusable(f"{path}: not a key file") from error
    if len(key) != _BYTES:
        raise KeysUnusable(f"{path}: {_BYTES} bytes in hexadecimal are needed")
    if weakness_of_bytes(key) is not None:
        raise KeysUnusable(f"{path}: not random; make another with `openssl rand -hex {_BYTES}`")
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
        key = read_key(path)
    finally:
        draft.unlink()
    return key
