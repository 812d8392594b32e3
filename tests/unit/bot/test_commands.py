"""Each command, from the line to the words people read."""

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.language.vocabulary import NAMES
from bridge.domain.admission import KNOCK_KEYED, LIVEKIT
from bridge.domain.meeting import MeetingState
from bridge.domain.message import GuestPin, ToPerson
from bridge.domain.proof import Proof
from bridge.errors import VisioNotDelegated, VisioUnconfirmed, VisioUnknownAgent, VisioUnreachable
from bridge.i18n import Language
from bridge.ids import EventId, MeetingId, OccurrenceId, SalonId, uuid7
from bridge.services.visits.proofs import pin_of
from tests.unit.bot.office import ALICE, BOB, SALON, Office, starts

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WHEN = "mardi 1er décembre 2026, 10h00–11h00 (heure de Paris)"
DIRECT = SalonId("!direct-alice:agent.tchap")


@pytest_asyncio.fixture(loop_scope="session")
async def met(office: Office) -> Office:
    """An office with a meeting in progress."""
    await office.says("!visio Budget", "ask")
    office.house.clock.forward(MINUTE)
    return office


class TestMeeting:
    async def test_now(self, office: Office):
        (card,) = await office.says("!visio")
        assert starts([card]) == ["Réunion Visio"]
        assert f"{WHEN}, 1 h, par alice\n" in card.body
        assert "État : en cours" in card.body

    async def test_later(self, office: Office):
        (card,) = await office.says("!visio demain 14h30 45min Point")
        assert starts([card]) == ["Réunion Visio : Point"]
        assert (
            "mercredi 2 décembre 2026, 14h30–15h15 (heure de Paris, UTC+1), 45 min, par alice\n"
            in card.body
        )
        assert "État : prévue" in card.body

    async def test_in_another_zone_than_the_salons(self, office: Office):
        (card,) = await office.says("!visio demain 14h heure de Cayenne 1h Point")
        assert "14h00–15h00 (heure de Cayenne, UTC−3 ; 18h00–19h00 à Paris), 1 h" in card.body

    async def test_by_an_organiser_in_another_zone(self, office: Office):
        direct = SalonId("!direct:agent.tchap")
        office.account.enter(direct, [ALICE], direct=True)
        await office.says("réglages fuseau La Réunion", "a", salon=direct)
        (card,) = await office.says("!visio demain 14h Point", "b")
        assert "15h00 (heure de Paris, UTC+1 ; 17h00–18h00 à La Réunion), 1 h" in card.body

    async def test_each_date_of_a_series_says_that_it_comes_again(self, office: Office):
        said = await office.says("!visio tous les mercredis 9h Point sauf le 16 décembre", "a")
        (card,) = [one for one in said if one.body.startswith("Réunion Visio")]
        assert "\nRevient : tous les mercredis sauf le 16 décembre 2026\n" in card.body
        before = len(office.account.sent)
        await office.house.run_until(office.house.clock.now() + timedelta(days=8))
        await office.flush()
        posted = [one for one in office.account.sent[before:] if one.edits is None]
        (later,) = [one for one in posted if one.body.startswith("Réunion Visio")]
        assert "mercredi 9 décembre 2026, 09h00–10h00 (heure de Paris, UTC+1)" in later.body
        assert "\nRevient : tous les mercredis sauf le 16 décembre 2026\n" in later.body

    async def test_in_the_level_and_zone_of_the_salon(self, office: Office):
        await office.says("!visio langue en", "a")
        (card,) = await office.says("!visio tomorrow 14:30 Budget", "b")
        assert "Wednesday, 2 December 2026" in card.body


OTHER = SalonId("!other:agent.tchap")
FAR = SalonId("!far:agent.tchap")


