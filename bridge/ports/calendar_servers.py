"""Calendar servers (CalDAV, RFC 4791), and the events that they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bridge.domain.calendar import CalendarLogin, SyncMode
from bridge.domain.calendar_event import CalendarEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCalendar:
    """A calendar for events, as its server shows it now."""

    url: str
    name: str = field(default="", repr=False)
    ctag: str = ""
    """Empty if the server has none."""
    token: str = ""
    """The sync token; empty if the server has none."""
    writable: bool = True
    """As far as the server says: only a write proves it."""
    mode: SyncMode = SyncMode.LISTING
    """By what the server says of itself (supported-report-set)."""


@dataclass(frozen=True, slots=True)
class HomeNews:
    """The answer to a look at an account whose earlier answer is known."""

    mark: bytes
    """Of this answer: another one that is the same, byte for byte, has the same."""
    calendars: Sequence[FoundCalendar] | None
    """`None`: the answer is the known one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAccount:
    """The calendars of an account that was found."""

    home: str
    calendars: Sequence[FoundCalendar]
    addresses: tuple[str, ...] = field(default=(), repr=False)
    """The owner's e-mail addresses (calendar-user-address-set), in lower case."""
    schedules: bool = False
    """Whether the server delivers invitations itself (calendar-auto-schedule)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectChanges:
    """The changes of a calendar since a token."""

    changed: Mapping[str, str]
    """The ETags of new and changed events, by path; empty where there is no strong one."""
    gone: frozenset[str]
    """The paths of events that were deleted."""
    token: str


@dataclass(frozen=True, slots=True)
class ObjectText:
    """An event as the server has it."""

    etag: str
    """A strong one; empty if the server gives none."""
    text: str = field(repr=False)
    """Empty if the server names the event, but does not show it."""


class CalendarServers(Protocol):
    """Reads and writes agents' calendars; each call is bounded in time and in bytes.

    Every URL is checked when a connection is made: none leads into an internal network that the
    operator has not allowed. All methods raise CalendarLoginRefused, CalendarForbidden,
    CalendarUnreachable, CalendarBusy, CalendarUnreadable, CalendarAddressRefused, and CalendarGone
    where what they are about is not there.
    """

    async def discover(self, address: str, login: CalendarLogin) -> FoundAccount:
        """Return the calendars to which an e-mail address, a domain or a URL leads (RFC 6764)."""
        ...

    async def create(self, home: str, login: CalendarLogin, name: str) -> FoundCalendar:
        """Make a calendar, and return it (MKCALENDAR)."""
        ...

    async def prove(self, url: str, login: CalendarLogin) -> None:
        """Write an event into a calendar, read it, and delete it. Raises CalendarForbidden."""
        ...

    async def look(self, home: str, login: CalendarLogin) -> Sequence[FoundCalendar]:
        """Return all calendars of an account with their present states, by one small request."""
        ...

    async def news(self, home: str, login: CalendarLogin, known: bytes) -> HomeNews:
        """Do as `look`, but read no answer whose mark is known already; empty: none is."""
        ...

    async def changes(self, url: str, login: CalendarLogin, token: str) -> ObjectChanges:
        """Return the changes since a token; since an empty one: all events.

        Raises SyncTokenRefused, SyncUnsupported.
        """
        ...

    async def listing(self, url: str, login: CalendarLogin) -> Mapping[str, str]:
        """Return the ETags of all events, by path; empty where there is no strong one."""
        ...

    async def window(
        self, url: str, login: CalendarLogin, since: datetime, before: datetime
    ) -> Mapping[str, str]:
        """Return the ETags of the events of some time, by path; both moments are aware."""
        ...

    async def fetch(
        self, url: str, login: CalendarLogin, hrefs: Sequence[str]
    ) -> Mapping[str, ObjectText]:
        """Return events by path; those that are not there any more are not among them."""
        ...

    async def put(
        self, url: str, login: CalendarLogin, href: str, text: str, etag: str | None
    ) -> str | None:
        """Write an event over the version with this ETag (not an empty one), or a new one (`None`).

        Return its new strong ETag, `None` if the server does not say it. Raises EventOvertaken,
        EventRefused, CalendarUnconfirmed.
        """
        ...

    async def delete(self, url: str, login: CalendarLogin, href: str, etag: str) -> None:
        """Delete the version of an event with this ETag.

        Raises EventOvertaken, CalendarUnconfirmed.
        """
        ...


class EventTexts(Protocol):
    """Reads and writes the text of events (iCalendar, RFC 5545)."""

    async def read(self, text: str) -> CalendarEvent:
        """Return all events of the one UID in an object. Raises EventUnreadable.

        A long text is read apart from the event loop. Bytes that are no UTF-8 may be in it as
        `surrogateescape` leaves them: so a letter that a fold cuts in two is read.
        """
        ...

    async def write(self, event: CalendarEvent, text: str | None, *, stamp: datetime) -> str:
        """Return an object that says `event`: `text` with our fields changed, or a new one.

        All that we don't understand of `text` stays; if nothing differs, it is returned itself.
        Raises EventUnreadable for a text that `read` refuses.
        """
        ...
