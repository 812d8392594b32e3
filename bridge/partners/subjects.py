"""The names by which partners know our people: one for each person and partner, which say nothing.

Two partners that compare theirs learn not even that a person comes to both.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Protocol

from bridge.domain.partner import Issuer
from bridge.ids import UserId

_NAME = "federation:subjects"
_BYTES = 32


class KeepsSecrets(Protocol):
    """Keeps a secret for all processes."""

    async def first(self, name: str, value: bytes) -> bytes:
        """Return the secret of this name; without one, `value` becomes it."""
        ...


@dataclass(slots=True)
class PairwiseSubjects:
    """Implements `bridge.ports.Pseudonyms`: an HMAC under a secret that lasts."""

    kept: KeepsSecrets
    _secret: bytes = field(default=b"", repr=False)

    async def of(self, user: UserId, issuer: Issuer) -> str:
        """Return a person's name for a partner: always the same one."""
        if not self._secret:
            self._secret = await self.kept.first(_NAME, secrets.token_bytes(_BYTES))
        mac = hmac.digest(self._secret, f"{issuer}\n{user}".encode(), "sha256")
        return urlsafe_b64encode(mac).rstrip(b"=").decode()
