"""Invited people are colleagues or guests: an address decides, then an id, then a whole name."""

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.conversation.colleagues import Colleagues
from bot.language.people import Person
from bot.matrix.events import SalonState
from bridge.domain.colleague import Colleague
from bridge.domain.invitation import Standing
from bridge.errors import InvitationRefused
from bridge.ids import SalonId, UserId
from bridge.services.invitations.invitations import Guest
from tests.doubles.account import PARVIS, FakeAccount
from tests.doubles.ports import FakeIdentities
from tests.services.house import MINUTE
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, Office
from tests.unit.bot.porch import opened, seen, standing, waits

CLEO = UserId("@cleo:agent.tchap")
AWAY = UserId("@zoe:agent.tchap")
SHOWN = {
    ALICE: "Alice Martin [Dinum]",
    BOB: "Bob Durand [DGFIP]",
    CLEO: "Cléo Durand [DGA]",
    PAUL: "Paul Roux",
}
ENTERS = "collègue, entre avec ProConnect"


@pytest_asyncio.fixture(loop_scope="session")
async def met(office: Office) -> Office:
    """An office with a meeting in progress, in a salon whose members show names."""
    office.account.enter(SALON, SHOWN, shown=SHOWN, names=frozenset(SHOWN.values()))
    office.account.names |= SHOWN
    await office.says("!visio Budget", "ask")
    office.house.clock.forward(MINUTE)
    return office


STATE = SalonState(salon=SALON, members=frozenset(SHOWN), shown=SHOWN)
EMAILS = {ALICE: "alice@beta.gouv.fr", BOB: "bob@beta.gouv.fr"}


async def sort(person: Person, state: SalonState = STATE) -> Colleague | Guest:
    known = Colleagues(FakeIdentities(EMAILS), FakeAccount(), ("agent.tchap",))
    found = await known.sort([person], state)
    assert len(found.colleagues) + len(found.guests) == 1
    return found.colleagues[0] if found.colleagues else found.guests[0]


class TestSort:
    @pytest.mark.parametrize(
        "person",
        [
            Person(email="BOB@beta.gouv.fr"),
            Person("Un Autre Nom", "bob@beta.gouv.fr"),
            Person(user=BOB),
            Person("Bob Durand"),
            Person("durand bob"),
            Person("Bob Dûrand"),
        ],
    )
    async def test_a_colleague(self, person: Person):
        assert await sort(person) == Colleague(BOB, "Bob Durand", person.email)

    async def test_a_colleague_who_is_not_in_the_salon(self):
        away = UserId("@zoe:agent.tchap")
        assert await sort(Person("Zoé", user=away)) == Colleague(away, "Zoé")

    @pytest.mark.parametrize(
        ("person", "guest"),
        [
            (Person("Bob Durand", "bob@x.example"), Guest("Bob Durand", "bob@x.example")),
            (Person("Paul Roux"), Guest("Paul Roux")),
            (Person(user=PAUL), Guest("Paul Roux")),
            (Person("P. Roux", user=PAUL), Guest("P. Roux")),
            (Person("Léa Roux"), Guest("Léa Roux")),
            (Person("Bob Durand Junior"), Guest("Bob Durand Junior")),
            (Person("Parvis"), Guest("Parvis")),
        ],
    )
    async def test_a_guest(self, person: Person, guest: Guest):
        shown = SHOWN | {PARVIS: "Parvis"}
        assert await sort(person, replace(STATE, shown=shown)) == guest

    @pytest.mark.parametrize(
        ("person", "parameters"),
        [
            (Person("Bob"), {"reason": "member", "members": "Bob Durand (@bob:agent.tchap)"}),
            (
                Person("Durand"),
                {"members": "Bob Durand (@bob:agent.tchap), Cléo Durand (@cleo:agent.tchap)"},
            ),
            (Person(user=UserId("@a:elsewhere.example")), {"reason": "matrix-id"}),
        ],
    )
    async def test_who_could_be_either_is_refused(self, person: Person, parameters: dict[str, str]):
        with pytest.raises(InvitationRefused) as refused:
            await sort(person)
        assert parameters.items() <= refused.value.parameters.items()

    async def test_two_members_of_one_name(self):
        other = UserId("@bob2:agent.tchap")
        with pytest.raises(InvitationRefused) as refused:
            await sort(
                Person("Bob Durand"), replace(STATE, shown=SHOWN | {other: "Bob Durand [SG]"})
            )
        assert refused.value.parameters["members"] == (
            "Bob Durand (@bob:agent.tchap), Bob Durand (@bob2:agent.tchap)"
        )


