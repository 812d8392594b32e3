"""Links to the page on which agents link their calendars."""

from dataclasses import asdict, dataclass

from sqlalchemy import bindparam, delete, select, update

from bridge.domain.calendar_link import CalendarLink
from bridge.ids import CalendarLinkId
from bridge.store.statements import AnyRow, insert, query
from bridge.store.tables import calendar_links
from bridge.store.tx import Tx, fields

_REPLACE = delete(calendar_links).where(
    calendar_links.c.owner == bindparam("whose"), calendar_links.c.used_at.is_(None)
)
_ADD = insert(calendar_links)
_GET = query(select(calendar_links).where(calendar_links.c.id == bindparam("id")))
_BY_DIGEST = query(select(calendar_links).where(calendar_links.c.digest == bindparam("digest")))
_SAVE = update(calendar_links).where(calendar_links.c.id == bindparam("saved"))


@dataclass(frozen=True, slots=True)
class CalendarLinkRows:
    """Implements `bridge.ports.CalendarLinkRepository`; a field is a column of its name."""

    tx: Tx

    async def add(self, link: CalendarLink) -> None:
        """Insert a link; those that its owner had and didn't use are gone."""
        await self.tx.run(_REPLACE, {"whose": link.owner})
        await self.tx.run(_ADD, asdict(link))

    async def get(self, link: CalendarLinkId) -> CalendarLink | None:
        """Return a link, locked."""
        return _link(await self.tx.one(_GET, id=link))

    async def by_digest(self, digest: bytes) -> CalendarLink | None:
        """Return the link whose code has this digest, locked."""
        return _link(await self.tx.one(_BY_DIGEST, digest=digest))

    async def save(self, link: CalendarLink) -> None:
        """Replace a link's row."""
        await self.tx.run(_SAVE, {"saved": link.id, **asdict(link)})


def _link(row: AnyRow | None) -> CalendarLink | None:
    return None if row is None else CalendarLink(**fields(row))
