"""Events to which agents invite us by mail: in the database, and as texts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.mailed import InviterAddress, MailedEvent, OrganiserMail
from bridge.ids import MailedEventId, MailSenderId, MeetingId, OrganiserMailId, UserId


class MailedRepository(Protocol):
    """Mailed events, their senders, and mails to their organisers."""

    async def sender(self, sender: MailSenderId) -> InviterAddress | None:
        """Return a sender, locked."""
        ...

    async def save_sender(self, sender: InviterAddress) -> None:
        """Insert or replace a sender."""
        ...

    async def get(self, event: MailedEventId) -> MailedEvent | None:
        """Return an event, locked."""
        ...

    async def waiting(self, owner: UserId) -> Sequence[MailedEvent]:
        """Return an agent's events that no meeting follows, the oldest change first."""
        ...

    async def of_meeting(self, meeting: MeetingId) -> MailedEvent | None:
        """Return the event that a meeting follows, if it follows one."""
        ...

    async def meeting_by_uid(self, uid: str) -> MeetingId | None:
        """Return the meeting that follows an event with this UID; of several, the oldest."""
        ...

    async def followed(self, uids: Collection[str]) -> frozenset[str]:
        """Return those of these UIDs that a meeting follows."""
        ...

    async def save(self, event: MailedEvent) -> None:
        """Insert or replace an event."""
        ...

    async def drop(self, events: Collection[MailedEventId]) -> None:
        """Forget events."""
        ...

    async def ask(self, mail: OrganiserMail) -> bool:
        """Insert a mail to be sent; `False` if it was asked for before."""
        ...

    async def mail(self, mail: OrganiserMailId) -> OrganiserMail | None:
        """Return a mail, locked."""
        ...

    async def save_mail(self, mail: OrganiserMail) -> None:
        """Replace a mail's row."""
        ...


@dataclass(frozen=True, slots=True)
class MailedHead:
    """The method of a mail, its event and the people of that."""

    method: str
    uid: str = field(repr=False)
    organizer: str = field(repr=False)
    """An address in lower case; empty if there is none, or several."""
    attendees: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class MailedVersion:
    """An event with what a mail changed of it."""

    text: str = field(repr=False)
    event: CalendarEvent
    owed: tuple[tuple[str, int], ...]
    """The versions to accept (`MailedEvent.owed`)."""


class MailedTexts(Protocol):
    """Reads and writes events that were mailed (iTIP, RFC 5546)."""

    def head(self, text: str, method: str) -> MailedHead:
        """Return a mail's head, with its method, and whom it names. Raises EventUnreadable."""
        ...

    async def merge(
        self, known: str, text: str, now: datetime, *, cancels: bool = False
    ) -> MailedVersion | None:
        """Return an event, empty at first, with a mail's changes; `None`: there are none.

        Each date has a version of its own: of two the one with the higher SEQUENCE counts, then the
        later one (DTSTAMP). Raises EventUnreadable.
        """
        ...

    async def read(self, known: str) -> CalendarEvent:
        """Return a known text as an event. Raises EventUnreadable."""
        ...

    def acceptance(
        self, event: MailedEvent, part: str, sequence: int, now: datetime
    ) -> bytes | None:
        """Return the answer that we come (REPLY); `None` if there is no such date any more."""
        ...