class TestInvite:
    async def test_a_colleague_is_told_and_named_on_the_card(self, met: Office):
        (answer,) = await met.says("!visio inviter Un Autre Nom <BOB@beta.gouv.fr>", "b")
        (row,) = answer.body.splitlines()[1:]
        assert (
            row
            == f"- Bob Durand [DGFIP] : {ENTERS} par le lien de la carte ; rien ne part par mail"
        )
        assert answer.content["m.mentions"] == {"user_ids": [BOB]}
        card, _ = met.account.seen(SALON)
        assert "\nCollègues : Bob Durand [DGFIP]\n" in card.body
        assert f'<a href="https://matrix.to/#/{BOB}">Bob Durand [DGFIP]</a>' in str(card.content)
        assert await met.house.guests() == []
        assert met.house.post.sent == []
        assert met.private() == []

    async def test_one_who_is_not_in_the_salon(self, met: Office):
        met.house.identities.emails[AWAY] = "zoe@beta.gouv.fr"
        (answer,) = await met.says("!visio inviter zoe@beta.gouv.fr", "b")
        assert "transmettez-lui le lien (!visio lien)" in answer.body
        assert answer.content["m.mentions"] == {}

    async def test_both_in_one_line(self, met: Office):
        (answer,) = await met.says("!visio inviter lea@x.example, bob@beta.gouv.fr", "b")
        assert [row.partition(" : ")[0] for row in answer.body.splitlines()[1:3]] == [
            "- Bob Durand [DGFIP]",
            "- lea@x.example",
        ]
        assert [one.to for one in met.house.post.sent] == ["lea@x.example"]

    async def test_both_with_a_meeting(self, met: Office):
        sent = await met.says("!visio 15h Revue avec lea@x.example, bob@beta.gouv.fr", "b")
        (answer,) = [one for one in sent if not one.body.startswith("Réunion Visio")]
        assert f"- Bob Durand [DGFIP] : {ENTERS}" in answer.body
        (card,) = [body for body in met.bodies() if body.startswith("Réunion Visio : Revue")]
        assert "\nCollègues : Bob Durand [DGFIP]\n" in card
        assert [one.email for one in await met.house.guests("b")] == ["lea@x.example"]
        assert [one.to for one in met.house.post.sent] == ["lea@x.example"]

    async def test_nobody_of_a_line_before_it_is_right(self, met: Office):
        (answer,) = await met.says("!visio inviter lea@x.example; Bob", "b")
        assert answer.body.startswith(
            "« Bob » peut désigner Bob Durand (@bob:agent.tchap), de ce salon. Si c’est cette"
            " personne, tapez !visio inviter lea@x.example; @bob:agent.tchap ;"
        )
        (answer,) = await met.says("!visio inviter lea@x.example; par SMS", "c")
        assert answer.body.startswith("« par SMS » n’est pas une personne")
        assert await met.house.guests() == []
        assert met.house.post.sent == []

    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ("inviter Bob avec pin jusqu’à 11h", "inviter @bob:agent.tchap avec pin jusqu’à 11h"),
            ("inviter bob; Léa <lea@x.example>", "inviter @bob:agent.tchap; Léa <lea@x.example>"),
            ("inviter Bob Roux; Bob", "inviter Bob Roux; @bob:agent.tchap"),
        ],
    )
    async def test_the_line_that_is_offered_keeps_all_else(
        self, met: Office, line: str, offered: str
    ):
        (answer,) = await met.says(f"!visio {line}", "b")
        assert f" tapez !visio {offered} ; sinon" in answer.body
        *_, done = await met.says(f"!visio {offered}", "c")
        assert f"Bob Durand [DGFIP] : {ENTERS}" in done.body

    async def test_a_meeting_whose_people_are_refused_is_not_made(self, met: Office):
        (answer,) = await met.says("!visio 16h Revue avec @a:elsewhere.example", "b")
        assert answer.body.endswith("Donnez son adresse mail. La réunion n’est pas créée.")
        met.choose(guests_per_meeting=1)
        line = "!visio 16h Revue avec lea@x.example, noe@x.example"
        (answer,) = await met.says(line, "c")
        assert answer.body == (
            "Une réunion peut avoir au plus 1 partenaires externes, et la ligne en compte 2."
            " Personne n’a été invité. La réunion n’est pas créée."
        )
        (listed,) = await met.says("!visio liste", "d")
        assert "Revue" not in listed.body

    async def test_said_to_be_one(self, met: Office):
        (answer,) = await met.says("!visio inviter mon collègue Bob", "b")
        assert f"- Bob Durand [DGFIP] : {ENTERS}" in answer.body
        (answer,) = await met.says("!visio inviter ma collègue Zoé", "c")
        assert answer.body.startswith("Je ne vois ici aucun collègue du nom de « Zoé »")
        assert await met.house.guests() == []

    async def test_a_refusal_offers_a_line_for_all_of_them(self, met: Office):
        line = "inviter Léa <lea@x.example>, bob@beta.gouv.fr avec pin jusqu’à 23h59"
        met.choose(longest=timedelta(hours=1))
        (answer,) = await met.says(f"!visio {line}", "b")
        assert (
            "!visio inviter Léa <lea@x.example>, bob@beta.gouv.fr avec pin jusqu’à" in answer.body
        )

    async def test_not_once_it_is_over(self, met: Office):
        card = met.account.seen(SALON)[0].event
        await met.says("!visio terminer", "b")
        (answer,) = await met.says("!visio inviter bob@beta.gouv.fr", "c", reply_to=card)
        assert answer.body.startswith("Cette réunion est terminée.")

    async def test_in_a_direct_message(self, met: Office):
        direct = SalonId("!direct-alice:agent.tchap")
        met.account.enter(direct, [ALICE], direct=True)
        await met.says("!visio inviter Bob Durand", "b", salon=direct)
        assert f"Bob Durand [DGFIP] : {ENTERS}" in met.bodies(direct)[-1]

    async def test_many(self, met: Office):
        emails = ", ".join(f"agent{at}@beta.gouv.fr" for at in range(7))
        met.house.identities.emails |= {
            UserId(f"@agent{at}:agent.tchap"): f"agent{at}@beta.gouv.fr" for at in range(7)
        }
        await met.says(f"!visio inviter {emails}", "b")
        assert "agent3, agent4 et 2 autres\n" in met.account.seen(SALON)[0].body