class TestLists:
    """One's meetings of all salons, in a direct message; a salon's, in the salon."""

    @pytest_asyncio.fixture(loop_scope="session")
    async def busy(self, office: Office) -> Office:
        """Tuesday, 1 December: Alice organises four meetings, and answers about those of Bob."""
        account = office.account
        account.enter(DIRECT, [ALICE], direct=True)
        account.enter(SALON, [ALICE, BOB], name="Projet Éole")
        account.enter(OTHER, [ALICE, BOB], name="Bureau")
        account.enter(FAR, [BOB], name="Secret")
        lines = [
            ("14h30 Budget", ALICE, SALON, None),
            ("demain 23h30 Nuit", ALICE, SALON, None),
            ("tous les jeudis 9h Point jusqu'au 11 décembre", ALICE, OTHER, None),
            ("demain 10h Revue", BOB, OTHER, "présent"),
            ("demain 11h Audit", BOB, OTHER, "absent"),
            ("dimanche 6 décembre 18h Bilan", BOB, OTHER, "peut-être"),
        ]
        for number, (line, sender, salon, answer) in enumerate(lines):
            said = await office.says(f"!visio {line}", f"m{number}", sender=sender, salon=salon)
            card = next(one for one in said if one.body.startswith("Réunion Visio"))
            if answer:
                about = {"salon": salon, "reply_to": card.event}
                await office.says(f"!visio {answer}", f"a{number}", **about)
        return office

    async def test_by_day_with_the_salon(self, busy: Office):
        (answer,) = await busy.says("liste", "x", salon=DIRECT)
        assert answer.body == (
            "Vos réunions en cours et à venir (heure de Paris) :\n"
            "- mardi 1er décembre 2026 :\n"
            "  - 14h30–15h30, Budget, dans Projet Éole\n"
            "- mercredi 2 décembre 2026 :\n"
            "  - 10h00–11h00, Revue, dans Bureau\n"
            "  - 23h30–jeudi 3 décembre 2026, 00h30, Nuit, dans Projet Éole\n"
            "- jeudi 3 décembre 2026 :\n"
            "  - 09h00–10h00, Point, dans Bureau, puis tous les jeudis jusqu’au 11 décembre 2026 : "
            "1 autre date d’ici le jeudi 10 décembre 2026\n"
            "- dimanche 6 décembre 2026 :\n"
            "  - 18h00–19h00, Bilan, dans Bureau"
        )
        html = answer.content["formatted_body"]
        assert "<li>mardi 1er décembre 2026\u00a0:<ul><li>14h30–15h30, <strong>Budget" in str(html)

    @pytest.mark.parametrize("line", ["liste aujourd'hui", "liste du jour", "list today"])
    async def test_today(self, busy: Office, line: str):
        (answer,) = await busy.says(line, "x", salon=DIRECT)
        assert answer.body.startswith("Vos réunions d’aujourd’hui (heure de Paris) :\n- mardi")
        assert titles(answer.body) == ["Budget"]

    @pytest.mark.parametrize("line", ["liste semaine", "liste de cette semaine", "list this week"])
    async def test_until_sunday(self, busy: Office, line: str):
        (answer,) = await busy.says(line, "x", salon=DIRECT)
        assert answer.body.startswith("Vos réunions d’ici dimanche (heure de Paris) :\n- mardi")
        assert titles(answer.body) == ["Budget", "Revue", "Nuit", "Point", "Bilan"]

    async def test_in_english(self, busy: Office):
        await busy.says("language en", "l", salon=DIRECT)
        (answer,) = await busy.says("list today", "x", salon=DIRECT)
        assert answer.body == (
            "Your meetings today (Paris time):\n"
            "- Tuesday, 1 December 2026:\n"
            "  - 14:30–15:30, Budget, in Projet Éole"
        )

    async def test_in_ones_own_zone_days_and_weeks_too(self, busy: Office):
        await busy.says("réglages fuseau Nouméa", "z", salon=DIRECT)
        (answer,) = await busy.says("liste aujourd'hui", "x", salon=DIRECT)
        assert "00h30–01h30" not in answer.body, "in Nouméa it is tomorrow"
        (answer,) = await busy.says("liste semaine", "y", salon=DIRECT)
        assert (
            "(heure de Nouméa) :\n- mercredi 2 décembre 2026 :\n  - 00h30–01h30, B" in answer.body
        )
        assert "Bilan" not in answer.body, "on Monday there"

    async def test_of_no_salon_that_one_left(self, busy: Office):
        busy.account.enter(OTHER, [BOB], name="Bureau")
        (answer,) = await busy.says("liste", "x", salon=DIRECT)
        assert titles(answer.body) == ["Budget", "Nuit", "Point"], "their own, to cancel"
        assert "Bureau" not in answer.body

    async def test_of_a_salon_that_cannot_be_read(self, busy: Office):
        del busy.account.salons[OTHER]
        (answer,) = await busy.says("liste semaine", "x", salon=DIRECT)
        assert titles(answer.body) == ["Budget", "Nuit", "Point"]

    async def test_nothing_of_others(self, busy: Office):
        room = SalonId("!direct-bob:agent.tchap")
        busy.account.enter(room, [BOB], direct=True)
        (answer,) = await busy.says("liste", "x", salon=room, sender=BOB)
        assert titles(answer.body) == ["Revue", "Audit", "Bilan"]
        (answer,) = await busy.says("liste aujourd'hui", "y", salon=room, sender=BOB)
        assert answer.body == "Aucune réunion aujourd’hui. Toutes celles à venir : !visio liste."

    async def test_of_the_salon_alone(self, busy: Office):
        (answer,) = await busy.says("!visio liste semaine", "x", salon=OTHER)
        assert answer.body.startswith("Réunions d’ici dimanche :\n- Revue, mercredi 2 décembre")
        assert "Budget" not in answer.body
        assert "10 décembre" not in answer.body
        (answer,) = await busy.says("!visio liste aujourd’hui", "y", salon=OTHER)
        assert answer.body == "Aucune réunion aujourd’hui. Toutes celles à venir : !visio liste."

    async def test_a_series_is_one_row_of_its_salon(self, busy: Office):
        (answer,) = await busy.says("!visio liste", "x", salon=OTHER)
        series = [line for line in answer.body.splitlines() if "Point" in line]
        assert series == [
            (
                "- Point, jeudi 3 décembre 2026, 09h00–10h00 (heure de Paris), puis tous les jeudis "
                "jusqu’au 11 décembre 2026 : 1 autre date d’ici le jeudi 10 décembre 2026"
            )
        ]
        busy.house.clock.at += timedelta(days=3)
        (answer,) = await busy.says("!visio liste", "y", salon=OTHER)
        assert (
            "- Point, jeudi 10 décembre 2026, 09h00–10h00 (heure de Paris)\n" in answer.body + "\n"
        )

    async def test_of_a_day_and_a_week_each_date_is_there(self, office: Office):
        office.account.enter(DIRECT, [ALICE], direct=True)
        await office.says("!visio tous les jours à 15h Point", "m")
        (answer,) = await office.says("liste semaine", "x", salon=DIRECT)
        assert titles(answer.body) == ["Point"] * 6
        (answer,) = await office.says("!visio liste semaine", "y")
        assert answer.body.count("- Point, ") == 6

    async def test_those_whose_card_names_them(self, busy: Office):
        room = SalonId("!direct-bob:agent.tchap")
        busy.account.enter(room, [BOB], direct=True)
        await busy.says("!visio inviter bob@beta.gouv.fr", "n", reply_to=EventId("$m0"))
        (answer,) = await busy.says("liste", "x", salon=room, sender=BOB)
        assert titles(answer.body) == ["Budget", "Revue", "Audit", "Bilan"]
        await busy.says("!visio retirer bob@beta.gouv.fr", "o", reply_to=EventId("$m0"))
        (answer,) = await busy.says("liste", "y", salon=room, sender=BOB)
        assert "Budget" not in answer.body

    async def test_other_words_are_refused(self, busy: Office):
        (answer,) = await busy.says("!visio liste noire", "x")
        assert "noire" in answer.body

    async def test_fifty_at_most(self, office: Office):
        office.account.enter(DIRECT, [ALICE], direct=True)
        many = replace(office.house.policy.limits, rooms=60, salon_rooms=60)
        office.choose(limits=many)
        for number in range(52):
            start = office.house.clock.now() + timedelta(hours=2 * number + 1)
            await office.house.met(f"m{number}", start=start)
        said = await office.says("liste", "x", salon=DIRECT)
        (answer,) = [one for one in said if one.salon == DIRECT]
        assert answer.body.startswith("Vos 50 premières réunions en cours et à venir (heure de")
        assert len(titles(answer.body)) == 50


