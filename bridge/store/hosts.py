"""Links to the host's page of the door."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from dataclasses import fields as names_of
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from bridge.domain.authority import Membership
from bridge.domain.host import HostLink
from bridge.ids import HostId, OccurrenceId, SalonId
from bridge.store.statements import AnyRow, Query, query, upsert
from bridge.store.tables import hosts, occurrences
from bridge.store.tx import Tx, fields

_LINK = [hosts.c[one.name] for one in names_of(HostLink)]
_REPLACED = [one.name for one in _LINK if one.name not in ("occurrence", "user")]
_ADD = upsert(hosts, "occurrence", "user", replace=[*_REPLACED, "salon"])
_SALON = select(occurrences.c.salon).where(occurrences.c.id == bindparam("id"))
_GET = query(select(*_LINK).where(hosts.c.id == bindparam("id")))
_BY_DIGEST = query(select(*_LINK).where(hosts.c.digest == bindparam("digest")))
_OPEN = update(hosts).where(hosts.c.id == bindparam("by"), hosts.c.session.is_(None))
_of_salon = select(*_LINK).where(hosts.c.salon == bindparam("salon")).order_by(hosts.c.id)
_OF_SALON = Query(_of_salon, _of_salon)
_salons = select(hosts.c.salon).where(hosts.c.salon.is_not(None)).distinct()
_SALONS = Query(_salons, _salons)
_STAND = update(hosts).where(hosts.c.id == bindparam("by"))
_FORGET = delete(hosts).where(hosts.c.occurrence == bindparam("over"))


@dataclass(frozen=True, slots=True)
class HostRows:
    """Implements `bridge.ports.HostLinkRepository`."""

    tx: Tx

    async def add(self, link: HostLink) -> None:
        """Insert a link; it replaces the one that this person had for the same occurrence."""
        salon = await self.tx.scalar(_SALON, id=link.occurrence)
        await self.tx.run(_ADD, {**asdict(link), "salon": salon})

    async def get(self, host: HostId) -> HostLink | None:
        """Return a link."""
        return _link(await self.tx.one(_GET, id=host))

    async def by_digest(self, digest: bytes) -> HostLink | None:
        """Return the link whose code has this digest."""
        return _link(await self.tx.one(_BY_DIGEST, digest=digest))

    async def open(self, host: HostId, session: bytes, now: datetime) -> bool:
        """Bind the link to the browser that opens it; `False` if it is bound to another one."""
        values = {"by": host, "session": session, "opened_at": now}
        return bool(await self.tx.run(_OPEN, values))

    async def of_salon(self, salon: SalonId) -> Sequence[HostLink]:
        """Return the links to meetings of a salon, without locking them."""
        rows = await self.tx.all(_OF_SALON, salon=salon)
        return [HostLink(**fields(row)) for row in rows]

    async def salons(self) -> Sequence[SalonId]:
        """Return the salons to whose meetings there are links."""
        return [row.salon for row in await self.tx.all(_SALONS)]

    async def stand(self, host: HostId, membership: Membership) -> None:
        """Store what the homeserver says now of the membership of a link's holder."""
        values = {"by": host, "present": membership.present, "level": membership.level}
        await self.tx.run(_STAND, values)

    async def forget(self, occurrence: OccurrenceId) -> int:
        """Delete the links of an occurrence; return how many."""
        return await self.tx.run(_FORGET, {"over": occurrence})


def _link(row: AnyRow | None) -> HostLink | None:
    return None if row is None else HostLink(**fields(row))