class TestAfterwards:
    async def test_listed(self, met: Office):
        await met.says("!visio inviter bob@beta.gouv.fr", "b")
        (answer,) = await met.says("!visio invités", "c")
        assert answer.body.splitlines()[1:] == [f"- Bob Durand [DGFIP] : {ENTERS}"]

    async def test_taken_off_the_card(self, met: Office):
        await met.says("!visio inviter bob@beta.gouv.fr", "b")
        (answer,) = await met.says("!visio retirer Bob Durand", "c")
        assert answer.body.startswith("Bob Durand [DGFIP] n’est plus sur la carte de « Budget ».")
        assert "Collègues" not in met.account.seen(SALON)[0].body

    async def test_a_guest_of_that_name_comes_first(self, met: Office):
        await met.says("!visio inviter Bob Durand; Bob Durand <bob@x.example>", "b")
        (answer,) = await met.says("!visio retirer Bob Durand", "c")
        assert answer.body.startswith("Lien retiré : Bob Durand (bob@x.example)")

    async def test_forgotten_with_the_guests(self, met: Office):
        await met.says("!visio inviter Bob <bob@beta.gouv.fr>", "b")
        await met.house.run_until(met.house.clock.now() + timedelta(days=9))
        _, occurrence = await met.house.of()
        assert occurrence.colleagues == ()


