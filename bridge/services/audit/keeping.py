"""Links records soon after they were noted, writes the chain's end down, deletes old ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bridge.domain.audit import Head, month_of
from bridge.ports.audit import AuditKeeper, HeadKeeper

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditUpkeep:
    """The periodic tasks of the audit; a repeat of each is harmless."""

    keeper: AuditKeeper
    heads: Sequence[HeadKeeper]
    """The places that get the chain's end, besides our log."""
    keep: timedelta
    """The age at which records are deleted."""
    forget_after: timedelta
    """How long a month's salt outlives the month."""

    async def link(self, now: datetime) -> None:
        """Link the records that wait."""
        await self.keeper.chain(now)

    async def anchor(self, now: datetime) -> None:
        """Write the chain's end down, in our log and in the operator's places.

        A place that takes nothing now is reported, and gets the next one.
        """
        await self.keeper.prepare(now)
        await self.keeper.chain(now)
        head = await self.keeper.head(now)
        if head is None:
            return
        log.info("audit.head", position=head.position, link=head.link.hex())
        for place in self.heads:
            await _keep(place, head)

    async def retain(self, now: datetime) -> None:
        """Delete records and salts that are past their retention."""
        cut = await self.keeper.cut(now - self.keep, now)
        forgotten = await self.keeper.forget(month_of(now - self.forget_after), now)
        if cut or forgotten:
            log.info("audit.retained", deleted=cut, months=forgotten)


async def _keep(place: HeadKeeper, head: Head) -> None:
    try:
        await place.keep(head)
    except OSError as error:
        log.warning("audit.head_lost", place=type(place).__name__, reason=error.strerror)
