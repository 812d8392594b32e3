"""After a key rotation: re-encrypts stored values under the new key, so that the old one can go."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, bindparam, select, update

from bridge.store.statements import AnySelect, query
from bridge.store.tables import metadata
from bridge.store.tx import Begin, Tx
from bridge.store.types import SEALED

_BATCH = 200


def _sealed() -> Iterator[tuple[Column[Any], Column[Any]]]:
    """Return each column that names a sealed value's context, and the value's own."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if SEALED in column.info:
                (first, *_) = table.primary_key.columns
                name = column.info[SEALED]
                yield (table.columns[name] if name else first), column


async def reseal(begin: Begin) -> int:
    """Re-encrypt every value that is not under the current key; return how many.

    It works in small transactions, beside a running process; after an interruption, run it again.
    """
    changed = 0
    for name, value in _sealed():
        last: Any = None
        while True:
            async with begin(long=True) as tx:
                rows = await tx.all(query(_some(name, value, last)))
                for row in rows:
                    changed += await _reseal(tx, (name, value), row[0], row[1])
            if len(rows) < _BATCH:
                break
            last = rows[-1][0]
    return changed


def _some(name: Column[Any], value: Column[Any], last: object) -> AnySelect:
    some = select(name, value).where(value.is_not(None)).order_by(name).limit(_BATCH)
    return some if last is None else some.where(name > last)


async def _reseal(tx: Tx, columns: tuple[Column[Any], Column[Any]], key: Any, sealed: bytes) -> int:
    name, value = columns
    if tx.vault.is_current(sealed):
        return 0
    place = f"{name.table.name}.{value.name}:{key}"
    again = tx.vault.seal(tx.vault.open(sealed, place), place)
    return await tx.run(
        update(name.table).where(name == bindparam("which")), {"which": key, value.name: again}
    )
