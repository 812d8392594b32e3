"""Our own device on the homeserver: identity, one-time keys, fallback key, signature."""

import time
from typing import Any

import structlog
from nio.crypto import Olm
from nio.responses import KeysUploadResponse

from bot.matrix.crosssigning import (
    Identity,
    canonical,
    new_seeds,
    published_master,
    signed_devices,
)
from bot.matrix.errors import Refusal, StoreLost
from bot.matrix.events import Seeds
from bot.matrix.raw import Json, number, route, table, text
from bot.matrix.settings import MatrixSettings
from bot.matrix.wire import Wire
from bridge.clock import Monotonic

log = structlog.get_logger()

CURVE = "signed_curve25519"
FALLBACK_AT_MOST_EVERY = 3600.0
"""Seconds."""


class OwnKeys:
    """Keeps other devices able to reach ours. One caller at a time."""

    def __init__(
        self,
        olm: Olm,
        wire: Wire,
        settings: MatrixSettings,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._olm = olm
        self._wire = wire
        self._settings = settings
        self._now = monotonic
        self._unsent: dict[str, Any] | None = None
        self._fallback_wanted = False
        self._fallback_at: float | None = None
        self.signed = False
        """Whether our identity vouches for this device: the bot is heard by every client."""

    async def publish(self, seeds: Seeds) -> None:
        """Put the device's keys on the homeserver and sign them; before the first sync and join.

        What is sent before stays unreadable for clients that exclude unsigned devices.
        """
        await self.upload()
        await self._sign_device(await self._identity(seeds))

    def counted(self, counts: Json, unused_fallbacks: object) -> None:
        """Take the counts of one sync.

        nio takes a count of zero for no answer and then never uploads another key.
        """
        self._olm.uploaded_key_count = number(counts, CURVE)
        if isinstance(unused_fallbacks, list):
            self._fallback_wanted = CURVE not in unused_fallbacks

    async def upload(self) -> None:
        """Upload what is missing: identity keys, one-time keys, the fallback key."""
        if self._olm.should_upload_keys:
            await self._upload_keys()
        if self._fallback_wanted and self._fallback_due():
            await self._upload_fallback()

    async def _upload_keys(self) -> None:
        if self._unsent is None:
            self._unsent = self._olm.share_keys()
            self._olm.save_account()  # the private halves first; nio saves them afterwards
        try:
            answer = await self._wire.post(route("keys", "upload"), self._unsent)
        except Refusal as refusal:
            if "already exists" in text(refusal.answer, "error"):
                raise StoreLost("an old copy of the device's keys was put back") from refusal
            raise
        self._unsent = None
        left = number(table(answer, "one_time_key_counts"), CURVE)
        self._olm.handle_response(KeysUploadResponse(0, left))
        log.info("matrix.keys_uploaded", one_time_keys=left)

    def _fallback_due(self) -> bool:
        last = self._fallback_at
        return last is None or self._now() - last >= FALLBACK_AT_MOST_EVERY

    async def _upload_fallback(self) -> None:
        """Upload the key that is handed out when the one-time keys are used up."""
        account = self._olm.account._account  # noqa: SLF001 - vodozemac's; nio knows no fallback key
        account.generate_fallback_key()
        ((key_id, key),) = account.fallback_key.items()
        signed: dict[str, Any] = {"key": key.to_base64(), "fallback": True}
        signed["signatures"] = self._device_signature(signed)
        self._olm.save_account()  # the private half first
        body = {"fallback_keys": {f"{CURVE}:{key_id}": signed}}
        await self._wire.post(route("keys", "upload"), body)
        account.mark_keys_as_published()
        self._olm.save_account()
        self._fallback_at = self._now()
        self._fallback_wanted = False
        log.info("matrix.fallback_key_uploaded")

    async def _identity(self, seeds: Seeds) -> Identity | None:
        """Return our identity, published; None where another one is and may not be replaced."""
        saved = await seeds.load()
        published = published_master(await self._query(), self._settings.user)
        if saved is None and published is not None and not self._may_replace(published):
            return None
        if saved is None:
            saved = new_seeds()
            await seeds.save(saved)  # before anything of it is published
        identity = Identity.of(self._settings.user, saved)
        if published == identity.public("master"):
            return identity
        if published is not None and not self._may_replace(published):
            return None
        return identity if await self._publish_identity(identity) else None

    def _may_replace(self, published: str) -> bool:
        if self._settings.replace_identity and self._settings.password is not None:
            log.warning("matrix.identity_replaced", master=published)
            return True
        log.error("matrix.identity_unknown", master=published)
        return False

    async def _publish_identity(self, identity: Identity) -> bool:
        signature = self._olm.account.sign(canonical(identity.master()).decode())
        body = identity.upload(self._olm.device_id, signature)
        try:
            await self._confirmed(route("keys", "device_signing", "upload"), body)
        except Refusal as refusal:
            if refusal.status not in (401, 403):
                raise
            log.warning("matrix.identity_refused", errcode=refusal.errcode)
            return False
        log.info("matrix.identity_published", master=identity.public("master"))
        return True

    async def _confirmed(self, path: str, body: dict[str, Any]) -> None:
        """Act, with the password where the homeserver asks for it: only to replace, on most."""
        try:
            await self._wire.post(path, body)
        except Refusal as refusal:
            session, password = text(refusal.answer, "session"), self._settings.password
            if not session or password is None:
                raise
            auth = {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": self._settings.user},
                "password": password.get_secret_value(),
                "session": session,
            }
            await self._wire.post(path, {**body, "auth": auth})

    async def _sign_device(self, identity: Identity | None) -> None:
        user, device = self._settings.user, self._olm.device_id
        answer = await self._query()
        if identity is not None and device not in signed_devices(answer, user):
            ours = table(answer, "device_keys", user, device)
            signed = identity.sign("self_signing", ours)
            body: dict[str, object] = {user: {device: signed}}
            await self._wire.post(route("keys", "signatures", "upload"), body)
            answer = await self._query()
        self.signed = device in signed_devices(answer, user)
        if self.signed:
            log.info("matrix.device_signed", device=device)
        else:
            log.error("matrix.device_unsigned", device=device)

    async def _query(self) -> dict[str, Any]:
        return await self._wire.post(
            route("keys", "query"), {"device_keys": {self._settings.user: []}}
        )

    def _device_signature(self, subject: Json) -> dict[str, dict[str, str]]:
        signature = self._olm.account.sign(canonical(subject).decode())
        return {self._settings.user: {f"ed25519:{self._olm.device_id}": signature}}
