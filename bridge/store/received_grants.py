"""The grants that partners gave our people."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import fields as attributes
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from bridge.domain.partner import Issuer
from bridge.domain.received_grant import ReceivedGrant
from bridge.ids import ReceivedGrantId, UserId
from bridge.store.statements import AnyRow, Query, insert, query
from bridge.store.tables import received_grants as table
from bridge.store.tx import Tx, fields
from bridge.store.types import Moment
from bridge.store.vault import Vault

_SEALED = ("link", "token", "title")
_ADD = insert(table)
_SAVE = update(table).where(table.c.id == bindparam("saved"))
_GET = query(select(table).where(table.c.id == bindparam("id")))
_living = select(table).where(table.c.ended_at.is_(None))
_of_partner = _living.where(table.c.partner == bindparam("partner")).order_by(table.c.id)
_OF_PARTNER = query(_of_partner)
_BY_GRANT = query(_of_partner.where(table.c.grant == bindparam("grant")))
_OF_RESOURCE = query(_of_partner.where(table.c.resource_digest == bindparam("digest")))
_of_user = (
    _living.where(table.c.user == bindparam("user"))
    .where(or_(table.c.closes.is_(None), table.c.closes > bindparam("since", type_=Moment)))
    .order_by(table.c.opens, table.c.id)
)
_OF_USER = Query(_of_user, _of_user)


@dataclass(frozen=True, slots=True)
class ReceivedGrantRows:
    """Implements `bridge.ports.ReceivedGrantRepository`."""

    tx: Tx

    async def add(self, received: ReceivedGrant) -> None:
        """Insert a request."""
        await self.tx.run(_ADD, _values(received, self.tx.vault))

    async def save(self, received: ReceivedGrant) -> None:
        """Replace its row."""
        await self.tx.run(_SAVE, {"saved": received.id, **_values(received, self.tx.vault)})

    async def get(self, received: ReceivedGrantId) -> ReceivedGrant | None:
        """Return one, locked."""
        return self._read(await self.tx.one(_GET, id=received))

    async def by_grant(self, partner: Issuer, grant: str) -> ReceivedGrant | None:
        """Return the one with a partner's id of a grant, locked."""
        return self._read(await self.tx.one(_BY_GRANT, partner=partner, grant=grant))

    async def of_resource(self, partner: Issuer, resource: str) -> Sequence[ReceivedGrant]:
        """Return those that are not over for a partner's meeting, locked."""
        digest = _digest(resource)
        return self._all(await self.tx.all(_OF_RESOURCE, partner=partner, digest=digest))

    async def of_partner(self, partner: Issuer) -> Sequence[ReceivedGrant]:
        """Return all of a partner's that are not over, locked."""
        return self._all(await self.tx.all(_OF_PARTNER, partner=partner))

    async def of_user(self, user: UserId, *, since: datetime) -> Sequence[ReceivedGrant]:
        """Return those of one of our people that lead somewhere after a moment."""
        return self._all(await self.tx.all(_OF_USER, user=user, since=since))

    def _all(self, rows: Sequence[AnyRow]) -> Sequence[ReceivedGrant]:
        return [_received(row, self.tx.vault) for row in rows]

    def _read(self, row: AnyRow | None) -> ReceivedGrant | None:
        return None if row is None else _received(row, self.tx.vault)


def _digest(resource: str) -> bytes:
    return hashlib.sha256(resource.encode()).digest()


def _values(received: ReceivedGrant, vault: Vault) -> dict[str, Any]:
    values = {one.name: getattr(received, one.name) for one in attributes(received)}
    hidden = {name: values.pop(name) for name in _SEALED}
    over = received.ended_at is not None
    return {
        **values,
        "resource": vault.seal(received.resource.encode(), _place("resource", received.id)),
        "resource_digest": _digest(received.resource),
        "secrets": None if over else vault.seal_json(hidden, _place("secrets", received.id)),
    }


def _received(row: AnyRow, vault: Vault) -> ReceivedGrant:
    values = fields(row)
    del values["resource_digest"]
    secrets, resource = values.pop("secrets"), values.pop("resource")
    hidden = {} if secrets is None else vault.open_json(secrets, _place("secrets", row.id))
    assert isinstance(hidden, dict)
    opened = vault.open(resource, _place("resource", row.id)).decode()
    return ReceivedGrant(**{**values, **hidden, "resource": opened})


def _place(column: str, received: ReceivedGrantId) -> str:
    return f"received_grants.{column}:{received}"
