"""The ring of our signing keys: one folder, one PEM file per key, three of them published.

Beside it is the federation key, whose thumbprint partners pin. It signs our statement, which tells
them the ring's keys, and nothing else; so the ring changes without a human, and it does not.

The files are numbered, and the numbers alone decide their roles: the highest is `next` (published,
so that partners know it before it signs), then `current` (signs), then `previous` (published, so
that what it signed still verifies). A rotation writes one file under a higher number: a single
rename moves every key by one role, and a crash before or after it leaves a whole ring.

Nothing here waits or awaits; callers on an event loop load at start and from time to time.
"""

import contextlib
import fcntl
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Self

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridge.errors import KeysUnusable, TokenRefused
from bridge.tokens import Alg, Claims, KeySet, SigningKey, VerifyingKey, sign

PUBLISHED = 3
KNOWN_AFTER = timedelta(days=1)
"""How long partners may keep our JWK set in their caches."""
MAX_PEM = 4 * 1024

_PINNED = "pinned.pem"
_FILE = re.compile(r"key-([0-9]{8})\.pem")
_UNFINISHED = ".unfinished-"
_AGAIN = 60.0
"""Seconds for which a ring that was read is used."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Our keys: only `current` can sign, by its very type."""

    current: SigningKey
    next: VerifyingKey
    previous: VerifyingKey | None

    @property
    def keys(self) -> KeySet:
        """The public halves, to verify what we signed ourselves."""
        published = (self.current.verifier, self.next, self.previous)
        return KeySet.of(*(key for key in published if key is not None))

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the JWK set to publish: the public halves of all keys of the ring."""
        return self.keys.document()

    def sign(self, claims: Claims, *, typ: str) -> str:
        """Sign with the current key."""
        return sign(claims, self.current, typ=typ)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the ring; `KeysUnusable` names the file that is missing, open to others or broken.

        It takes milliseconds of file reading, and waits for a rotation in progress.
        """
        with _locked(folder, fcntl.LOCK_SH):
            return cls._read(folder)

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make the folder and its first two keys; complete what an interrupted call left."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(folder, RingTrouble.UNREADABLE, error.strerror) from error
        with _locked(folder, fcntl.LOCK_EX):
            numbers = _numbers(folder)
            if len(numbers) > 1:
                raise _unusable(
                    folder, RingTrouble.THERE, "holds keys already; rotate them instead"
                )
            for number in range(len(numbers) + 1, 3):
                _add(folder, number)
            _tidy(folder)
            ring = cls._read(folder)
        log.info("keys.created", current=ring.current.kid, next=ring.next.kid)
        return ring

    @classmethod
    def rotate(cls, folder: Path, *, now: datetime, compromised: bool = False) -> Self:
        """Make a new `next`: the old one now signs, and the key before `previous` is deleted.

        Earlier signatures verify until the next rotation. Refused with `KeysUnusable` while a
        partner may not have fetched `next` yet, unless the keys are `compromised`.
        """
        with _locked(folder, fcntl.LOCK_EX):
            cls._read(folder)
            newest = _numbers(folder)[-1]
            made = datetime.fromtimestamp(_path(folder, newest).stat().st_mtime, UTC)
            if not compromised and now < made + KNOWN_AFTER:
                raise _unusable(
                    folder, RingTrouble.NEW, "the next key is too new to sign; wait for a day"
                )
            _add(folder, newest + 1)
            _tidy(folder)
            ring = cls._read(folder)
        log.info("keys.rotated", current=ring.current.kid, next=ring.next.kid)
        return ring

    @staticmethod
    def pinned(folder: Path, *, create: bool = False) -> SigningKey:
        """Read the federation key; with `create`, make it if it is missing. Raises KeysUnusable.

        A new one must be read to every partner again.
        """
        with _locked(folder, fcntl.LOCK_EX if create else fcntl.LOCK_SH):
            path = folder / _PINNED
            if create and not path.exists():
                _write(folder, path)
                log.info("keys.pinned-created")
            return _key(path)

    @classmethod
    def _read(cls, folder: Path) -> Self:
        numbers = _numbers(folder)[-PUBLISHED:]
        if len(numbers) < PUBLISHED - 1:
            raise _unusable(folder, RingTrouble.INCOMPLETE, "no complete key ring; create it first")
        keys = [_key(_path(folder, number)) for number in numbers]
        previous = keys[-3].verifier if len(keys) == PUBLISHED else None
        return cls(current=keys[-2], next=keys[-1].verifier, previous=previous)


