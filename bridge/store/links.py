"""Links by the key file from which they derive, for when a key file was replaced."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, or_, select, union, update

from bridge.domain.audit import AuditFact, AuditKind
from bridge.ids import InvitationId, OccurrenceId
from bridge.store.audit import AuditRows
from bridge.store.covering import COVERS
from bridge.store.statements import AnySelect
from bridge.store.tables import calendar_links, feeds, hosts, invitations, occurrences
from bridge.store.tx import Begin
from bridge.store.types import Moment

_keys: BindParameter[Any] = bindparam("keys", expanding=True)
_living = invitations.c.revoked_at.is_(None)
# These statements read whole tables: they run once, after a key file was replaced.
_IN_USE = union(*(select(table.c.key) for table in (invitations, hosts, calendar_links, feeds)))
_NEWEST: AnySelect = (
    select(invitations.c.id, invitations.c.number, invitations.c.digest)
    .where(invitations.c.key == bindparam("key"))
    .order_by(invitations.c.id.desc())
    .limit(1)
)
_OPEN = (
    select(occurrences.c.id)
    .join_from(occurrences, invitations, COVERS)
    .where(invitations.c.key.in_(_keys), _living)
    .where(
        or_(
            occurrences.c.ends_at > bindparam("after", type_=Moment),
            invitations.c.until > bindparam("after", type_=Moment),
        )
    )
    .distinct()
)
_WITHDRAW = update(invitations).where(invitations.c.key.in_(_keys), _living)
_DROP = delete(hosts).where(hosts.c.key.in_(_keys))
_DROP_CALENDARS = delete(calendar_links).where(calendar_links.c.key.in_(_keys))
_DROP_FEEDS = delete(feeds).where(feeds.c.key.in_(_keys))


@dataclass(frozen=True, slots=True)
class Sample:
    """One link, to check whether a given key made it."""

    invitation: InvitationId
    number: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class LinkKeys:
    """Reads and withdraws links by their key; each method is a transaction of its own."""

    begin: Begin

    async def in_use(self) -> set[str]:
        """Return the ids of all keys from which links in the database derive."""
        async with self.begin(writing=False, long=True) as tx:
            return set((await tx.connection.scalars(_IN_USE)).all())

    async def sample(self, key: str) -> Sample | None:
        """Return the newest link of a key, `None` if it has none."""
        async with self.begin(writing=False, long=True) as tx:
            row = (await tx.connection.execute(_NEWEST, {"key": key})).one_or_none()
        return None if row is None else Sample(row.id, row.number, row.digest)

    async def open_with(self, keys: Collection[str], after: datetime) -> Sequence[OccurrenceId]:
        """Return occurrences that guests may still enter after that moment by these keys' links."""
        async with self.begin(writing=False, long=True) as tx:
            values = {"keys": sorted(keys), "after": after}
            return (await tx.connection.scalars(_OPEN, values)).all()

    async def withdraw(self, keys: Collection[str], now: datetime) -> int:
        """Withdraw all links of these keys at once.

        Return how many were guests', hosts' and feeds'.
        """
        async with self.begin(long=True) as tx:
            guests = await tx.run(_WITHDRAW, {"keys": sorted(keys), "revoked_at": now})
            if guests:
                said = AuditFact(kind=AuditKind.WITHDRAWN, rule="key", detail={"count": guests})
                await AuditRows(tx).note(said)
            await tx.run(_DROP_CALENDARS, {"keys": sorted(keys)})
            others = [await tx.run(one, {"keys": sorted(keys)}) for one in (_DROP, _DROP_FEEDS)]
            return guests + sum(others)
