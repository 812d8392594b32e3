"""Gives the bot an identity of its account, for an operator, beside a bot that may run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.matrix.crosssigning import CrossSigningKeys, published_master
from bot.matrix.errors import LoggedOut, Refusal
from bot.matrix.events import Seeds
from bot.matrix.identity import OwnIdentity
from bot.matrix.raw import Json, route
from bot.matrix.recovery import RecoveryRefused, stored_seeds
from bot.matrix.settings import Access, MatrixOptions
from bot.matrix.wire import TOKEN_ERRORS, MatrixWire, client_of


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Both ways return whether the bot's device is signed already; a running bot notices it.

    Raises LoggedOut if the session is over, and other MatrixTrouble.
    """

    settings: MatrixOptions
    seeds: Seeds
    access: Access

    async def reset(self, *, anew: bool = False) -> bool:
        """Put an identity of the bot's own in the place of any other. Raises IdentityRefused."""
        async with self._wire() as wire:
            identity = self._identity(wire)
            await identity.take_back(anew=anew)
            return identity.signed

    async def recover(self, words: str) -> bool:
        """Take over the identity that another client made; `words` are its recovery key.

        Raises RecoveryRefused.
        """
        user = self.settings.user
        async with self._wire() as wire:

            async def stored(kind: str) -> Json:
                try:
                    return await wire.get(route("user", user, "account_data", kind))
                except Refusal as refusal:
                    if refusal.errcode != "M_NOT_FOUND":
                        raise
                    return {}

            seeds = await stored_seeds(stored, words)
            answer = await wire.post(route("keys", "query"), {"device_keys": {user: []}})
            if published_master(answer, user) != CrossSigningKeys.of(user, seeds).public("master"):
                raise RecoveryRefused("the storage holds another identity than the account shows")
            await self.seeds.save(seeds)
            identity = self._identity(wire)
            await identity.establish()
            return identity.signed

    def _identity(self, wire: MatrixWire) -> OwnIdentity:
        device, password = self.access.device_id, self.settings.password
        return OwnIdentity(wire, self.seeds, self.settings.user, device, password=password)

    @asynccontextmanager
    async def _wire(self) -> AsyncIterator[MatrixWire]:
        client = client_of(self.settings)
        client.access_token = self.access.access_token.get_secret_value()
        try:
            yield MatrixWire(client, timeout=self.settings.request_timeout)
        except Refusal as refusal:
            if refusal.errcode not in TOKEN_ERRORS:
                raise
            raise LoggedOut(refusal.errcode) from refusal
        finally:
            await client.close()
