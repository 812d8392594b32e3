"""The card counts who comes, of those who are still invited."""

import pytest_asyncio

from bridge.domain.answer import Answer
from bridge.services.answers import answer
from tests.unit.bot.office import BOB, Office


@pytest_asyncio.fixture(loop_scope="session")
async def met(office: Office) -> Office:
    await office.says("!visio 12h Budget", "ask")
    await office.says("!visio inviter lea@partenaire.example, noe@partenaire.example", "invite")
    return office


def counted(office: Office) -> list[str]:
    """Return the line of each card that was shown since."""
    lines = [line for body in office.bodies() for line in body.split("\n")]
    return [line for line in lines if line.startswith("Réponses")]


async def replied(office: Office) -> None:
    """Have both guests and an agent answer."""
    house = office.house
    lea, noe = await house.guests()
    async with house.store() as work:
        _, occurrence = await house.of()
        now = house.tools.now()
        await answer(work, occurrence, lea.id, Answer.YES, now)
        await answer(work, occurrence, noe.id, Answer.NO, now)
        await answer(work, occurrence, BOB, Answer.YES, now)
    await office.flush()


async def test_a_change_shows_at_once(met: Office):
    await replied(met)
    assert counted(met)[-1] == "Réponses : 2 oui, 1 non"


async def test_who_is_not_invited_any_more_does_not_count(met: Office):
    await replied(met)
    await met.says("!visio retirer noe@partenaire.example", "gone")
    await met.flush()
    assert counted(met)[-1] == "Réponses : 2 oui"
