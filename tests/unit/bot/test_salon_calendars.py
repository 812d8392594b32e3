"""`agenda salon`: the calendar whose new events are a salon's meetings."""

import pytest
import pytest_asyncio

from bot.matrix.events import MembersChanged, Removed, Upgraded
from bridge.domain.calendar import AgentCalendar
from bridge.domain.salon_calendar import CalendarQuestion, question_in
from bridge.ids import CalendarId, EventId, SalonId, UserId, uuid7
from tests.doubles.account import PARVIS
from tests.services.house import START
from tests.unit.bot.desk import Desk, event_text
from tests.unit.bot.office import ALICE, BOB, PACE, PAUL, SALON, Office

NEW = SalonId("!new:agent.tchap")
DIRECT = SalonId("!direct-alice:agent.tchap")


def moderate(office: Office, *users: UserId, salon: SalonId = SALON) -> None:
    office.state(salon, levels=dict.fromkeys(users, 50))


@pytest_asyncio.fixture(loop_scope="session")
async def desk(office: Office) -> Desk:
    """Return an office whose moderator Alice has two calendars: her own, and "autre"."""
    made = Desk(office.house)
    moderate(made.office, ALICE)
    await made.link()
    await made.another_calendar()
    return made


async def given(desk: Desk, user: UserId = ALICE) -> list[tuple[str, SalonId | None]]:
    async with desk.house.store.reading() as work:
        account = await work.calendars.account_of(user)
        known = [] if account is None else await work.calendars.calendars_of(account.id)
    return sorted([(one.name, one.salon) for one in known], key=lambda one: one[0])


async def creates(desk: Desk, title: str = "Comité", *lines: str, user: UserId = ALICE) -> str:
    """Put an event into Alice's other calendar, and look; return its path."""
    path = next(one.path for one in desk.accounts[user].calendars.values() if "autre" in one.path)
    href = f"{path}{title.casefold()}.ics"
    desk.servers.edit(href, event_text(title, title=title, lines=lines))
    await desk.poll(user)
    return href


async def meetings(desk: Desk) -> list[tuple[str, UserId]]:
    """Return the titles and organisers of the salon's meetings."""
    async with desk.house.store.reading() as work:
        found = await work.meetings.of_salon(SALON, ending_after=START, most=10)
    return [(meeting.title, meeting.organiser) for meeting, _ in found]


def said(desk: Desk) -> str:
    return "\n".join(desk.office.bodies()).replace("\xa0", " ").replace("\u202f", " ")


def told(desk: Desk, user: UserId = ALICE) -> str:
    return "\n".join(desk.office.private(user)).replace("\xa0", " ").replace("\u202f", " ")


