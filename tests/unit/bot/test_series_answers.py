"""Answers about a series say which of its dates they are about, and what becomes of the others."""

import pytest_asyncio

from tests.services.house import MINUTE
from tests.unit.bot.office import Office

LEA = "lea@partenaire.example"


@pytest_asyncio.fixture(loop_scope="session")
async def weekly(office: Office) -> Office:
    """An office with a weekly meeting, its guest, and a guest's mail that has left."""
    await office.says(f'!visio tous les mardis à 14h "Point" avec {LEA}', "ask")
    await office.house.run_due()
    return office


async def test_one_cancelled_date_leaves_the_others(weekly: Office):
    (answer,) = await weekly.says("!visio annuler", "cancel")
    assert answer.body.startswith("« Point » : la date du ")
    assert "14h00" in answer.body
    assert "les autres dates restent" in answer.body
    assert "!visio rétablir" in answer.body
    assert "plus d’ici" not in answer.body, "its room serves the other dates"
    assert "Un mail en prévient 1 partenaire externe" in answer.body


async def test_the_last_date_leaves_none(office: Office):
    await office.says('!visio tous les mardis à 14h 2 fois "Point"', "ask")
    await office.says("!visio annuler la série", "all")
    await office.says("!visio rétablir", "back")
    (answer,) = await office.says("!visio annuler cette date et les suivantes", "following")
    assert answer.body.startswith("« Point » : 2 dates sont annulées")


async def test_one_moved_date_leaves_the_others(weekly: Office):
    (answer,) = await weekly.says("!visio déplacer à 16h", "move")
    assert "16h00" in answer.body
    assert "Les autres dates ne changent pas" in answer.body


async def test_a_meeting_without_others_says_nothing_of_them(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    (answer,) = await office.says("!visio déplacer à 16h", "move")
    assert "autres dates" not in answer.body
    (answer,) = await office.says("!visio annuler", "cancel")
    assert "autres dates" not in answer.body


async def test_a_moved_series_says_that_guests_are_told(weekly: Office):
    (answer,) = await weekly.says("!visio déplacer toute la série à 16h", "move")
    assert "dates en tout" in answer.body
    assert "Un mail en prévient 1 partenaire externe" in answer.body


async def test_a_restored_series_says_how_many_dates_are_back(weekly: Office):
    await weekly.says("!visio annuler la série", "cancel")
    (answer,) = await weekly.says("!visio rétablir", "restore")
    assert " dates sont rétablies, à partir de " in answer.body
    weekly.house.clock.forward(MINUTE)
    await weekly.says("!visio déplacer toute la série à 16h", "move")
    (answer,) = await weekly.says("!visio rétablir", "again")
    assert " dates reprennent leur heure, à partir de " in answer.body
