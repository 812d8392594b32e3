"""Notes thousands of events' ETags by one statement for a part of them.

A calendar's first reading stores a row for each event. Passed as rows, SQLAlchemy's work for each
costs five times the database's, so the events travel as one JSON object, and the database makes
their ids: UUIDv7, as `bridge.ids.uuid7` makes them.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite

from bridge.ids import CalendarId, uuid7
from bridge.store.statements import AnyInsert, Insert
from bridge.store.tables import calendar_objects

_COLUMNS = ("id", "calendar", "href", "etag", "base", "writes", "wrote")
_HEAD = 15
"""Characters of an id that its time and its version take, as in `019aec0d-1234-7`."""
_begin = bindparam("begin", type_=Text)


def _sqlite_id() -> ColumnElement[Any]:
    """Return an id of 32 hexadecimal digits: `8` is the variant of all UUIDs."""
    return _begin + _random(3) + literal_column("'8'", Text) + _random(15)


def _random(digits: int) -> ColumnElement[Any]:
    blob = func.randomblob(literal_column(str(digits // 2 + 1)))
    return func.substr(func.lower(func.hex(blob)), 1, digits, type_=Text)


def _made(dialect: str) -> AnyInsert:
    etags = bindparam("etags", type_=Text)
    if dialect == "sqlite":
        told = func.json_each(etags).table_valued("key", "value")
        identity = _sqlite_id()
        fresh: Any = sqlite.insert(calendar_objects)
        nothing: ColumnElement[Any] = literal_column("'{}'")
    else:
        told = func.json_each_text(cast(etags, JSON)).table_valued("key", "value")
        random = func.substr(cast(func.gen_random_uuid(), Text), _HEAD + 1)
        identity = cast(_begin + random, Uuid)
        fresh = postgresql.insert(calendar_objects)
        nothing = cast(literal_column("'{}'"), JSON)
    rows = select(
        identity,
        bindparam("calendar", type_=calendar_objects.c.calendar.type),
        told.c.key,
        told.c.value,
        nothing,
        literal_column("0"),
        literal_column("''"),
    ).where(true())  # SQLite takes ON CONFLICT for a part of a FROM without WHERE
    inserting = fresh.from_select(_COLUMNS, rows)
    made: AnyInsert = inserting.on_conflict_do_update(
        index_elements=["calendar", "href"],
        set_={"etag": inserting.excluded.etag, "gone_at": null()},
        where=calendar_objects.c.meeting.is_(None),
    )
    return made


NOTE_EVENTS = Insert({dialect: _made(dialect) for dialect in ("sqlite", "postgresql")})
"""Leaves meetings' copies as they are."""


def noting(
    calendar: CalendarId, etags: Mapping[str, str], now: datetime, dialect: str
) -> dict[str, Any]:
    """Return the values of that statement."""
    head = str(uuid7(now))[:_HEAD]
    begin = head.replace("-", "") if dialect == "sqlite" else head
    return {"calendar": calendar, "etags": json.dumps(dict(etags)), "begin": begin}
