"""Agents' calendars (CalDAV) as Parvis keeps them in step with meetings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import SecretStr

from bridge.ids import CalendarAccountId, CalendarId, CalendarObjectId, MeetingId, SalonId, UserId


class CalendarAuth(StrEnum):
    """The way in which we sign in to a calendar server."""

    BASIC = "basic"
    """A name and a password, best one made for Parvis alone (RFC 7617)."""
    BEARER = "bearer"
    """A token (RFC 6750)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarLogin:
    """The credentials that an agent gave us for their calendar server."""

    auth: CalendarAuth = CalendarAuth.BASIC
    user: str = field(default="", repr=False)
    """Empty with a token."""
    secret: SecretStr


class CalendarAccountState(StrEnum):
    """The state of an account."""

    READY = "ready"
    REFUSED = "refused"
    """The server refused its credentials: nothing is tried until its owner links it again."""
    GONE = "gone"
    """Its calendars are not there any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarAccount:
    """An agent's account at a calendar server; an agent has one at most."""

    id: CalendarAccountId
    owner: UserId
    account: UserId | None = None
    """The bot's account that tells the owner of it; `None`: its first one."""
    home: str
    """The URL of its calendars, in which one request sees them all."""
    login: CalendarLogin
    addresses: tuple[str, ...] = field(default=(), repr=False)
    """The e-mail addresses by which its server knows the owner, in lower case."""
    schedules: bool = False
    """Whether its server itself delivers invitations to attendees (RFC 6638)."""
    shares_free: bool = False
    """Whether colleagues may ask when the owner is free."""
    state: CalendarAccountState = CalendarAccountState.READY
    failures: int = 0
    """Polls that failed since the last one that didn't."""
    linked_at: datetime
    polled_at: datetime | None = None
    ok_at: datetime | None = None
    """The last poll that succeeded."""
    changed_at: datetime | None = None
    """When a poll last found a change."""

    @property
    def host(self) -> str:
        """The server's name, which says nothing of its owner."""
        return urlsplit(self.home).hostname or ""


class SyncMode(StrEnum):
    """How a calendar tells its changes."""

    SYNC = "sync"
    """By sync-collection (RFC 6578)."""
    LISTING = "listing"
    """By the ETags of all its events."""
    WINDOW = "window"
    """By the ETags of the events near now: it is too large to list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCalendar:
    """A calendar of an account, which we read."""

    id: CalendarId
    account: CalendarAccountId
    url: str
    name: str = field(default="", repr=False)
    mode: SyncMode = SyncMode.SYNC
    ctag: str = ""
    """The state that was read last, as the server names it; empty: never, or to be read anew."""
    token: str = ""
    """The sync token (RFC 6578) of that state; empty if there is none."""
    ours: bool = False
    """Whether we write its owner's meetings into it; one of an account."""
    salon: SalonId | None = None
    """The salon in which its new events become meetings."""
    reconciled_at: datetime | None = None
    """When all its events were last compared by ETag."""
    suspect_since: datetime | None = None
    """Since when so many events are missing that we believe none of it."""

    @property
    def anew(self) -> "AgentCalendar":
        """Return it, to be compared event by event at the next poll."""
        return replace(self, ctag="", token="")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarObject:
    """An event of a calendar that we know, or that we want there: a meeting's copy if it has one.

    Events that concern no meeting are kept too, without any of their content: by their ETags we see
    which are new.
    """

    id: CalendarObjectId
    calendar: CalendarId
    href: str
    """The URL's path."""
    etag: str = ""
    """Of the version that we read or wrote last; empty: it is not there yet."""
    uid: str = field(default="", repr=False)
    """Its UID, if it is a meeting's."""
    meeting: MeetingId | None = None
    base: Mapping[str, str] = field(default_factory=dict)
    """A digest of each field, as both sides last agreed on it (`EventFields`)."""
    gone_at: datetime | None = None
    """When it was first missed."""
    writes: int = 0
    """Writes of ours in a row that the server undid or another client overwrote."""
    wrote: str = ""
    """A digest of what we wrote last: another state is no struggle with who undid this one."""
    wrote_at: datetime | None = None
