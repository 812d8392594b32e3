"""The code in a guest's link: derived, so that the same link can be sent again."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from bridge.domain.proof import DIGITS

_BYTES = 16


class LinkState(Enum):
    """The state of a link's code, before its guest does something with it."""

    KNOWN = "known"
    ERASED = "erased"
    """It was a guest's once, whose data is erased: a browser that sends it does not guess."""
    UNKNOWN = "unknown"
    """It is nobody's, or a newer one replaced it."""


@dataclass(frozen=True, slots=True)
class Minter:
    """Derives codes from key files; a code exists only while a message or a page is made."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str

    def code(self, invitation: UUID, number: int, key: str) -> str:
        """Return the 22 characters of an invitation's link number `number` under key `key`."""
        message = invitation.bytes + number.to_bytes(4, "big")
        mac = hmac.digest(self.keys[key], message, "sha256")[:_BYTES]
        return urlsafe_b64encode(mac).rstrip(b"=").decode()

    def digits(self, of: UUID, number: int, key: str, use: str) -> str:
        """Return six digits for one `use`, which reveal nothing about those of another."""
        message = use.encode() + b":" + of.bytes + number.to_bytes(4, "big")
        mac = hmac.digest(self.keys[key], message, "sha256")
        # With 128 bits the remainder is as good as even.
        return f"{int.from_bytes(mac[:_BYTES], 'big') % 10**DIGITS:0{DIGITS}}"

    def digest(self, invitation: UUID, number: int, key: str) -> bytes:
        """Return the digest of the code, which the database stores."""
        return digest_of(self.code(invitation, number, key))

    def pseudonyms(self, of: str) -> tuple[bytes, ...]:
        """Return digests of a person's name, the first under the present key file.

        Without a key file nobody can tell whether a name that they guess is behind one.
        """
        names = [self.current, *(name for name in self.keys if name != self.current)]
        message = b"pseudonym:" + of.encode()
        return tuple(hmac.digest(self.keys[name], message, "sha256") for name in names)


def digest_of(secret: str) -> bytes:
    """Return the SHA-256 under which a code or a cookie's secret is looked up.

    A plain hash is enough for 128 random bits, and looking up by digest leaves no timing to read.
    """
    return hashlib.sha256(secret.encode()).digest()
