"""Agents say whether they come: the card counts, and `participants` names."""

import pytest
import pytest_asyncio

from bridge.ids import EventId
from tests.services.house import HOUR
from tests.unit.bot.office import ALICE, BOB, PAUL, Office

LEA = "lea@partenaire.example"


@pytest_asyncio.fixture(loop_scope="session")
async def planned(office: Office) -> Office:
    """An office where Alice has planned a meeting, with a guest and with Bob."""
    await office.says(f'!visio demain 14h "Budget" avec {LEA}, {BOB}', "ask")
    return office


def shown(office: Office) -> str:
    """Return the card as the salon sees it now."""
    return next(one for one in office.bodies() if "État : " in one)


async def card(office: Office) -> EventId:
    found = (await office.house.of())[1].card
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "key", "answer", "counted"),
    [
        ("présent", "👍", "vous venez à", "1 oui"),
        ("présent", "👍🏽", "vous venez à", "1 oui"),
        ("peut-être", "❓", "vous venez peut-être à", "1 peut-être"),
        ("absent", "👎", "vous ne venez pas à", "1 non"),
    ],
)
async def test_by_a_line_and_by_a_reaction(planned: Office, line, key, answer, counted):
    (told,) = await planned.says(f"!visio {line}", "line", sender=BOB)
    assert answer in told.body
    assert counted in shown(planned)
    said = len(planned.account.sent)
    await planned.reacts(await card(planned), key, "r", sender=ALICE)
    assert counted.replace("1", "2") in shown(planned)
    assert all(one.edits for one in planned.account.sent[said:]), "the card says it"


async def test_the_last_answer_counts(planned: Office):
    for event, line in enumerate(("présent", "absent", "peut-être", "présent", "présent")):
        await planned.says(f"!visio {line}", f"e{event}", sender=BOB)
    assert "Réponses : 1 oui" in shown(planned)


async def test_everybody_is_named_and_who_has_not_answered(planned: Office):
    await planned.says("!visio présent", "bob", sender=BOB)
    await planned.says("!visio absent", "alice")
    (told,) = await planned.says("!visio participants", "who")
    first, *rows = told.body.splitlines()
    assert first.startswith("Participants de « Budget »")
    assert [row.partition(" : ")[0] for row in rows] == [
        "- viennent",
        "- ne viennent pas",
        "- n’ont pas répondu",
    ]
    assert LEA in rows[-1]


async def test_other_people_s_answers_do_not_count(planned: Office):
    await planned.reacts(await card(planned), "👍", "paul", sender=PAUL)
    (refusal,) = await planned.says("!visio présent", "line", sender=PAUL)
    assert "Seuls les agents" in refusal.body
    assert "Réponses" not in shown(planned)


async def test_of_a_meeting_that_is_over_nothing_is_kept(planned: Office):
    planned.house.clock.forward(48 * HOUR)
    await planned.reacts(await card(planned), "👍", "late", sender=BOB)
    (refusal,) = await planned.says("!visio présent", "line", reply_to=await card(planned))
    assert "est passée" in refusal.body
    async with planned.house.store.reading() as work:
        _, occurrence = await planned.house.of()
        assert await work.answers.of_occurrence(occurrence.id) == []
