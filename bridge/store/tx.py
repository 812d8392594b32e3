"""What the repositories share within one transaction."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Row, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.expression import Executable, Select

from bridge.clock import Clock
from bridge.store.vault import Vault

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
Insert: TypeAlias = "sqlite.Insert | postgresql.Insert"


@dataclass(frozen=True, slots=True)
class Changed:
    """What a commit has left for others to do."""

    agenda: datetime | None = None
    """The earliest moment that was planned."""
    outbox: bool = False
    inbox: bool = False

    def __bool__(self) -> bool:
        """Tell whether anybody needs to know."""
        return self.agenda is not None or self.outbox or self.inbox

    def __or__(self, other: "Changed") -> "Changed":
        """Return both together."""
        moments = [one for one in (self.agenda, other.agenda) if one is not None]
        return Changed(
            agenda=min(moments, default=None),
            outbox=self.outbox or other.outbox,
            inbox=self.inbox or other.inbox,
        )


Listener: TypeAlias = Callable[[Changed], None]


@dataclass(slots=True)
class Tx:
    """An open transaction; repositories are views of it."""

    connection: AsyncConnection
    vault: Vault = field(repr=False)
    clock: Clock
    writing: bool
    changed: Changed = Changed()

    def insert(self, table: Table[Any]) -> Insert:
        """Return an insert that may say what to do on conflict."""
        if self.connection.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)

    async def run(self, statement: Executable) -> int:
        """Execute and return how many rows it touched."""
        return (await self.connection.execute(statement)).rowcount

    async def one(self, statement: AnySelect) -> AnyRow | None:
        """Return the only row, or none.

        In a transaction that writes, the row is held until the end (FOR NO KEY UPDATE): what is
        read to be saved again can't be overwritten between. SQLite has one writer anyway.
        """
        return (await self.connection.execute(self._held(statement))).one_or_none()

    async def all(self, statement: AnySelect) -> list[AnyRow]:
        """Return all rows, held as those of `one`."""
        return list((await self.connection.execute(self._held(statement))).all())

    def _held(self, statement: AnySelect) -> AnySelect:
        return statement.with_for_update(key_share=True) if self.writing else statement


def fields(row: AnyRow) -> dict[str, Any]:
    """Return a row's values by the names of their columns."""
    return row._asdict()


class Begin(Protocol):
    """Opens transactions for those who have one per method."""

    def __call__(self, *, writing: bool = True) -> AbstractAsyncContextManager[Tx]:
        """Begin one; leaving it without an error commits."""
        ...
