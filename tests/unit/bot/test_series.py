"""A series is planned, changed and taken back from its salon."""

from dataclasses import replace

import pytest_asyncio

from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.ids import EventId
from tests.services.house import MINUTE
from tests.unit.bot.office import ALICE, Office

LEA = "lea@partenaire.example"


@pytest_asyncio.fixture(loop_scope="session")
async def weekly(office: Office) -> Office:
    """An office where Alice has planned a series with a guest, on Mondays at nine."""
    await office.says(f"!visio tous les lundis à 9h Point hebdo avec {LEA}", "ask")
    return office


async def dates(office: Office) -> list[Occurrence]:
    """Return the dates that are planned, by their starts."""
    meeting, _ = await office.house.of()
    async with office.house.store.reading() as work:
        known = await work.meetings.occurrences_of(meeting.id)
    return [one for one in known if one.state is OccurrenceState.PLANNED]


async def hours(office: Office) -> set[str]:
    """Return the hours of the dates that are planned."""
    return {f"{one.wall_start:%a %H:%M}" for one in await dates(office)}


async def card(office: Office) -> EventId:
    found = (await office.house.of())[1].card
    assert found is not None
    return found


async def test_the_answer_says_how_it_comes_again_and_one_card_shows_its_first_date(
    weekly: Office,
):
    told, *_ = [one for one in weekly.bodies() if "revient" in one]
    assert told.startswith("« Point hebdo » revient : tous les lundis à partir du 7 décembre 2026")
    assert len([one for one in weekly.bodies() if "État : " in one]) == 1
    assert await hours(weekly) == {"Mon 09:00"}


async def test_its_guest_is_invited_to_all_dates(weekly: Office):
    known = [await invited(weekly, one) for one in await dates(weekly)]
    assert set(known) == {1}


async def invited(office: Office, one: Occurrence) -> int:
    async with office.house.store.reading() as work:
        return len(await work.invitations.of_occurrence(one.id))


async def test_one_date_moves_alone_and_comes_back(weekly: Office):
    await weekly.says("!visio déplacer à 10h", "move", reply_to=await card(weekly))
    assert await hours(weekly) == {"Mon 09:00", "Mon 10:00"}
    await weekly.says("!visio rétablir", "back")
    assert await hours(weekly) == {"Mon 09:00"}


async def test_the_whole_series_moves_and_comes_back(weekly: Office):
    (told,) = await weekly.says("!visio déplacer la série à 10h", "move")
    assert "dates en tout" in told.body
    assert await hours(weekly) == {"Mon 10:00"}
    await weekly.says("!visio rétablir", "back")
    assert await hours(weekly) == {"Mon 09:00"}


async def test_one_date_is_cancelled_and_the_others_stay(weekly: Office):
    count = len(await dates(weekly))
    (told,) = await weekly.says("!visio annuler", "stop", reply_to=await card(weekly))
    assert told.body.startswith("« Point hebdo » : la date du lundi 7 décembre 2026, 09h00–10h00")
    assert "les autres dates restent" in told.body
    left = await dates(weekly)
    assert [one.start for one in left] == [one.start for one in left if one.start.day != 7]
    await weekly.says("!visio rétablir", "back")
    assert len(await dates(weekly)) >= count


async def test_all_that_follow_are_cancelled_and_come_back(weekly: Office):
    before = await dates(weekly)
    (told,) = await weekly.says("!visio annuler celle-ci et les suivantes", "stop")
    assert "dates sont annulées" in told.body
    assert await dates(weekly) == []
    await weekly.says("!visio rétablir", "back")
    assert [one.start for one in await dates(weekly)] == [one.start for one in before]


async def test_those_that_follow_are_cancelled_in_reply_to_a_date_that_is_just_over(weekly: Office):
    first = (await dates(weekly))[0]
    weekly.house.clock.at = first.end + 5 * MINUTE
    await weekly.house.run_due()
    (told,) = await weekly.says("!visio annuler la série", "stop", reply_to=await card(weekly))
    assert "dates sont annulées" in told.body
    assert [one.id for one in await dates(weekly)] == [first.id]


async def test_a_series_made_by_mistake_is_taken_back_as_a_whole(weekly: Office):
    await weekly.reacts(await card(weekly), "↩️", "oops", sender=ALICE)
    assert await dates(weekly) == []
    assert "dates sont annulées" in weekly.bodies()[-1]


async def test_without_an_hour_a_line_with_the_rule_is_offered(office: Office):
    (told,) = await office.says("!visio tous les lundis Point hebdo", "ask")
    assert "!visio tous les lundis à partir du 7 décembre 2026 14h30 Point hebdo" in told.body


async def test_with_a_room_for_each_date_the_link_is_that_of_the_date(office: Office):
    office.choose(room_per_date=True)
    (told, *_) = await office.says("!visio tous les jours à 12h Point quotidien", "ask")
    assert "Chaque date a sa salle Visio" in told.body
    _, second, third = (await dates(office))[:3]
    await office.house.run_until(second.start - MINUTE)
    await office.flush()
    rooms = [one.url for one in office.house.visio.made]
    (told,) = await office.says("!visio lien", "link")
    assert rooms[1] in told.body
    assert rooms[0] not in told.body
    async with office.house.store() as work:
        await work.meetings.save_occurrence(replace(third, card=EventId("$third")))
    (told,) = await office.says("!visio lien", "third", reply_to=EventId("$third"))
    assert "sera créée la veille" in told.body
    office.house.clock.at = third.start - MINUTE
    told, *_ = await office.says("!visio lien", "fourth", reply_to=EventId("$third"))
    assert "je redemande à Visio" in told.body
    (told,) = await office.says("!visio lien", "fifth", reply_to=EventId("$third"))
    assert office.house.visio.made[-1].url in told.body


async def test_the_answer_to_the_request_counts_as_its_card(weekly: Office):
    answer = next(one for one in weekly.account.sent if "revient" in one.body)
    await weekly.says("!visio 14h Budget", "other")
    assert await hours(weekly) == {"Mon 09:00"}
    await weekly.says("!visio déplacer la série à 10h", "move", reply_to=answer.event)
    assert await hours(weekly) == {"Mon 10:00"}


async def test_the_series_is_meant_where_there_are_other_meetings(weekly: Office):
    await weekly.says("!visio demain 14h Budget", "other")
    (told,) = await weekly.says("!visio annuler la série", "stop")
    assert "dates sont annulées" in told.body
    assert await dates(weekly) == []


async def test_of_several_series_only_these_are_offered(weekly: Office):
    await weekly.says("!visio demain 14h Budget", "other")
    await weekly.says("!visio tous les mardis à 9h Revue", "second")
    (told,) = await weekly.says("!visio annuler la série", "stop")
    assert "Point hebdo" in told.body
    assert "Revue" in told.body
    assert "Budget" not in told.body


async def test_links_follow_only_where_there_are_some(weekly: Office):
    (told,) = await weekly.says("!visio déplacer la série à 10h", "move")
    assert "Les liens d’invitation suivent." in told.body
    await weekly.says("!visio retirer tous", "r")
    (told,) = await weekly.says("!visio déplacer la série à 11h", "move2")
    assert "liens" not in told.body


async def test_the_answer_to_an_invitation_says_the_windows_of_each_date(weekly: Office):
    (told, *_) = [one for one in weekly.bodies() if one.startswith("Invitation à toutes")]
    assert "le lien est valable à chacune, à son heure" in told
