"""A few secrets that must outlive a process: credentials, cross-signing seeds."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select

from bridge.store.statements import upsert
from bridge.store.tables import secrets
from bridge.store.tx import Begin

_GET = select(secrets.c.value).where(secrets.c.name == bindparam("name"))
_PUT = upsert(secrets, "name", replace=["value"])
_FIRST = upsert(secrets, "name", replace=["name"])
"""Keeps the value that is there."""
_DROP = delete(secrets).where(secrets.c.name == bindparam("name"))


@dataclass(frozen=True, slots=True)
class Secrets:
    """Encrypted values by name, without history; each method is a transaction of its own."""

    begin: Begin

    async def get(self, name: str) -> bytes | None:
        """Return a secret. Raises SealBroken."""
        async with self.begin(writing=False) as tx:
            value: bytes | None = await tx.scalar(_GET, name=name)
            return None if value is None else tx.vault.open(value, place_of(name))

    async def put(self, name: str, value: bytes) -> None:
        """Store a secret in place of the one that had this name."""
        async with self.begin() as tx:
            await tx.run(_PUT, {"name": name, "value": tx.vault.seal(value, place_of(name))})

    async def first(self, name: str, value: bytes) -> bytes:
        """Return the secret of this name; without one, `value` becomes it. Raises SealBroken."""
        async with self.begin() as tx:
            await tx.run(_FIRST, {"name": name, "value": tx.vault.seal(value, place_of(name))})
            kept: bytes = await tx.scalar(_GET, name=name)
            return tx.vault.open(kept, place_of(name))

    async def drop(self, name: str) -> None:
        """Delete a secret."""
        async with self.begin() as tx:
            await tx.run(_DROP, {"name": name})


def place_of(name: str) -> str:
    """Return the place of a secret, with which its value is encrypted."""
    return f"secrets.value:{name}"
