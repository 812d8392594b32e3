"""The bot's cross-signing seeds in a file for a safe, encrypted with a passphrase.

scrypt (RFC 7914, 64 MiB) then AES-256-GCM; the header is authenticated with the rest.
"""

import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bot.matrix.crosssigning import SeedsUnreadable, export_seeds, import_seeds

HEADER = b"parvis-seeds-closed-1"
SHORTEST_PASSPHRASE = 12
_SALT, _NONCE = 16, 12
_COST = 2**16


class WrongPassphrase(ValueError):
    """Type the passphrase with which the file was made, or take an undamaged copy."""


def close(seeds: Mapping[str, bytes], passphrase: str) -> str:
    """Return the seeds as one line of text that only the passphrase decrypts."""
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    inside = export_seeds(seeds).encode()
    closed = AESGCM(_key(passphrase, salt)).encrypt(nonce, inside, HEADER)
    return f"{HEADER.decode()}.{urlsafe_b64encode(salt + nonce + closed).decode()}"


def open_closed(text: str, passphrase: str) -> dict[str, bytes]:
    """Return the seeds. Raises SeedsUnreadable, WrongPassphrase."""
    header, _, body = text.strip().partition(".")
    if header != HEADER.decode():
        raise SeedsUnreadable("not a file of seeds")
    try:
        raw = urlsafe_b64decode(body)
    except (binascii.Error, ValueError):
        raise SeedsUnreadable("not base64") from None
    salt, nonce, closed = raw[:_SALT], raw[_SALT : _SALT + _NONCE], raw[_SALT + _NONCE :]
    if len(closed) < _SALT:
        raise SeedsUnreadable("cut short")
    try:
        inside = AESGCM(_key(passphrase, salt)).decrypt(nonce, closed, HEADER)
    except InvalidTag:
        raise WrongPassphrase("it does not open this file") from None
    return import_seeds(inside.decode())


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase.encode())
