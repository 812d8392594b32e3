"""Matrix for the rest of the bot: plain frozen values, no nio."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from bridge.ids import EventId, SalonId, UserId


class Trust(StrEnum):
    """How far an event's sender can be believed."""

    CLEAR = "clear"
    """Not encrypted: the homeservers vouch for the sender."""
    FORGED = "forged"
    """Encrypted by a device that is not the sender's: never act on it. Megolm itself does
    not bind a session to the event's sender."""
    DEVICE = "device"
    """Encrypted by a device of the sender."""
    SIGNED = "signed"
    """Encrypted by a device of the sender that the sender's cross-signing identity vouches for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """A line that somebody wrote."""

    event: EventId
    salon: SalonId
    sender: UserId
    sent_at: datetime
    body: str
    formatted: str = ""
    mentions: frozenset[UserId] = frozenset()
    thread: EventId | None = None
    reply_to: EventId | None = None
    replaces: EventId | None = None
    """The line that it corrects; the server does not check that both have one author."""
    trust: Trust = Trust.CLEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """A reaction to one of our messages."""

    event: EventId
    salon: SalonId
    sender: UserId
    sent_at: datetime
    target: EventId
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The deletion of an event, by its author or a moderator (`m.room.redaction`)."""

    event: EventId
    salon: SalonId
    sender: UserId
    sent_at: datetime
    target: EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """We came into a salon."""

    event: EventId
    salon: SalonId
    sent_at: datetime
    invited_by: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Somebody from outside may now read the salon; the event does not name them."""

    event: EventId
    salon: SalonId
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """We are out of a salon: kicked, banned, or we left."""

    event: EventId
    salon: SalonId
    sent_at: datetime
    by: UserId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """The salon goes on elsewhere (`m.room.tombstone`)."""

    event: EventId
    salon: SalonId
    sent_at: datetime
    replacement: SalonId
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelsChanged:
    """The salon's power levels changed: what we, or others, may do there may have changed."""

    event: EventId
    salon: SalonId
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersChanged:
    """People of a salon came or left."""

    event: EventId
    salon: SalonId
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecryptable:
    """A line whose key did not arrive within its patience."""

    event: EventId
    salon: SalonId
    sender: UserId
    sent_at: datetime


Incoming: TypeAlias = (
    IncomingMessage
    | Reaction
    | Deleted
    | Joined
    | Arrived
    | MembersChanged
    | Removed
    | Upgraded
    | LevelsChanged
    | Undecryptable
)


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An encrypted event without its key, as the homeserver sent it (JSON)."""

    event: EventId
    salon: SalonId
    session: str
    received_at: datetime
    source: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """The events for us in one answer of /sync, or in a part that was read beside it."""

    position: str | None
    """After that answer; None leaves the position where it is."""
    incoming: Sequence[Incoming] = ()
    sealed: Sequence[PendingEvent] = ()


class Journal(Protocol):
    """Makes a batch durable before it is handled; the database implements it."""

    async def position(self) -> str | None:
        """Return the sync position after the last recorded batch."""
        ...

    async def record(self, batch: Batch) -> None:
        """Store the events (once per event id) and the position, if any, in one transaction."""
        ...

    async def sealed(self) -> Sequence[PendingEvent]:
        """Return the encrypted events that still wait for their key, oldest first."""
        ...

    async def opened(self, event: EventId, incoming: Incoming | None) -> None:
        """Replace a sealed event by its decrypted content; `None`: nothing for us."""
        ...


class Seeds(Protocol):
    """Keeps the account's cross-signing seeds, encrypted, for the life of the account."""

    async def load(self) -> Mapping[str, bytes] | None:
        """Return the seeds by usage (`master`, `self_signing`, `user_signing`)."""
        ...

    async def save(self, seeds: Mapping[str, bytes]) -> None:
        """Save the seeds; called before they are first used."""
        ...


Outside: TypeAlias = Callable[[UserId], bool]
"""Tells whether a person is from outside; only the arrival of one is recorded."""

