"""What is to happen and to be told, in the database: once, and later if need be."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bridge.domain.agenda import Due, Kind
from bridge.domain.mail import Mail
from bridge.domain.message import Message
from bridge.domain.quota import Pace
from bridge.ids import ActorId, EventId, InvitationId, MailId, SalonId


class Agenda(Protocol):
    """What must happen later; part of the transaction that causes it."""

    async def plan(self, items: Sequence[Due]) -> None:
        """Plan, or plan again at another time: (kind, key) is unique."""
        ...

    async def drop(self, kind: Kind, keys: Sequence[str]) -> None:
        """Forget what was planned."""
        ...


class Outbox(Protocol):
    """Messages to Matrix that are to leave."""

    async def post(self, message: Message) -> bool:
        """Queue a message, once per `dedupe`; one that collapses replaces its unsent elder."""
        ...

    async def again(self, message: Message) -> bool:
        """Queue a message, once per `dedupe`; one that was given up is queued anew."""
        ...

    async def event_of(self, dedupe: str) -> EventId | None:
        """Return the event as which a message left, in the last days."""
        ...

    async def left(self, event: EventId, salon: SalonId) -> bool:
        """Tell whether an event is a message that we sent to a salon, in the last days."""
        ...

    async def left_at(self, dedupe: str) -> datetime | None:
        """Return when a message left, in the last days; `None` while it has not."""
        ...


class MailRepository(Protocol):
    """Messages to be mailed."""

    async def add(self, mail: Mail) -> None:
        """Keep a mail to be sent."""
        ...

    async def get(self, mail: MailId) -> Mail | None:
        """Return a mail."""
        ...

    async def to(self, guests: Sequence[InvitationId]) -> Sequence[Mail]:
        """Return all mails to these guests, those that have not left too."""
        ...

    async def asked_by(self, actor: ActorId, since: datetime) -> Sequence[datetime]:
        """Return when somebody's commands asked for an invitation to be mailed, in order."""
        ...

    async def save(self, mail: Mail) -> None:
        """Replace a mail's row."""
        ...


class Once(Protocol):
    """Things that are said once in a while."""

    async def claim(self, name: str, now: datetime, *, unless_after: datetime) -> bool:
        """Note that it happens now; `False` when it happened after `unless_after` already."""
        ...

    async def take(self, name: str, now: datetime, pace: Pace) -> datetime | None:
        """Have one more of what comes at a pace; when that may be where it may not be now."""
        ...

    async def last(self, name: str) -> datetime | None:
        """Return when it happened last, as far as that was noted."""
        ...


class Inbox(Protocol):
    """Events from Matrix that are to be handled; the bot's journal fills it."""

    async def done(self, event: EventId) -> bool:
        """Mark an event handled and blank its line; `False` if it was already."""
        ...

    async def taken_back(self, event: EventId, salon: SalonId) -> None:
        """Have an event of a salon not handled any more, if it waits for that."""
        ...
