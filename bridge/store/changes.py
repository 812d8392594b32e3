"""Changes of meetings, with what they replaced."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from bridge.domain.change import Change, Former
from bridge.domain.series import Series
from bridge.ids import ActorId, MeetingId, OccurrenceId
from bridge.store.series import series_of, series_values
from bridge.store.statements import AnyRow, Query, insert
from bridge.store.tables import changes
from bridge.store.tx import Tx, fields

_ADD = insert(changes, unless="source")
_last_of = (
    select(changes)
    .where(changes.c.meeting == bindparam("meeting"), changes.c.at >= bindparam("since"))
    .order_by(changes.c.at.desc(), changes.c.id.desc())
    .limit(20)
)
_LAST_OF = Query(_last_of, _last_of)
_last_by = (
    select(changes)
    .where(changes.c.by == bindparam("by"), changes.c.at >= bindparam("since"))
    .order_by(changes.c.at.desc(), changes.c.id.desc())
    .limit(20)
)
_LAST_BY = Query(_last_by, _last_by)
_SAVE = update(changes).where(changes.c.id == bindparam("saved"))


@dataclass(frozen=True, slots=True)
class ChangeRows:
    """Implements `bridge.ports.ChangeRepository`."""

    tx: Tx

    async def add(self, change: Change) -> bool:
        """Insert a change, once per cause; tell whether inserted."""
        values = {
            "id": change.id,
            "meeting": change.meeting,
            "kind": change.kind,
            "by": change.by,
            "at": change.at,
            "source": change.source,
            "title": change.title,
            "before": _written(change),
            "restored_at": change.restored_at,
        }
        return bool(await self.tx.run(_ADD, values))

    async def last_of(self, meeting: MeetingId, *, since: datetime) -> list[Change]:
        """Return a meeting's last changes since a moment, the last first."""
        return [_change(row) for row in await self.tx.all(_LAST_OF, meeting=meeting, since=since)]

    async def last_by(self, by: ActorId, *, since: datetime) -> list[Change]:
        """Return an actor's last changes since a moment, the last first."""
        return [_change(row) for row in await self.tx.all(_LAST_BY, by=by, since=since)]

    async def restored(self, change: Change, now: datetime) -> None:
        """Record that a change was taken back."""
        await self.tx.run(_SAVE, {"saved": change.id, "restored_at": now})


def _written(change: Change) -> dict[str, Any]:
    return {
        "dates": [_former(one) for one in change.before],
        "added": [str(one) for one in change.added],
        "series": None if change.series is None else _rule(change.series),
    }


def _former(one: Former) -> list[str | int | None]:
    times = one.start.isoformat(), one.end.isoformat(), one.wall.isoformat()
    original = None if one.original is None else one.original.isoformat()
    return [str(one.occurrence), *times, original, one.title, one.sequence]


def _rule(series: Series) -> dict[str, Any]:
    values = series_values(series)
    texts = {"meeting": str(series.meeting), "start": series.start.isoformat()}
    until = series.closed_until
    return {**values, **texts, "closed_until": None if until is None else until.isoformat()}


def _read_former(written: list[Any]) -> Former:
    of, start, end, wall, original, title, sequence = written
    return Former(
        occurrence=OccurrenceId(UUID(of)),
        start=datetime.fromisoformat(start),
        end=datetime.fromisoformat(end),
        wall=datetime.fromisoformat(wall),
        original=None if original is None else datetime.fromisoformat(original),
        title=title,
        sequence=sequence,
    )


def _read_rule(written: dict[str, Any]) -> Series:
    until = written["closed_until"]
    moments = {
        "meeting": MeetingId(UUID(written["meeting"])),
        "start": datetime.fromisoformat(written["start"]),
        "closed_until": None if until is None else datetime.fromisoformat(until),
    }
    return series_of({**written, **moments})


def _change(row: AnyRow) -> Change:
    of = fields(row)
    kept = of["before"]
    series = kept["series"]
    replaced = {
        "before": tuple(_read_former(one) for one in kept["dates"]),
        "added": tuple(OccurrenceId(UUID(one)) for one in kept["added"]),
        "series": None if series is None else _read_rule(series),
    }
    return Change(**{**of, **replaced})
