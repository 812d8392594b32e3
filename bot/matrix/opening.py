"""Decrypts events that were sent to us: keys first, then lines, and how far to trust them."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import structlog
import vodozemac
from nio.crypto import Olm
from nio.events import MegolmEvent, OlmEvent, RoomKeyEvent, ToDeviceEvent
from nio.exceptions import EncryptionError

from bot.matrix.devices import MALFORMED, Devices
from bot.matrix.events import Addressed, IncomingMessage, PendingEvent, Trust
from bot.matrix.raw import Json, table, tables, text
from bot.matrix.store import CryptoStore
from bot.matrix.timeline import read_message
from bridge.clock import Clock
from bridge.ids import EventId, SalonId

log = structlog.get_logger()

WITHHELD = frozenset({"m.room_key.withheld", "org.matrix.room_key.withheld"})


class Waiting(Enum):
    """Reasons why an encrypted event can't be handled yet."""

    KEY = "key"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class DecryptedEvent:
    """A decrypted event, with the device that made its session."""

    source: Json
    sender_key: str
    ed25519: str
    session: str
    index: int


class Decryptor:
    """Decrypts for one device."""

    def __init__(
        self, olm: Olm, store: CryptoStore, devices: Devices, addressed: Addressed, clock: Clock
    ) -> None:
        self._olm = olm
        self._store = store
        self._devices = devices
        self._addressed = addressed
        self._clock = clock
        self._touched: dict[str, int] = {}
        self.forged_total = 0

    def take_to_device(self, body: Json) -> bool:
        """Take one sync's keys; return whether there were any."""
        brought = touched = False
        for event in tables(table(body, "to_device"), "events"):
            if text(event, "type") == "m.room.encrypted":
                touched = True
                brought |= self._take_olm(event)
            elif text(event, "type") in WITHHELD:
                _log_withheld(event)
        if touched:
            # The one-time key that a new session consumed; nio saves the account just before.
            self._olm.save_account()
        return brought

    def _take_olm(self, event: Json) -> bool:
        try:
            parsed = ToDeviceEvent.parse_event(dict(event))
            if not isinstance(parsed, OlmEvent):
                return False
            return isinstance(self._olm.handle_to_device_event(parsed), RoomKeyEvent)
        except vodozemac.SessionCreationException:
            # Encrypted with a key that we no longer have: only a new session lets the sender
            # through. nio marks the device for that after its other errors.
            key = text(table(event, "content"), "sender_key")
            self._olm._mark_device_for_unwedging(text(event, "sender"), key)  # noqa: SLF001
            return False
        except (*MALFORMED, EncryptionError) as error:
            # Anybody may send us anything: it must not stop the sync.
            sender = text(event, "sender")
            log.warning("matrix.to_device_malformed", sender=sender, error=type(error).__name__)
            return False

    def read(
        self, source: Json, salon: SalonId, received_at: datetime, *, last: bool = False
    ) -> IncomingMessage | Waiting | None:
        """Return the line for us in an encrypted event, its reason to wait, or None: not for us.

        At the `last` try a line of nobody's device is a forged one.
        """
        opened = self._open(source, salon)
        if not isinstance(opened, DecryptedEvent):
            return opened
        message = read_message(opened.source, salon, received_at)
        if message is None or not self._addressed(message):
            return None
        trust = self._devices.judge(message.sender, opened.sender_key, opened.ed25519, last=last)
        if trust is None:
            return Waiting.SENDER
        if trust is Trust.FORGED:
            self.note_forged(message)
        if not self._store.first_use(opened.session, opened.index, message.event):
            log.warning("matrix.replay_dropped", salon=salon, matrix_event=message.event)
            return None
        return read_message(opened.source, salon, received_at, trust=trust)

    def expect(self, sender: str) -> None:
        """Note that a line of this sender waits, so that their devices are asked for again."""
        self._devices.heard_from(sender)

    def note_forged(self, message: IncomingMessage) -> None:
        """Count a line that its sender did not write."""
        self.forged_total += 1
        log.warning("matrix.forged", salon=message.salon, matrix_event=message.event)

    def _open(self, source: Json, salon: SalonId) -> DecryptedEvent | Waiting | None:
        content = table(source, "content")
        session_id = text(content, "session_id")
        if text(content, "algorithm") != "m.megolm.v1.aes-sha2" or not session_id:
            return None
        session = self._olm.inbound_group_store.by_id(session_id)
        if session is None or session.room_id != salon:
            return Waiting.KEY
        try:
            index = vodozemac.MegolmMessage.from_base64(text(content, "ciphertext")).message_index()
            event = MegolmEvent.from_dict(_complete(source, salon, session.sender_key))
            clear = self._olm.decrypt_megolm_event(event, salon).source
        except (*MALFORMED, EncryptionError) as error:
            log.warning("matrix.unreadable", salon=salon, error=type(error).__name__)
            return None
        self._touch(session_id)
        # The encrypting device must not decide how old it is: the homeserver does, outside.
        told = {name: source.get(name) for name in ("event_id", "origin_server_ts", "unsigned")}
        clear = {**clear, **told}
        return DecryptedEvent(clear, session.sender_key, session.ed25519, session_id, index)

    def _touch(self, session_id: str) -> None:
        now = self._clock.now()
        today = now.date().toordinal()
        if self._touched.get(session_id) != today:
            self._touched[session_id] = today
            self._store.touch(session_id, now)


def seal(source: Json, salon: SalonId, now: datetime) -> PendingEvent:
    """Return an encrypted event for later."""
    session = text(table(source, "content"), "session_id")
    return PendingEvent(EventId(text(source, "event_id")), salon, session, now, source)


def may_be_command(source: Json) -> bool:
    """Return whether an encrypted event could be a line: reactions are visible as such."""
    relation = text(table(source, "content", "m.relates_to"), "rel_type")
    return relation not in ("m.annotation", "m.reference")


def _complete(source: Json, salon: SalonId, sender_key: str) -> dict[str, object]:
    """Add fields that nio requires and clients may leave out (MSC3700); the session knows them."""
    content = {"device_id": "", **table(source, "content"), "sender_key": sender_key}
    return {**source, "room_id": salon, "content": content}


def _log_withheld(event: Json) -> None:
    content = table(event, "content")
    log.warning(
        "matrix.key_withheld",
        salon=text(content, "room_id"),
        sender=text(event, "sender"),
        code=text(content, "code"),
    )
