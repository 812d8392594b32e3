"""`admettre`, `refuser` and `accueil`, and what the other commands say where the salon admits."""

import pytest
import pytest_asyncio

from bridge.domain.invitation import Standing
from bridge.domain.seat import SeatEnd
from bridge.ids import EventId, SalonId
from bridge.services.invitations.invitations import Guest
from tests.services.house import MINUTE
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, Office
from tests.unit.bot.porch import opened, seen, standing, waits

LEA = Guest("Léa Roux", "lea@partenaire.example")
DIRECT = SalonId("!direct-alice:agent.tchap")


@pytest_asyncio.fixture(loop_scope="session")
async def porch(office: Office) -> Office:
    """An office with a meeting in progress, whose guests the salon admits."""
    return await opened(office)


class TestAdmit:
    async def test_by_name(self, porch: Office):
        jean, notice = await waits(porch)
        (answer,) = await porch.says("!visio admettre Jean Dupont", "b", sender=BOB)
        assert answer.body == "Jean Dupont peut entrer dans « Budget »."
        assert await standing(porch, jean) is Standing.ADMITTED
        assert seen(porch, notice).body == "Jean Dupont : entrée accordée par bob."

    async def test_a_name_that_a_member_has_is_asked_about_with_a_mark(self, porch: Office):
        names = frozenset({"Alice Martin [Dinum]"})
        porch.account.enter(SALON, [ALICE, BOB], names=names)
        _, notice = await waits(porch, name="Аlісе Маrtіn")  # in Cyrillic
        assert ", homonyme d’un membre du salon) attend" in seen(porch, notice).body
        _, notice = await waits(porch, LEA)
        assert "homonyme" not in seen(porch, notice).body

    async def test_the_only_one_without_a_name(self, porch: Office):
        jean, _ = await waits(porch)
        await porch.says("!visio admettre", "b")
        assert await standing(porch, jean) is Standing.ADMITTED

    async def test_by_answering_the_notice(self, porch: Office):
        jean, _ = await waits(porch)
        lea, notice = await waits(porch, LEA)
        await porch.says("!visio admettre", "b", reply_to=notice)
        assert await standing(porch, lea) is Standing.ADMITTED
        assert await standing(porch, jean) is Standing.WAITING

    async def test_the_notice_counts_only_where_it_was_written(self, porch: Office):
        jean, notice = await waits(porch)
        other = SalonId("!other:agent.tchap")
        porch.account.enter(other, [BOB])
        (answer,) = await porch.says("!visio admettre", "b", reply_to=notice, salon=other)
        assert answer.body.startswith(
            "Le message auquel vous répondez concerne une réunion d’un autre"
        )
        assert await standing(porch, jean) is Standing.WAITING

    async def test_in_private_by_the_organiser(self, porch: Office):
        jean, _ = await waits(porch)
        porch.account.enter(DIRECT, [ALICE], direct=True)
        (answer,) = await porch.says("!visio admettre Jean", "b", salon=DIRECT)
        assert answer.body.startswith("Jean Dupont peut entrer")
        assert await standing(porch, jean) is Standing.ADMITTED

    async def test_not_by_somebody_from_outside(self, porch: Office):
        jean, _ = await waits(porch)
        (answer,) = await porch.says("!visio admettre Jean", "b", sender=PAUL)
        assert answer.body.startswith("Seuls les agents")
        assert await standing(porch, jean) is Standing.WAITING

    async def test_nobody_waits(self, porch: Office):
        (answer,) = await porch.says("!visio admettre Jean", "b")
        assert answer.body == "Personne n’attend à la porte. Voyez !visio invités."

    async def test_nobody_of_that_name_waits(self, porch: Office):
        await waits(porch)
        await waits(porch, LEA)
        (answer,) = await porch.says("!visio admettre Paul", "b")
        assert answer.body == (
            "Personne n’attend sous « Paul ». À la porte : Jean Dupont, Léa Roux."
        )

    async def test_several_might_be_meant(self, porch: Office):
        jean, _ = await waits(porch)
        lea, _ = await waits(porch, LEA)
        (answer,) = await porch.says("!visio admettre", "b")
        assert answer.body == (
            "Plusieurs personnes attendent à la porte. Donnez le nom entier ou le numéro, !visio"
            " admettre 1 par exemple, ou répondez au message qui annonce la bonne :"
            "\n- 1. Jean Dupont\n- 2. Léa Roux"
        )
        await porch.says("!visio admettre 2", "c")
        assert [await standing(porch, one) for one in (jean, lea)] == [
            Standing.WAITING,
            Standing.ADMITTED,
        ]

    async def test_of_several_meetings_the_one_at_whose_door_they_wait(self, porch: Office):
        jean, _ = await waits(porch)
        await porch.says("!visio Autre", "other")
        (answer,) = await porch.says("!visio admettre Jean", "b")
        assert answer.body == "Jean Dupont peut entrer dans « Budget »."
        assert await standing(porch, jean) is Standing.ADMITTED

    async def test_too_late(self, porch: Office):
        _, notice = await waits(porch)
        await porch.reacts(notice, "❌")
        (answer,) = await porch.says("!visio admettre", "b", reply_to=notice)
        assert answer.body.startswith("Trop tard pour Jean Dupont : on a déjà répondu")

    async def test_the_same_line_twice(self, porch: Office):
        await waits(porch)
        await porch.says("!visio admettre", "b")
        assert await porch.says("!visio admettre", "b") == []


