"""Events to which agents invite our address by mail, and what we mail to their organisers.

Some agents' calendars can't be read (Exchange, La Suite's calendars today): their event is a mail,
its updates and its cancellation are further mails, and these come in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from bridge.ids import MailedEventId, MailSenderId, MeetingId, OrganiserMailId, UserId

_SPACE = UUID("5d0d2c0e-5b0f-4a3e-9c53-5f7f0c5f2a77")
"""Ids derive from what they are of, so that nothing is there twice."""
ASKED_AGAIN = timedelta(days=1)
"""A question whether an address is an agent's own is asked again after so long, if mail comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InviterAddress:
    """An address from which an agent invites us, and whether they confirmed that it is theirs.

    DMARC vouches for its domain alone, and the identity table for its owner: the agent themselves
    says once, in a direct message, that such mails are theirs.
    """

    id: MailSenderId
    """Of the owner and the address, which is kept nowhere else."""
    owner: UserId
    asked_at: datetime
    """When we last asked, or were told without having asked."""
    allowed: bool | None = None
    """`None`: not answered yet."""

    def to_be_asked(self, now: datetime) -> bool:
        """Tell whether the question is to be asked anew: the last one was ignored for long."""
        return self.allowed is None and now >= self.asked_at + ASKED_AGAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedEvent:
    """All that an organiser's mails said of one UID, and the meeting that follows it."""

    id: MailedEventId
    owner: UserId
    """The agent who organises it."""
    uid: str = field(repr=False)
    text: str = field(repr=False)
    """The newest version of the event and of each of its dates, as one calendar."""
    organizer: str = field(repr=False)
    """The address to which answers go: the owner's."""
    invited: str = field(default="", repr=False)
    """Our address, as it was invited."""
    meeting: MeetingId | None = None
    base: Mapping[str, str] = field(default_factory=dict)
    """A digest of each field, as the meeting last followed it (`EventFields`)."""
    owed: tuple[tuple[str, int], ...] = ()
    """The versions that are to be accepted once the meeting has followed them: the start that the
    series gives a date (UTC, ISO 8601; empty: the event), and the SEQUENCE."""
    named: tuple[UserId, ...] = ()
    """Agents among its people: the event is in their calendars already."""
    proposed: tuple[str, ...] = field(default=(), repr=False)
    """Addresses from outside that its owner was told of."""
    ended: bool = False
    """Whether its last version cancels it."""
    changed_at: datetime


class OrganiserMailKind(StrEnum):
    """The purpose of a mail to an organiser."""

    ACCEPTANCE = "acceptance"
    """Our answer that we come (RFC 5546, REPLY), for their calendar."""
    LINK = "link"
    """The meeting's link, with a line to paste into the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganiserMail:
    """A mail to send to an organiser; it is worded when it is sent."""

    id: OrganiserMailId
    """There is one for each kind, part and SEQUENCE, however often it is asked for."""
    event: MailedEventId
    kind: OrganiserMailKind
    part: str = ""
    """Of an acceptance, the date (`MailedEvent.owed`); of a link, the meeting."""
    sequence: int = 0
    asked_at: datetime
    sent_at: datetime | None = None
    """Since when it may have arrived."""
    failed: str | None = None


def sender_id(owner: UserId, address: str) -> MailSenderId:
    """Return the id of an agent's address."""
    return MailSenderId(uuid5(_SPACE, f"{owner} {address.lower()}"))


def mailed_id(owner: UserId, uid: str) -> MailedEventId:
    """Return the id of the event with this UID that an agent organises."""
    return MailedEventId(uuid5(_SPACE, f"{owner}\n{uid}"))


def mail_to_organiser(
    event: MailedEventId,
    kind: OrganiserMailKind,
    asked_at: datetime,
    *,
    part: str = "",
    sequence: int = 0,
) -> OrganiserMail:
    """Return a mail to an event's organiser."""
    return OrganiserMail(
        id=OrganiserMailId(uuid5(event, f"{kind} {part} {sequence}")),
        event=event,
        kind=kind,
        part=part,
        sequence=sequence,
        asked_at=asked_at,
    )