def titles(body: str) -> list[str]:
    """Return the titles of a list by day."""
    rows = [line.partition(", puis ")[0] for line in body.split("\n") if line.startswith("  - ")]
    return [
        row.rpartition(", dans ")[0].rpartition(", ")[2] or row.rpartition(", ")[2] for row in rows
    ]


class TestLink:
    async def test_of_the_meeting(self, met: Office):
        (answer,) = await met.says("!visio lien", "b")
        assert answer.body == f"Budget, {WHEN} : https://visio.example/abc-defg-000"

    @pytest.mark.parametrize("error", [VisioUnknownAgent, VisioNotDelegated, VisioUnconfirmed])
    async def test_asks_visio_again_when_a_person_says_so(self, office: Office, error):
        office.house.visio.troubles.append(error())
        await office.says("!visio Budget")
        told, card = await office.says("!visio lien", "b")
        assert told.body == "« Budget » n’a pas encore de lien : je redemande à Visio."
        assert "https://visio.example" in card.body

    async def test_asks_again_days_later(self, office: Office):
        office.house.visio.troubles.append(VisioUnknownAgent())
        await office.says("!visio Budget")
        office.house.clock.forward(timedelta(days=2))
        _, card = await office.says("!visio lien", "b")
        assert "jeudi 3 décembre 2026, 10h00–11h00" in card.body

    async def test_does_not_ask_twice_at_once(self, office: Office):
        """The agenda asks by itself while Visio is silent; another request would make two rooms."""
        office.house.visio.troubles.append(VisioUnreachable())
        await office.says("!visio Budget")
        (told,) = await office.says("!visio lien", "b")
        assert "je redemande à Visio" in told.body
        assert len(office.house.visio.asked) == 1
        await office.house.run_until(office.house.clock.now() + 3 * MINUTE)
        assert len(office.house.visio.asked) == 2

    async def test_who_waited_in_vain_is_told_how_long(self, office: Office):
        office.house.choose(keep_trying=30 * MINUTE)
        office.house.visio.troubles.extend(VisioUnreachable() for _ in range(100))
        await office.says("!visio Budget")
        await office.house.run_until(office.house.clock.now() + HOUR)
        await office.flush()
        told = office.bodies()[-1]
        assert told.startswith("Visio n’a pas répondu depuis 30 min : j’arrête d’essayer")

    async def test_of_one_that_was_ended_before_it_was_made(self, office: Office):
        office.house.visio.troubles.append(VisioUnknownAgent())
        await office.says("!visio Budget")
        await office.says("!visio terminer", "b")
        (answer,) = await office.says("!visio lien", "c", reply_to=EventId("$ask"))
        assert answer.body.startswith("Je ne vois pas de réunion")
        assert (await office.house.of())[0].state is MeetingState.ENDED

    async def test_nothing_here(self, office: Office):
        (answer,) = await office.says("!visio lien")
        assert answer.body.startswith("Je ne vois pas de réunion")


