"""Series: the rules by which meetings come again."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from bridge.domain.series import Recurrence, Series
from bridge.ids import MeetingId
from bridge.store.statements import Query, query, upsert
from bridge.store.tables import series
from bridge.store.tx import Tx, fields

_GET = query(select(series).where(series.c.meeting == bindparam("meeting")))
_several = select(series).where(series.c.meeting.in_(bindparam("meetings", expanding=True)))
_SEVERAL = Query(_several, _several)
_SAVE = upsert(series, "meeting", replace=[one.name for one in series.c if one.name != "meeting"])


@dataclass(frozen=True, slots=True)
class SeriesRows:
    """Implements `bridge.ports.SeriesRepository`."""

    tx: Tx

    async def get(self, meeting: MeetingId) -> Series | None:
        """Return the series of a meeting, `None` for one that takes place once."""
        row = await self.tx.one(_GET, meeting=meeting)
        return None if row is None else series_of(fields(row))

    async def several(self, meetings: Collection[MeetingId]) -> Mapping[MeetingId, Series]:
        """Return the series of those meetings that have one, without locking them."""
        rows = await self.tx.all(_SEVERAL, meetings=sorted(meetings))
        return {row.meeting: series_of(fields(row)) for row in rows}

    async def save(self, series: Series) -> None:
        """Insert or replace the series of a meeting."""
        await self.tx.run(_SAVE, series_values(series))


def series_values(series: Series) -> dict[str, Any]:
    """Return the values of a series' row."""
    recurrence = series.recurrence
    return {
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
    }


def series_of(of: Mapping[str, Any]) -> Series:
    """Return the series with these values."""
    return Series(
        meeting=of["meeting"],
        start=of["start"],
        length=timedelta(seconds=of["length"]),
        zone=of["zone"],
        recurrence=Recurrence(
            rule=of["rule"],
            without=_walls(of["without"]),
            besides=_walls(of["besides"]),
            holidays=of["holidays"],
        ),
        closed=_walls(of["closed"]),
        closed_until=of["closed_until"],
        title=of["title"],
    )


def _texts(walls: Iterable[datetime]) -> list[str]:
    return [one.isoformat() for one in walls]


def _walls(texts: Iterable[str]) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(one) for one in texts)
