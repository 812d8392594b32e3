"""In a direct message one hears of one's own meetings: while nobody else is there."""

from bridge.ids import SalonId
from tests.unit.bot.office import ALICE, BOB, SALON, Office

HERE = SalonId("!typed-here:agent.tchap")


async def test_answers_stay_where_the_two_are(office: Office):
    await office.says("!visio Budget")
    office.account.enter(HERE, [ALICE], direct=True)
    (answer,) = await office.says("!visio liste", "b", salon=HERE)
    assert (answer.salon, "Budget" in answer.body) == (HERE, True)
    assert answer.content["m.relates_to"] == {"m.in_reply_to": {"event_id": "$b"}}


async def test_a_third_person_came_before_the_answer_left(office: Office):
    await office.says("!visio Budget")
    office.account.enter(HERE, [ALICE], direct=True)
    for number, line in enumerate(("!visio liste", "!visio lien", "!visio invités")):
        await office.record(office.line(line, f"l{number}", salon=HERE))
    await office.handle()
    office.account.enter(HERE, [ALICE, BOB])
    await office.flush()
    assert office.bodies(HERE) == []
    assert len(office.private(ALICE)) == 3
    assert all("m.relates_to" not in one.content for one in office.account.sent[-3:])


async def test_with_a_third_person_it_is_a_salon_like_others(office: Office):
    await office.says("!visio Budget")
    office.account.enter(HERE, [ALICE, BOB])
    (answer,) = await office.says("!visio liste", "b", salon=HERE)
    assert answer.salon == HERE
    assert "Budget" not in answer.body
    (answer,) = await office.says("!visio lien", "c", salon=HERE)
    assert "https://" not in answer.body


async def test_who_has_left_it_since_is_not_alone_there(office: Office):
    """Their line is read late, and somebody else is there with us."""
    await office.says("!visio Budget")
    office.account.enter(HERE, [BOB], direct=True)
    await office.says("!visio liste", "b", salon=HERE)
    assert not any("Budget" in body for body in office.bodies(HERE))


async def test_of_several_meetings_all_links_are_told(office: Office):
    """No card is here to reply to."""
    await office.says("!visio demain 9h Matin", "a")
    await office.says("!visio demain 14h Soir", "b")
    office.account.enter(HERE, [ALICE], direct=True)
    (answer,) = await office.says("!visio lien", "c", salon=HERE)
    rows = answer.body.splitlines()[1:]
    assert [row[2:7].strip(", ") for row in rows] == ["Matin", "Soir"]
    assert all("https://" in row for row in rows)
    (answer,) = await office.says("!visio terminer", "d", salon=HERE)
    assert answer.body.startswith("De quelle réunion s’agit-il ? Dans le salon de cette réunion,")


async def test_no_meeting_of_the_salon_is_told_alone(office: Office):
    await office.says("!visio Budget")
    (answer,) = await office.says("!visio lien", "b", sender=BOB)
    assert answer.salon == SALON
