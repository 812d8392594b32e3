"""Identifiers. Ours are UUIDv7, so that rows of one table sort by age (RFC 9562 §5.7)."""

import secrets
from datetime import datetime
from typing import NewType, TypeAlias
from uuid import UUID

MeetingId = NewType("MeetingId", UUID)
OccurrenceId = NewType("OccurrenceId", UUID)
InvitationId = NewType("InvitationId", UUID)
VisitId = NewType("VisitId", UUID)
MailId = NewType("MailId", UUID)
SeatId = NewType("SeatId", UUID)
OfferId = NewType("OfferId", UUID)
ChangeId = NewType("ChangeId", UUID)
QuestionId = NewType("QuestionId", UUID)
HostId = NewType("HostId", UUID)
ChallengeId = NewType("ChallengeId", UUID)
ReminderId = NewType("ReminderId", UUID)
CalendarAccountId = NewType("CalendarAccountId", UUID)
CalendarId = NewType("CalendarId", UUID)
CalendarObjectId = NewType("CalendarObjectId", UUID)
CalendarLinkId = NewType("CalendarLinkId", UUID)
FeedId = NewType("FeedId", UUID)
MailedEventId = NewType("MailedEventId", UUID)
MailSenderId = NewType("MailSenderId", UUID)
OrganiserMailId = NewType("OrganiserMailId", UUID)
ReceivedGrantId = NewType("ReceivedGrantId", UUID)
GrantId = NewType("GrantId", UUID)
GrantRequestId = NewType("GrantRequestId", UUID)

SalonId = NewType("SalonId", str)
"""A Matrix room id, `!…`; from room version 12 on it names no server."""
UserId = NewType("UserId", str)
"""A Matrix user id, `@localpart:server`."""
PartyId = NewType("PartyId", str)
"""A party without a Matrix account, by a name of ours that does not begin with `@`."""
ActorId: TypeAlias = UserId | PartyId
"""The party that does something."""
EventId = NewType("EventId", str)
"""A Matrix event id, `$…`."""
VisioRoomId = NewType("VisioRoomId", UUID)
"""Visio's own id of a room; also the name of the room on its media server."""


def uuid7(now: datetime) -> UUID:
    """Return a new UUIDv7 for `now` (aware): 48 bits of Unix milliseconds, then randomness."""
    millis = int(now.timestamp() * 1000)
    value = (millis & (2**48 - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def server_of(user: UserId) -> str:
    """Return the homeserver's name in a Matrix user id, with its port if it has one."""
    return user.partition(":")[2]


def home_of(salon: SalonId) -> str:
    """Return the homeserver's name in a salon's id; the id itself if it has none (v12)."""
    return salon.partition(":")[2] or salon
