"""The everyday work: a meeting, its guests, their links, its end."""

import re
from dataclasses import replace

import pytest

from tests.doubles.visio import Kind
from tests.e2e.house import PATIENCE, Doorway, House, Salon, link_in
from tests.e2e.worlds import Installed, signed_in
from tests.sandbox.guest import Page
from tests.servers.smtp import Mail

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def installed(installed: Installed) -> Installed:
    """The wheel, which starts as an operator starts it."""
    return replace(installed, forks=None)


async def invited(salon: Salon, address: str, *, more: str = "") -> Mail:
    """Invite somebody and return the mail they get."""
    await salon.says(f"!visio inviter {address}{more}")
    mail = salon.house.world.mail
    return await mail.wait_for(lambda letter: address in letter.recipients, PATIENCE)


def lets_in(house: House, page: Page) -> bool:
    """Tell whether a page sends the guest on to Visio."""
    return page.location.startswith(house.world.visio.url)


async def test_a_meeting_in_an_encrypted_salon(house: House) -> None:
    salon = await house.salon(bob=True)
    rooms = house.world.visio.rooms_created
    card = await salon.meeting("Point budget")
    same = await salon.card("Point budget", seen_by=house.bob)
    assert same.event == card.event
    assert card.encrypted
    assert same.encrypted
    assert "par Alice Martin" in card.body
    assert house.world.visio.rooms_created == rooms + 1
    assert f"{house.world.visio.url}/{house.world.visio.rooms[-1].slug}" in card.body
    assert house.world.visio.rooms[-1].owner


async def test_a_guest_from_the_mail_to_the_waiting_room(house: House, door: Doorway) -> None:
    salon = await house.salon()
    card = await salon.meeting("Chantier")
    letter = await invited(salon, "jean@partenaire.example")
    answer = await salon.answer("Invitation à")
    assert "jean@partenaire.example : lien personnel envoyé par mail" in answer.body
    assert "Alice Martin" in letter.text()
    assert house.world.visio.url not in letter.text(), "the meeting's address is not in the mail"

    link = link_in(letter)
    jean = door.guest()
    page = await jean.open(link)
    assert page.status == 200
    assert "Chantier" not in page.html
    for asset in re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg|woff2))', page.html):
        assert (await jean.open(house.world.parvis.door + asset)).status == 200, asset
    entered = await jean.enter(link, "Jean Dupont")
    assert lets_in(house, entered), entered.text
    told = await salon.answer("a suivi son lien")
    assert "Jean Dupont" in told.body
    assert "jean@partenaire.example" in told.body
    assert told.content["m.mentions"] == {"user_ids": [house.alice.user]}
    assert told.content["msgtype"] == "m.text", "it rings"
    await salon.shows(card, "a suivi son lien")
    code = link.rpartition("/")[2]
    assert not any(code in str(event.content) for event in house.alice.history(salon.id))


async def test_a_link_that_is_withdrawn_leads_nowhere(house: House, door: Doorway) -> None:
    salon = await house.salon()
    card = await salon.meeting("Retrait")
    link = link_in(await invited(salon, "ida@partenaire.example"))
    assert lets_in(house, await door.tries(link))
    await salon.says("!visio retirer ida@partenaire.example")
    await salon.answer("Lien retiré")
    page = await door.tries(link)
    assert not lets_in(house, page)
    assert "retirée" in page.text
    await salon.shows(card, "lien retiré")

    await salon.says("!visio inviter ida@partenaire.example")
    mail = house.world.mail
    second = await mail.wait_for(
        lambda letter: "ida@partenaire.example" in letter.recipients and link not in letter.text(),
        PATIENCE,
    )
    assert lets_in(house, await door.tries(link_in(second)))
    assert not lets_in(house, await door.tries(link)), "the old link stays dead"


async def test_a_meeting_of_tomorrow_keeps_its_door_shut(house: House, door: Doorway) -> None:
    salon = await house.salon()
    await salon.meeting("Suite", "demain 14h30-15h30")
    page = await door.tries(link_in(await invited(salon, "lea@partenaire.example")))
    assert not lets_in(house, page)
    assert page.status == 200
    assert "Vous pourrez entrer à partir du" in page.text


async def test_extending_moves_the_meeting_and_its_links(house: House) -> None:
    salon = await house.salon()
    card = await salon.meeting("Long", "demain 14h-15h")
    await invited(salon, "max@partenaire.example")
    await salon.says("!visio prolonger 30min", about=card)
    await salon.answer("est prolongée :")
    await salon.shows(card, "14h00–15h30")
    await salon.shows(card, "15h45")
    await salon.says("!visio prolonger max@partenaire.example 15min", about=card)
    await salon.answer("lien prolongé")
    await salon.shows(card, "à 16h00")


async def test_ending_shuts_every_link(house: House, door: Doorway) -> None:
    salon = await house.salon()
    card = await salon.meeting("Fin")
    link = link_in(await invited(salon, "eva@partenaire.example"))
    assert lets_in(house, await door.tries(link))
    await salon.says("!visio terminer")
    await salon.answer("est terminée")
    assert not lets_in(house, await door.tries(link))
    await salon.shows(card, "État : terminée")


