"""Salons' settings and the agents who used Parvis."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from bridge.domain.agent import Agent, Identity
from bridge.domain.salon import Salon
from bridge.ids import SalonId, UserId
from bridge.store.statements import Query, insert, query, upsert
from bridge.store.tables import agents, salons
from bridge.store.tx import Tx, fields

_SALON = query(select(salons).where(salons.c.id == bindparam("id")))
_SAVE_SALON = upsert(salons, "id", replace=[one.name for one in salons.c if one.name != "id"])
_GIVE_SALON = insert(salons, unless="id")
_DROP_SALON = delete(salons).where(salons.c.id == bindparam("old"))
_AGENT = query(select(agents).where(agents.c.user == bindparam("user")))
_SAVE_AGENT = upsert(agents, "user", replace=["name", "email", "method", "seen_at"])
_ADD_AGENT = insert(agents, unless="user")
_ZONE = update(agents).where(agents.c.user == bindparam("whose"))
_zones = select(agents.c.user, agents.c.zone).where(
    agents.c.user.in_(bindparam("users", expanding=True)), agents.c.zone.is_not(None)
)
_ZONES = Query(_zones, _zones)
_ZONE_OF = select(agents.c.zone).where(agents.c.user == bindparam("user"))


@dataclass(frozen=True, slots=True)
class SalonRows:
    """Implements `bridge.ports.SalonRepository`; a field of `Salon` is a column of its name."""

    tx: Tx

    async def get(self, salon: SalonId) -> Salon | None:
        """Return a salon's settings, `None` before anything was set."""
        row = await self.tx.one(_SALON, id=salon)
        return None if row is None else Salon(**fields(row))

    async def save(self, salon: Salon) -> None:
        """Keep a salon's settings."""
        await self.tx.run(_SAVE_SALON, asdict(salon))

    async def moved(self, old: SalonId, new: SalonId) -> None:
        """Give a salon's settings to the salon that replaces it, unless it has its own."""
        settings = await self.get(old)
        if settings is None:
            return
        await self.tx.run(_GIVE_SALON, asdict(replace(settings, id=new)))
        await self.tx.run(_DROP_SALON, {"old": old})


@dataclass(frozen=True, slots=True)
class AgentRows:
    """Implements `bridge.ports.AgentRepository`."""

    tx: Tx

    async def get(self, user: UserId) -> Agent | None:
        """Return an agent who was seen before."""
        row = await self.tx.one(_AGENT, user=user)
        if row is None:
            return None
        identity = None if row.email is None else Identity(row.email, row.method)
        return Agent(
            user=row.user, name=row.name, identity=identity, seen_at=row.seen_at, zone=row.zone
        )

    async def save(self, agent: Agent) -> None:
        """Insert or replace an agent's row."""
        await self.tx.run(_SAVE_AGENT, _values(agent))

    async def add(self, agent: Agent) -> None:
        """Insert an agent's row, unless there is one, which is not locked."""
        await self.tx.run(_ADD_AGENT, _values(agent))

    async def zone(self, user: UserId) -> str | None:
        """Return the zone that an agent chose, without locking their row."""
        found: str | None = await self.tx.scalar(_ZONE_OF, user=user)
        return found

    async def zones(self, users: Collection[UserId]) -> Mapping[UserId, str]:
        """Return the zones that agents chose, for those who did."""
        rows = await self.tx.all(_ZONES, users=sorted(users))
        return {row.user: row.zone for row in rows}

    async def choose_zone(self, user: UserId, zone: str | None) -> None:
        """Keep the zone in which an agent reads times."""
        await self.tx.run(_ZONE, {"whose": user, "zone": zone})


def _values(agent: Agent) -> dict[str, Any]:
    identity = agent.identity
    return {
        "user": agent.user,
        "name": agent.name,
        "email": None if identity is None else identity.email,
        "method": None if identity is None else identity.method,
        "seen_at": agent.seen_at,
        "zone": agent.zone,
    }
