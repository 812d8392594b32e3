"""Agents as people from outside may know them."""

from dataclasses import dataclass

from bridge.ids import UserId
from bridge.ports import UnitsOfWork


@dataclass(frozen=True, slots=True)
class AgentNames:
    """The names agents show, as last seen; never an address (`admissions.People`)."""

    works: UnitsOfWork

    async def name(self, user: UserId) -> str:
        """Return the agent's name without Tchap's ` [Org]`, empty when none was seen."""
        async with self.works.reading() as work:
            agent = await work.agents.get(user)
        return "" if agent is None else spoken(agent.name)


def spoken(name: str) -> str:
    """Return a Tchap display name as one says it: what follows ` [` is decoration."""
    return name.partition(" [")[0].strip() or name
