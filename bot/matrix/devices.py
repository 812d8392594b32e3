"""Other people's devices, their trust, and a session with each.

Every request here may depend on another homeserver. So each is limited to two seconds, and a server
that does not answer is left alone for up to two minutes: it must never slow salons that it is not
in.
"""

import asyncio
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from nio.crypto import Olm, OlmDevice
from nio.responses import KeysClaimResponse, KeysQueryResponse

from bot.matrix.crosssigning import signed_by, signed_devices
from bot.matrix.events import Trust
from bot.matrix.raw import Json, route, table, text, texts
from bot.matrix.settings import MatrixOptions
from bot.matrix.store import CryptoStore
from bot.matrix.wire import MatrixWire
from bridge.clock import Monotonic
from bridge.ids import UserId, server_of

log = structlog.get_logger()

MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""Errors of nio and vodozemac on malformed data (vodozemac's are ValueErrors).

JSON nested thousands deep raises a RecursionError: if it is encrypted, no homeserver refuses it.
"""
QUERY_AT_ONCE = 250
PARKED_FIRST = 5.0
"""Seconds; doubled at each failure, up to `MatrixSettings.parking`."""


class Devices:
    """The devices of the people we talk to."""

    def __init__(
        self,
        olm: Olm,
        store: CryptoStore,
        wire: MatrixWire,
        settings: MatrixOptions,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._olm = olm
        self._store = store
        self._wire = wire
        self._settings = settings
        self._now = monotonic
        self._known: set[str] = set()
        self._outdated: set[str] = set()
        self._signed: dict[str, frozenset[str]] = {}
        self._parked: dict[str, float] = {}
        self._strikes: dict[str, int] = {}
        self._without_key: dict[tuple[str, str], float] = {}

    def changed(self, lists: Json) -> None:
        """Take one sync's device lists."""
        self._outdated.update(self._known.intersection(texts(lists, "changed")))
        for user in texts(lists, "left"):
            self._known.discard(user)
            self._outdated.discard(user)

    def up_to_date(self, user: str) -> bool:
        """Return whether the user's devices were asked for and have not changed since."""
        return user in self._known and user not in self._outdated

    def parked(self, user: str) -> bool:
        """Return whether the user's homeserver is being left alone."""
        until = self._parked.get(server_of(UserId(user)))
        return until is not None and self._now() < until

    def askable_in(self, users: Iterable[str]) -> float | None:
        """Return in how many seconds one of these unknown users can be asked for, if any."""
        now = self._now()
        unknown = [server_of(UserId(each)) for each in users if not self.up_to_date(each)]
        return min((self._parked.get(server, now) - now for server in unknown), default=None)

    def of(self, users: Iterable[str]) -> list[OlmDevice]:
        """Return the known devices of these users, without our own."""
        own = (self._olm.user_id, self._olm.device_id)
        return [
            device
            for user in users
            for device in self._olm.device_store.active_user_devices(user)
            if (device.user_id, device.id) != own
        ]

    async def refresh(self, users: Iterable[str]) -> None:
        """Ask for the devices of users whose devices are unknown or outdated."""
        wanted = [each for each in users if not self.up_to_date(each) and not self.parked(each)]
        for start in range(0, len(wanted), QUERY_AT_ONCE):
            await self._query(wanted[start : start + QUERY_AT_ONCE])

    async def _query(self, users: list[str]) -> None:
        before = self._outdated.intersection(users)
        self._outdated.difference_update(users)  # a change that comes meanwhile is added again
        try:
            answer = await self._bounded(
                route("keys", "query"), {"device_keys": {user: [] for user in users}}
            )
        except BaseException:
            self._outdated.update(before)
            raise
        failed = self._park_failures(answer)
        for user in users:
            if server_of(UserId(user)) in failed:
                self._outdated.update({user} & before)
            else:
                self._take(user, answer)
                await asyncio.sleep(0)  # signatures take time: let others run in between

    def _take(self, user: str, answer: Json) -> None:
        devices = {
            name: dict(payload)
            for name in table(answer, "device_keys", user)
            if (payload := table(answer, "device_keys", user, name))
            and self._well_formed(user, name, payload)
        }
        self._forget_replaced(user, devices)
        try:
            self._olm.handle_response(KeysQueryResponse({user: devices}, {}))
        except MALFORMED as error:
            log.warning("matrix.devices_malformed", user=user, error=type(error).__name__)
            return
        self._signed[user] = signed_devices(answer, user)
        self._known.add(user)
        self._strikes.pop(server_of(UserId(user)), None)

    def _well_formed(self, user: str, name: str, payload: Json) -> bool:
        """Return whether the device signed its own keys; nio trips over some that did not."""
        if (text(payload, "user_id"), text(payload, "device_id")) != (user, name):
            return False
        return signed_by(payload, user, text(table(payload, "keys"), f"ed25519:{name}"), name)

    def _forget_replaced(self, user: str, devices: Mapping[str, Json]) -> None:
        for name, payload in devices.items():
            known = self._olm.device_store[user].get(name)
            new = text(table(payload, "keys"), f"ed25519:{name}")
            if known is not None and known.ed25519 != new:
                log.warning("matrix.device_replaced", user=user, device=name)
                self._store.forget_device(user, name)
                self._olm.device_store.forget(user, name)

    async def claim(self, devices: Iterable[OlmDevice], *, at_once: bool = False) -> None:
        """Start a session with each device that has a key to give.

        A device that had none is left alone for a while, unless `at_once`.
        """
        now = self._now()
        wanted: dict[str, dict[str, str]] = {}
        for device in devices:
            until = self._without_key.get((device.user_id, device.id))
            if not self.parked(device.user_id) and (at_once or until is None or until <= now):
                wanted.setdefault(device.user_id, {})[device.id] = "signed_curve25519"
        if not wanted:
            return
        answer = await self._bounded(route("keys", "claim"), {"one_time_keys": wanted})
        self._park_failures(answer)
        for user, names in wanted.items():
            for name in names:
                self._start_session(user, name, table(answer, "one_time_keys", user, name))
                await asyncio.sleep(0)

    def _start_session(self, user: str, name: str, key: Json) -> None:
        try:
            if key:
                self._olm.handle_response(KeysClaimResponse({user: {name: key}}, {}))
        except MALFORMED as error:
            log.warning("matrix.key_malformed", user=user, device=name, error=type(error).__name__)
        device = self._olm.device_store[user].get(name)
        if device is None or not self._olm.session_store.get(device.curve25519):
            self._without_key[user, name] = self._now() + self._settings.parking

    async def to_device(self, kind: str, messages: Mapping[str, object]) -> None:
        """Send messages to devices; `messages` is nio's form: {"messages": {user: …}}."""
        path = route("sendToDevice", kind, secrets.token_urlsafe(12))
        await self._wire.put(path, messages)

    async def _bounded(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        """Make a request that gives the homeserver little time to wait for others.

        Synapse reads the limit in the query string, not in the body.
        """
        limit = self._settings.device_query_timeout
        return await self._wire.post(path, body, timeout=str(int(limit * 1000)))

    def _park_failures(self, answer: Json) -> frozenset[str]:
        failed = frozenset(table(answer, "failures"))
        for server in failed:
            strikes = self._strikes[server] = self._strikes.get(server, 0) + 1
            seconds = min(PARKED_FIRST * 2.0**strikes, self._settings.parking)
            self._parked[server] = self._now() + seconds
            log.warning("matrix.server_parked", server=server, seconds=seconds)
        return failed

    def heard_from(self, user: str) -> None:
        """Take a user's event as a sign that their homeserver is back."""
        self._parked.pop(server_of(UserId(user)), None)

    def judge(
        self, user: str, sender_key: str, ed25519: str, *, last: bool = False
    ) -> Trust | None:
        """Return how far the sender of an encrypted event can be believed, None if not known yet.

        A Megolm session is not bound to the event's sender: a homeserver can present Mallory's
        ciphertext as Alice's. The device that made the session must be the sender's. A new device's
        line may come before the device list's update; `last` says that there is no more time.
        """
        device = self._olm.device_store.device_from_sender_key(user, sender_key)
        genuine = device is not None and device.ed25519 == ed25519
        if self.up_to_date(user):
            if not genuine:
                return Trust.FORGED if device is not None or last else None
            return Trust.SIGNED if device.id in self._signed[user] else Trust.DEVICE
        if self.parked(user) and genuine:
            return Trust.DEVICE
        return None
