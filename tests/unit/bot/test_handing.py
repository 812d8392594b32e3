"""`confier`, `reprendre`: another organiser for a meeting, and one who has left the salon."""

from datetime import timedelta

import pytest

from bridge.errors import VisioUnknownAgent, VisioUnreachable
from bridge.ids import EventId, SalonId, UserId
from bridge.services.invitations.invitations import Guest
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, START, Office

CAROL = UserId("@carol:agent.tchap")
LEA = Guest("Léa Roux", "lea@partenaire.example")
NEW = SalonId("!new:agent.tchap")


async def ready(office: Office) -> EventId:
    """Have a meeting tomorrow, and return its card."""
    office.account.names.update({ALICE: "Alice Martin [Org]", BOB: "Bob Durand [Org]"})
    office.state(
        shown={ALICE: "Alice Martin [Org]", BOB: "Bob Durand [Org]", PAUL: "Paul Ext"},
        names=frozenset({"Alice Martin [Org]", "Bob Durand [Org]", "Paul Ext"}),
    )
    await office.says('!visio demain 14h "Point budget"', "ask")
    card = (await office.house.of())[1].card
    assert card is not None
    return card


async def organiser(office: Office) -> UserId:
    return (await office.house.of())[0].organiser


class TestConfier:
    @pytest.mark.parametrize(
        "line",
        [
            "confier à @bob:agent.tchap",
            "confier @bob:agent.tchap",
            "confie la réunion à Bob Durand",
            "confier à Bob",
            'confier "Point budget" à @bob:agent.tchap',
            "confier Point budget à Bob Durand",
            "confier à bob@beta.gouv.fr",
            "hand over to @bob:agent.tchap",
            "hand over the meeting to Bob Durand",
            'hand over "Point budget" to Bob',
        ],
    )
    async def test_to_a_member_of_the_salon(self, office: Office, line: str):
        await ready(office)
        answers = await office.says(f"!visio {line}", "hand")
        assert await organiser(office) == BOB
        assert "dès que sa salle Visio sera créée" in answers[0].body
        done = answers[-1].body
        assert done.startswith("Bob Durand [Org] organise désormais")
        assert office.house.visio.made[1].url in done
        assert "!visio confier à @alice:agent.tchap" in done
        (told,) = office.private(BOB)
        assert "Point budget" in told

    async def test_the_card_follows(self, office: Office):
        await ready(office)
        before = office.bodies()[0]
        assert office.house.visio.made[0].url in before
        await office.says("!visio confier à Bob", "hand")
        (card, *_) = office.bodies()
        assert office.house.visio.made[1].url in card
        assert office.house.visio.made[0].url not in card
        assert "Bob Durand" in card

    async def test_the_line_that_undoes_it_does(self, office: Office):
        card = await ready(office)
        await office.says("!visio confier à Bob", "hand")
        office.house.clock.forward(timedelta(minutes=2))
        line = "!visio confier à @alice:agent.tchap"
        await office.says(line, "back", sender=BOB, reply_to=card)
        assert await organiser(office) == ALICE
        assert len(office.house.visio.made) == 3

    async def test_the_link_is_that_of_the_new_room(self, office: Office):
        await ready(office)
        await office.says("!visio confier à Bob", "hand")
        (answer,) = await office.says("!visio lien", "link")
        assert office.house.visio.made[1].url in answer.body

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("confier à @carol:agent.tchap", "n’est pas dans ce salon"),
            ("confier à @paul:externe.tchap", "n’est pas un agent"),
            ("confier à jean@partenaire.example", "n’est pas un agent"),
            ("confier à Zoé", "aucun agent du nom de « Zoé »"),
            ("confier à @parvis:agent.tchap", "Je n’organise pas de réunion moi-même"),
            ("confier à @alice:agent.tchap", "Vous organisez déjà"),
            ("confier", "!visio aide confier"),
            ("confier à Bob et Alice", "!visio confier"),
        ],
    )
    async def test_whom_it_can_not_be_handed_over_to(self, office: Office, line: str, said: str):
        await ready(office)
        (answer,) = await office.says(f"!visio {line}", "hand")
        assert said in answer.body.replace("\u00a0", " ").replace("\u202f", " ")
        assert await organiser(office) == ALICE
        assert len(office.house.visio.asked) == 1

    async def test_an_agent_in_whose_name_visio_can_make_no_room(self, office: Office):
        await ready(office)
        del office.house.identities.emails[BOB]
        (answer,) = await office.says("!visio confier à Bob", "hand")
        assert "Je ne connais pas l’adresse mail de Bob Durand" in answer.body
        assert await organiser(office) == ALICE

    async def test_of_two_with_that_name_neither(self, office: Office):
        await ready(office)
        members = office.account.salons[SALON].members | {CAROL}
        shown = {**office.account.salons[SALON].shown, CAROL: "Bob Durand [Ailleurs]"}
        office.state(members=members, shown=shown)
        (answer,) = await office.says("!visio confier à Bob Durand", "hand")
        assert "Mentionnez la bonne personne" in answer.body
        assert await organiser(office) == ALICE

    async def test_in_a_direct_message_it_is_typed_in_the_salon(self, office: Office):
        await ready(office)
        direct = SalonId("!direct-alice:agent.tchap")
        office.account.enter(direct, [ALICE], direct=True)
        (answer,) = await office.says("confier à Bob", "hand", salon=direct)
        assert "dans le salon de la réunion" in answer.body

    async def test_visio_makes_no_room(self, office: Office):
        await ready(office)
        office.house.visio.troubles.append(VisioUnknownAgent())
        answers = await office.says("!visio confier à Bob", "hand")
        assert "ne connaît pas encore cette personne" in answers[-1].body
        assert "Alice Martin [Org] en reste l’organisateur" in answers[-1].body
        assert await organiser(office) == ALICE
        assert office.house.visio.made[0].url in office.bodies()[0]

    async def test_visio_is_away_for_a_while(self, office: Office):
        await ready(office)
        office.house.visio.troubles.append(VisioUnreachable())
        answers = await office.says("!visio confier à Bob", "hand")
        assert "Visio ne répond pas" in answers[-1].body
        (again,) = await office.says("!visio confier à Bob", "again")
        assert "C’est en cours" in again.body
        (back,) = await office.says("!visio confier à @alice:agent.tchap", "back")
        assert "la demande en cours est abandonnée" in back.body
        await office.house.run_until(START + timedelta(hours=1))
        assert await organiser(office) == ALICE

    async def test_a_guest_s_mail_names_who_never_typed_anything(self, office: Office):
        await ready(office)
        await office.house.invited(LEA)
        await office.house.run_due()
        await office.says("!visio confier à Bob", "hand")
        await office.house.run_until(office.house.clock.now() + timedelta(minutes=5))
        assert office.house.composed[-1].organizer_name == "Bob Durand"
        assert office.house.composed[-1].inviter == "Bob Durand"


