"""The bot's inbox: Matrix events as rows, recorded before they are handled."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

import structlog

from bot.conversation.calendar_changes import CalendarChanged
from bot.conversation.mailed_events import EventMailed
from bot.matrix.events import (
    Arrived,
    Batch,
    Deleted,
    Incoming,
    IncomingMessage,
    Joined,
    LevelsChanged,
    MembersChanged,
    PendingEvent,
    Reaction,
    Removed,
    Trust,
    Undecryptable,
    Upgraded,
)
from bridge.clock import Clock
from bridge.ids import EventId, SalonId, UserId
from bridge.store import DATABASE_ERRORS
from bridge.store.claims import InboxRow
from bridge.store.inbox import InboxJournal

log = structlog.get_logger()

_Answer = TypeVar("_Answer")

_AGAIN = 1.0

_KINDS: Mapping[str, type[Any]] = {
    "message": IncomingMessage,
    "reaction": Reaction,
    "deleted": Deleted,
    "joined": Joined,
    "arrived": Arrived,
    "members-changed": MembersChanged,
    "removed": Removed,
    "upgraded": Upgraded,
    "levels": LevelsChanged,
    "undecryptable": Undecryptable,
    "calendar-changed": CalendarChanged,
    "event-mailed": EventMailed,
}
FromWorker: TypeAlias = CalendarChanged | EventMailed
"""Events that a worker leaves in the inbox."""
_LEVELS = 16
"""No client nests an event deeper than about six levels."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_NAMES = {cls: name for name, cls in _KINDS.items()}


def pack(incoming: Incoming) -> tuple[str, dict[str, object]]:
    """Return an event's kind, and its fields in JSON's types."""
    payload: dict[str, object] = {}
    for field in fields(incoming):
        value = getattr(incoming, field.name)
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, frozenset):
            value = sorted(value)
        payload[field.name] = storable(value)
    return _NAMES[type(incoming)], payload


def unpack(kind: str, payload: Mapping[str, object]) -> Incoming | FromWorker:
    """Return the event that `pack` took apart, or that a worker left."""
    values = dict(payload)
    values["sent_at"] = datetime.fromisoformat(str(values["sent_at"]))
    mentions = values.get("mentions")
    if isinstance(mentions, list):
        values["mentions"] = frozenset(mentions)
    if "trust" in values:
        values["trust"] = Trust(str(values["trust"]))
    incoming: Incoming | FromWorker = _KINDS[kind](**values)
    return incoming


def storable(value: object, levels: int = _LEVELS) -> Any:
    """Return JSON that any database stores: NUL and lone surrogates become U+FFFD.

    No homeserver checks encrypted content, so it may hold both, and would stop the sync. So would
    content nested hundreds deep, which homeservers accept: below `levels` we cut it.
    """
    match value:
        case str(text):
            return _UNSTORABLE.sub("\ufffd", text)
        case Mapping() | list() if not levels:
            return None
        case Mapping():
            return {storable(key): storable(inner, levels - 1) for key, inner in value.items()}
        case list(items):
            return [storable(item, levels - 1) for item in items]
        case _:
            return value


@dataclass(frozen=True, slots=True)
class DatabaseJournal:
    """The journal of one account in the database (`bot.matrix.events.Journal`).

    While the database fails, its methods wait: the sync stands still and loses nothing.
    """

    inbox: InboxJournal
    account: UserId
    clock: Clock

    async def position(self) -> str | None:
        """Return the sync position after the last recorded batch."""
        return await _patiently(lambda: self.inbox.position(self.account))

    async def record(self, batch: Batch) -> None:
        """Record a batch and its position, if it has one, in one transaction."""
        rows = [self._row(incoming) for incoming in batch.incoming]
        sealed = [self._sealed(one) for one in batch.sealed]
        await _patiently(lambda: self.inbox.record(self.account, batch.position, rows, sealed))

    async def sealed(self) -> Sequence[PendingEvent]:
        """Return the events that still wait for their key, the oldest first."""
        return [
            PendingEvent(
                event=row.event,
                salon=row.salon,
                session=str(row.payload["session"]),
                received_at=row.received_at,
                source=_mapping(row.payload["source"]),
            )
            for row in await _patiently(lambda: self.inbox.sealed(self.account))
        ]

    async def opened(self, event: EventId, incoming: Incoming | None) -> None:
        """Replace a sealed event by its decrypted content."""
        row = None if incoming is None else self._row(incoming)
        await _patiently(lambda: self.inbox.opened(event, row))

    def _row(self, incoming: Incoming) -> InboxRow:
        kind, payload = pack(incoming)
        return self._made(incoming.event, incoming.salon, kind, payload, self.clock.now())

    def _sealed(self, sealed: PendingEvent) -> InboxRow:
        payload = {"session": sealed.session, "source": storable(sealed.source)}
        return self._made(sealed.event, sealed.salon, "sealed", payload, sealed.received_at)

    def _made(
        self, event: EventId, salon: SalonId, kind: str, payload: Mapping[str, object], at: datetime
    ) -> InboxRow:
        return InboxRow(
            event=event,
            account=self.account,
            salon=salon,
            kind=kind,
            payload=payload,
            received_at=at.astimezone(UTC),
        )


async def _patiently(call: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Return the result of `call`; retry for as long as the database fails."""
    while True:
        try:
            return await call()
        except DATABASE_ERRORS as error:
            log.warning("inbox.unreachable", error=type(error).__name__)
            await asyncio.sleep(_AGAIN)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