class TestRefuse:
    async def test_by_name(self, porch: Office):
        jean, notice = await waits(porch)
        (answer,) = await porch.says("!visio refuser Jean", "b")
        assert answer.body == (
            "Jean Dupont n’entre pas dans « Budget ». Son lien permet de redemander ; pour le"
            " retirer, tapez !visio retirer Jean Dupont."
        )
        assert await standing(porch, jean) is Standing.REFUSED
        assert seen(porch, notice).body == "Jean Dupont : entrée refusée par alice."

    async def test_the_link_lets_them_ask_again(self, porch: Office):
        jean, _ = await waits(porch)
        await porch.says("!visio refuser", "b")
        (guest,) = await porch.house.guests()
        code = porch.wording.minter.code(guest.id, guest.number, guest.key)
        entered = await porch.house.admissions.enter(code, name="Jean Dupont", language="fr")
        assert entered is not None
        await porch.house.admissions.arrive(entered.visit, entered.secret)
        assert await standing(porch, entered) is Standing.WAITING
        assert await standing(porch, jean) is Standing.REFUSED


class TestHost:
    async def test_the_link_goes_to_who_asks_and_to_nobody_else(self, porch: Office):
        answers = await porch.says("!visio accueil", "h")
        (answer,) = [one for one in answers if one.salon == SALON]
        assert answer.body.startswith("Je vous envoie en message direct le lien de l’accueil de")
        (sent,) = porch.private()
        assert sent.startswith("Accueil de « Budget » : https://visio-externes.example/h/")
        assert "/h/" not in "".join(porch.bodies())

    async def test_in_private_the_link_is_the_answer(self, porch: Office):
        porch.account.enter(DIRECT, [ALICE], direct=True)
        (answer,) = await porch.says("!visio host", "h", salon=DIRECT)
        assert answer.body.startswith("Accueil de « Budget »")

    async def test_a_link_that_another_replaced_meanwhile_is_not_said(self, porch: Office):
        await porch.record(porch.line("!visio accueil", "a"), porch.line("!visio accueil", "b"))
        await porch.handle()
        await porch.flush()
        assert len(porch.private()) == 1

    async def test_only_the_organiser_and_moderators(self, porch: Office):
        (answer,) = await porch.says("!visio accueil", "h", sender=BOB)
        assert answer.body.startswith("Seuls alice, qui organise « Budget », et les modérateurs")
        porch.state(levels={BOB: 50})
        await porch.says("!visio accueil", "i", sender=BOB)
        assert len(porch.private(BOB)) == 1

    async def test_of_several_meetings_the_one_at_whose_door_somebody_waits(self, porch: Office):
        await waits(porch)
        await porch.says("!visio Autre", "other")
        await porch.says("!visio accueil", "h")
        assert porch.private()[-1].startswith("Accueil de « Budget »")
        await porch.says("!visio refuser", "r")
        (answer,) = await porch.says("!visio accueil", "i")
        assert answer.body.startswith("De quelle réunion s’agit-il ?")

    async def test_a_title_that_begins_with_the_word_is_a_title(self, porch: Office):
        await porch.says("!visio Accueil des stagiaires", "t")
        assert "Réunion Visio : Accueil des stagiaires" in porch.bodies()[-1]
        assert porch.private() == []