Addressed: TypeAlias = Callable[[IncomingMessage], bool]
"""Tells whether a line is for us; other lines leave no trace in the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalonState:
    """A salon's state, read from the homeserver and not from a library's view of it."""

    salon: SalonId
    name: str = ""
    encrypted: bool = True
    version: str = "1"
    members: frozenset[UserId] = frozenset()
    invited: frozenset[UserId] = frozenset()
    """People who may come in at any moment, and may have the keys already."""
    departed: frozenset[UserId] = frozenset()
    """People who were there, or invited, and are not any more."""
    names: frozenset[str] = field(default=frozenset(), repr=False)
    """Display names of the members and the invited, as they typed them."""
    shown: Mapping[UserId, str] = field(default_factory=dict, repr=False)
    """The display name of each member who has one."""
    levels: Mapping[UserId, int] = field(default_factory=dict)
    """Effective level of each member; creators of version 12 have `CREATOR_LEVEL`."""
    join_rule: str = "invite"
    access_rule: str | None = None
    """`im.vector.room.access_rules`: `restricted`, `unrestricted` or `direct` on Tchap."""
    direct: bool = False
    """Whether it is a direct message in which one person and we are alone, and nobody else may
    read."""
    speaking_level: int = 0
    """The level that a message needs here: that of encrypted events if the salon is encrypted."""
    space: bool = False
    """A folder of salons, not a place to talk in."""
    predecessor: SalonId | None = None
    """The salon that this one says it replaces: one side of an upgrade."""

    def level(self, user: UserId) -> int:
        """Return the power level of `user`, 0 when they are not in the salon."""
        return self.levels.get(user, 0)

    def may_speak(self, user: UserId) -> bool:
        """Tell whether `user` may write messages here."""
        return user in self.members and self.level(user) >= self.speaking_level


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPlace:
    """An event's author, thread and reply, which stay readable in an encrypted event."""

    sender: UserId
    thread: EventId | None = None
    reply_to: EventId | None = None


CREATOR_LEVEL = 2**53
"""Above every number a power level may take (room version 12, MSC4289)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """The words of a message for one person alone: `Account.confide` takes them, `send` can't."""

    to: UserId
    content: Mapping[str, object] = field(repr=False)


Confiding: TypeAlias = Callable[[SalonId], Awaitable[Confidence | None]]
"""Words a message once its salon is known; `None`: there is nothing to say any more."""


class SendRefused(Exception):
    """The homeserver will never take this event: not in the salon, not allowed, too large."""

    def __init__(self, errcode: str) -> None:
        super().__init__(errcode)
        self.errcode = errcode


class SendLater(Exception):
    """The event may be sent again with the same transaction id, `after` seconds from now."""

    def __init__(self, after: float, reason: str, *, alone: bool = False) -> None:
        """Take whether others need not wait with it: `alone`."""
        super().__init__(reason)
        self.after = after
        self.reason = reason
        self.alone = alone


class Account(Protocol):
    """One Matrix account, connected. Implemented by `bot.matrix.account`."""

    @property
    def user(self) -> UserId:
        """The account's own Matrix id."""
        ...

    async def send(
        self,
        salon: SalonId,
        content: Mapping[str, object],
        *,
        transaction: str,
        kind: str = "m.room.message",
    ) -> EventId:
        """Send an event, encrypted if the salon is; the same transaction gives the same event.

        Raises SendRefused, SendLater. Never sends clear text into an encrypted salon.
        """
        ...

    def at_work(self, salon: SalonId) -> None:
        """Show in a salon that an answer is on its way, until one is sent, and prepare it.

        Nobody waits for it.
        """
        ...

    async def confide(
        self, user: UserId, words: Confiding, *, transaction: str, prefer: SalonId | None = None
    ) -> EventId | None:
        """Send words to `user` alone; `None` when there is nothing to say any more.

        They are sent to a salon where only `user` and we are, or are invited, at that moment: to
        `prefer` if that is one, else to another direct message, made if there is none. Nobody
        else's device ever gets its key. Raises SendRefused, SendLater.
        """
        ...

    async def follows(self, old: SalonId, new: SalonId) -> bool:
        """Tell whether `new` replaces `old`: both say so, and who closed `old` may invite us.

        `False` while we may not read one of them. Raises SendLater.
        """
        ...

    async def salon(self, salon: SalonId) -> SalonState:
        """Return the salon's state, from a cache that every sync updates."""
        ...

    async def place(self, salon: SalonId, event: EventId) -> EventPlace:
        """Return an event's author, salon and thread. Raises SendRefused, SendLater."""
        ...

    async def display_name(self, user: UserId) -> str:
        """Return the name that `user` shows, or the localpart."""
        ...

    async def leave(self, salon: SalonId) -> None:
        """Leave a salon for good."""
        ...


WakeListener: TypeAlias = Callable[[], Awaitable[None]]
"""Called after each recorded batch: there may be something to handle."""

MayJoin: TypeAlias = Callable[[UserId, SalonId], bool]
"""Tells whether an invitation by this user into this salon is accepted."""
