"""Rows that a transaction hands to its own process: each is claimed as it is written.

The process begins them after the commit, without looking for them and claiming them first. The row
is the net if it is killed in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NewType, Protocol

from bridge.domain.agenda import Due, Kind
from bridge.domain.message import Message
from bridge.ids import EventId, SalonId, UserId

OutboxId = NewType("OutboxId", int)

SENDING: Final = timedelta(minutes=2)
"""How long one message may take to be sent before its sender is believed dead."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A due row that an engine holds until its lease ends."""

    due: Due
    id: int
    claim: int


class Starter(Protocol):
    """The engine of this process: it runs at once what a transaction plans for now."""

    @property
    def lease(self) -> timedelta:
        """How long a row is claimed."""
        ...

    def takes(self, kind: Kind) -> bool:
        """Tell whether a row of this kind would be started at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """An event as the bot recorded it; only the bot reads its payload, which is encrypted."""

    event: EventId
    account: UserId
    salon: SalonId
    kind: str
    payload: Mapping[str, object] = field(repr=False)
    received_at: datetime
    seq: int = 0
    """Its position in the inbox, given by the database."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message that may be sent now, and that a sender has taken."""

    id: OutboxId
    message: Message = field(repr=False)
    attempts: int
    not_before: datetime | None
    posted_at: datetime


class Taker(Protocol):
    """The sender of this process: it sends at once a message for which nothing waits."""

    def takes(self, message: Message) -> bool:
        """Tell whether a message would be sent at once, if its salon waits for no other."""
        ...
