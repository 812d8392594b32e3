"""Our cross-signing identity on the homeserver, and whether it vouches for our device.

Another client of the account can make an identity of its own, before our first start or later. We
never replace it automatically: people's clients would warn of it, and two programs could do it to
each other for ever. We report that the device is not signed any more, and a person has our identity
restored.
"""

from collections.abc import Callable
from typing import Any

import structlog
from pydantic import SecretStr

from bot.matrix.crosssigning import (
    CrossSigningKeys,
    canonical,
    new_seeds,
    published_master,
    signed_devices,
)
from bot.matrix.errors import IdentityRefused, Refusal
from bot.matrix.events import Seeds
from bot.matrix.raw import Json, route, table, text, texts
from bot.matrix.wire import TOKEN_ERRORS, MatrixWire
from bridge.ids import UserId

log = structlog.get_logger()

_NOT_ALLOWED = (401, 403)


class OwnIdentity:
    """Keeps our device signed. One caller at a time."""

    def __init__(
        self,
        wire: MatrixWire,
        seeds: Seeds,
        user: UserId,
        device: str,
        *,
        password: SecretStr | None,
        vouch: Callable[[str], str] | None = None,
    ) -> None:
        """Take `vouch`, which signs with the device's own key, if the caller has it."""
        self._wire = wire
        self._seeds = seeds
        self._user = user
        self._device = device
        self._password = password
        self._vouch = vouch
        self._doubted = False
        self.signed = False
        """Whether an identity vouches for this device, so that every client accepts the bot."""

    async def establish(self) -> None:
        """Publish our identity if there is none, and sign our device; before the first join.

        Earlier messages stay unreadable for clients that exclude unsigned devices.
        """
        await self._sign_device(await self._ours())

    def changed(self, lists: Json) -> None:
        """Take one sync's device lists: we may be among the changed users."""
        self._doubted = self._doubted or self._user in texts(lists, "changed")

    async def look_again(self) -> None:
        """Check whether our device is still signed, if that may have changed."""
        if not self._doubted:
            return
        self._doubted = False
        try:
            # Synapse names us whenever we come into a salon too: then one request is enough.
            if not (self.signed and self._vouched(await self._query())):
                await self.establish()
        except BaseException:
            self._doubted = True
            raise

    async def take_back(self, *, anew: bool = False) -> None:
        """Put an identity of ours in the place of any other, and sign our device with it.

        If another one is published, ours is a new one: Synapse takes none a second time. `anew`
        makes a new one in any case. Raises IdentityRefused, and then keeps the one we had.
        """
        had = await self._seeds.load()
        identity = None if had is None else CrossSigningKeys.of(self._user, had)
        published = published_master(await self._query(), self._user)
        if anew or identity is None or published != identity.public("master"):
            fresh = new_seeds()
            await self._seeds.save(fresh)  # before anything of it is published
            identity = CrossSigningKeys.of(self._user, fresh)
            try:
                await self._publish(identity)
            except IdentityRefused:
                await self._seeds.save(had or fresh)
                raise
        await self._sign_device(identity)

    async def _ours(self) -> CrossSigningKeys | None:
        """Return our identity, published; None if another one is."""
        saved = await self._seeds.load()
        published = published_master(await self._query(), self._user)
        if saved is None and published is None:
            saved = new_seeds()
            await self._seeds.save(saved)  # before anything of it is published
        identity = None if saved is None else CrossSigningKeys.of(self._user, saved)
        if identity is not None and published == identity.public("master"):
            return identity
        if identity is None or published is not None:
            log.error("matrix.identity_unknown", master=published)
            return None
        try:
            await self._publish(identity)
        except IdentityRefused as refused:
            log.warning("matrix.identity_refused", reason=str(refused))
            return None
        return identity

    async def _publish(self, identity: CrossSigningKeys) -> None:
        """Publish the public keys on the homeserver. Raises IdentityRefused."""
        body = identity.upload(self._device, self._signature(identity))
        try:
            await self._confirmed(route("keys", "device_signing", "upload"), body)
        except Refusal as refusal:
            if refusal.status not in _NOT_ALLOWED or refusal.errcode in TOKEN_ERRORS:
                raise
            raise IdentityRefused(refusal.errcode) from refusal
        log.info("matrix.identity_published", master=identity.public("master"))

    def _signature(self, identity: CrossSigningKeys) -> str | None:
        return None if self._vouch is None else self._vouch(canonical(identity.master()).decode())

    async def _confirmed(self, path: str, body: dict[str, Any]) -> None:
        """Send it, with the password if the homeserver asks: most do only for a replacement."""
        try:
            await self._wire.post(path, body)
        except Refusal as refusal:
            session = text(refusal.answer, "session")
            if not session or self._password is None:
                raise
            auth = {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": self._user},
                "password": self._password.get_secret_value(),
                "session": session,
            }
            await self._wire.post(path, {**body, "auth": auth})

    async def _sign_device(self, identity: CrossSigningKeys | None) -> None:
        answer = await self._query()
        ours = table(answer, "device_keys", self._user, self._device)
        if identity is not None and ours and not self._vouched(answer):
            signed = identity.sign("self_signing", ours)
            body: dict[str, object] = {self._user: {self._device: signed}}
            await self._wire.post(route("keys", "signatures", "upload"), body)
            answer = await self._query()
        self.signed = self._vouched(answer)
        if self.signed:
            log.info("matrix.device_signed", device=self._device)
        else:
            log.error("matrix.device_unsigned", device=self._device)

    def _vouched(self, answer: Json) -> bool:
        return self._device in signed_devices(answer, self._user)

    async def _query(self) -> dict[str, Any]:
        return await self._wire.post(route("keys", "query"), {"device_keys": {self._user: []}})