class TestEnd:
    async def test_by_the_organiser(self, met: Office):
        (answer,) = await met.says("!visio terminer", "b")
        assert answer.body == (
            "« Budget » est terminée : plus aucun lien d’invitation n’y mène."
            " Pour la rouvrir, répondez à sa carte : !visio prolonger 30min."
        )
        card, _ = met.bodies()
        assert "État : terminée" in card
        assert "https://" not in card

    async def test_with_somebody_inside(self, met: Office):
        await met.says("!visio inviter Jean", "b")
        await follow(met)
        (answer,) = await met.says("!visio terminer", "c")
        assert "y reste, et peut y revenir sans nouvel accord" in answer.body
        assert "« Quitter » ne met fin à l’appel que pour vous" in answer.body

    async def test_not_by_somebody_else(self, met: Office):
        (answer,) = await met.says("!visio terminer", "b", sender=BOB)
        assert answer.body.startswith("Seuls alice, qui organise « Budget », et les modérateurs")
        assert "en cours" in met.bodies()[0]

    async def test_by_a_moderator(self, met: Office):
        met.state(levels={BOB: 50})
        (answer,) = await met.says("!visio terminer", "b", sender=BOB)
        assert "est terminée" in answer.body


class TestList:
    async def test_empty(self, office: Office):
        (answer,) = await office.says("!visio liste")
        assert answer.body.startswith("Aucune réunion à venir.")

    async def test_of_the_salon(self, met: Office):
        await met.says("!visio demain 14h30", "b")
        (answer,) = await met.says("!visio liste", "c")
        assert answer.body.splitlines() == [
            "Réunions à venir ou en cours :",
            f"- Budget, {WHEN}",
            "- Réunion Visio, mercredi 2 décembre 2026, 14h30–15h30 (heure de Paris)",
        ]

    async def test_of_a_salon_with_many(self, met: Office):
        """Sixty rows would be shown in full; some thousand are more than Matrix takes."""
        meeting, occurrence = await met.house.of()
        async with met.house.store() as work:
            for n in range(60):
                one = replace(meeting, id=MeetingId(uuid7(occurrence.start)), source=f"$many-{n}")
                dated = replace(
                    occurrence, id=OccurrenceId(uuid7(occurrence.start)), meeting=one.id
                )
                await work.meetings.add(one, dated)
        (answer,) = await met.says("!visio liste", "c")
        first, *rows = answer.body.splitlines()
        assert first == "Les 50 premières réunions à venir ou en cours :"
        assert len(rows) == 50

    async def test_in_private_of_the_author(self, met: Office):
        met.account.enter(DIRECT, [ALICE], direct=True)
        await met.says("!visio Secret", "b", sender=BOB)
        (answer,) = await met.says("!visio liste", "c", salon=DIRECT)
        assert titles(answer.body) == ["Budget"]
        assert "  - 10h00–11h00, Budget" in answer.body.splitlines(), "a salon without a name"


def example_in(body: str) -> str:
    """Return the command that an answer proposes."""
    return body[body.index("!visio") :]


async def follow(office: Office) -> None:
    """Have every guest follow their link."""
    for one in await office.house.guests():
        async with office.house.store() as work:
            seen = replace(one, waiting_since=office.house.clock.now())
            await work.invitations.save(seen)


