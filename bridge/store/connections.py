"""A database as the store sees it, whichever one it is: engines open transactions on it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect, Engine, Executable, ScalarResult

_T = TypeVar("_T")
Values: TypeAlias = Mapping[str, Any]
"""The values of a statement by the names of its parameters."""


class DatabaseConnection(Protocol):
    """One open transaction. Each method may raise DATABASE_ERRORS."""

    @property
    def dialect(self) -> Dialect:
        """Return the database's kind."""
        ...

    async def execute(
        self, statement: Executable, values: Values | Sequence[Values] | None = None, /
    ) -> CursorResult[Any]:
        """Run a statement, once or for many rows; all rows of its answer are there."""
        ...

    async def scalar(self, statement: Executable, values: Values | None = None, /) -> Any:
        """Return the first value of the first row, `None` if there is no row."""
        ...

    async def scalars(
        self, statement: Executable, values: Values | None = None, /
    ) -> ScalarResult[Any]:
        """Return the first value of each row."""
        ...

    async def exec_driver_sql(
        self, statement: str, values: Sequence[Any] | None = None, /
    ) -> CursorResult[Any]:
        """Run a statement in the database's own words."""
        ...

    async def run_sync(self, call: Callable[[Connection], _T], /) -> _T:
        """Run a function that needs SQLAlchemy's own connection, the schema's inspection say."""
        ...


class DatabaseEngine(Protocol):
    """Opens transactions on one database."""

    @property
    def sync_engine(self) -> Engine:
        """Return SQLAlchemy's own engine, whose events tell of every statement."""
        ...

    def begin(self, *, long: bool = False) -> AbstractAsyncContextManager[DatabaseConnection]:
        """Begin a transaction; leaving the block without an error commits it.

        `long`: its statements may take more than a millisecond, so they may not hold up the loop.
        """
        ...

    def version(self) -> int | None:
        """Return a number that every commit of any process changes; `None`: nobody counts them."""
        ...

    async def dispose(self) -> None:
        """Close all connections."""
        ...
