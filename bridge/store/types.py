"""Column types whose values are the same in Python and in both databases."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Column, DateTime, Dialect, ForeignKey, LargeBinary, Text, Uuid
from sqlalchemy.types import TypeDecorator

_Word = TypeVar("_Word", bound=StrEnum)


class Moment(TypeDecorator[datetime]):
    """An aware moment with microseconds, stored in UTC.

    SQLite stores no zone: a naive moment would silently be taken for UTC, so it is refused.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; without its zone for SQLite."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment with its zone, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Wall(TypeDecorator[datetime]):
    """A time on the clocks of some zone: naive, with microseconds; the zone is beside it."""

    impl = DateTime()
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the time as it is. Raises ValueError for one with a zone: that is a moment."""
        if value is not None and value.tzinfo is not None:
            raise ValueError(f"a wall time with a zone: {value!r}")
        return value


class Choice(TypeDecorator[_Word], Generic[_Word]):
    """One of a StrEnum's values, stored as its text: a new value needs no migration."""

    impl = Text
    cache_ok = True

    def __init__(self, of: type[_Word]) -> None:
        """Take the enumeration."""
        super().__init__()
        self.of = of

    def process_bind_param(self, value: _Word | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the value's text."""
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> _Word | None:  # noqa: ARG002
        """Return the member. Raises ValueError for a value that only a newer program knows."""
        return None if value is None else self.of(value)


# These makers return Any, because NewTypes of str and UUID are narrower than what SQLAlchemy
# infers: the annotation `Named[SalonId]` beside each column says what it holds.


SEALED = "sealed"
"""The mark of columns whose values a Vault encrypts."""


def words(*, unique: bool = False, primary_key: bool = False) -> Column[Any]:
    """Return a column of text."""
    return Column[Any](Text, unique=unique, primary_key=primary_key)


def uuid(*, primary_key: bool = False) -> Column[Any]:
    """Return a column for a UUID: native on PostgreSQL, 32 hexadecimal digits on SQLite."""
    return Column[Any](Uuid[UUID](), primary_key=primary_key)


def reference(to: str, *, primary_key: bool = False) -> Column[Any]:
    """Return a column that refers to another row and is deleted with it."""
    key = ForeignKey(to, ondelete="CASCADE")
    return Column[Any](Uuid[UUID](), key, primary_key=primary_key)


def moment() -> Column[Any]:
    """Return a column for a moment."""
    return Column[Any](Moment)


def wall() -> Column[Any]:
    """Return a column for a wall time."""
    return Column[Any](Wall)


def sealed(*, named_by: str = "") -> Column[Any]:
    """Return a column for values that a Vault encrypts, each with its place as context.

    A place is `table.column:name`; the name is the value of the column `named_by`, else of the
    primary key.
    """
    return Column[Any](LargeBinary, info={SEALED: named_by})
