"""`rappel`, `rappels`, `réglages rappel`, and reactions to reminders, as people meet them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bridge.ids import SalonId
from bridge.store.tables import reminders
from tests.services.house import ALICE, BOB, SALON, START
from tests.unit.bot.office import Office

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ELEVEN = START + HOUR
"""The meeting that each test begins with: 11:00 in Paris, an hour from now."""


async def met(office: Office) -> None:
    await office.says("!visio 11h Budget", "ask")
    await office.house.run_due()
    await office.flush()


async def waiting(office: Office) -> int:
    async with office.house.store.begin(writing=False) as tx:
        found = await tx.connection.execute(select(reminders).where(reminders.c.done_at.is_(None)))
        return len(found.all())


async def goes_on(office: Office, until: timedelta) -> None:
    await office.house.run_until(START + until)
    await office.flush()


class TestAsked:
    async def test_it_is_set_and_comes_by_direct_message(self, office: Office):
        await met(office)
        (answer,) = await office.says("!visio rappel 15min", "a")
        assert "15 min avant le début : 10h45" in answer.body.replace("\u00a0", " ")
        await goes_on(office, 45 * MINUTE)
        (told,) = office.private()
        assert "Votre rappel : Budget commence dans 15 min" in told.replace("\u00a0", " ")
        assert "https://visio.example/" in told

    async def test_at_a_moment(self, office: Office):
        await met(office)
        (answer,) = await office.says("!visio rappel à 10h30", "a")
        assert "10h30" in answer.body
        assert "reste à cette heure" in answer.body

    async def test_after_its_moment_it_is_refused_with_one_that_works(self, office: Office):
        await met(office)
        (answer,) = await office.says("!visio rappel 2h avant", "a")
        assert "!visio rappel 10min avant" in answer.body
        (answer,) = await office.says("!visio rappel 10min avant", "b")
        assert "10h50" in answer.body

    async def test_they_are_listed_and_dropped(self, office: Office):
        await met(office)
        await office.says("!visio rappel 15min", "a")
        (answer,) = await office.says("!visio rappels", "b")
        assert "10h45" in answer.body
        assert "Budget" in answer.body
        (answer,) = await office.says("!visio rappel aucun", "c")
        assert "pas de rappel de Budget" in answer.body
        (answer,) = await office.says("!visio rappels", "d")
        assert "aucun rappel" in answer.body
        (answer,) = await office.says("!visio rappel annuler", "e")
        assert "n’aviez pas de rappel" in answer.body

    async def test_one_does_not_read_anothers(self, office: Office):
        await met(office)
        await office.says("!visio rappel 15min", "a")
        (answer,) = await office.says("!visio rappels", "b", sender=BOB)
        assert "Budget" not in answer.body

    async def test_of_two_meetings_to_come_it_asks_which_and_a_reply_says(self, office: Office):
        await met(office)
        await office.says("!visio demain 14h Revue", "two")
        await office.house.run_due()
        await office.flush()
        (answer,) = await office.says("!visio rappel 15min", "a")
        assert "Budget" in answer.body
        assert "Revue" in answer.body
        (_, occurrence) = await office.house.of("two")
        (answer,) = await office.says("!visio rappel 15min", "b", reply_to=occurrence.card)
        assert "Revue" in answer.body

    async def test_in_english(self, office: Office):
        await office.says("!visio langue en", "l")
        await met(office)
        (answer,) = await office.says("!visio remind me 15 minutes before", "a")
        assert "15 min before it begins" in answer.body
        (answer,) = await office.says("!visio remind none", "b")
        assert "no reminder" in answer.body


class TestAgain:
    @pytest.mark.parametrize("key", ["💤", "⏰"])
    async def test_a_reaction_has_it_come_again(self, office: Office, key: str):
        await met(office)
        await office.says("!visio rappel 15min", "a")
        await goes_on(office, 45 * MINUTE)
        told = office.account.sent[-1]
        office.account.enter(told.salon, [ALICE], direct=True)
        await office.reacts(told.event, key, salon=told.salon, sender=ALICE)
        assert "10h50" in office.private()[-1]
        await goes_on(office, 50 * MINUTE)
        assert "commence dans 10 min" in office.private()[-1].replace("\u00a0", " ")
        assert await waiting(office) == 0

    async def test_only_its_reader_can(self, office: Office):
        await met(office)
        await office.says("!visio rappel 15min", "a")
        await goes_on(office, 45 * MINUTE)
        told = office.account.sent[-1]
        await office.reacts(told.event, "💤", salon=told.salon, sender=BOB)
        assert await waiting(office) == 0

    async def test_a_reply_says_when(self, office: Office):
        await met(office)
        await office.says("!visio rappel 15min", "a")
        await goes_on(office, 45 * MINUTE)
        told = office.account.sent[-1]
        office.account.enter(told.salon, [ALICE], direct=True)
        await office.says("rappel 3min", "b", salon=told.salon, reply_to=told.event)
        assert "10h48" in office.private()[-1]


class TestSettings:
    async def test_a_moderator_chooses(self, office: Office):
        office.state(levels={ALICE: 50, BOB: 49})
        await met(office)
        (answer,) = await office.says("!visio réglages", "s")
        assert "rappel dans le salon : 10 min" in answer.body.replace("\u00a0", " ")
        (answer,) = await office.says("!visio réglages rappel 0", "a")
        assert "au début" in answer.body
        (answer,) = await office.says("!visio réglages rappel aucun", "b", sender=BOB)
        assert answer.body.startswith("Seuls les modérateurs de ce salon")
        await goes_on(office, 60 * MINUTE)
        reminder = next(one for one in office.account.sent if "commence maintenant" in one.body)
        assert reminder.salon == SALON

    async def test_an_agents_zone_is_their_own(self, office: Office):
        await met(office)
        (answer,) = await office.says("!visio réglages fuseau La Réunion", "a")
        assert "message direct" in answer.body
        room = SalonId("!direct:agent.tchap")
        office.account.enter(room, [ALICE], direct=True)
        await office.says("réglages fuseau La Réunion", "b", salon=room)
        assert "Indian/Reunion" in office.bodies(room)[-1]
        await office.says("!visio rappel 15min", "c")
        await goes_on(office, 45 * MINUTE)
        assert "heure de La Réunion" in office.private()[-1].replace("\u00a0", " ")