class TestGiven:
    async def test_the_only_one_that_can_be_is_meant_and_the_salon_is_told(self, desk: Desk):
        (line,) = await desk.says("!visio agenda salon")
        assert "agenda « autre » d’alice" in line.replace("\xa0", " ")
        assert "!visio agenda salon retirer" in line
        assert await given(desk) == [("autre", SALON), ("perso", None)]
        await creates(desk)
        assert "Comité" in said(desk)
        assert await meetings(desk) == [("Comité", ALICE)]

    async def test_it_is_named_in_the_line(self, desk: Desk):
        await desk.says('!visio agenda salon "Perso"')
        assert await given(desk) == [("autre", None), ("perso", SALON)]

    async def test_in_english(self, desk: Desk):
        await desk.says('!visio calendar salon "autre"')
        assert await given(desk) == [("autre", SALON), ("perso", None)]

    async def test_of_a_name_that_is_not_there_the_others_are_told_in_private(self, desk: Desk):
        assert "Je vous réponds en message direct." in await desk.says(
            '!visio agenda salon "Équipe"'
        )
        assert "autre" not in said(desk)
        assert "autre, perso" in told(desk)
        assert await given(desk) == [("autre", None), ("perso", None)]

    async def test_an_earlier_event_makes_no_meeting(self, desk: Desk):
        await creates(desk, "Ancien")
        await desk.says("!visio agenda salon")
        await creates(desk, "Nouveau")
        assert await meetings(desk) == [("Nouveau", ALICE)]

    async def test_a_look_that_began_before_does_not_undo_it(self, desk: Desk):
        async with desk.house.store.reading() as work:
            account = await work.calendars.account_of(ALICE)
            assert account is not None
            before = await work.calendars.calendars_of(account.id)
        await desk.says("!visio agenda salon")
        async with desk.house.store() as work:
            await work.calendars.save_calendars(*before)
        assert await given(desk) == [("autre", SALON), ("perso", None)]

    @pytest.mark.parametrize("sender", [BOB, PAUL])
    async def test_moderators_alone_may(self, desk: Desk, sender: UserId):
        await desk.link(BOB)
        (line,) = await desk.says("!visio agenda salon perso", sender=sender)
        assert line.startswith("Seuls les")
        assert await given(desk, BOB) == [("perso", None)]

    async def test_nobody_gives_it_where_parvis_may_not_write(self, desk: Desk):
        desk.office.state(speaking_level=60)
        await desk.says("!visio agenda salon")
        assert await given(desk) == [("autre", None), ("perso", None)]

    async def test_without_a_calendar_it_says_how_to_link_one(self, office: Office):
        moderate(office, BOB)
        await office.says("!visio agenda salon", sender=BOB)
        assert "!visio agenda lier" in "\n".join(office.private(BOB))

    async def test_another_salons_is_not_taken_from_it(self, desk: Desk):
        await desk.says("!visio agenda salon")
        desk.office.account.enter(NEW, [ALICE], levels={ALICE: 100})
        await desk.says("!visio agenda salon autre", "again", salon=NEW)
        assert "déjà celui d’un autre salon" in told(desk)
        assert await given(desk) == [("autre", SALON), ("perso", None)]

    async def test_a_direct_message_is_no_salon(self, desk: Desk):
        desk.office.account.enter(DIRECT, [ALICE], direct=True)
        (line,) = await desk.says("!visio agenda salon", salon=DIRECT)
        assert line.startswith("Tapez cette commande dans le salon")

    async def test_its_state_shows_it(self, desk: Desk):
        desk.office.state(name="Équipe Budget")
        await desk.says("!visio agenda salon")
        await desk.says("!visio agenda état", "state")
        assert "« autre » : ses nouveaux événements deviennent des réunions" in told(desk)
        assert "dans Équipe Budget" in told(desk)


class TestAsked:
    @pytest_asyncio.fixture(loop_scope="session")
    async def asked(self, desk: Desk) -> Desk:
        """Return the desk once Alice, of three calendars, was asked which it is."""
        async with desk.house.store() as work:
            account = await work.calendars.account_of(ALICE)
            assert account is not None
            made = AgentCalendar(
                id=CalendarId(uuid7(START)),
                account=account.id,
                url="https://calendars.example/alice/projet/",
                name="Projet",
            )
            await work.calendars.save_calendars(made)
        await desk.says("!visio agenda salon")
        return desk

    async def chooses(self, desk: Desk, key: str = "1️⃣", by: UserId = ALICE) -> None:
        salon = SalonId("!direct-alice:agent.tchap")
        notice = next(one for one in desk.office.account.sent if "Lequel" in one.body)
        await desk.office.reacts(notice.event, key, salon=notice.salon or salon, sender=by)

    async def test_in_private_with_the_names(self, asked: Desk):
        assert "1. autre" in told(asked)
        assert "2. perso (vos réunions y sont écrites" in told(asked)
        assert "3. Projet" in told(asked)
        assert said(asked).endswith("Je vous réponds en message direct.")

    async def test_a_reaction_chooses(self, asked: Desk):
        await self.chooses(asked, "3️⃣")
        assert ("Projet", SALON) in await given(asked)
        assert "agenda « Projet » d’alice" in said(asked)
        assert "« Projet » crée maintenant des réunions" in told(asked)

    async def test_the_right_is_that_of_the_reaction(self, asked: Desk):
        moderate(asked.office)
        await self.chooses(asked)
        assert ("autre", None) in await given(asked)
        assert "Seuls les modérateurs" in told(asked)

    async def test_somebody_else_chooses_nothing(self, asked: Desk):
        moderate(asked.office, ALICE, BOB)
        await self.chooses(asked, by=BOB)
        assert all(salon is None for _, salon in await given(asked))