class TestInvite:
    async def test_by_mail_and_by_name(self, met: Office):
        link, answer = await met.says(
            "!visio inviter Léa Roux <lea@partenaire.example>, Jean Dupont", "b"
        )
        assert answer.body.splitlines()[:3] == [
            (
                "Invitations à « Budget », valables de 09h50 à 11h15. Une erreur ?"
                " !visio retirer lea@partenaire.example"
            ),
            "- Léa Roux (lea@partenaire.example) : lien personnel envoyé par mail",
            "- Jean Dupont : je vous envoie le lien personnel en message direct",
        ]
        assert link.salon == DIRECT
        assert "Jean Dupont" in link.body
        assert [one.to for one in met.house.post.sent] == ["lea@partenaire.example"]
        card = met.bodies()[0]
        assert "Partenaires externes (2)" in card
        assert "Léa Roux (partenaire.example)" in card

    async def test_each_link_says_its_window_where_they_differ(self, met: Office):
        await met.says("!visio inviter lea@partenaire.example jusqu’à 10h30", "b")
        answer = (await met.says("!visio inviter lea@partenaire.example, x@y.example", "c"))[-1]
        assert [line for line in answer.body.splitlines() if line.startswith(("- lea", "- x"))] == [
            (
                "- lea@partenaire.example : lien personnel envoyé de nouveau par mail, valable de 09h50"
                " à 10h30"
            ),
            "- x@y.example : lien personnel envoyé par mail, valable de 09h50 à 11h15",
        ]
        assert answer.body.startswith("Invitations à « Budget ». Une erreur ?")

    async def test_what_is_promised_is_told_once_in_a_salon(self, met: Office):
        (first,) = await met.says("!visio inviter x@y.example", "b")
        assert "L’organisateur fait entrer chaque partenaire" in first.body
        met.wire(met.house.store)  # another process knows it too
        (second,) = await met.says("!visio inviter z@y.example", "c")
        assert len(second.body.splitlines()) == 2
        met.choose(mode=LIVEKIT)
        (third,) = await met.says("!visio inviter w@y.example", "d")
        assert "en réagissant par ✅" in third.body

    async def test_again(self, met: Office):
        await met.says("!visio inviter lea@partenaire.example, Jean", "b")
        _, answer = await met.says("!visio inviter lea@partenaire.example, Jean", "c")
        assert "envoyé de nouveau par mail" in answer.body
        assert "je vous envoie de nouveau" in answer.body

    async def test_another_link_is_not_told_as_the_same(self, met: Office):
        """After a withdrawal the old link leads nowhere: nothing is sent again."""
        await met.says("!visio inviter lea@partenaire.example, Jean", "b")
        await met.says("!visio retirer tous", "c")
        _, answer = await met.says("!visio inviter lea@partenaire.example, Jean", "d")
        assert "- lea@partenaire.example : lien personnel envoyé par mail" in answer.body
        assert "- Jean : je vous envoie le lien personnel en message direct" in answer.body

    async def test_with_a_code_or_a_pin(self, met: Office):
        answer = (await met.says("!visio inviter lea@partenaire.example avec code", "b"))[-1]
        assert "envoyé par mail, avec un code à l’entrée" in answer.body
        said = await met.says("!visio inviter Jean Dupont avec pin", "c")
        (answer,) = [one for one in said if one.salon == SALON]
        assert "en message direct, avec un PIN à l’entrée" in answer.body
        told = [one for one in met.private() if one.startswith("PIN d’entrée de Jean Dupont : ")]
        (jean,) = [one for one in await met.house.guests() if one.name == "Jean Dupont"]
        pin = pin_of(jean, met.wording.minter)
        assert [f"{pin[:3]} {pin[3:]}" in one for one in told] == [True]
        assert pin[:3] not in "".join(met.bodies())
        assert [one.proof for one in met.house.composed] == [Proof.MAIL]

    async def test_a_meeting_with_a_code(self, met: Office):
        said = await met.says("!visio 16h Revue avec lea@partenaire.example avec code", "b")
        assert any("envoyé par mail, avec un code à l’entrée" in one.body for one in said)
        assert [one.proof for one in met.house.composed] == [Proof.MAIL]

    async def test_a_code_for_somebody_without_an_address(self, met: Office):
        (answer,) = await met.says("!visio inviter Jean avec code", "b")
        assert answer.body.startswith("Un code s’envoie par mail, et il manque une adresse :")
        assert answer.body.endswith("!visio inviter Jean avec pin")

    async def test_a_pin_whose_link_was_renewed_is_not_told(self, met: Office):
        await met.says("!visio inviter Jean avec pin", "b")
        (jean,) = await met.house.guests()
        to, number = ToPerson(user=ALICE), jean.number
        late = GuestPin(idempotency_key="late", to=to, invitation=jean.id, number=number)
        assert await met.wording.confidence(late, DIRECT) is not None
        older = replace(late, number=number + 1)
        assert await met.wording.confidence(older, DIRECT) is None

    async def test_until(self, met: Office):
        (answer,) = await met.says("!visio inviter lea@partenaire.example jusqu’à 10h30", "b")
        assert "valable de 09h50 à 10h30" in answer.body

    async def test_until_before_the_meeting_is_refused(self, office: Office):
        await office.says("!visio demain 14h30 Point")
        (answer,) = await office.says("!visio inviter x@y.example jusqu’à 13h", "b")
        assert answer.body.startswith("Le lien finirait avant que la réunion ne s’ouvre.")
        (answer,) = await office.says(example_in(answer.body), "c")
        assert "valable le mer. 2 déc. de 14h20 à 15h30" in answer.body

    @pytest.mark.parametrize("language", ["fr", "en"])
    async def test_until_long_after_the_meeting_is_refused(self, met: Office, language: str):
        await met.says(f"!visio langue {language}", "b")
        (answer,) = await met.says("!visio inviter x@y.example jusqu’à demain 12h", "c")
        assert "12 h" in answer.body
        (answer,) = await met.says(example_in(answer.body), "d")
        assert "09" in answer.body
        assert "11" in answer.body

    async def test_somebody_known_by_their_matrix_id_alone(self, met: Office):
        link, answer = await met.says("!visio inviter @paul:externe.tchap", "b")
        assert "- paul : je vous envoie le lien" in answer.body
        assert "Lien d’invitation personnel de paul," in link.body

    async def test_an_untitled_meeting_has_a_name(self, office: Office):
        await office.says("!visio")
        (answer,) = await office.says("!visio inviter x@y.example", "b")
        assert answer.body.startswith("Invitation à « Réunion Visio », valable de ")

    async def test_who_was_forgotten(self, met: Office):
        await met.says("!visio inviter x@y.example", "b")
        async with met.house.store() as work:
            await work.invitations.forget((await met.house.of())[1].id)
        (answer,) = await met.says("!visio invités", "c")
        assert "- nom effacé : lien valable de 09h50 à 11h15" in answer.body


