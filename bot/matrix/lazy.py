"""nio's three key stores, read from the database when first needed instead of all at start."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from nio.crypto import DeviceStore, InboundGroupSession, OlmDevice, SessionStore
from nio.crypto.sessions import Session

K = TypeVar("K")
V = TypeVar("V")

SESSIONS_IN_MEMORY = 2_000


class OnDemand(dict[K, V], Generic[K, V]):
    """A dictionary that reads a missing entry instead of failing."""

    def __init__(self, load: Callable[[K], V], *, keep_empty: bool) -> None:
        super().__init__()
        self._load = load
        self._keep_empty = keep_empty

    def __missing__(self, key: K) -> V:
        value = self._load(key)
        if value or self._keep_empty:
            self[key] = value
        return value


class LazySessions(SessionStore):  # type: ignore[misc]  # nio is untyped
    """Olm sessions, read per peer."""

    def __init__(self, load: Callable[[str], list[Session]]) -> None:
        # Anybody may send us messages under made-up keys: missing entries are not remembered.
        self._entries = OnDemand(load, keep_empty=False)

    def add(self, sender_key: str, session: Session) -> bool:
        """Add a session; the latest used comes first."""
        sessions = self._entries[sender_key]
        if session in sessions:
            return False
        sessions.append(session)
        sessions.sort(key=lambda each: each.use_time, reverse=True)
        self._entries[sender_key] = sessions
        return True


class LazyDevices(DeviceStore):  # type: ignore[misc]  # nio is untyped
    """Peers' devices, read per user."""

    def __init__(self, load: Callable[[str], dict[str, OlmDevice]]) -> None:
        self._entries = OnDemand(load, keep_empty=True)

    def add(self, device: OlmDevice) -> bool:
        """Add a device; nio compares it with every device of everybody first."""
        if self._entries[device.user_id].get(device.id) == device:
            return False
        self._entries[device.user_id][device.id] = device
        return True

    def forget(self, user: str, device: str) -> None:
        """Drop one device."""
        self._entries[user].pop(device, None)


class LazyGroupSessions:
    """Inbound Megolm sessions, read one by one, the latest used kept in memory."""

    def __init__(
        self, load: Callable[[str], InboundGroupSession | None], keep: int = SESSIONS_IN_MEMORY
    ) -> None:
        self._load = load
        self._most = keep
        self._recent: OrderedDict[str, InboundGroupSession] = OrderedDict()

    def add(self, session: InboundGroupSession) -> bool:
        """Remember a session; one that starts earlier is worth more than one that starts late."""
        known = self.by_id(session.id)
        if known is not None and (
            known.sender_key != session.sender_key
            or known.room_id != session.room_id
            or known.first_known_index <= session.first_known_index
        ):
            return False
        self._keep(session)
        return True

    def get(self, room: str, sender_key: str, session_id: str) -> InboundGroupSession | None:
        """Return the session if it is that room's and that sender's."""
        session = self.by_id(session_id)
        if session is None or (session.room_id, session.sender_key) != (room, sender_key):
            return None
        return session

    def by_id(self, session_id: str) -> InboundGroupSession | None:
        """Return the session, whoever it belongs to."""
        session = self._recent.get(session_id) or self._load(session_id)
        if session is not None:
            self._keep(session)
        return session

    def _keep(self, session: InboundGroupSession) -> None:
        self._recent[session.id] = session
        self._recent.move_to_end(session.id)
        while len(self._recent) > self._most:
            self._recent.popitem(last=False)
