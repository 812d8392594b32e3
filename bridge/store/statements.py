"""Statements made once, at import: making one costs SQLAlchemy more than running it.

A statement that lives as long as its module keeps its cache key; with its values passed apart from
it, a transaction is two to three times cheaper.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Delete, ReturningInsert, ReturningUpdate, Update

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
AnyTable: TypeAlias = Table[Any]
_Fresh: TypeAlias = sqlite.Insert | postgresql.Insert
AnyInsert: TypeAlias = _Fresh | ReturningInsert[Any]
Changing: TypeAlias = "Update | Delete | Insert"
Returning: TypeAlias = ReturningUpdate[*tuple[Any, ...]]

_DIALECTS: Final[dict[str, Callable[[AnyTable], _Fresh]]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


@dataclass(frozen=True, slots=True)
class Query:
    """A select, and its variant for a transaction that writes."""

    plain: AnySelect
    held: AnySelect


def query(statement: AnySelect) -> Query:
    """Return a select whose rows a writing transaction locks until its end.

    FOR NO KEY UPDATE, so that nobody overwrites a row between our reading and saving it. SQLite has
    only one writer anyway.
    """
    return Query(statement, statement.with_for_update(key_share=True))


def chosen(rows: AnySelect) -> AnySelect:
    """Return a sub-select with a limit, for `IN`, which a statement runs only once.

    PostgreSQL may run a plain one again for each row of the outer table, and its limit then begins
    anew: where locked or changed rows are skipped, the statement would choose all rows.
    """
    made = rows.cte().prefix_with("MATERIALIZED", dialect="postgresql")
    return select(*made.c)


@dataclass(frozen=True, slots=True)
class Insert:
    """An insert in each database's dialect."""

    by_dialect: dict[str, AnyInsert]

    def on(self, dialect: str) -> AnyInsert:
        """Return the statement for a database."""
        return self.by_dialect[dialect]


def insert(
    table: AnyTable, *, unless: str | None = None, returning: ColumnElement[Any] | None = None
) -> Insert:
    """Return an insert; it does nothing if a row already has the same value of `unless`."""

    def made(dialect: str) -> AnyInsert:
        fresh = _DIALECTS[dialect](table).inline()
        made = fresh if unless is None else fresh.on_conflict_do_nothing(index_elements=[unless])
        return made if returning is None else made.returning(returning)

    return Insert({dialect: made(dialect) for dialect in _DIALECTS})


def upsert(
    table: AnyTable,
    *on: str,
    replace: Sequence[str],
    where: ColumnElement[bool] | None = None,
    returning: ColumnElement[Any] | None = None,
) -> Insert:
    """Return an insert that replaces these columns of the row with the same values of `on`."""

    def made(dialect: str) -> AnyInsert:
        fresh = _DIALECTS[dialect](table).inline()
        values = {name: fresh.excluded[name] for name in replace}
        made = fresh.on_conflict_do_update(index_elements=on, set_=values, where=where)
        return made if returning is None else made.returning(returning)

    return Insert({dialect: made(dialect) for dialect in _DIALECTS})