class TestEnded:
    @pytest_asyncio.fixture(loop_scope="session")
    async def given_one(self, desk: Desk) -> Desk:
        await desk.says("!visio agenda salon")
        return desk

    async def ended(self, desk: Desk) -> bool:
        await creates(desk, "Après")
        assert await meetings(desk) == []
        return all(salon is None for _, salon in await given(desk))

    @pytest.mark.parametrize(
        "line", ["agenda salon retirer", "calendar salon remove", "agenda salon retirer autre"]
    )
    async def test_by_who_linked_it(self, given_one: Desk, line: str):
        moderate(given_one.office)
        await given_one.says(f"!visio {line}", "stop")
        assert "n’est plus celui de ce salon" in said(given_one)
        assert await self.ended(given_one)

    async def test_by_another_moderator(self, given_one: Desk):
        moderate(given_one.office, BOB)
        await given_one.says("!visio agenda salon retirer", "stop", sender=BOB)
        assert await self.ended(given_one)

    @pytest.mark.parametrize("sender", [BOB, PAUL])
    async def test_not_by_others(self, given_one: Desk, sender: UserId):
        await given_one.says("!visio agenda salon retirer", "stop", sender=sender)
        assert ("autre", SALON) in await given(given_one)

    async def test_by_direct_message(self, given_one: Desk):
        given_one.office.account.enter(DIRECT, [ALICE], direct=True)
        lines = await given_one.says("!visio agenda salon retirer", "stop", salon=DIRECT)
        assert any("ne créent plus de réunions dans un salon : autre" in one for one in lines)
        assert "n’est plus celui de ce salon" in said(given_one)
        assert await self.ended(given_one)

    async def test_where_there_is_none(self, desk: Desk):
        (line,) = await desk.says("!visio agenda salon retirer")
        assert line.startswith("Aucun agenda ne crée de réunions ici")

    async def test_it_rests_while_its_owner_is_no_moderator(self, given_one: Desk):
        moderate(given_one.office)
        await creates(given_one, "Premier")
        await creates(given_one, "Second")
        assert await meetings(given_one) == []
        assert told(given_one).count("ne crée pas de réunions en ce moment") == 1
        assert "Premier" not in said(given_one)
        await given_one.says("!visio agenda état", "state")
        assert "ne crée plus de réunions, faute d’y être modérateur" in told(given_one)
        moderate(given_one.office, ALICE)
        await creates(given_one, "Troisième")
        assert await meetings(given_one) == [("Troisième", ALICE)]

    async def test_who_asks_by_the_tag_while_it_rests_has_a_meeting_of_their_own(
        self, given_one: Desk
    ):
        moderate(given_one.office)
        await creates(given_one, "Comité #visio")
        assert await meetings(given_one) == []
        assert "Comité" in told(given_one)

    async def test_when_its_owner_leaves_the_salon(self, given_one: Desk):
        given_one.office.state(
            members=frozenset({PARVIS, BOB}), departed=frozenset({ALICE}), levels={}
        )
        await given_one.office.hears(
            MembersChanged(event=EventId("$left"), salon=SALON, sent_at=START)
        )
        assert "n’est plus celui de ce salon" in said(given_one)
        assert "Vous avez quitté un salon dont « autre » était l’agenda" in told(given_one)
        assert await self.ended(given_one)

    async def test_when_its_owner_unlinks_the_account(self, given_one: Desk):
        await given_one.says("!visio agenda délier", "unlink")
        assert "n’est plus celui de ce salon" in said(given_one)
        assert await given(given_one) == []

    async def test_when_parvis_leaves_the_salon(self, given_one: Desk):
        account = given_one.office.account
        del account.salons[SALON]
        removed = Removed(event=EventId("$out"), salon=SALON, sent_at=START, by=BOB)
        await given_one.office.hears(removed)
        assert "Je ne suis plus dans un salon dont « autre » était l’agenda" in told(given_one)
        assert await self.ended(given_one)

    async def test_after_an_upgrade_it_is_the_new_salons(self, given_one: Desk):
        account = given_one.office.account
        account.tombstones[SALON] = NEW
        account.enter(NEW, [ALICE], predecessor=SALON, levels={ALICE: 100})
        moved = Upgraded(event=EventId("$u"), salon=SALON, sent_at=START, replacement=NEW, by=ALICE)
        await given_one.office.hears(moved)
        assert ("autre", NEW) in await given(given_one)
        await creates(given_one)
        assert any("Comité" in one for one in given_one.office.bodies(NEW))


