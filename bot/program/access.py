"""The account's access and its cross-signing seeds, stored encrypted in the database."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from bot.matrix.settings import Access
from bridge.ids import UserId
from bridge.store.safe import Secrets


@dataclass(frozen=True, slots=True)
class StoredCredentials:
    """Credentials from a login (`bot.matrix.settings.Credentials`)."""

    secrets: Secrets
    account: UserId

    async def load(self) -> Access | None:
        """Return the access saved last, None at the first start."""
        found = await self.secrets.get(f"access:{self.account}")
        if found is None:
            return None
        values = json.loads(found)
        refresh = values["refresh_token"]
        return Access(
            access_token=SecretStr(values["access_token"]),
            device_id=values["device_id"],
            refresh_token=None if refresh is None else SecretStr(refresh),
        )

    async def save(self, access: Access) -> None:
        """Store the access durably."""
        refresh = access.refresh_token
        values = {
            "access_token": access.access_token.get_secret_value(),
            "device_id": access.device_id,
            "refresh_token": None if refresh is None else refresh.get_secret_value(),
        }
        await self.secrets.put(f"access:{self.account}", json.dumps(values).encode())


@dataclass(frozen=True, slots=True)
class StoredSeeds:
    """The cross-signing seeds (`bot.matrix.events.Seeds`)."""

    secrets: Secrets
    account: UserId

    async def load(self) -> Mapping[str, bytes] | None:
        """Return the seeds by usage."""
        found = await self.secrets.get(f"seeds:{self.account}")
        if found is None:
            return None
        return {usage: b64decode(seed) for usage, seed in json.loads(found).items()}

    async def save(self, seeds: Mapping[str, bytes]) -> None:
        """Store the seeds; called before their first use."""
        values = {usage: b64encode(seed).decode() for usage, seed in seeds.items()}
        await self.secrets.put(f"seeds:{self.account}", json.dumps(values).encode())
