"""Our key of a media server, and the tokens that it signs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import SecretStr

from bridge.errors import TokenRefused
from bridge.tokens import SigningKey, VerifyingKey, sign


@dataclass(frozen=True, slots=True)
class LiveKitAccess:
    """A media server's API address and our key.

    The key rules every room of the server: guard it.
    """

    api_url: str
    """The API's address, http(s), without its path."""
    key: str
    """The key's name: `iss` of what it signs."""
    secret: SecretStr
    _signer: SigningKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.api_url.startswith(("https://", "http://")):
            raise ValueError("api_url: an http(s) address is needed")
        if not self.key:
            raise ValueError("key: the name of the key is needed")
        try:
            signer = SigningKey.shared(self.key, self.secret)
        except TokenRefused:
            raise ValueError("secret: at least 32 bytes are needed, and no PEM") from None
        object.__setattr__(self, "_signer", signer)

    @property
    def verifier(self) -> VerifyingKey:
        """The key that verifies what our key signed."""
        return self._signer.verifier

    def token(self, claims: Mapping[str, object], *, now: datetime, life: timedelta) -> SecretStr:
        """Sign `claims`, valid from now on and for `life`; the server allows a minute either way.

        `nbf` is always now: servers that can revoke tokens revoke by it.
        """
        start = int(now.timestamp())
        times = {"nbf": start, "exp": start + int(life.total_seconds())}
        return SecretStr(sign({"iss": self.key, **claims, **times}, self._signer, typ="JWT"))
