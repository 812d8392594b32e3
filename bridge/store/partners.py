"""Partners and their agreements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from pydantic import TypeAdapter
from sqlalchemy import bindparam, select

from bridge.domain.partner import Issuer, Partner
from bridge.store.statements import AnyRow, Query, query, upsert
from bridge.store.tables import partners
from bridge.store.tx import Tx
from bridge.store.vault import Vault

_TERMS: TypeAdapter[Partner] = TypeAdapter(Partner)
_PUT = upsert(partners, "issuer", replace=["label", "terms", "changed_at"])
_GET = query(select(partners).where(partners.c.issuer == bindparam("issuer")))
_all = select(partners).order_by(partners.c.label, partners.c.issuer)
_ALL = Query(_all, _all)


@dataclass(frozen=True, slots=True)
class PartnerRows:
    """Implements `bridge.ports.PartnerRepository`."""

    tx: Tx

    async def put(self, partner: Partner, now: datetime) -> bool:
        """Insert or replace a partner; tell whether it is new."""
        known = await self.tx.one(_GET, issuer=partner.issuer)
        sealed = self.tx.vault.seal(_TERMS.dump_json(partner), _place(partner.issuer))
        values = {
            "issuer": partner.issuer,
            "label": partner.label,
            "terms": sealed,
            "added_at": now,
            "changed_at": now,
        }
        await self.tx.run(_PUT, values)
        return known is None

    async def get(self, issuer: Issuer) -> Partner | None:
        """Return a partner, whatever its agreement says now."""
        row = await self.tx.one(_GET, issuer=issuer)
        return None if row is None else _partner(row, self.tx.vault)

    async def all(self) -> Sequence[Partner]:
        """Return all partners, by their labels."""
        return [_partner(row, self.tx.vault) for row in await self.tx.all(_ALL)]


def _place(issuer: str) -> str:
    return f"partners.terms:{issuer}"


def _partner(row: AnyRow, vault: Vault) -> Partner:
    return _read(vault.open(row.terms, _place(row.issuer)))


@lru_cache(maxsize=256)
def _read(terms: bytes) -> Partner:
    """Read an agreement; each exchange asks twice for the same one, which never changes itself."""
    return _TERMS.validate_json(terms)