class TestReprendre:
    @pytest.mark.parametrize(
        "line", ["reprendre", "take over", 'reprendre "Point budget"', "reprendre Point budget"]
    )
    async def test_by_a_moderator(self, office: Office, line: str):
        card = await ready(office)
        office.state(levels={BOB: 50})
        reply = None if "Point" in line else card
        await office.says(f"!visio {line}", "take", sender=BOB, reply_to=reply)
        assert await organiser(office) == BOB
        (told,) = office.private(ALICE)
        assert "à votre place" in told
        assert office.private(BOB) == []

    async def test_by_nobody_else(self, office: Office):
        await ready(office)
        (answer,) = await office.says("!visio reprendre", "take", sender=BOB)
        assert "modérateurs" in answer.body
        assert await organiser(office) == ALICE
        (answer,) = await office.says("!visio reprendre", "outside", sender=PAUL)
        assert "Seuls les agents" in answer.body

    async def test_one_s_own(self, office: Office):
        await ready(office)
        (answer,) = await office.says("!visio reprendre", "take")
        assert "Vous organisez déjà" in answer.body

    async def test_without_an_address_for_visio(self, office: Office):
        await ready(office)
        office.state(levels={BOB: 50})
        del office.house.identities.emails[BOB]
        (answer,) = await office.says("!visio reprendre", "take", sender=BOB)
        assert "Je ne connais pas votre adresse mail pour Visio" in answer.body
        assert await organiser(office) == ALICE

    async def test_a_title_that_no_meeting_has(self, office: Office):
        await ready(office)
        office.state(levels={BOB: 50})
        await office.says("!visio reprendre Autre sujet", "take", sender=BOB)
        assert await organiser(office) == ALICE


async def test_a_meeting_that_visio_never_made_is_taken_over(office: Office):
    """Visio does not know its organiser any more: the first room is made in another name."""
    office.house.visio.troubles.append(VisioUnknownAgent())
    await office.says('!visio demain 14h "Point budget"', "ask")
    office.state(levels={BOB: 50})
    answers = await office.says("!visio reprendre", "take", sender=BOB)
    assert "je demande la salle à Visio" in answers[0].body
    assert office.house.visio.asked[-1][0] == "bob@beta.gouv.fr"
    meeting, occurrence = await office.house.of()
    assert meeting.organiser == BOB
    assert occurrence.card is not None
