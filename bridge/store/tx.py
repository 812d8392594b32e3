"""The open transaction that its repositories share."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from bridge.clock import Clock
from bridge.domain.agenda import Due
from bridge.store.claims import Claimed, InboxRow, OutboxRow, Starter, Taker
from bridge.store.connections import DatabaseConnection, Values
from bridge.store.statements import AnyRow, AnySelect, Changing, Insert, Query, Returning
from bridge.store.vault import Vault

if TYPE_CHECKING:
    from bridge.store.audit import AuditBook


@dataclass(frozen=True, slots=True)
class Changed:
    """The work that a commit left for others."""

    agenda: datetime | None = None
    """The earliest moment that was planned."""
    outbox: bool = False
    inbox: bool = False
    guests: bool = False
    """Something changed that waiting guests' pages show (`bridge.store.touching`)."""
    urgent: tuple[Due, ...] = ()
    """Rows that were planned for this very moment; whichever process is there first runs them."""
    claimed: tuple[Claimed, ...] = ()
    """Rows planned for now that are claimed for this process's engine."""
    taken: tuple[OutboxRow, ...] = ()
    """Messages that are taken for this process's sender."""
    received: tuple[InboxRow, ...] = ()
    """Events that may be handled at once: nothing of their salon waits."""
    finished: frozenset[Due] = frozenset()
    """Rows of the agenda that their own handlers deleted."""

    def __bool__(self) -> bool:
        """Tell whether any listener needs to know."""
        rows = self.claimed or self.taken or self.received or self.finished
        planned = self.agenda is not None
        return planned or self.outbox or self.inbox or self.guests or bool(rows)

    def __or__(self, other: "Changed") -> "Changed":
        """Return both together."""
        moments = [one for one in (self.agenda, other.agenda) if one is not None]
        return Changed(
            agenda=min(moments, default=None),
            outbox=self.outbox or other.outbox,
            inbox=self.inbox or other.inbox,
            guests=self.guests or other.guests,
            urgent=self.urgent + other.urgent,
            claimed=self.claimed + other.claimed,
            taken=self.taken + other.taken,
            received=self.received + other.received,
            finished=self.finished | other.finished,
        )


ChangeListener: TypeAlias = Callable[[Changed], None]


@dataclass(slots=True)
class Tx:
    """An open transaction; repositories are views of it."""

    connection: DatabaseConnection
    vault: Vault = field(repr=False)
    clock: Clock
    writing: bool
    starter: Starter | None = None
    taker: Taker | None = None
    audit: "AuditBook | None" = None
    """`None`: the audit is off."""
    changed: Changed = Changed()
    touched: set[object] = field(default_factory=set)
    """The occurrences, or meetings, for which this transaction has already noted a change."""

    async def run(self, change: Changing, values: Values | Sequence[Values] | None = None) -> int:
        """Execute, for one row of values or many; return how many rows the statement changed."""
        statement = (
            change.on(self.connection.dialect.name) if isinstance(change, Insert) else change
        )
        return (await self.connection.execute(statement, values)).rowcount

    async def changing(self, change: Returning | Insert, values: Values) -> list[AnyRow]:
        """Execute, and return the changed rows."""
        statement = (
            change.on(self.connection.dialect.name) if isinstance(change, Insert) else change
        )
        return list((await self.connection.execute(statement, values)).all())

    async def one(self, query: Query, **values: Any) -> AnyRow | None:
        """Return the only row, or none; a writing transaction locks it until its end."""
        statement = query.held if self.writing else query.plain
        return (await self.connection.execute(statement, values)).one_or_none()

    async def all(self, query: Query, **values: Any) -> list[AnyRow]:
        """Return all rows, locked as in `one`."""
        statement = query.held if self.writing else query.plain
        return list((await self.connection.execute(statement, values)).all())

    async def scalar(self, statement: AnySelect, **values: Any) -> Any:
        """Return the first value of the first row, not locked."""
        return await self.connection.scalar(statement, values)


class Begin(Protocol):
    """Opens transactions, for classes whose every method is one."""

    def __call__(
        self, *, writing: bool = True, long: bool = False
    ) -> AbstractAsyncContextManager[Tx]:
        """Begin one; leaving it without an error commits.

        `long`: its statements may take more than a millisecond (`DatabaseEngine.begin`).
        """
        ...


def fields(row: AnyRow) -> dict[str, Any]:
    """Return a row's values by the names of their columns."""
    return row._asdict()
