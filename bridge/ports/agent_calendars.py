"""Agents' calendars in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bridge.domain.calendar import (
    AgentCalendar,
    CalendarAccount,
    CalendarAccountState,
    CalendarLogin,
    CalendarObject,
)
from bridge.domain.calendar_link import CalendarLink
from bridge.ids import (
    CalendarAccountId,
    CalendarId,
    CalendarLinkId,
    CalendarObjectId,
    MeetingId,
    SalonId,
    UserId,
)


@dataclass(frozen=True, slots=True)
class KnownObject:
    """As much of an event's row as a comparison needs: a calendar has thousands."""

    id: CalendarObjectId
    href: str = field(repr=False)
    etag: str
    meeting: MeetingId | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownCalendar:
    """As much of a calendar's row as tells whether it must be read."""

    url: str = field(repr=False)
    ctag: str
    token: str
    reconciled_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """As much of an account as a look at it needs that finds nothing new, as most do."""

    id: CalendarAccountId
    home: str = field(repr=False)
    login: CalendarLogin
    state: CalendarAccountState
    failures: int
    ok_at: datetime | None
    changed_at: datetime | None
    calendars: tuple[KnownCalendar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTally:
    """The accounts at one host, by how they are."""

    host: str
    well: int = 0
    away: int = 0
    """Their host does not answer for them, or is left alone."""
    refused: int = 0
    """Their credentials are refused."""
    gone: int = 0
    """Their calendars are not there any more."""
    ok_at: datetime | None = None
    """The last good poll of those that are well or away, noted each half an hour."""

    @property
    def linked(self) -> int:
        """All of them."""
        return self.well + self.away + self.refused + self.gone


class CalendarRepository(Protocol):
    """Agents' accounts, their calendars and the events of these.

    `account` and `object` lock their row; nothing else here does: an account's lock keeps its
    calendars and their events as they are.
    """

    async def account(self, account: CalendarAccountId) -> CalendarAccount | None:
        """Return an account, locked."""
        ...

    async def known(self, accounts: Collection[CalendarAccountId]) -> Sequence[KnownAccount]:
        """Return the rows that polls of these accounts need, in no order; some may be gone."""
        ...

    async def account_of(self, owner: UserId) -> CalendarAccount | None:
        """Return an agent's account."""
        ...

    async def accounts_of(self, owners: Collection[UserId]) -> Sequence[CalendarAccount]:
        """Return the accounts that these agents have."""
        ...

    async def add_account(self, account: CalendarAccount) -> None:
        """Insert an account; its owner has no other."""
        ...

    async def save_account(self, account: CalendarAccount) -> None:
        """Replace an account's row."""
        ...

    async def drop_account(self, account: CalendarAccountId) -> None:
        """Delete an account with its login, calendars and events."""
        ...

    async def tally(self) -> Sequence[HostTally]:
        """Return the accounts of each host by how they are, the hosts with the most ahead."""
        ...

    async def calendars_of(self, account: CalendarAccountId) -> Sequence[AgentCalendar]:
        """Return an account's calendars, those linked first ahead."""
        ...

    async def calendar(self, calendar: CalendarId) -> AgentCalendar | None:
        """Return a calendar."""
        ...

    async def calendars_in(self, salon: SalonId) -> Sequence[AgentCalendar]:
        """Return the calendars whose new events become meetings of a salon."""
        ...

    async def save_calendars(self, *calendars: AgentCalendar) -> None:
        """Insert or replace calendars; one that is there keeps its salon (`assign`)."""
        ...

    async def assign(self, calendar: CalendarId, salon: SalonId | None) -> None:
        """Have new events of a calendar become meetings of a salon; `None`: of none.

        Apart from `save_calendars`: a look at a calendar stores what it read minutes before.
        """
        ...

    async def drop_calendars(self, calendars: Collection[CalendarId]) -> None:
        """Delete calendars with their events."""
        ...

    async def moved_salon(self, old: SalonId, new: SalonId) -> None:
        """Have the calendars of a salon belong to the one that replaces it."""
        ...

    async def object(self, object: CalendarObjectId) -> CalendarObject | None:  # noqa: A002
        """Return an event, locked."""
        ...

    async def objects_of(
        self, calendar: CalendarId, hrefs: Collection[str] | None = None
    ) -> Sequence[KnownObject]:
        """Return the known events of a calendar, in no order: all, or those at these paths."""
        ...

    async def objects_at(
        self, calendar: CalendarId, hrefs: Collection[str]
    ) -> Sequence[CalendarObject]:
        """Return the known events at these paths of a calendar."""
        ...

    async def save_objects(self, *objects: CalendarObject) -> None:
        """Insert or replace events; at one path of a calendar there is one alone."""
        ...

    async def note_events(self, calendar: CalendarId, etags: Mapping[str, str]) -> None:
        """Note the ETags of events that concern no meeting, by path; copies stay as they are."""
        ...

    async def paths_of_copies(self, calendar: CalendarId) -> frozenset[str]:
        """Return the paths of a calendar's events that are meetings' copies."""
        ...

    async def first_read(self, account: CalendarAccountId) -> int:
        """Return how many events were read of calendars that are being read for the first time."""
        ...

    async def drop_objects(self, objects: Collection[CalendarObjectId]) -> None:
        """Forget events."""
        ...

    async def copies_of(self, meeting: MeetingId) -> Sequence[CalendarObject]:
        """Return a meeting's copies, in all calendars."""
        ...

    async def uids_of_copies(self, uids: Collection[str]) -> frozenset[str]:
        """Return those of these UIDs that a copy has."""
        ...

    async def copy_by_uid(self, uid: str) -> Sequence[CalendarObject]:
        """Return the copies with this UID, the oldest first: they are one meeting's."""
        ...


class CalendarLinkRepository(Protocol):
    """Links to the page on which agents link their calendars."""

    async def add(self, link: CalendarLink) -> None:
        """Insert a link; those that its owner had and didn't use are gone."""
        ...

    async def get(self, link: CalendarLinkId) -> CalendarLink | None:
        """Return a link, locked."""
        ...

    async def by_digest(self, digest: bytes) -> CalendarLink | None:
        """Return the link whose code has this digest, locked."""
        ...

    async def save(self, link: CalendarLink) -> None:
        """Replace a link's row."""
        ...
