"""Work to do and messages to send, in the database: each once, and later if need be."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bridge.domain.agenda import Due, Kind
from bridge.domain.mail import Mail
from bridge.domain.message import Message
from bridge.domain.quota import Pace
from bridge.ids import ActorId, EventId, InvitationId, MailId, SalonId, UserId


class Agenda(Protocol):
    """Work that must happen later; planned in the transaction that causes it."""

    async def plan(self, items: Sequence[Due]) -> None:
        """Plan rows, or move planned ones to another time: (kind, key) is unique."""
        ...

    async def at_once(self, kind: Kind, key: str) -> None:
        """Plan a row for now."""
        ...

    async def drop(self, kind: Kind, keys: Sequence[str]) -> None:
        """Drop planned rows."""
        ...

    async def hasten(self, kind: Kind, beginning: str) -> None:
        """Plan for now the rows whose keys begin so; the keys are hexadecimal."""
        ...

    async def drop_all(self, kind: Kind, beginning: str) -> None:
        """Drop the rows whose keys begin so; the keys are hexadecimal."""
        ...

    async def coming(self, until: datetime) -> Sequence[Due]:
        """Return all rows that are due before a moment, earliest first."""
        ...

    async def unless(self, due: Due) -> None:
        """Drop a row that is planned for another moment than this; one that waits for it stays."""
        ...

    async def finish(self, due: Due) -> None:
        """Delete the row of a handler in its own transaction: the engine need not do it then.

        A row that was planned anew meanwhile stays.
        """
        ...

    async def finish_all(self, dues: Sequence[Due]) -> None:
        """Delete the rows of several, as `finish` does."""
        ...


class Outbox(Protocol):
    """Messages to Matrix that wait to be sent."""

    async def post(self, message: Message) -> bool:
        """Queue a message, once per idempotency key. An edit replaces its unsent predecessor."""
        ...

    async def post_all(self, messages: Sequence[Message]) -> None:
        """Queue many messages, none of them an edit, once per idempotency key."""
        ...

    async def again(self, message: Message) -> bool:
        """Queue a message, once per `idempotency_key`; one that was given up is queued again."""
        ...

    async def event_of(self, idempotency_key: str) -> EventId | None:
        """Return the event id with which a message was sent, in the last days."""
        ...

    async def waiting(self) -> Sequence[Message]:
        """Return the messages that wait to be sent, in the order of their posting."""
        ...

    async def key_of(self, event: EventId) -> str | None:
        """Return the idempotency key of the message that is this event, in the last days."""
        ...

    async def left(self, event: EventId, salon: SalonId) -> bool:
        """Tell whether an event is a message that we sent to a salon in the last days."""
        ...

    async def left_at(self, idempotency_key: str) -> datetime | None:
        """Return when a message was sent, in the last days; `None` if it was not yet."""
        ...


class MailRepository(Protocol):
    """Mails to be sent."""

    async def add(self, mail: Mail) -> None:
        """Insert a mail to be sent."""
        ...

    async def get(self, mail: MailId) -> Mail | None:
        """Return a mail."""
        ...

    async def to(self, guests: Sequence[InvitationId]) -> Sequence[Mail]:
        """Return all mails to these guests, unsent ones too."""
        ...

    async def asked_by(self, actor: ActorId, since: datetime) -> Sequence[datetime]:
        """Return when somebody's commands asked for an invitation to be mailed, in order."""
        ...

    async def save(self, mail: Mail) -> None:
        """Replace a mail's row."""
        ...


class Once(Protocol):
    """The last time of things that are said only once in a while."""

    async def claim(self, name: str, now: datetime, *, unless_after: datetime) -> bool:
        """Store that it happens now; `False` if it already happened after `unless_after`."""
        ...

    async def take(self, name: str, now: datetime, pace: Pace) -> datetime | None:
        """Take one more of what comes at a pace; return from when that may be, if not now."""
        ...

    async def last(self, name: str) -> datetime | None:
        """Return when it last happened, if that was stored."""
        ...


class Inbox(Protocol):
    """Events from Matrix that wait to be handled; the bot's journal fills it."""

    async def done(self, event: EventId) -> bool:
        """Mark an event handled and blank its line; `False` if it was already."""
        ...

    async def taken_back(self, event: EventId, salon: SalonId) -> None:
        """Mark an event of a salon as handled, if it still waits: its author deleted it."""
        ...

    async def leave(
        self,
        event: EventId,
        *,
        account: UserId,
        salon: SalonId,
        kind: str,
        payload: Mapping[str, object],
    ) -> None:
        """Leave an event that is not Matrix's for the bot of this account, once for ever.

        `salon`: the one in whose order it is handled; empty for none.
        """
        ...
