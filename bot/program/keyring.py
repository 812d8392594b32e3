"""Key files of this deployment: 32 random bytes each, in a folder of their own.

Guests' codes derive from `links`. `rows` encrypts columns of the database, `device` the bot's
device store, `audit` signs the audit's records.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.program.folders import kept_in
from bridge.errors import KeysUnusable
from config.files import handed_out
from config.sections import KeySettings
from config.strength import weakness_of_bytes

_BYTES = 32
_NAME = re.compile(r"(?P<use>links|rows|device|audit)-(?P<id>[0-9]{4})\.key")


class KeysMissing(Exception):
    """There is no key file and none may be made: put one there, or say `keys.create = true`."""


class KeysLost(KeysMissing):
    """The key is gone, and data that it encrypted is not: put the file back from your backup."""


class KeyForeign(KeysUnusable):
    """It is not the key with which the database was filled: put that one back."""


class KeyOpen(KeysUnusable):
    """Other accounts of the machine can read the file: `chmod 0400` it."""


class KeyUnreadable(KeysUnusable):
    """Our account can't read the file: give it to the account that runs Parvis."""


class KeyBroken(KeysUnusable):
    """The file is not 32 bytes in hexadecimal: put the right one back."""


class KeyWeak(KeysUnusable):
    """The bytes are not random: make another key with `openssl rand -hex 32`."""


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """All keys of one use; the newest is current, older ones still decrypt their data."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str


def has_key(folder: Path, use: str) -> bool:
    """Tell whether there is a key for a use, valid or not."""
    return any(folder.glob(f"{use}-*.key"))


def key_set(folder: Path, use: str, *, create: bool, opens: bool = False) -> KeyFiles:
    """Read `<use>-<number>.key` files; make the first one if `create` allows it.

    If the lost one `opens` existing data, a new one would be useless: then make none. Raises
    KeysLost then, KeysMissing if there is none, KeysUnusable for a file that is no key, or no
    secret, FolderRefused if the folder can't be made.
    """
    create = create and not opens
    if create:
        kept_in("keys.folder", folder)
    found = {}
    for path in sorted(folder.glob("*.key")) if folder.is_dir() else []:
        match = _NAME.fullmatch(path.name)
        if match is not None and match["use"] == use:
            found[match["id"]] = read_key(path)
    if not found:
        if not create:
            raise (KeysLost if opens else KeysMissing)(key_file(folder, use))
        found["0001"] = _make(key_file(folder, use))
    return KeyFiles(found, max(found))


def key_file(folder: Path, use: str, name: str = "0001") -> Path:
    """Return the path of a key's file."""
    return folder / f"{use}-{name}.key"


def device_key(keys: KeySettings, store: Path) -> bytes:
    """Return the key of the device's store in the folder `store`; made only for an empty folder.

    Raises KeysLost, KeysMissing, KeysUnusable.
    """
    found = key_set(keys.folder, "device", create=keys.create, opens=any(store.glob("keys-*.db")))
    return found.keys[found.current]


def read_key(path: Path) -> bytes:
    """Return a key file's 32 bytes.

    Raises KeyOpen, KeyUnreadable, KeyBroken or KeyWeak; the detail is the file's name, never the
    key.
    """
    try:
        content = path.read_text("ascii").strip()
        open_to_others = handed_out(path)
        key = bytes.fromhex(content)
    except OSError as error:
        raise KeyUnreadable(str(path)) from error
    except ValueError as error:  # UnicodeDecodeError is one
        raise KeyBroken(str(path)) from error
    if open_to_others:
        raise KeyOpen(str(path))
    if len(key) != _BYTES:
        raise KeyBroken(str(path))
    if weakness_of_bytes(key) is not None:
        raise KeyWeak(str(path))
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
        # A link, not a rename: if two processes start at once, only one makes the key.
        path.hardlink_to(draft)
    except FileExistsError:
        key = read_key(path)
    finally:
        draft.unlink()
    return key
