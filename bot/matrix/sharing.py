"""Gives the salon's key to every device that may read it, and to no other.

nio marks a key as shared with devices that it had no session with, and with those whose message the
homeserver refused; here a device counts as served once its message was accepted.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import structlog
from nio.crypto import Olm, OlmDevice, OutboundGroupSession

from bot.matrix.devices import Devices
from bot.matrix.raw import as_number
from bot.matrix.state import Room
from bot.matrix.wire import MatrixWire

log = structlog.get_logger()

Name = tuple[str, str]

SHORTEST_ROTATION = timedelta(hours=1)
"""As in other clients: a salon can't demand a new key with every line."""


class Sharing:
    """The outbound keys of all salons. One caller at a time per salon."""

    def __init__(self, olm: Olm, devices: Devices, wire: MatrixWire) -> None:
        self._olm = olm
        self._devices = devices
        self._wire = wire
        self._between: dict[str, tuple[str, frozenset[str]]] = {}
        """For each salon the key that served messages for some people alone, and those people."""

    async def prepare(self, room: Room, alone: frozenset[str] | None = None) -> None:
        """Make the salon's key known to all readers' devices that can be reached.

        `alone`: the only people whose devices may ever have it, whoever comes later.
        """
        salon = room.salon.salon
        await self._devices.refresh(room.readers)
        wanted = self._devices.of(room.readers)
        if alone is not None:
            self._keep_between(room, alone)
        session = self._session(room, {_name(each) for each in wanted})
        missing = [each for each in wanted if _name(each) not in session.users_shared_with]
        await self._devices.claim(each for each in missing if not self._reachable(each))
        await self._share(salon, session, [each for each in missing if self._reachable(each)])
        left = sum(not self._reachable(each) for each in missing)
        if left:
            log.info("matrix.devices_unreached", salon=salon, devices=left)
        session.shared = True

    def encrypt(self, salon: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """Return the content of the encrypted event; relations stay in clear."""
        sealed: dict[str, Any] = self._olm.group_encrypt(salon, {"content": content, "type": kind})
        if "m.relates_to" in content:
            sealed["m.relates_to"] = content["m.relates_to"]
        return sealed

    def holds(self, salon: str) -> bool:
        """Tell whether there is a key to encrypt with, which its readers have."""
        session = self._olm.outbound_group_sessions.get(salon)
        return session is not None and session.shared

    def forget(self, salon: str) -> None:
        """Drop the salon's outbound key."""
        self._olm.outbound_group_sessions.pop(salon, None)
        self._between.pop(salon, None)

    def _session(self, room: Room, wanted: set[Name]) -> OutboundGroupSession:
        """Return the key in use, or a new one: the old is spent, or somebody who has it left."""
        sessions = self._olm.outbound_group_sessions
        salon = room.salon.salon
        session = sessions.get(salon)
        if (
            session is None
            or session.expired
            or session.users_shared_with - wanted
            or not self._may_have(session, room)
        ):
            return self._new_session(room)
        return session

    def _new_session(self, room: Room) -> OutboundGroupSession:
        salon = room.salon.salon
        self._olm.create_outbound_group_session(salon)
        session = self._olm.outbound_group_sessions[salon]
        _apply_rotation(session, room)
        kept = self._between.pop(salon, None)
        if kept is not None and room.readers <= kept[1]:
            self._between[salon] = (session.id, kept[1])
        return session

    def _keep_between(self, room: Room, alone: frozenset[str]) -> None:
        """Ensure a key that nobody else ever had: the one in use may have reached others."""
        salon = room.salon.salon
        session = self._olm.outbound_group_sessions.get(salon)
        if session is None or self._between.get(salon) != (session.id, alone):
            session = self._new_session(room)
        self._between[salon] = (session.id, alone)

    def _may_have(self, session: OutboundGroupSession, room: Room) -> bool:
        """Tell whether all readers may have a key: one for some alone is for nobody else."""
        kept, alone = self._between.get(room.salon.salon, ("", frozenset()))
        return kept != session.id or room.readers <= alone

    def _reachable(self, device: OlmDevice) -> bool:
        return bool(self._olm.session_store.get(device.curve25519))

    async def _share(
        self, salon: str, session: OutboundGroupSession, devices: Iterable[OlmDevice]
    ) -> None:
        users = {device.user_id for device in devices}
        if not users:
            return
        session.shared = False  # otherwise nio starts a new key instead of continuing with this one
        for served, messages in self._messages(salon, users):
            await self._devices.to_device("m.room.encrypted", messages)
            session.users_shared_with.update(served)

    def _messages(self, salon: str, users: set[str]) -> Iterable[tuple[set[Name], dict[str, Any]]]:
        """Encrypt the key for the devices that lack it, 20 at a time."""
        return self._olm.share_group_session_parallel(  # type: ignore[no-any-return]
            salon, sorted(users), ignore_unverified_devices=True
        )


def _apply_rotation(session: OutboundGroupSession, room: Room) -> None:
    """Follow the salon's own rotation if it is stricter; nio knows only the defaults."""
    messages = as_number(room.encryption.get("rotation_period_msgs"), session.max_messages)
    session.max_messages = max(1, min(messages, session.max_messages))
    longest = session.max_age // timedelta(milliseconds=1)
    age = min(as_number(room.encryption.get("rotation_period_ms"), longest), longest)
    session.max_age = max(SHORTEST_ROTATION, timedelta(milliseconds=age))


def _name(device: OlmDevice) -> Name:
    return (device.user_id, device.id)
