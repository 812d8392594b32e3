"""`agenda flux`: an address that its author alone reads, and that shows what they may read."""

import re
from dataclasses import replace

import pytest

from bot.conversation.host_rights import look_anew
from bot.matrix.events import MembersChanged, Removed, SendRefused, Upgraded
from bridge.ids import EventId, SalonId, UserId
from bridge.services.feeds.reading import FeedReading
from tests.services.house import ALICE, BOB, SALON, START
from tests.unit.bot.office import PAUL, Office

DIRECT, NEW = SalonId("!direct:agent.tchap"), SalonId("!new:agent.tchap")
ADDRESS = re.compile(r"https://visio-externes\.example/feed/([\w-]{22})\.ics")


def moderates(office: Office, user: UserId = BOB) -> None:
    office.state(levels={user: 50})


def code(text: str) -> str:
    found = ADDRESS.search(text)
    assert found is not None, text
    return found[1]


async def titles(office: Office, of: str) -> list[str] | None:
    """Return the titles that a feed shows; `None` if there is none with this code."""
    reading = FeedReading(office.house.tools, "agent.example")
    state = await reading.state(of)
    return None if state is None else [one.title for one in await reading.events(state)]


async def own(office: Office, by: UserId = BOB, event: str = "own") -> str:
    """Ask in a direct message; return the code."""
    office.account.enter(DIRECT, [by], direct=True)
    (answer,) = await office.says("!visio agenda flux", event, salon=DIRECT, sender=by)
    return code(answer.body)


async def of_salon(office: Office, event: str = "feed") -> str:
    moderates(office)
    await office.says("!visio agenda flux", event, sender=BOB)
    return code(office.private(BOB)[-1])


async def coming(office: Office) -> str:
    """A meeting of Alice's to which Bob comes; return the code of his own feed."""
    await office.says('!visio demain 14h "Point"', "ask")
    card = (await office.house.of())[1].card
    assert card is not None
    await office.says("!visio je viens", "yes", sender=BOB, reply_to=card)
    return await own(office)


class TestSalon:
    async def test_its_address_goes_to_a_moderator_alone(self, office: Office):
        await office.says('!visio demain 14h "Point"', "ask")
        moderates(office)
        answers = await office.says("!visio agenda flux", "feed", sender=BOB)
        (answer,) = [one for one in answers if one.salon == SALON]
        assert answer.body.startswith("Je vous envoie en message direct")
        (sent,) = office.private(BOB)
        assert sent.startswith("Flux d’agenda du salon « ")
        assert "`" not in sent
        assert "/feed/" not in "".join(office.bodies())
        assert await titles(office, code(sent)) == ["Point"]

    @pytest.mark.parametrize("words", ["agenda flux", "agenda flux retirer"])
    async def test_nobody_else_gets_or_ends_it(self, office: Office, words: str):
        known = await of_salon(office)
        office.state(levels={})
        for who in (ALICE, PAUL):
            (answer,) = await office.says(f"!visio {words}", f"{who}", sender=who)
            assert "modérat" in answer.body or "agents" in answer.body
        assert office.private(ALICE) == office.private(PAUL) == []
        assert await titles(office, known) == []

    async def test_withdrawn_it_leads_nowhere_and_the_next_is_another(self, office: Office):
        first = await of_salon(office)
        assert await of_salon(office, "again") == first
        (answer,) = await office.says("!visio calendar feed revoke", "end", sender=BOB)
        assert answer.body.startswith("L’adresse du flux d’agenda de ce salon ne mène plus")
        assert await titles(office, first) is None
        (answer,) = await office.says("!visio agenda flux retirer", "end2", sender=BOB)
        assert answer.body.startswith("Ce salon n’a pas de flux d’agenda")
        assert await of_salon(office, "anew") != first

    async def test_one_that_was_withdrawn_meanwhile_is_not_said(self, office: Office):
        moderates(office)
        await office.record(
            office.line("!visio agenda flux", "a", sender=BOB),
            office.line("!visio agenda flux retirer", "b", sender=BOB),
        )
        await office.handle()
        await office.flush()
        assert office.private(BOB) == []

    @pytest.mark.parametrize("by", [BOB, None])
    async def test_is_gone_when_we_leave_the_salon(self, office: Office, by: UserId | None):
        known = await of_salon(office)
        left = Removed(
            event=EventId("$x"), salon=SALON, sent_at=START, by=by or office.account.user
        )
        await office.hears(left)
        assert await titles(office, known) is None

    async def test_follows_the_salon_to_its_successor(self, office: Office):
        await office.says('!visio demain 14h "Point"', "ask")
        known = await of_salon(office)
        office.account.tombstones[SALON] = NEW
        office.account.enter(NEW, [ALICE, BOB], predecessor=SALON)
        await office.hears(
            Upgraded(event=EventId("$u"), salon=SALON, sent_at=START, replacement=NEW, by=BOB)
        )
        assert await titles(office, known) == ["Point"]


class TestOwn:
    async def test_is_the_answer_in_a_direct_message(self, office: Office):
        known = await coming(office)
        assert await titles(office, known) == ["Point"]
        (answer,) = await office.says("!visio agenda flux retirer", "end", salon=DIRECT, sender=BOB)
        assert answer.body.startswith("L’adresse de votre flux d’agenda ne mène plus")
        assert await titles(office, known) is None
        (answer,) = await office.says("!visio agenda flux retirer", "e2", salon=DIRECT, sender=BOB)
        assert answer.body.startswith("Vous n’avez pas de flux d’agenda")

    async def test_shows_others_meetings_only_while_they_are_in_the_salon(self, office: Office):
        known = await coming(office)
        members = office.account.salons[SALON].members
        changed = MembersChanged(event=EventId("$m"), salon=SALON, sent_at=START)
        office.state(members=members - {BOB})
        await office.hears(changed)
        assert await titles(office, known) == []
        office.state(members=members)
        await office.hears(replace(changed, event=EventId("$m2")))
        assert await titles(office, known) == ["Point"]

    async def test_of_who_left_before_they_asked_shows_nothing_of_the_salon(self, office: Office):
        await coming(office)
        await office.says("!visio agenda flux retirer", "end", salon=DIRECT, sender=BOB)
        office.state(members=office.account.salons[SALON].members - {BOB})
        assert await titles(office, await own(office, event="late")) == []

    async def test_a_start_finds_who_left_meanwhile(self, office: Office):
        known = await coming(office)
        office.state(members=office.account.salons[SALON].members - {BOB})
        await look_anew(office.house.store, office.journal, office.house.clock)
        await office.handle()
        assert await titles(office, known) == []

    async def test_where_we_are_not_it_shows_nothing(self, office: Office):
        known = await coming(office)
        office.account.blind = SendRefused("M_FORBIDDEN")
        await office.hears(Removed(event=EventId("$x"), salon=SALON, sent_at=START, by=BOB))
        assert await titles(office, known) == []

    async def test_of_the_organiser_shows_theirs_wherever_they_are(self, office: Office):
        await coming(office)
        known = await own(office, ALICE, "hers")
        office.state(members=office.account.salons[SALON].members - {ALICE})
        await office.hears(MembersChanged(event=EventId("$m"), salon=SALON, sent_at=START))
        assert await titles(office, known) == ["Point"]