class TestExtend:
    async def test_the_meeting(self, met: Office):
        (answer,) = await met.says("!visio prolonger 30min", "b")
        assert "« Budget » est prolongée : mardi 1er décembre 2026, 10h00–11h30" in answer.body
        assert "10h00–11h30" in met.bodies()[0]

    async def test_the_meeting_without_links_says_nothing_of_them(self, met: Office):
        (answer,) = await met.says("!visio prolonger 30min", "b")
        assert answer.body.endswith("10h00–11h30 (heure de Paris).")

    async def test_the_meeting_with_its_links(self, met: Office):
        await met.says("!visio inviter lea@partenaire.example jusqu’à 11h30", "b")
        (answer,) = await met.says("!visio prolonger 30min", "c")
        assert answer.body.splitlines()[0].endswith(". Les liens d’invitation suivent.")

    @pytest.mark.parametrize("hour", ["10h30", "14h"])
    async def test_a_link_with_an_end_of_its_own_does_not_follow(self, met: Office, hour: str):
        await met.says(f"!visio inviter lea@partenaire.example jusqu’à {hour}", "b")
        await met.says("!visio inviter zoe@partenaire.example", "c")
        (answer,) = await met.says("!visio prolonger 30min", "d")
        assert "sauf ceux qui ont leur propre heure de fin : !visio invités" in answer.body
        await met.says("!visio retirer lea@partenaire.example", "e")
        (answer,) = await met.says("!visio prolonger 30min", "f")
        assert "sauf" not in answer.body

    async def test_the_meeting_until_an_hour(self, met: Office):
        (answer,) = await met.says("!visio prolonger jusqu’à 12h30", "b")
        assert "« Budget » est prolongée : mardi 1er décembre 2026, 10h00–12h30" in answer.body

    async def test_the_meeting_until_an_hour_that_prolongs_nothing(self, met: Office):
        for place, hour in enumerate(("10h30", "11h", "9h")):
            (answer,) = await met.says(f"!visio prolonger jusqu’à {hour}", f"b{place}")
            assert answer.body.startswith("La réunion dure déjà jusque-là, ou plus.")
        assert "10h00–11h00" in met.bodies()[0]

    async def test_a_meeting_over_midnight(self, office: Office):
        await office.says("!visio 23h 150min Nuit", "ask")
        (answer,) = await office.says("!visio prolonger jusqu’à 2h", "b")
        assert "« Nuit » est prolongée : " in answer.body
        _, occurrence = await office.house.of()
        assert occurrence.end.isoformat() == "2026-12-02T01:00:00+00:00"

    async def test_one_link(self, met: Office):
        await met.says("!visio inviter lea@partenaire.example, Jean", "b")
        (answer,) = await met.says("!visio prolonger lea@partenaire.example 30min", "c")
        assert answer.body == (
            "lea@partenaire.example : lien prolongé, valable de 09h50 à 11h45."
            "\nUn mail en prévient 1 partenaire externe."
        )

    async def test_not_by_somebody_else(self, met: Office):
        (answer,) = await met.says("!visio prolonger 30min", "b", sender=BOB)
        assert answer.body.startswith("Seuls alice, qui organise « Budget », et les modérateurs")

    async def test_nobody_called_that(self, met: Office):
        (answer,) = await met.says("!visio prolonger Paul 30min", "b")
        assert answer.body.startswith("Personne n’est invité sous « Paul »")