class TestOneName:
    """Two people of one name are told apart by their addresses."""

    async def test_on_the_card(self, met: Office):
        await met.says(
            "!visio inviter Jean <a@x.example>, Jean <b@x.example>, Léa <c@x.example>", "b"
        )
        card = met.account.seen(SALON)[0].body
        assert "- Jean (a@x.example) : lien" in card
        assert "- Jean (b@x.example) : lien" in card
        assert "- Léa (x.example) : lien" in card

    async def test_admitted_by_address(self, office: Office):
        porch = await opened(office)
        one, _ = await waits(porch, Guest("Jean Dupont", "a@x.example"))
        two, _ = await waits(porch, Guest("Jean Dupont", "b@x.example"))
        (answer,) = await porch.says("!visio admettre Jean Dupont", "b", sender=BOB)
        assert answer.body.splitlines()[1:] == [
            "- 1. Jean Dupont (a@x.example)",
            "- 2. Jean Dupont (b@x.example)",
        ]
        await porch.says("!visio admettre B@x.example", "c", sender=BOB)
        assert await standing(porch, one) is Standing.WAITING
        assert await standing(porch, two) is Standing.ADMITTED

    async def test_in_notices_and_their_outcomes(self, office: Office):
        porch = await opened(office)
        _, first = await waits(porch, Guest("Jean Dupont", "a@x.example"))
        assert "tapez !visio admettre Jean Dupont." in seen(porch, first).body
        _, second = await waits(porch, Guest("Jean Dupont", "b@x.example"))
        assert "tapez !visio admettre Jean Dupont (b@x.example)." in seen(porch, second).body
        await porch.says("!visio admettre Jean Dupont (b@x.example)", "c", sender=BOB)
        told = seen(porch, second).body
        assert told == f"Jean Dupont (b@x.example) : entrée accordée par {BOB[1:4]}."

    async def test_refused_by_address(self, office: Office):
        porch = await opened(office)
        one, _ = await waits(porch, Guest("Jean Dupont", "a@x.example"))
        await porch.says("!visio refuser Jean Dupont (a@x.example)", "c", sender=BOB)
        assert await standing(porch, one) is Standing.REFUSED
        assert porch.house.policy.mode.asks_salon

    async def test_sent_again_and_withdrawn_by_address(self, met: Office):
        await met.says("!visio inviter Jean <a@x.example>, Jean <b@x.example>", "b")
        (answer,) = await met.says("!visio renvoyer Jean", "c")
        assert "Essayez : !visio renvoyer a@x.example" in answer.body
        (answer,) = await met.says("!visio renvoyer b@x.example", "d")
        assert "- Jean (b@x.example) : lien personnel envoyé de nouveau par mail" in answer.body
        assert [one.to for one in met.house.post.sent][2:] == ["b@x.example"]
        (answer,) = await met.says("!visio retirer b@x.example", "e")
        assert answer.body.startswith("Lien retiré : Jean (b@x.example)")
        (answer,) = await met.says("!visio renvoyer b@x.example", "f")
        assert answer.body.startswith("Personne n’est invité sous « b@x.example », ou")


class TestUntil:
    """An hour alone is one of the meeting's own day."""

    async def test_of_a_meeting_tomorrow(self, office: Office):
        await office.says("!visio demain 14h Revue", "ask")
        (answer,) = await office.says("!visio inviter a@x.example jusqu’à 9h", "b")
        assert answer.body.startswith("Le lien finirait avant que la réunion ne s’ouvre.")
        (answer,) = await office.says("!visio inviter a@x.example jusqu’à 15h30", "c")
        (guest,) = await office.house.guests()
        assert guest.until is not None
        assert guest.until.isoformat() == "2026-12-02T14:30:00+00:00"

    async def test_of_a_meeting_over_midnight(self, office: Office):
        await office.says("!visio 23h 150min Nuit", "ask")
        await office.says("!visio inviter a@x.example jusqu’à 01h", "b")
        (guest,) = await office.house.guests()
        assert guest.until is not None
        assert guest.until.isoformat() == "2026-12-02T00:00:00+00:00"

    async def test_past_today(self, met: Office):
        (answer,) = await met.says("!visio inviter a@x.example jusqu’à 9h", "b")
        assert answer.body.startswith("« 9h » est déjà passé.")
        assert await met.house.guests() == []
