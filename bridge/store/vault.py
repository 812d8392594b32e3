"""Encrypts values before they reach the database, under named keys."""

import hmac
import json
import secrets
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
_LONGEST_KEY_ID = 255
_MARKS = b"parvis: keyed digests"
"""Sets the keys of digests apart from those that encrypt."""


class SealBroken(ValueError):
    """The row was altered or moved, or this process lacks the key under which it was sealed."""

    def __init__(self, detail: str, key: str = "") -> None:
        """Keep the id of the key that is missing."""
        super().__init__(detail)
        self.key = key


class Vault:
    """AES-256-GCM under named keys: new rows take the current one, old rows keep theirs.

    The context (`outbox:<idempotency key>`) is authenticated but not stored, so that a sealed value
    is worthless in any other row. A sealed value is: length of the key's id, the id, 12 random
    bytes, the ciphertext with its tag. Random nonces are safe for some 2^32 values per key (NIST
    SP 800-38D §8.3), which is centuries of messages.
    """

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        """Take 32-byte keys by id. Raises ValueError when they can't be used."""
        if current not in keys:
            raise ValueError(f"no key is called {current!r}")
        for name, key in keys.items():
            if len(key) != KEY_BYTES:
                raise ValueError(f"key {name!r} has {len(key)} bytes instead of {KEY_BYTES}")
            if not 0 < len(name.encode()) <= _LONGEST_KEY_ID:
                raise ValueError("a key's id has 1 to 255 bytes")
        self._ciphers = {name.encode(): AESGCM(key) for name, key in keys.items()}
        self._marks = {
            name.encode(): hmac.digest(key, _MARKS, "sha256") for name, key in keys.items()
        }
        self._current = current.encode()

    def digests(self, value: str, context: str) -> Sequence[bytes]:
        """Return a keyed digest of `value` under each key, the current one's first.

        By it a row is found whose value must not be readable: 32 bytes, the same each time.
        """
        told = f"{context}:{value}".encode()
        names = sorted(self._marks, key=lambda name: name != self._current)
        return [hmac.digest(self._marks[name], told, "sha256") for name in names]

    def seal(self, value: bytes, context: str) -> bytes:
        """Encrypt `value` for the one place that `context` names."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        body = self._ciphers[self._current].encrypt(nonce, value, context.encode())
        return bytes([len(self._current)]) + self._current + nonce + body

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt a value that was sealed for the same `context`. Raises SealBroken."""
        end = 1 + sealed[0] if sealed else 0
        key, place = sealed[1:end].decode("utf-8", "replace"), context.partition(":")[0]
        cipher = self._ciphers.get(sealed[1:end])
        if cipher is None:
            raise SealBroken(f"no key {key!r} to open {place}", key)
        nonce, body = sealed[end : end + _NONCE_BYTES], sealed[end + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, context.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"can't open {place}", key) from error

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether the current key sealed it."""
        return sealed[1 : 1 + sealed[0]] == self._current

    def seal_json(self, value: object, context: str) -> bytes:
        """Encrypt a value that JSON can hold."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return self.seal(text.encode(), context)

    def open_json(self, sealed: bytes, context: str) -> object:
        """Decrypt a value that `seal_json` sealed. Raises SealBroken."""
        value: object = json.loads(self.open(sealed, context))
        return value