class TestRevoke:
    async def test_of_nobody_named_is_asked_whose(self, met: Office):
        (answer,) = await met.says("!visio retirer", "a")
        assert answer.body.startswith("Personne n’a de lien valable pour cette réunion.")
        await met.says("!visio inviter Jean", "b")
        for verb in ("retirer", "renvoyer"):
            (answer,) = await met.says(f"!visio {verb}", f"c-{verb}")
            assert answer.body == (
                f"Quel lien {verb} ? Une personne est invitée : Jean. Essayez : !visio {verb} Jean"
            )
        await met.says("!visio inviter Léa", "d")
        (answer,) = await met.says("!visio retirer", "e")
        assert answer.body.startswith("Quel lien retirer ? 2 personnes sont invitées : ")
        assert all(one.revoked_at is None for one in await met.house.guests())

    async def test_one_with_a_civility(self, met: Office):
        await met.says("!visio inviter Jean Dupont <jean@partenaire.example>", "b")
        (answer,) = await met.says("!visio retirer M. Dupont", "c")
        assert answer.body.startswith("Lien retiré : Jean Dupont")

    async def test_one(self, met: Office):
        await met.says("!visio inviter lea@partenaire.example, Jean", "b")
        (answer,) = await met.says("!visio retirer lea@partenaire.example", "c")
        assert answer.body == (
            "Lien retiré : lea@partenaire.example ne peut plus entrer avec ce lien."
            "\nUn mail en prévient 1 partenaire externe."
        )
        assert "lien retiré" in met.bodies()[0]

    async def test_one_who_may_be_inside(self, met: Office):
        await met.says("!visio inviter Jean", "b")
        await follow(met)
        (answer,) = await met.says("!visio retirer Jean", "c")
        assert "elle y reste, et peut y revenir pendant six heures au plus" in answer.body

    async def test_all(self, met: Office):
        await met.says("!visio inviter lea@partenaire.example, Jean", "b")
        (answer,) = await met.says("!visio retirer tous", "c")
        assert answer.body.splitlines() == [
            "Liens retirés. Ces personnes ne peuvent plus entrer avec leur lien :",
            "- lea@partenaire.example",
            "- Jean",
            "Un mail en prévient 1 partenaire externe.",
        ]
        card = met.bodies()[0]
        (answer,) = await met.says("!visio retirer tous", "d")
        assert answer.body.startswith("« Budget » n’a plus de lien d’invitation à retirer.")
        assert met.bodies()[0] == card

    async def test_all_of_nobody(self, met: Office):
        (answer,) = await met.says("!visio retirer tous", "b")
        assert answer.body.startswith("« Budget » n’a plus de lien d’invitation à retirer.")

    async def test_one_twice(self, met: Office):
        await met.says("!visio inviter Jean", "b")
        await met.says("!visio retirer Jean", "c")
        (answer,) = await met.says("!visio retirer Jean", "d")
        assert answer.body.startswith("Personne n’est invité sous « Jean »")

    async def test_by_who_invited_them(self, met: Office):
        await met.says("!visio inviter Jean", "b", sender=BOB)
        (answer,) = await met.says("!visio retirer Jean", "c", sender=BOB)
        assert answer.body.startswith("Lien retiré")

    async def test_not_by_somebody_else(self, met: Office):
        await met.says("!visio inviter Jean", "b")
        (answer,) = await met.says("!visio retirer Jean", "c", sender=BOB)
        assert answer.body.startswith("Seuls alice, qui organise « Budget », et les modérateurs")


class TestAmbiguous:
    @pytest.mark.parametrize("line", ["retirer dupont", "prolonger dupont 1h30"])
    async def test_several_guests_are_named_and_one_is_proposed(self, met: Office, line: str):
        await met.says("!visio inviter Jean Dupont, jean.dupont@partenaire.example", "b")
        (answer,) = await met.says(f"!visio {line}", "c")
        assert "désigne plusieurs personnes : jean.dupont@partenaire.example, Jean" in answer.body
        example = example_in(answer.body)
        assert example == f"!visio {line}".replace("dupont", "jean.dupont@partenaire.example")
        (answer,) = await met.says(example, "d")
        assert "jean.dupont@partenaire.example" in answer.body
        assert "plusieurs" not in answer.body

    @pytest.mark.parametrize(
        "line",
        [
            *("inviter x@y.example", "retirer tous", "prolonger 30min", "terminer", "annuler"),
            *("lien", "invités"),
        ],
    )
    async def test_several_meetings_are_named_and_nothing_is_done(self, office: Office, line: str):
        await office.says("!visio demain 9h Budget", "a")
        await office.says("!visio demain 14h30 Budget", "b")
        (answer,) = await office.says(f"!visio {line}", "c")
        assert answer.body.splitlines() == [
            "De quelle réunion s’agit-il ? Répondez à sa carte en tapant la même ligne. Ici :",
            "- Budget, mercredi 2 décembre 2026, 09h00–10h00 (heure de Paris)",
            "- Budget, mercredi 2 décembre 2026, 14h30–15h30 (heure de Paris)",
        ]
        assert await office.house.guests("b") == []
        second = (await office.house.of("b"))[1].card
        (answer,) = await office.says(f"!visio {line}", "d", reply_to=second)
        assert "De quelle" not in answer.body
        assert any(one in answer.body for one in ("x@y.example", "« Budget »", "14h30–15h30"))


class TestGuests:
    async def test_none(self, met: Office):
        (answer,) = await met.says("!visio invités", "b")
        assert answer.body.startswith("« Budget » n’a pas de partenaire externe.")

    async def test_their_windows_and_states(self, met: Office):
        await met.says("!visio inviter Léa, Jean, Paul, x@y.example", "b")
        await met.says("!visio retirer Jean", "c")
        guests = {one.shown: one for one in await met.house.guests()}
        async with met.house.store() as work:
            await work.invitations.save(
                replace(guests["Paul"], waiting_since=met.house.clock.now())
            )
            await work.invitations.save(replace(guests["x@y.example"], mail_refused=True))
        (answer,) = await met.says("!visio invités", "d")
        assert answer.body.splitlines() == [
            f"Partenaires externes de « Budget », {WHEN} :",
            "- Léa : lien valable de 09h50 à 11h15, lien pas encore suivi",
            "- Jean : lien retiré",
            "- Paul : lien valable de 09h50 à 11h15, a suivi son lien",
            "- x@y.example : lien valable de 09h50 à 11h15, adresse mail refusée",
        ]

    async def test_whose_name_is_a_members(self, met: Office):
        met.account.enter(SALON, [ALICE], names=frozenset({"Jean Dupont [Dinum]", "Léa Roux"}))
        await met.says("!visio inviter Jеan Dupont <a@y.example>, Léa", "b")  # а Cyrillic е
        (answer,) = await met.says("!visio invités", "c")
        jean, lea = answer.body.splitlines()[1:]
        assert "(a@y.example), homonyme d’un membre du salon : lien" in jean
        assert "homonyme" not in lea


