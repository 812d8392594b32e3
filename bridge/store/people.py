"""Salons' settings and the agents who used Parvis."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from bridge.domain.agent import Agent, Identity
from bridge.domain.salon import Salon
from bridge.ids import SalonId, UserId
from bridge.store.tables import agents, salons
from bridge.store.tx import Tx, fields


@dataclass(frozen=True, slots=True)
class SalonRows:
    """Implements `bridge.ports.Salons`."""

    tx: Tx

    async def get(self, salon: SalonId) -> Salon | None:
        """Return a salon's settings, `None` before anything was set."""
        row = await self.tx.one(select(salons).where(salons.c.id == salon))
        return None if row is None else Salon(**fields(row))

    async def save(self, salon: Salon) -> None:
        """Keep a salon's settings."""
        values = {"language": salon.language, "zone": salon.zone, "level": salon.level}
        insert = self.tx.insert(salons).values(id=salon.id, **values)
        await self.tx.run(insert.on_conflict_do_update(index_elements=["id"], set_=values))

    async def moved(self, old: SalonId, new: SalonId) -> None:
        """Give a salon's settings to the salon that replaces it, unless it has its own."""
        settings = await self.get(old)
        if settings is None:
            return
        values = {"language": settings.language, "zone": settings.zone, "level": settings.level}
        insert = self.tx.insert(salons).values(id=new, **values)
        await self.tx.run(insert.on_conflict_do_nothing(index_elements=["id"]))
        await self.tx.run(delete(salons).where(salons.c.id == old))


@dataclass(frozen=True, slots=True)
class AgentRows:
    """Implements `bridge.ports.Agents`."""

    tx: Tx

    async def get(self, user: UserId) -> Agent | None:
        """Return an agent who was seen before."""
        row = await self.tx.one(select(agents).where(agents.c.user == user))
        if row is None:
            return None
        identity = None if row.email is None else Identity(row.email, row.method)
        return Agent(user=row.user, name=row.name, identity=identity, seen_at=row.seen_at)

    async def save(self, agent: Agent) -> None:
        """Insert or replace an agent's row."""
        identity = agent.identity
        values = {
            "name": agent.name,
            "email": None if identity is None else identity.email,
            "method": None if identity is None else identity.method,
            "seen_at": agent.seen_at,
        }
        insert = self.tx.insert(agents).values(user=agent.user, **values)
        await self.tx.run(insert.on_conflict_do_update(index_elements=["user"], set_=values))