class TestElsewhere:
    @pytest.mark.parametrize("line", ["!visio admettre Jean", "!visio refuser", "!visio accueil"])
    async def test_where_visio_admits(self, office: Office, line: str):
        await office.says("!visio Budget")
        (answer,) = await office.says(line, "b")
        assert answer.body.startswith("Ici, c’est dans Visio que l’on fait entrer")

    async def test_help_speaks_of_it_only_where_the_salon_admits(self, office: Office):
        (before,) = await office.says("!visio aide", "a")
        await opened(office)
        (after,) = await office.says("!visio aide", "b")
        assert "admettre" not in before.body
        assert "admettre" in after.body


class TestInside:
    async def test_revoking_puts_out(self, porch: Office):
        jean, notice = await waits(porch)
        await waits(porch, LEA)
        await porch.reacts(notice, "✅")
        async with porch.house.store.reading() as work:
            held = await work.seats.of_visit(jean.visit)
        assert held is not None
        porch.house.media.sit(held)
        answer, out = await porch.says("!visio retirer tous", "c")
        assert answer.body == (
            "Liens retirés. Sortie immédiate de la réunion : Jean Dupont. Ces personnes ne peuvent"
            " plus entrer avec leur lien :\n- Jean Dupont (jean@partenaire.example)"
            "\n- Léa Roux (lea@partenaire.example)\nUn mail en prévient 2 partenaires externes."
        )
        assert out.body == "Jean Dupont : hors de la réunion en 0,1 s, nouvelle entrée refusée."
        assert porch.house.media.rooms[held.room] == set()
        async with porch.house.store.reading() as work:
            ended = await work.seats.of_visit(jean.visit)
        assert ended is not None
        assert ended.why is SeatEnd.REVOKED

    async def test_revoking_who_only_waits(self, porch: Office):
        await waits(porch)
        (answer,) = await porch.says("!visio retirer Jean", "c")
        assert answer.body == (
            "Lien retiré : Jean Dupont (jean@partenaire.example) ne peut plus entrer avec ce lien."
        )

    async def test_ending_puts_out(self, porch: Office):
        _, notice = await waits(porch)
        await porch.reacts(notice, "✅")
        (answer,) = await porch.says("!visio terminer", "c")
        assert "Les personnes entrées par un lien sortent de la réunion maintenant" in answer.body
        assert "de la réunion" not in porch.bodies()[0], "it is over as it is read"

    async def test_ending_with_nobody_inside(self, porch: Office):
        await waits(porch)
        (answer,) = await porch.says("!visio terminer", "c")
        assert answer.body.startswith(
            "« Budget » est terminée : plus aucun lien d’invitation n’y mène. Pour la rouvrir"
        )


class TestCard:
    async def row(self, porch: Office) -> str:
        """Return the card's state of its only guest; check that the list has the same."""
        await porch.flush()
        (row,) = [line for line in porch.bodies()[0].splitlines() if line.startswith("- Jean")]
        state = row.rpartition(" : ")[2].rpartition(", ")[2]
        event = f"list-{porch.house.clock.now()}"
        (answer,) = await porch.says("!visio invités", event, reply_to=EventId("$ask"))
        assert answer.body.endswith(state)
        return state

    async def test_waiting_then_let_in_then_out(self, porch: Office):
        _, notice = await waits(porch)
        assert await self.row(porch) == "attend à la porte"
        await porch.reacts(notice, "✅")
        porch.house.clock.forward(MINUTE)
        assert await self.row(porch) == "entrée accordée"

    async def test_refused(self, porch: Office):
        _, notice = await waits(porch)
        await porch.reacts(notice, "❌")
        assert await self.row(porch) == "entrée refusée"

    async def test_what_is_promised_is_what_is_enforced(self, porch: Office):
        (told,) = await porch.says("!visio inviter jean@partenaire.example", "invite")
        assert "Quand son lien se ferme, Parvis la fait sortir de la réunion." in told.body
        assert "une personne déjà admise reste" not in told.body

    async def test_out_at_the_end_and_asked_about_again(self, porch: Office):
        jean, notice = await waits(porch)
        await porch.reacts(notice, "✅")
        _, occurrence = await porch.house.of()
        await porch.house.run_until(occurrence.end + porch.house.policy.graces.after)
        assert await self.row(porch) == "lien expiré"
        await porch.says("!visio prolonger 30min", "d", reply_to=EventId("$ask"))
        porch.house.clock.forward(MINUTE)
        assert await standing(porch, jean) is Standing.WAITING
        assert await self.row(porch) == "a suivi son lien"
        porch.house.clock.forward(MINUTE)
        await porch.house.admissions.arrive(jean.visit, jean.secret)
        assert await self.row(porch) == "attend à la porte"
