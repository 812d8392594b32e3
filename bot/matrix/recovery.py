"""Secrets that a client stores on the account's homeserver, encrypted with a recovery key.

Secret storage of the client-server API, `m.secret_storage.v1.aes-hmac-sha2`: with the recovery key
we take over the identity that another client made, and nobody gets a warning.
"""

import hmac
from base64 import b64decode
from collections.abc import Awaitable, Callable
from functools import reduce
from operator import xor

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.matrix.crosssigning import SEED_BYTES, USAGES
from bot.matrix.raw import Json, table, text

ALGORITHM = "m.secret_storage.v1.aes-hmac-sha2"
_PREFIX = b"\x8b\x01"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_NONE = b"\0" * 32

Stored = Callable[[str], Awaitable[Json]]
"""Returns the account's data of a type; empty if there is none."""


class RecoveryRefused(ValueError):
    """Give the recovery key that the account's client showed when its storage was set up."""


def decoded(words: str) -> bytes:
    """Return the 32 bytes of a recovery key as clients show it. Raises RecoveryRefused."""
    number = 0
    for letter in "".join(words.split()):
        place = _ALPHABET.find(letter)
        if place < 0:
            raise RecoveryRefused("not a recovery key")
        number = number * len(_ALPHABET) + place
    size = len(_PREFIX) + len(_NONE) + 1
    if number.bit_length() > 8 * size:
        raise RecoveryRefused("too long for a recovery key")
    raw = number.to_bytes(size)
    if not raw.startswith(_PREFIX) or reduce(xor, raw) != 0:
        raise RecoveryRefused("not a recovery key, or mistyped")
    return raw[len(_PREFIX) : -1]


async def stored_seeds(stored: Stored, words: str) -> dict[str, bytes]:
    """Return the seeds of the identity that another client put into the account's storage.

    Raises RecoveryRefused if there is none, or this key does not open it.
    """
    key = decoded(words)
    name = text(await stored("m.secret_storage.default_key"), "key")
    described = await stored(f"m.secret_storage.key.{name}") if name else {}
    if text(described, "algorithm") != ALGORITHM:
        raise RecoveryRefused("the account has no storage that we can read")
    if not _fits(key, described):
        raise RecoveryRefused("this key does not open the account's storage")
    seeds = {}
    for usage in USAGES:
        kind = f"m.cross_signing.{usage}"
        seed = _opened(key, kind, table(await stored(kind), "encrypted", name))
        if len(seed) != SEED_BYTES:
            raise RecoveryRefused(f"the storage has no {usage} key")
        seeds[usage] = seed
    return seeds


def _fits(key: bytes, described: Json) -> bool:
    """Tell whether this is the key described; older storages have no test, so it is tried."""
    iv, mac = _bytes(described, "iv"), _bytes(described, "mac")
    if not iv or not mac:
        return True
    _, authentic = _derived(key, "")
    return hmac.compare_digest(mac, hmac.digest(authentic, _ciphered(key, "", iv, _NONE), "sha256"))


def _opened(key: bytes, name: str, closed: Json) -> bytes:
    """Return a secret, empty if it is missing. Raises RecoveryRefused."""
    iv, ciphertext = _bytes(closed, "iv"), _bytes(closed, "ciphertext")
    if not iv or not ciphertext:
        return b""
    _, authentic = _derived(key, name)
    if not hmac.compare_digest(_bytes(closed, "mac"), hmac.digest(authentic, ciphertext, "sha256")):
        raise RecoveryRefused("this key does not open what is in the storage")
    return _decoded(_ciphered(key, name, iv, ciphertext).decode("ascii", "replace"))


def _ciphered(key: bytes, name: str, iv: bytes, data: bytes) -> bytes:
    """Encrypt or decrypt: in counter mode both are one."""
    cipher, _ = _derived(key, name)
    if len(iv) != AES.block_size // 8:
        raise RecoveryRefused("the storage is damaged")
    return Cipher(AES(cipher), CTR(iv)).encryptor().update(data)


def _derived(key: bytes, name: str) -> tuple[bytes, bytes]:
    both = HKDF(SHA256(), 64, salt=_NONE, info=name.encode()).derive(key)
    return both[:32], both[32:]


def _bytes(parent: Json, key: str) -> bytes:
    return _decoded(text(parent, key))


def _decoded(value: str) -> bytes:
    try:
        return b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        return b""