class RingTrouble(StrEnum):
    """Why a ring can't be used; names the operator's sentence (`cli.keys-unusable.…`)."""

    UNREADABLE = "unreadable"
    UNWRITABLE = "unwritable"
    THERE = "there"
    """Keys are there already."""
    NEW = "new"
    """The next key is not known to all partners yet."""
    INCOMPLETE = "incomplete"
    WRITABLE = "writable"
    """Others may write in the folder."""
    OPEN = "open"
    """Others may read the key."""
    NO_KEY = "no-key"


def _unusable(path: Path, why: RingTrouble, detail: str | None) -> KeysUnusable:
    """Return the error with what its sentence says."""
    return KeysUnusable(f"{path}: {detail}", why=why, path=path)


@contextlib.contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Hold the folder's lock; it must be ours alone to write in."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unusable(folder, RingTrouble.UNREADABLE, error.strerror) from error
    try:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o022:
            raise _unusable(folder, RingTrouble.WRITABLE, "others may write here; `chmod 0700` it")
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _path(folder: Path, number: int) -> Path:
    return folder / f"key-{number:08d}.pem"


def _numbers(folder: Path) -> list[int]:
    found = (_FILE.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in found if match)


def _key(path: Path) -> SigningKey:
    try:
        key = SigningKey.from_pem(_pem(path))
    except OSError as error:
        raise _unusable(path, RingTrouble.UNREADABLE, error.strerror) from error
    except TokenRefused as error:
        raise _unusable(path, RingTrouble.NO_KEY, "not a private key in PEM") from error
    if key.verifier.alg is not Alg.ES256:
        raise _unusable(path, RingTrouble.NO_KEY, "not an EC key on P-256")
    return key


def _pem(path: Path) -> bytes:
    # Without O_NONBLOCK a named pipe in the file's place would wait for a writer.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode) or stat.S_IMODE(mode) != stat.S_IRUSR:
            raise _unusable(
                path, RingTrouble.OPEN, "must be a file for its owner alone; `chmod 0400` it"
            )
        return os.read(handle, MAX_PEM)
    finally:
        os.close(handle)


def _add(folder: Path, number: int) -> None:
    _write(folder, _path(folder, number))


def _write(folder: Path, path: Path) -> None:
    """Write a new key: whole and durable, or not at all."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle, unfinished = tempfile.mkstemp(dir=folder, prefix=_UNFINISHED)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, stat.S_IRUSR)
            file.write(pem)
            file.flush()
            os.fsync(handle)
        Path(unfinished).rename(path)
        _sync(folder)
    except OSError as error:
        raise _unusable(
            folder, RingTrouble.UNWRITABLE, f"can't write a key: {error.strerror}"
        ) from error


def _tidy(folder: Path) -> None:
    """Delete the keys that are no longer published, and files that a crash left unfinished."""
    over = [_path(folder, number) for number in _numbers(folder)[:-PUBLISHED]]
    for path in [*over, *folder.glob(f"{_UNFINISHED}*")]:
        path.unlink()
    _sync(folder)


def _sync(folder: Path) -> None:
    """Make the folder's entries durable: power loss may undo a rename alone."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class LiveRing:
    """The ring as it is now: read again from time to time, since another process rotates it."""

    def __init__(self, folder: Path, now: Callable[[], float] = monotonic) -> None:
        """Read the ring. Raises KeysUnusable."""
        self._folder = folder
        self._now = now
        self._ring = KeyRing.load(folder)
        self._read_at = now()

    @property
    def ring(self) -> KeyRing:
        """The ring, at most a minute old; while its folder can't be read, the last one."""
        if self._now() >= self._read_at + _AGAIN:
            self._read_at = self._now()
            try:
                self._ring = KeyRing.load(self._folder)
            except KeysUnusable as error:
                log.warning("keys.unreadable", error=str(error))
        return self._ring

    @property
    def keys(self) -> KeySet:
        """The public halves of its keys, as they are now."""
        return self.ring.keys

    def sign(self, claims: Claims, *, typ: str) -> str:
        """Sign with the current key."""
        return self.ring.sign(claims, typ=typ)