class TestOrganiser:
    @pytest_asyncio.fixture(loop_scope="session")
    async def given_one(self, desk: Desk) -> Desk:
        await desk.says("!visio agenda salon")
        return desk

    async def test_the_agent_of_organizer_if_they_are_in_the_salon(self, given_one: Desk):
        await creates(given_one, "Point", "ORGANIZER;CN=Bob:mailto:BOB@beta.gouv.fr")
        assert await meetings(given_one) == [("Point", BOB)]

    async def test_who_linked_if_that_agent_is_not(self, given_one: Desk):
        given_one.office.state(members=frozenset({PARVIS, ALICE}))
        await creates(given_one, "Point", "ORGANIZER:mailto:bob@beta.gouv.fr")
        assert await meetings(given_one) == [("Point", ALICE)]

    @pytest.mark.parametrize("who", ["lea@partenaire.example", "nobody@beta.gouv.fr"])
    async def test_who_linked_if_nobody_is_known(self, given_one: Desk, who: str):
        await creates(given_one, "Point", f"ORGANIZER:mailto:{who}")
        assert await meetings(given_one) == [("Point", ALICE)]

    async def test_its_event_is_deleted_by_who_linked_and_it_is_cancelled(self, given_one: Desk):
        href = await creates(given_one, "Point", "ORGANIZER:mailto:bob@beta.gouv.fr")
        given_one.servers.remove(href)
        await given_one.poll()
        await given_one.later(PACE.soon)
        assert "est annulée" in said(given_one)


@pytest.mark.parametrize("hiding", ["PRIVATE", "CONFIDENTIAL", "X-CABINET"])
async def test_what_is_hidden_never_shows_in_the_salon(desk: Desk, hiding: str):
    await desk.says("!visio agenda salon")
    before = len(desk.office.bodies())
    href = await creates(
        desk,
        "Licenciement",
        f"CLASS:{hiding}",
        "LOCATION:Bureau 12",
        "ATTENDEE:mailto:bob@beta.gouv.fr",
        "ORGANIZER:mailto:bob@beta.gouv.fr",
    )
    assert len(desk.office.bodies()) == before
    assert await meetings(desk) == []
    assert all("Licenciement" not in one for one in desk.office.bodies(SALON))
    assert f"CLASS:{hiding}" in desk.servers.text(href)


def test_a_question_is_read_back_from_its_key():
    calendars = (CalendarId(uuid7(START)), CalendarId(uuid7(START)))
    asked = CalendarQuestion(line="$line:x", salon=SALON, calendars=calendars)
    assert question_in(asked.key) == asked
    assert question_in("slots:x") is None
    assert question_in(None) is None