class TestHelp:
    async def test_help(self, office: Office):
        (answer,) = await office.says("!visio aide")
        assert answer.body.startswith("Voici ce que je sais faire :\n- ")
        assert len(answer.body.splitlines()) == 7

    @pytest.mark.parametrize("key", NAMES)
    async def test_each_verb_has_its_help(self, office: Office, key: str):
        (answer,) = await office.says(f"!visio aide {NAMES[key][Language.FR]}")
        assert answer.body.startswith(
            "Voici ce que je sais" if key == "help" else "Voici le détail :\n- "
        )

    async def test_help_on_meetings_and_on_what_is_no_subject(self, office: Office):
        (answer,) = await office.says("!visio aide réunion", "a")
        assert "une réunion à l’heure dite" in answer.body
        (answer,) = await office.says("!visio aide cuisine", "b")
        assert answer.body.endswith('entre guillemets : !visio "aide cuisine"')

    async def test_help_on_inviting_says_what_is_promised(self, office: Office):
        (answer,) = await office.says("!visio aide inviter")
        assert "un lien personnel par mail" in answer.body
        assert "L’organisateur fait entrer chaque partenaire" in answer.body

    async def test_what_it_sees(self, office: Office):
        (answer,) = await office.says("!visio diagnostic")
        assert answer.body.splitlines() == [
            "Ce que je vois de ce salon :",
            "- salon chiffré ; je n’y écris jamais en clair",
            "- membres : 4, dont externes : 1",
            "- mon niveau de droits : 0 (0 suffit)",
            "- mon appareil est vérifié par sa signature croisée",
            "- dernière synchronisation il y a 3 s",
            "- votre adresse mail pour Visio est connue (table de l’exploitant)",
            "- fuseau horaire : Europe/Paris",
        ]

    async def test_what_it_does_not_see(self, office: Office):
        office.state(encrypted=False)
        office.house.identities.emails.clear()
        office.blank = True
        (answer,) = await office.says("!visio diagnostic")
        assert "salon non chiffré" in answer.body
        assert "mon appareil n’est pas signé" in answer.body
        assert "pas encore synchronisé" in answer.body
        assert "n’est pas connue" in answer.body

    async def test_the_language_of_the_salon(self, office: Office):
        (answer,) = await office.says("!visio langue en", "a")
        assert answer.body == "I speak English in this salon from now on."
        (answer,) = await office.says("!visio help", "b")
        assert answer.body.startswith("This is what I can do:")
        other = SalonId("!other:agent.tchap")
        office.account.enter(other, [ALICE])
        (answer,) = await office.says("!visio aide", "c", salon=other)
        assert answer.body.startswith("Voici")
        assert other != SALON

    async def test_where_nobody_is_seen_nothing_is_promised_of_who_was_there(self, office: Office):
        (answer,) = await office.says("!visio réglages", "a")
        assert "langue : français" in answer.body
        assert "réunion" not in answer.body
        office.state(levels={ALICE: 50})
        (answer,) = await office.says("!visio réglages noms oui", "b")
        assert "je ne vois pas qui est dans une réunion" in answer.body
        office.choose(mode=KNOCK_KEYED)
        (answer,) = await office.says("!visio réglages", "c")
        assert "sans leurs noms" in answer.body

    async def test_whether_the_salon_is_told_names(self, office: Office):
        office.choose(mode=KNOCK_KEYED)
        (answer,) = await office.says("!visio réglages", "a")
        assert "langue : français" in answer.body
        assert "sans leurs noms" in answer.body
        office.state(levels={ALICE: 50, BOB: 49})
        (answer,) = await office.says("!visio réglages noms oui", "bob", sender=BOB)
        assert answer.body.startswith("Seuls les modérateurs de ce salon")
        (answer,) = await office.says("!visio réglages noms non", "bob2", sender=BOB)
        assert answer.body.startswith("Seuls les modérateurs de ce salon")
        (answer,) = await office.says("!visio réglages noms oui", "b")
        assert "je dirai désormais dans ce salon qui y était" in answer.body
        (answer,) = await office.says("!visio réglages", "c")
        assert "je dis qui y était" in answer.body
        await office.says("!visio langue en", "d")
        (answer,) = await office.says("!visio settings", "e")
        assert "I say who was there" in answer.body
        (answer,) = await office.says("!visio settings names no", "f")
        assert "without their names" in answer.body
