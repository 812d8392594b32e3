"""Series: the rules by which meetings come again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from bridge.domain.series import Recurrence, Series
from bridge.ids import MeetingId
from bridge.store.statements import AnyRow, query, upsert
from bridge.store.tables import series
from bridge.store.tx import Tx

_GET = query(select(series).where(series.c.meeting == bindparam("meeting")))
_SAVE = upsert(series, "meeting", replace=[one.name for one in series.c if one.name != "meeting"])


@dataclass(frozen=True, slots=True)
class SeriesRows:
    """Implements `bridge.ports.SeriesRepository`."""

    tx: Tx

    async def get(self, meeting: MeetingId) -> Series | None:
        """Return the series of a meeting, `None` for one that takes place once."""
        row = await self.tx.one(_GET, meeting=meeting)
        return None if row is None else _series(row)

    async def save(self, series: Series) -> None:
        """Insert or replace the series of a meeting."""
        recurrence = series.recurrence
        await self.tx.run(
            _SAVE,
            {
                "meeting": series.meeting,
                "start": series.start,
                "length": int(series.length.total_seconds()),
                "zone": series.zone,
                "rule": recurrence.rule,
                "without": _texts(recurrence.without),
                "besides": _texts(recurrence.besides),
                "holidays": recurrence.holidays,
                "closed": _texts(series.closed),
                "closed_until": series.closed_until,
                "title": series.title,
            },
        )


def _series(row: AnyRow) -> Series:
    return Series(
        meeting=row.meeting,
        start=row.start,
        length=timedelta(seconds=row.length),
        zone=row.zone,
        recurrence=Recurrence(
            rule=row.rule,
            without=_walls(row.without),
            besides=_walls(row.besides),
            holidays=row.holidays,
        ),
        closed=_walls(row.closed),
        closed_until=row.closed_until,
        title=row.title,
    )


def _texts(walls: Iterable[datetime]) -> list[str]:
    return [one.isoformat() for one in walls]


def _walls(texts: Iterable[str]) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(one) for one in texts)
