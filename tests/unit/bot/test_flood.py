"""A flood of lines delays nobody: answers are sent before unrequested messages."""

from datetime import timedelta

import pytest_asyncio

from bridge.domain.admission import LIVEKIT
from bridge.domain.message import Priority, ToSalon
from bridge.ids import EventId, SalonId
from bridge.services.invitations.invitations import Guest
from bridge.store.work import Store
from tests.doubles.account import Sent
from tests.doubles.clocks import SetClock
from tests.services.house import ALICE, BOB, SALON, House
from tests.unit.bot.office import Office, starts
from tests.unit.bot.test_outbox import note, post, transaction

SECOND = timedelta(seconds=1)
OTHER = SalonId("!other:agent.tchap")
VISITS = 60


@pytest_asyncio.fixture(loop_scope="session")
async def slow(kept: Store) -> Office:
    """An office at the pace of the Tchap profiles, whose salon admits guests."""
    assert isinstance(kept.clock, SetClock)
    office = Office(House(kept, kept.clock), rate=1, burst=10)
    office.account.enter(OTHER, [ALICE, BOB])
    office.choose(mode=LIVEKIT)
    await office.says("!visio Budget", "ask")
    return office


async def second(office: Office) -> list[Sent]:
    """Let a second pass; return what leaves in it."""
    before = len(office.account.sent)
    office.ticks[0] += 1
    office.house.clock.forward(SECOND)
    await office.flush()
    return office.account.sent[before:]


async def besieged(office: Office) -> None:
    """Have a dozen guests come at once: three messages each, more than the burst."""
    for number in range(12):
        guest = Guest(f"Jean {number}", f"jean{number}@p.example")
        (invited,) = await office.house.invited(guest, event=f"i{number}")
        await office.house.visited(invited, guest.name)
    await office.flush()


class TestAnswers:
    async def test_to_a_withdrawal_while_sixty_open_one_link(self, slow: Office):
        (invited,) = await slow.house.invited(Guest("Jean Dupont", "jean@p.example"))
        for number in range(VISITS):
            await slow.house.visited(invited, f"Jean {number}")
            if number % 6 == 0:
                await second(slow)
        before = len(slow.account.sent)
        await slow.hears(slow.line("!visio retirer jean@p.example", "b"))
        await second(slow)
        first = slow.account.sent[before]
        assert first.body.startswith("Lien retiré : Jean Dupont")

    async def test_in_another_salon(self, slow: Office):
        await besieged(slow)
        await slow.hears(slow.line("!visio liste", "b", salon=OTHER))
        (first,) = await second(slow)
        assert first.salon == OTHER

    async def test_the_card_of_a_new_meeting(self, slow: Office):
        await besieged(slow)
        await slow.hears(slow.line("!visio Autre", "b"))
        (first,) = await second(slow)
        assert first.body.startswith("Réunion Visio : Autre")

    async def test_keep_their_order(self, slow: Office):
        await besieged(slow)
        for number, line in enumerate(("!visio liste", "!visio aide", "!visio invités")):
            await slow.hears(slow.line(line, f"b{number}"))
        left = [one for _ in range(3) for one in await second(slow)]
        assert [one.split(" ")[0] for one in starts(left)] == ["Réunions", "Voici", "Partenaires"]


class TestTurns:
    """Of two salons that are told as many things, neither waits for all of the other's."""

    async def test_equals_take_turns(self, kept: Store):
        assert isinstance(kept.clock, SetClock)
        office = Office(House(kept, kept.clock), rate=1, burst=1)
        office.account.enter(OTHER, [ALICE])
        await post(office, *(note(f"a{n}", priority=Priority.ANSWER) for n in range(4)))
        await office.flush()
        await post(
            office,
            *(note(f"b{n}", priority=Priority.ANSWER, to=ToSalon(salon=OTHER)) for n in range(2)),
        )
        left = [one.transaction for _ in range(5) for one in await second(office)]
        wanted = ("b0", "a1", "b1", "a2", "a3")
        assert left == [transaction(name) for name in wanted]

    async def test_but_an_answer_goes_before_a_notice(self, kept: Store):
        assert isinstance(kept.clock, SetClock)
        office = Office(House(kept, kept.clock), rate=1, burst=1)
        office.account.enter(OTHER, [ALICE])
        await post(office, *(note(f"a{n}", priority=Priority.ANSWER) for n in range(3)))
        await office.flush()
        await post(office, note("notice", to=ToSalon(salon=OTHER), reply_to=EventId("$x")))
        left = [one.transaction for _ in range(3) for one in await second(office)]
        assert left == [transaction(name) for name in ("a1", "a2", "notice")]


async def test_what_nobody_asked_for_is_a_notice(slow: Office):
    """So that whoever adds a message and thinks of nothing delays no answer."""
    await besieged(slow)
    waiting = await slow.house.messages()
    asked = {"guest.waits", "guest.answer", "card"}
    assert {one.template for one in waiting} == asked
    assert all(one.priority > Priority.ANSWER for one in waiting)
    assert {one.to.salon for one in waiting} == {SALON}