async def test_a_guest_without_an_address(house: House, door: Doorway) -> None:
    salon = await house.salon()
    await salon.meeting("Sans mail")
    await salon.says("!visio inviter Zoé Petit")
    await salon.answer("en message direct")
    whispered = await house.whispered("Lien d’invitation personnel de Zoé Petit")
    assert whispered.room != salon.id
    assert whispered.encrypted
    assert lets_in(house, await door.tries(link_in(whispered), "Zoé Petit"))


async def test_a_salon_that_speaks_english(house: House) -> None:
    salon = await house.salon()
    await salon.says("!visio langue en")
    await salon.answer("English")
    card = await salon.meeting("Budget review")
    assert "by Alice Martin" in card.body
    assert "Join the meeting" in card.body


async def test_a_direct_message(house: House) -> None:
    whisper = await house.direct()
    card = await whisper.meeting("Entre nous")
    assert card.encrypted
    await whisper.says("!visio liste")
    listed = await whisper.answer("Vos réunions")
    assert "Entre nous" in listed.body


async def test_a_thread(house: House) -> None:
    salon = await house.salon()
    root = await house.alice.send(salon.id, "Parlons du budget")
    thread = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
    relation = {**thread, "m.in_reply_to": {"event_id": root}}
    await salon.says("!visio En fil", relation=relation)
    card = await salon.card("En fil")
    assert card.content["m.relates_to"]["rel_type"] == "m.thread"
    assert card.content["m.relates_to"]["event_id"] == root
    await salon.says("!visio invités", relation=relation)
    answer = await salon.answer("n’a pas de partenaire externe")
    assert "En fil" in answer.body
    assert answer.content["m.relates_to"]["event_id"] == root


async def test_what_it_does_not_understand_is_refused_with_an_example(house: House) -> None:
    salon = await house.salon()
    await salon.says("!visio hier 14h Trop tard")
    refusal = await salon.answer("!visio ")
    assert refusal.content["msgtype"] == "m.notice"
    assert not any("Rejoindre" in event.body for event in salon.said())


async def test_lines_for_others_are_left_alone(house: House) -> None:
    salon = await house.salon()
    await salon.answer("Bonjour, je suis Parvis")
    await salon.says("On fait une visio demain ?")
    await salon.says("!visio aide")
    await salon.answer("Voici ce que je sais faire")
    assert len(salon.said()) == 2


async def test_visio_down_then_up(house: House) -> None:
    salon = await house.salon()
    await house.world.visio.stop()
    try:
        await salon.says("!visio Patience")
        told = await salon.answer("Visio ne répond pas pour le moment")
        assert "Votre demande est gardée" in told.body
    finally:
        await house.world.visio.start()
    await salon.card("Patience")
    assert sum("Visio ne répond pas" in event.body for event in salon.said()) == 1


async def test_a_room_that_visio_never_confirmed_is_asked_for_by_a_person(house: House) -> None:
    salon = await house.salon()
    rooms = house.world.visio.rooms_created
    house.world.visio.faults.add(Kind.LOST, on="rooms", times=1)
    await salon.says("!visio Séance incertaine")
    await salon.answer("n’a pas confirmé")
    assert house.world.visio.rooms_created == rooms + 1
    await salon.says("!visio lien")
    await salon.card("Séance incertaine")
    assert house.world.visio.rooms_created == rooms + 2


async def test_an_agent_whom_visio_does_not_know(house: House) -> None:
    visio = house.world.visio
    [known] = visio.world.users_called("bob@beta.gouv.fr")
    visio.world.users.remove(known)
    salon = await house.salon(bob=True)
    await salon.says("!visio Inconnu", by=house.bob)
    told = await salon.answer("Visio ne vous connaît pas encore")
    assert "ProConnect" in told.body
    visio.world.users.append(known)
    await salon.says("!visio lien", by=house.bob)
    await salon.card("Inconnu")


async def test_an_agent_without_an_address(house: House) -> None:
    salon = await house.salon()
    stranger = house.world.synapse.register()
    async with signed_in(house.world, stranger, "Carole") as carole:
        await house.alice.invite(salon.id, carole.user)
        await carole.join(salon.id)
        await house.alice.wait_member(salon.id, carole.user, PATIENCE)
        await salon.says("!visio Sans adresse", by=carole)
        await salon.answer("Je ne connais pas votre adresse mail pour Visio")
    assert not any("Rejoindre" in event.body for event in salon.said())


async def test_a_refused_mail_reaches_who_invited(house: House) -> None:
    salon = await house.salon()
    card = await salon.meeting("Adresse fausse")
    house.world.mail.refuse("faux@partenaire.example")
    await salon.says("!visio inviter faux@partenaire.example")
    told = await house.whispered("Le serveur de mail refuse l’adresse faux@partenaire.example")
    assert told.room != salon.id
    assert told.content["m.mentions"] == {"user_ids": [house.alice.user]}
    await salon.shows(card, "adresse mail refusée")
    house.world.mail.recover()
