"""The name by which guests know an agent."""

import pytest

from bridge.domain.agent import Agent, Identity, Method
from bridge.services.people import AgentNames, spoken
from tests.services.house import ALICE, START, House


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("Alice Martin [Dinum]", "Alice Martin"),
        ("Alice Martin", "Alice Martin"),
        ("Alice [x] Martin [Dinum]", "Alice"),
        ("[Dinum]", "[Dinum]"),
        (" [Dinum]", " [Dinum]"),
        ("", ""),
    ],
)
def test_what_tchap_adds_is_left_out(shown: str, said: str):
    assert spoken(shown) == said


async def test_an_agent_is_called_by_the_name_last_seen_and_never_by_an_address(house: House):
    names = AgentNames(house.store)
    assert await names.name(ALICE) == ""
    identity = Identity("alice@beta.gouv.fr", Method.MAP)
    async with house.store() as work:
        await work.agents.save(
            Agent(user=ALICE, name="Alice Martin [Dinum]", identity=identity, seen_at=START)
        )
    assert await names.name(ALICE) == "Alice Martin"
