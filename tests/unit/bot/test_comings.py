"""Coming into a salon, being removed from it, following it elsewhere."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.matrix.events import (
    Arrived,
    Joined,
    LevelsChanged,
    MembersChanged,
    Removed,
    SendLater,
    SendRefused,
    Upgraded,
)
from bridge.domain.admission import LIVEKIT
from bridge.domain.meeting import Phone
from bridge.domain.salon import Salon
from bridge.errors import VisioUnknownAgent
from bridge.i18n import Language
from bridge.ids import EventId, SalonId, UserId
from bridge.services.invitations.invitations import Guest
from tests.doubles.ports import Killed, MortalWorks
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, START, Office

NEW = SalonId("!new:agent.tchap")
GREETING = "Bonjour, je suis Parvis"


def joined(event: str = "j", salon: SalonId = SALON, by: UserId | None = ALICE) -> Joined:
    return Joined(event=EventId(f"${event}"), salon=salon, sent_at=START, invited_by=by)


def removed(event: str = "x") -> Removed:
    return Removed(event=EventId(f"${event}"), salon=SALON, sent_at=START, by=BOB)


LEVELS = LevelsChanged(event=EventId("$l"), salon=SALON, sent_at=START)
ARRIVED = Arrived(event=EventId("$o"), salon=SALON, sent_at=START)
CHANGED = MembersChanged(event=EventId("$m"), salon=SALON, sent_at=START)
UPGRADED = Upgraded(event=EventId("$u"), salon=SALON, sent_at=START, replacement=NEW, by=BOB)


class TestJoined:
    async def test_one_notice_of_what_is_read_and_kept(self, office: Office):
        await office.hears(joined())
        await office.hears(joined())
        (greeting,) = office.account.sent
        assert greeting.body.startswith(GREETING)
        assert "qui commencent par !visio" in greeting.body
        assert greeting.content["msgtype"] == "m.notice"
        assert "7 jours après la réunion" in greeting.body

    async def test_in_a_direct_message_all_lines_are_read(self, office: Office):
        office.state(direct=True)
        await office.hears(joined())
        (greeting,) = office.account.sent
        assert greeting.body.startswith(
            "Bonjour, je suis Parvis : je crée des réunions Visio. Ici,"
        )
        assert "je lis tout ce que vous écrivez" in greeting.body
        assert "Je ne lis que" not in greeting.body
        assert greeting.body.endswith("Pour commencer : aide.")

    async def test_it_says_the_name_that_people_see(self, office: Office):
        office.router = replace(office.router, name="Visio")
        await office.hears(joined())
        (greeting,) = office.account.sent
        assert greeting.body.startswith("Bonjour, je suis Visio : je crée")

    @pytest.mark.parametrize(("days", "said"), [(1, "1 jour après"), (30, "30 jours après")])
    async def test_how_long_is_as_it_is_set(self, office: Office, days: int, said: str):
        house = office.house
        house.policy = replace(house.policy, forget_after=timedelta(days=days))
        office.wire(house.store)
        await office.hears(joined())
        (greeting,) = office.account.sent
        assert said in greeting.body

    async def test_not_where_nobody_invited_us(self, office: Office):
        """A direct message that we opened, or the salon that replaces one we were in."""
        await office.hears(joined(by=None))
        assert office.account.sent == []

    async def test_not_again_a_minute_after_being_removed(self, office: Office):
        await office.hears(joined("j"))
        await office.hears(removed())
        await office.hears(joined("k"))
        assert len(office.bodies()) == 1
        office.house.clock.forward(timedelta(days=31))
        await office.hears(joined("l"))
        assert len(office.bodies()) == 2

    async def test_cards_that_are_there_already_stay(self, office: Office):
        await office.says("!visio Budget")
        await office.hears(joined(by=None))
        assert len(office.bodies()) == 1


class TestOutsider:
    """Somebody from outside may read the salon from now on: a card there must not have a PIN."""

    async def test_the_phone_leaves_the_cards_at_once(self, office: Office):
        office.house.visio.phone = Phone("+33 1 23 45 67 89", "123456")
        office.state(members=frozenset({office.account.user, ALICE, BOB}))
        await office.says("!visio Budget")
        assert "123456" in office.bodies()[0]
        office.state(invited=frozenset({PAUL}))
        await office.hears(ARRIVED)
        assert "123456" not in office.bodies()[0]
        assert len(office.bodies()) == 1

    async def test_not_where_there_is_no_card(self, office: Office):
        await office.hears(ARRIVED)
        assert office.account.sent == []


class TestTwice:
    @pytest.mark.parametrize("event", [joined(), removed(), UPGRADED, ARRIVED, LEVELS, CHANGED])
    async def test_another_process_was_quicker(
        self,
        office: Office,
        event: Joined | Removed | Upgraded | Arrived | LevelsChanged | MembersChanged,
    ):
        await office.says("!visio Budget")
        await office.record(event)
        (row,) = await office.house.store.inbox.pending(office.account.user, 9)
        await office.router.handle(row)
        before = await office.house.messages()
        await office.router.handle(row)
        assert await office.house.messages() == before


class TestRemoved:
    async def test_each_organiser_is_told_once_and_alone(self, office: Office):
        await office.says("!visio Un", "a")
        await office.says("!visio demain 9h Deux", "b")
        await office.says("!visio demain 10h Trois", "c", sender=BOB)
        for _ in range(2):
            await office.hears(removed())
        (alice,) = office.private(ALICE)
        (bob,) = office.private(BOB)
        assert "vous organisez 2 réunions" in alice
        assert "vous organisez une réunion" in bob
        (told,) = [one for one in office.account.sent if one.body == alice]
        assert told.content["m.mentions"] == {"user_ids": [ALICE]}

    async def test_nobody_when_we_left_a_salon_that_they_had_left(self, office: Office):
        await office.says("!visio Un", "a")
        await office.hears(replace(removed(), by=office.account.user))
        assert office.private(ALICE) == []

    async def test_nobody_when_there_is_nothing_to_come(self, office: Office):
        await office.says("!visio Un", "a")
        office.house.clock.forward(timedelta(hours=2))
        await office.hears(removed())
        assert office.private(ALICE) == []


@pytest_asyncio.fixture(loop_scope="session")
async def met(office: Office) -> Office:
    """An office with a meeting in a thread, a later one, and one that Visio refused."""
    await office.says("!visio Un", "one", thread=EventId("$root"))
    await office.says("!visio demain 9h Deux", "two")
    office.house.visio.troubles.append(VisioUnknownAgent())
    await office.says("!visio demain 10h Trois", "three")
    async with office.house.store() as work:
        await work.salons.save(Salon(id=SALON, language=Language.EN))
    office.account.tombstones[SALON] = NEW
    return office


def there(office: Office) -> list[str]:
    return [body.partition("\n")[0] for body in office.bodies(NEW)]


TITLES = ["Visio meeting: Un", "Visio meeting: Deux"]


class TestUpgraded:
    async def test_where_we_are_there_already(self, met: Office):
        met.account.enter(NEW, [ALICE, BOB], predecessor=SALON)
        for _ in range(2):
            await met.hears(UPGRADED)
        assert there(met) == TITLES
        card = met.account.seen(NEW)[0]
        assert "m.relates_to" not in card.content, "no thread leads out of its salon"

    @pytest.mark.parametrize("inviter", [None, ALICE])
    async def test_where_we_come_later(self, met: Office, inviter: UserId | None):
        await met.hears(UPGRADED)
        assert there(met) == []
        met.account.enter(NEW, [ALICE, BOB], predecessor=SALON)
        await met.hears(joined("there", NEW, inviter))
        assert there(met) == TITLES, "and no greeting: they know us"

    async def test_what_happens_next_is_shown_there(self, met: Office):
        met.account.enter(NEW, [ALICE, BOB], predecessor=SALON)
        await met.hears(UPGRADED)
        before = len(met.account.seen(SALON))
        await met.house.invited(Guest("Léa"), to="one")
        await met.flush()
        assert "Léa" in met.bodies(NEW)[0]
        await met.says("!visio link", "next", salon=NEW, reply_to=met.account.seen(NEW)[1].event)
        assert "Deux" in met.bodies(NEW)[-1]
        assert len(met.account.seen(SALON)) == before

    async def test_a_request_that_was_kept_is_asked_again_there(self, met: Office):
        met.account.enter(NEW, [ALICE, BOB], predecessor=SALON)
        await met.hears(UPGRADED)
        await met.says("!visio link", "again", salon=NEW, reply_to=EventId("$three"))
        assert there(met)[-1] == "Visio meeting: Trois"

    async def test_elsewhere_nothing_moves(self, met: Office):
        other = SalonId("!other:agent.tchap")
        met.account.enter(other, [ALICE])
        await met.says("!visio Ailleurs", "else", salon=other)
        met.account.enter(NEW, [ALICE, BOB], predecessor=SALON)
        await met.hears(UPGRADED)
        assert len(met.bodies(other)) == 1


class TestOneSided:
    """A person who may close or make a salon of their own rules no other."""

    async def test_a_salon_that_does_not_name_the_old_one_gets_nothing(self, met: Office):
        met.account.enter(NEW, [ALICE])
        await met.hears(UPGRADED)
        await met.hears(joined("there", NEW, ALICE))
        assert [body for body in there(met) if body in TITLES] == []
        async with met.house.store.reading() as work:
            assert await work.salons.get(NEW) is None, "its settings are its own"

    async def test_a_salon_that_was_not_closed_loses_nothing(self, met: Office):
        met.account.tombstones.clear()
        met.account.enter(NEW, [BOB], predecessor=SALON)
        await met.hears(joined("there", NEW, BOB))
        assert [body for body in there(met) if body in TITLES] == []
        await met.says("!visio list", "after")
        assert "Deux" in met.bodies()[-1]

    async def test_what_cannot_be_read_now_is_asked_again(self, met: Office):
        met.account.enter(NEW, [ALICE, BOB], predecessor=SALON)
        met.account.blind = SendLater(5, "unreachable")
        await met.record(UPGRADED)
        (row,) = await met.house.store.inbox.pending(met.account.user, 9)
        assert await met.router.handle(row) == 5
        met.account.blind = None
        await met.handle()
        await met.flush()
        assert there(met) == TITLES


class TestSpace:
    async def test_it_leaves_and_tells_who_invited_it(self, office: Office):
        office.state(space=True)
        for _ in range(2):
            await office.hears(joined())
        assert office.account.left[0] == SALON
        assert office.bodies() == []
        (told,) = office.private(ALICE)
        assert told.startswith("On m’a invité dans un espace.")

    async def test_no_meeting_is_made_where_it_is_already(self, office: Office):
        office.state(space=True)
        await office.says("!visio Budget")
        assert office.house.visio.made == []
        assert office.account.left == [SALON]
        (told,) = office.private(ALICE)
        assert told.startswith("On m’a invité dans un espace.")

    async def test_nobody_is_told_where_nobody_invited_it(self, office: Office):
        office.state(space=True)
        await office.hears(joined(by=None))
        assert office.account.left == [SALON]
        assert office.account.sent == []


class TestSilence:
    """If we may not write, we make nothing in secret, and lose nothing."""

    async def test_no_room_is_made(self, office: Office):
        office.state(speaking_level=50)
        office.account.silent.add(SALON)
        await office.says("!visio Annonce")
        assert office.house.visio.made == []
        assert office.bodies() == []
        why, refused = office.private(ALICE)
        assert "je réponds donc ici" in why
        assert refused.startswith("Je n’ai pas créé cette réunion")
        await office.says("!visio Encore", "b")
        assert len(office.private(ALICE)) == 3, "why it is said here is said once a day"

    async def test_a_request_that_waits_is_not_asked_again(self, office: Office):
        office.house.visio.troubles.append(VisioUnknownAgent())
        await office.says("!visio Un")
        office.state(speaking_level=50)
        office.account.silent.add(SALON)
        for line in ("!visio lien", "!visio prolonger 30min"):
            await office.says(line, line[7:10])
            assert office.private(ALICE)[-1].startswith("Je n’ai pas créé cette réunion")
        assert office.house.visio.made == []

    async def test_an_answer_goes_to_its_author(self, office: Office):
        await office.says("!visio Budget")
        office.state(speaking_level=50, name="Annonces")
        office.account.silent.add(SALON)
        await office.says("!visio liste", "b", sender=BOB)
        why, answer = office.private(BOB)
        assert "le salon « Annonces »" in why
        assert answer.startswith("Réunions à venir ou en cours")
        assert office.private(ALICE) == []

    async def test_a_card_that_cannot_be_shown_is_told_and_shown_later(self, office: Office):
        office.account.silent.add(SALON)  # the level was raised after the line was read
        await office.says("!visio Budget")
        assert office.bodies() == []
        (told,) = office.private(ALICE)
        assert told.startswith("« Budget » est créée, mais je n’ai pas le droit d’écrire")
        assert "https://visio.example/abc-defg-000" in told
        await office.hears(LEVELS)
        assert office.bodies() == []
        office.account.silent.clear()
        await office.hears(replace(LEVELS, event=EventId("$again")))
        await office.hears(replace(LEVELS, event=EventId("$twice")))
        (card,) = office.bodies()
        assert card.startswith("Réunion Visio : Budget")
        (sent,) = office.account.seen(SALON)
        assert (await office.house.of())[1].card == sent.event

    async def test_a_card_that_cannot_be_edited_is_told_once_and_edited_later(self, office: Office):
        await office.says("!visio Budget")
        office.account.silent.add(SALON)
        await office.house.invited(Guest("Léa"))
        await office.house.invited(Guest("Ana"))
        await office.flush()
        told = [one for one in office.private(ALICE) if "n’y est plus à jour" in one]
        assert len(told) == 1
        assert "Léa" not in office.bodies()[0]
        office.account.silent.clear()
        await office.hears(LEVELS)
        assert "Léa" in office.bodies()[0]
        assert len(office.bodies()) == 1

    async def test_still_silent(self, office: Office):
        office.state(speaking_level=50)
        office.account.silent.add(SALON)
        await office.hears(joined())
        await office.hears(LEVELS)
        assert office.account.asked == [], "not even a greeting is tried"

    async def test_a_salon_that_we_left_meanwhile(self, office: Office):
        office.account.blind = SendRefused("M_FORBIDDEN")
        await office.hears(LEVELS)
        assert office.account.sent == []


Play = Callable[[Office], Awaitable[None]]


async def upgrade_then_come(office: Office) -> None:
    await office.record(UPGRADED)
    await office.handle()
    office.account.enter(NEW, [ALICE, BOB], predecessor=SALON)
    await office.record(joined("there", NEW, None))
    await office.handle()


async def come_then_upgrade(office: Office) -> None:
    office.account.enter(NEW, [ALICE, BOB], predecessor=SALON)
    await office.record(joined("there", NEW))
    await office.handle()
    await office.record(UPGRADED)
    await office.handle()


async def be_removed(office: Office) -> None:
    await office.record(removed())
    await office.handle()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, 5))
@pytest.mark.parametrize("play", [upgrade_then_come, come_then_upgrade, be_removed])
async def test_killed_at_each_commit(met: Office, play: Play, number: int, after: bool):
    met.wire(MortalWorks(met.house.store, number, after))
    try:
        await play(met)
    except Killed:
        met.wire(met.house.store)
        await met.handle()
        await play(met)
    await met.flush()
    assert await met.house.store.inbox.pending(met.account.user, 9) == []
    if play is be_removed:
        assert len(met.private(ALICE)) == 1
        return
    titles = [one for one in there(met) if not one.startswith("Bonjour")]
    assert [title for title in titles if title in TITLES] == TITLES


class TestHostsLinks:
    """A link to the host's page is worth what its person is in the salon now."""

    async def link(self, office: Office) -> tuple[bool, int]:
        (link,) = await office.house.hosts()
        return link.present, link.level

    @pytest_asyncio.fixture(loop_scope="session")
    async def office(self, office: Office) -> Office:
        office.choose(mode=LIVEKIT)
        office.state(levels={ALICE: 7})
        await office.says("!visio Budget")
        await office.says("!visio accueil", "host")
        assert await self.link(office) == (True, 7)
        return office

    async def test_they_left_and_came_back_with_other_rights(self, office: Office):
        office.state(members=frozenset({office.account.user, BOB}), levels={})
        await office.hears(CHANGED)
        assert await self.link(office) == (False, 0)
        office.state(members=frozenset({office.account.user, ALICE}), levels={ALICE: 50})
        await office.hears(replace(CHANGED, event=EventId("$m2")))
        assert await self.link(office) == (True, 50)

    async def test_where_we_are_not_nobodys_right_is_seen(self, office: Office):
        office.account.blind = SendRefused("M_FORBIDDEN")
        await office.hears(removed())
        assert await self.link(office) == (False, 0)

    async def test_without_a_link_no_state_is_asked_for(self, office: Office):
        office.account.blind = SendRefused("M_FORBIDDEN")
        await office.hears(replace(CHANGED, salon=NEW))
        assert await self.link(office) == (True, 7)
