"""Agents' calendar accounts, their calendars and the events of these.

What an account consists of is changed under the account's lock, so only that row is locked, and an
event on its own. Statements for many rows go in chunks.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import BindParameter, bindparam, case, delete, func, select, update

from bridge.domain.calendar import (
    AgentCalendar,
    CalendarAccount,
    CalendarAccountState,
    CalendarObject,
)
from bridge.ids import CalendarAccountId, CalendarId, CalendarObjectId, MeetingId, SalonId, UserId
from bridge.ports.agent_calendars import HostTally, KnownAccount, KnownCalendar, KnownObject
from bridge.store.calendar_rows import (
    account_of,
    account_values,
    calendar_of,
    calendar_values,
    digest_of,
    login_of,
    object_of,
    object_values,
)
from bridge.store.noted_events import NOTE_EVENTS, noting
from bridge.store.statements import AnyRow, AnySelect, Query, insert, query, upsert
from bridge.store.tables import calendar_accounts, calendar_objects, calendars
from bridge.store.tx import Tx

_T = TypeVar("_T")
CHUNK = 500


def _unlocked(statement: AnySelect) -> Query:
    return Query(statement, statement)


_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_account = select(calendar_accounts)
_ACCOUNT = query(_account.where(calendar_accounts.c.id == bindparam("id")))
_ACCOUNT_OF = _unlocked(_account.where(calendar_accounts.c.owner == bindparam("owner")))
_ACCOUNTS_OF = _unlocked(
    _account.where(calendar_accounts.c.owner.in_(bindparam("owners", expanding=True)))
)
_KNOWN_ACCOUNTS = _unlocked(
    select(
        calendar_accounts.c.id,
        calendar_accounts.c.home,
        calendar_accounts.c.login,
        calendar_accounts.c.state,
        calendar_accounts.c.failures,
        calendar_accounts.c.ok_at,
        calendar_accounts.c.changed_at,
    ).where(calendar_accounts.c.id.in_(_ids))
)
_ADD_ACCOUNT = insert(calendar_accounts)
_SAVE_ACCOUNT = update(calendar_accounts).where(calendar_accounts.c.id == bindparam("saved"))
_DROP_ACCOUNT = delete(calendar_accounts).where(calendar_accounts.c.id == bindparam("old"))
_away = case((calendar_accounts.c.failures > 0, 1), else_=0).label("away")
_TALLY = _unlocked(
    select(
        calendar_accounts.c.host,
        calendar_accounts.c.state,
        _away,
        func.count().label("many"),
        func.max(calendar_accounts.c.ok_at).label("ok_at"),
    ).group_by(calendar_accounts.c.host, calendar_accounts.c.state, _away)
)

_calendar = select(calendars)
_CALENDARS_OF = _unlocked(
    _calendar.where(calendars.c.account == bindparam("account")).order_by(calendars.c.id)
)
_KNOWN_CALENDARS = _unlocked(
    select(
        calendars.c.account,
        calendars.c.url,
        calendars.c.ctag,
        calendars.c.token,
        calendars.c.reconciled_at,
    )
    .where(calendars.c.account.in_(_ids))
    .order_by(calendars.c.id)
)
_CALENDAR = _unlocked(_calendar.where(calendars.c.id == bindparam("id")))
_CALENDARS_IN = _unlocked(
    _calendar.where(calendars.c.salon == bindparam("salon")).order_by(calendars.c.id)
)
_SAVE_CALENDARS = upsert(
    calendars, "id", replace=[one.name for one in calendars.c if one.name not in ("id", "salon")]
)
_ASSIGN = update(calendars).where(calendars.c.id == bindparam("one"))
_DROP_CALENDARS = delete(calendars).where(calendars.c.id.in_(_ids))
_MOVE_SALON = update(calendars).where(calendars.c.salon == bindparam("old"))

_object = select(calendar_objects)
_OBJECT = query(_object.where(calendar_objects.c.id == bindparam("id")))
_known_objects = select(
    calendar_objects.c.id,
    calendar_objects.c.href,
    calendar_objects.c.etag,
    calendar_objects.c.meeting,
    calendar_objects.c.gone_at,
).where(calendar_objects.c.calendar == bindparam("calendar"))
_OBJECTS_OF = _unlocked(_known_objects)
_SOME_OBJECTS_OF = _unlocked(
    _known_objects.where(calendar_objects.c.href.in_(bindparam("hrefs", expanding=True)))
)
_OBJECTS_AT = _unlocked(
    _object.where(
        calendar_objects.c.calendar == bindparam("calendar"),
        calendar_objects.c.href.in_(bindparam("hrefs", expanding=True)),
    )
)
_SAVE_OBJECTS = upsert(
    calendar_objects, "id", replace=[one.name for one in calendar_objects.c if one.name != "id"]
)
_PATHS_OF_COPIES = _unlocked(
    select(calendar_objects.c.href).where(
        calendar_objects.c.calendar == bindparam("calendar"),
        calendar_objects.c.meeting.is_not(None),
    )
)
_FIRST_READ = (
    select(func.count())
    .select_from(calendar_objects.join(calendars))
    .where(calendars.c.account == bindparam("account"), calendars.c.reconciled_at.is_(None))
)
_DROP_OBJECTS = delete(calendar_objects).where(calendar_objects.c.id.in_(_ids))
_COPIES_OF = _unlocked(
    _object.where(calendar_objects.c.meeting == bindparam("meeting")).order_by(
        calendar_objects.c.id
    )
)
_UIDS = _unlocked(
    select(calendar_objects.c.uid_digest).where(
        calendar_objects.c.uid_digest.in_(bindparam("digests", expanding=True))
    )
)
_COPY_BY_UID = _unlocked(
    _object.where(calendar_objects.c.uid_digest == bindparam("digest")).order_by(
        calendar_objects.c.id
    )
)


@dataclass(frozen=True, slots=True)
class CalendarRows:
    """Implements `bridge.ports.CalendarRepository`."""

    tx: Tx

    async def account(self, account: CalendarAccountId) -> CalendarAccount | None:
        """Return an account, locked."""
        row = await self.tx.one(_ACCOUNT, id=account)
        return None if row is None else account_of(row, self.tx.vault)

    async def known(self, accounts: Collection[CalendarAccountId]) -> Sequence[KnownAccount]:
        """Return the rows that polls of these accounts need, in no order; some may be gone."""
        found: list[KnownAccount] = []
        for some in _chunks(list(accounts)):
            inside: dict[CalendarAccountId, list[KnownCalendar]] = {}
            for owner, *told in await self.tx.all(_KNOWN_CALENDARS, ids=some):
                inside.setdefault(owner, []).append(KnownCalendar(*told))
            for row in await self.tx.all(_KNOWN_ACCOUNTS, ids=some):
                one, home, login, state, failures, ok_at, changed_at = row
                opened, within = login_of(one, login, self.tx.vault), tuple(inside.get(one, ()))
                found.append(
                    KnownAccount(one, home, opened, state, failures, ok_at, changed_at, within)
                )
        return found

    async def account_of(self, owner: UserId) -> CalendarAccount | None:
        """Return an agent's account."""
        row = await self.tx.one(_ACCOUNT_OF, owner=owner)
        return None if row is None else account_of(row, self.tx.vault)

    async def accounts_of(self, owners: Collection[UserId]) -> Sequence[CalendarAccount]:
        """Return the accounts that these agents have."""
        found: list[CalendarAccount] = []
        for some in _chunks(sorted(owners)):
            rows = await self.tx.all(_ACCOUNTS_OF, owners=some)
            found += [account_of(row, self.tx.vault) for row in rows]
        return found

    async def add_account(self, account: CalendarAccount) -> None:
        """Insert an account; its owner has no other."""
        await self.tx.run(_ADD_ACCOUNT, account_values(account, self.tx.vault))

    async def save_account(self, account: CalendarAccount) -> None:
        """Replace an account's row."""
        values = account_values(account, self.tx.vault)
        await self.tx.run(_SAVE_ACCOUNT, {"saved": values.pop("id"), **values})

    async def drop_account(self, account: CalendarAccountId) -> None:
        """Delete an account with its login, calendars and events."""
        await self.tx.run(_DROP_ACCOUNT, {"old": account})

    async def tally(self) -> Sequence[HostTally]:
        """Return the accounts of each host by how they are, the hosts with the most ahead."""
        hosts: dict[str, HostTally] = {}
        for row in await self.tx.all(_TALLY):
            known = hosts.get(row.host, HostTally(host=row.host))
            hosts[row.host] = _added(known, row)
        return sorted(hosts.values(), key=lambda one: (-one.linked, one.host))

    async def calendars_of(self, account: CalendarAccountId) -> Sequence[AgentCalendar]:
        """Return an account's calendars, those linked first ahead."""
        rows = await self.tx.all(_CALENDARS_OF, account=account)
        return [calendar_of(row, self.tx.vault) for row in rows]

    async def calendar(self, calendar: CalendarId) -> AgentCalendar | None:
        """Return a calendar."""
        row = await self.tx.one(_CALENDAR, id=calendar)
        return None if row is None else calendar_of(row, self.tx.vault)

    async def calendars_in(self, salon: SalonId) -> Sequence[AgentCalendar]:
        """Return the calendars whose new events become meetings of a salon."""
        rows = await self.tx.all(_CALENDARS_IN, salon=salon)
        return [calendar_of(row, self.tx.vault) for row in rows]

    async def save_calendars(self, *calendars: AgentCalendar) -> None:
        """Insert or replace calendars; one that is there keeps its salon (`assign`)."""
        for some in _chunks(calendars):
            rows = [calendar_values(one, self.tx.vault) for one in some]
            await self.tx.run(_SAVE_CALENDARS, rows)

    async def assign(self, calendar: CalendarId, salon: SalonId | None) -> None:
        """Have new events of a calendar become meetings of a salon; `None`: of none."""
        await self.tx.run(_ASSIGN, {"one": calendar, "salon": salon})

    async def drop_calendars(self, calendars: Collection[CalendarId]) -> None:
        """Delete calendars with their events."""
        for some in _chunks(list(calendars)):
            await self.tx.run(_DROP_CALENDARS, {"ids": some})

    async def moved_salon(self, old: SalonId, new: SalonId) -> None:
        """Have the calendars of a salon belong to the one that replaces it."""
        await self.tx.run(_MOVE_SALON, {"old": old, "salon": new})

    async def object(self, object: CalendarObjectId) -> CalendarObject | None:  # noqa: A002
        """Return an event, locked."""
        row = await self.tx.one(_OBJECT, id=object)
        return None if row is None else object_of(row, self.tx.vault)

    async def objects_of(
        self, calendar: CalendarId, hrefs: Collection[str] | None = None
    ) -> Sequence[KnownObject]:
        """Return the known events of a calendar, in no order: all, or those at these paths."""
        if hrefs is None:
            return [KnownObject(*row) for row in await self.tx.all(_OBJECTS_OF, calendar=calendar)]
        found: list[KnownObject] = []
        for some in _chunks(list(hrefs)):
            rows = await self.tx.all(_SOME_OBJECTS_OF, calendar=calendar, hrefs=some)
            found += [KnownObject(*row) for row in rows]
        return found

    async def objects_at(
        self, calendar: CalendarId, hrefs: Collection[str]
    ) -> Sequence[CalendarObject]:
        """Return the known events at these paths of a calendar."""
        found: list[CalendarObject] = []
        for some in _chunks(list(hrefs)):
            rows = await self.tx.all(_OBJECTS_AT, calendar=calendar, hrefs=some)
            found += [object_of(row, self.tx.vault) for row in rows]
        return found

    async def save_objects(self, *objects: CalendarObject) -> None:
        """Insert or replace events; at one path of a calendar there is one alone."""
        for some in _chunks(objects):
            rows = [object_values(one, self.tx.vault) for one in some]
            await self.tx.run(_SAVE_OBJECTS, rows)

    async def note_events(self, calendar: CalendarId, etags: Mapping[str, str]) -> None:
        """Note the ETags of events that concern no meeting, by path; copies stay as they are."""
        if etags:
            dialect = self.tx.connection.dialect.name
            await self.tx.run(NOTE_EVENTS, noting(calendar, etags, self.tx.clock.now(), dialect))

    async def paths_of_copies(self, calendar: CalendarId) -> frozenset[str]:
        """Return the paths of a calendar's events that are meetings' copies."""
        rows = await self.tx.all(_PATHS_OF_COPIES, calendar=calendar)
        return frozenset(row.href for row in rows)

    async def first_read(self, account: CalendarAccountId) -> int:
        """Return how many events were read of calendars that are being read for the first time."""
        return int(await self.tx.scalar(_FIRST_READ, account=account))

    async def drop_objects(self, objects: Collection[CalendarObjectId]) -> None:
        """Forget events."""
        for some in _chunks(list(objects)):
            await self.tx.run(_DROP_OBJECTS, {"ids": some})

    async def copies_of(self, meeting: MeetingId) -> Sequence[CalendarObject]:
        """Return a meeting's copies, in all calendars."""
        rows = await self.tx.all(_COPIES_OF, meeting=meeting)
        return [object_of(row, self.tx.vault) for row in rows]

    async def uids_of_copies(self, uids: Collection[str]) -> frozenset[str]:
        """Return those of these UIDs that a copy has."""
        found: set[bytes] = set()
        digests = {digest_of(one): one for one in uids}
        for some in _chunks(list(digests)):
            found.update(row.uid_digest for row in await self.tx.all(_UIDS, digests=some))
        return frozenset(digests[one] for one in found)

    async def copy_by_uid(self, uid: str) -> Sequence[CalendarObject]:
        """Return the copies with this UID, the oldest first: they are one meeting's."""
        rows = await self.tx.all(_COPY_BY_UID, digest=digest_of(uid))
        return [object_of(row, self.tx.vault) for row in rows]


def _chunks(of: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (of[first : first + CHUNK] for first in range(0, len(of), CHUNK))


def _added(known: HostTally, row: AnyRow) -> HostTally:
    """Return a host's tally with the accounts of one row, all alike."""
    match row.state:
        case CalendarAccountState.REFUSED:
            return replace(known, refused=known.refused + row.many)
        case CalendarAccountState.GONE:
            return replace(known, gone=known.gone + row.many)
    latest = max(filter(None, (known.ok_at, row.ok_at)), default=None)
    if row.away:
        return replace(known, away=row.many, ok_at=latest)
    return replace(known, well=row.many, ok_at=latest)
