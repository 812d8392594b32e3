"""Our own device on the homeserver: its keys, one-time keys, the fallback key."""

import time
from typing import Any

import structlog
from nio.crypto import Olm
from nio.responses import KeysUploadResponse

from bot.matrix.crosssigning import canonical
from bot.matrix.errors import Refusal, StoreLost
from bot.matrix.raw import Json, number, route, table, text
from bot.matrix.settings import MatrixOptions
from bot.matrix.wire import MatrixWire
from bridge.clock import Monotonic

log = structlog.get_logger()

CURVE = "signed_curve25519"
FALLBACK_AT_MOST_EVERY = 3600.0
"""Seconds."""


class OwnKeys:
    """Keeps our device reachable for other devices. One caller at a time."""

    def __init__(
        self,
        olm: Olm,
        wire: MatrixWire,
        settings: MatrixOptions,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._olm = olm
        self._wire = wire
        self._settings = settings
        self._now = monotonic
        self._unsent: dict[str, Any] | None = None
        self._fallback_wanted = False
        self._fallback_at: float | None = None

    def counted(self, counts: Json, unused_fallbacks: object) -> None:
        """Take one sync's counts.

        nio takes a count of zero for no answer and then never uploads another key.
        """
        self._olm.uploaded_key_count = number(counts, CURVE)
        if isinstance(unused_fallbacks, list):
            self._fallback_wanted = CURVE not in unused_fallbacks

    async def upload(self) -> None:
        """Upload missing keys: identity keys, one-time keys, the fallback key."""
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

    def _device_signature(self, subject: Json) -> dict[str, dict[str, str]]:
        signature = self._olm.account.sign(canonical(subject).decode())
        return {self._settings.user: {f"ed25519:{self._olm.device_id}": signature}}
