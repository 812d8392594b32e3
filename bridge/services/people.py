"""Agents as guests may know them."""

from dataclasses import dataclass

from bridge.ids import UserId
from bridge.ports import UnitsOfWork


@dataclass(frozen=True, slots=True)
class AgentNames:
    """Agents' display names, as last seen; never an address (`arrivals.PeopleNames`)."""

    works: UnitsOfWork

    async def name(self, user: UserId) -> str:
        """Return the agent's name without Tchap's ` [Org]`; empty if we have seen none."""
        async with self.works.reading() as work:
            agent = await work.agents.get(user)
        return "" if agent is None else spoken(agent.name)


def spoken(name: str) -> str:
    """Return a Tchap display name as people say it: the part from ` [` on is decoration."""
    return name.partition(" [")[0].strip() or name
