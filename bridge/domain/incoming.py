"""A mail that somebody sent to our box, as far as Parvis understands it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from bridge.domain.answer import Answer
from bridge.ids import MailId


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarReply:
    """A guest's calendar about one event, or one of its dates (METHOD:REPLY, COUNTER).

    Its times are aware, in UTC.
    """

    uid: str
    attendee: str = field(repr=False)
    """Their address, in lower case; empty if it names none, or several people."""
    answer: Answer | None
    """`None`: none that we know, for instance that somebody else comes."""
    sequence: int = 0
    stamp: datetime | None = None
    """When it was made, as their calendar says (DTSTAMP)."""
    original: datetime | None = None
    """The start that the series gives the date (RECURRENCE-ID); `None`: the event as a whole."""
    start: datetime | None = None
    length: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class GuestReplies:
    """Answers to invitations (METHOD:REPLY)."""

    replies: tuple[CalendarReply, ...]


@dataclass(frozen=True, slots=True)
class CounterProposal:
    """Another time that a guest proposes (METHOD:COUNTER)."""

    wish: CalendarReply


@dataclass(frozen=True, slots=True)
class Bounced:
    """A mail server's report that it could not deliver a mail of ours (RFC 3464)."""

    mail: MailId


@dataclass(frozen=True, slots=True)
class Summons:
    """An event to which our own address is invited, its update, or its end (REQUEST, CANCEL)."""

    method: str
    text: str = field(repr=False)
    """The calendar's text; bytes that are no UTF-8 are in it as `surrogateescape` leaves them."""


@dataclass(frozen=True, slots=True)
class Unrelated:
    """Nothing that Parvis acts on."""


IncomingContent: TypeAlias = GuestReplies | CounterProposal | Bounced | Summons | Unrelated


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMail:
    """A mail, read."""

    digest: str
    """The same for the same mail, however often it arrives."""
    sender: str = field(repr=False)
    """The address of From, in lower case, its domain as ASCII; empty unless there is just one."""
    verified: bool
    """Whether our mail server vouches for the domain of `sender` (DMARC)."""
    automatic: bool
    """Whether a program sent it, or a list passed it on: it is never answered."""
    content: IncomingContent
