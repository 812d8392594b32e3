"""Coming into a salon, being sent away from it, and moving house with it."""

import pytest

from tests.e2e.house import Doorway, House, everything, link_in

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


async def test_one_notice_says_what_it_reads_and_keeps(house: House) -> None:
    salon = await house.salon()
    greeting = await salon.answer("Bonjour, je suis Parvis")
    assert greeting.content["msgtype"] == "m.notice"
    assert greeting.encrypted
    assert "Je ne lis que les lignes qui commencent par" in greeting.body
    assert "j’efface" in greeting.body
    await house.world.parvis.stop()
    await house.world.parvis.start()
    await salon.says("!visio aide")
    await salon.answer("Voici ce que je sais faire")
    assert len(salon.said()) == 2


async def test_an_organiser_who_left_keeps_only_what_closes(house: House) -> None:
    salon = await house.salon(bob=True)
    card = await salon.meeting("Sans Alice")
    whisper = await house.direct()
    await house.alice.leave(salon.id)
    mails = len(house.world.mail.received)
    await whisper.says("!visio inviter espion@ailleurs.example")
    await whisper.answer("Vous n’êtes plus dans le salon de « Sans Alice »")
    await whisper.says("!visio lien")
    await whisper.answer("Sans Alice")
    await whisper.says("!visio terminer")
    await whisper.answer("« Sans Alice »")
    await house.sees(
        lambda event: event.replaces == card.event and "terminée" in event.body,
        "terminée",
        house.bob,
    )
    assert len(house.world.mail.received) == mails


async def test_sent_away_it_tells_the_organisers(house: House, door: Doorway) -> None:
    salon = await house.salon(bob=True)
    await salon.meeting("Du matin")
    await salon.says("!visio Du soir", by=house.bob)
    evening = await salon.card("Du soir")
    await salon.says("!visio inviter Ana", by=house.bob, about=evening)
    link = link_in(await house.whispered("Lien d’invitation personnel d’Ana", house.bob))
    await house.alice.kick(salon.id, house.world.bot.user)
    for organiser in (house.alice, house.bob):
        told = await house.whispered("Je ne suis plus dans un salon", organiser)
        assert told.room != salon.id
        assert told.content["m.mentions"] == {"user_ids": [organiser.user]}
    page = await door.tries(link, "Ana")
    assert page.location.startswith(house.world.visio.url), "links stay good"
    told = await house.whispered("a suivi son lien d’invitation vers « Du soir »", house.bob)
    assert told.room != salon.id, "who organises it hears who waits, salon or not"


async def test_it_follows_a_salon_that_is_upgraded(house: House, door: Doorway) -> None:
    salon = await house.salon(version="10")
    await salon.says("!visio langue en")
    await salon.answer("English")
    card = await salon.meeting("Moving")
    await salon.says("!visio invite Léo")
    link = link_in(await house.whispered("personnel de Léo"))
    after = await salon.upgraded("11")
    again = await after.card("Moving")
    assert again.event != card.event
    assert "Léo" in again.body
    assert not any("je suis Parvis" in event.body for event in after.said())
    await after.says("!visio end")
    await after.shows(again, "ended")
    page = await door.tries(link, "Ana")
    assert not page.location.startswith(house.world.visio.url)


async def test_links_and_pins_are_read_by_one_person(house: House) -> None:
    """A "direct message" of three is none; nor is one into which a third person came later."""
    salon = await house.salon()
    await salon.meeting("À huis clos")
    three = await house.alice.create_room(
        direct=True, invite=[house.world.bot.user, house.bob.user]
    )
    await house.bob.join(three)
    await house.alice.wait_member(three, house.world.bot.user)
    await salon.says("!visio inviter Paul Petit avec pin")
    told = [
        await house.whispered("personnel de Paul Petit"),
        await house.whispered("PIN d’entrée de Paul Petit"),
    ]
    two = await house.direct()
    await two.says("!visio aide")
    await two.answer("Voici ce que je sais faire")
    await house.alice.invite(two.id, house.bob.user)
    await house.bob.join(two.id)
    await salon.says("!visio inviter Denis Dupont avec pin")
    told += [
        await house.whispered("personnel de Denis Dupont"),
        await house.whispered("PIN d’entrée de Denis Dupont"),
    ]
    assert {event.room for event in told}.isdisjoint({three, two.id, salon.id})
    await two.says("!visio liste")
    answer = await two.answer("Aucune réunion", seen_by=house.bob)
    assert "À huis clos" not in answer.body, "with a third person it is a salon like others"
    read = [event.body for event in everything(house.bob) if event.room in (three, two.id)]
    assert not [body for body in read if "/j/" in body or "PIN" in body]


async def test_a_line_that_is_deleted_takes_its_meeting_back(house: House, door: Doorway) -> None:
    salon = await house.salon()
    line = await salon.says("!visio Par erreur")
    card = await salon.card("Par erreur")
    await salon.says("!visio inviter Théo", about=card)
    link = link_in(await house.whispered("personnel de Théo"))
    await house.alice.redact(salon.id, line)
    await salon.shows(card, "État : annulée")
    await salon.answer("« Par erreur » est annulée")
    page = await door.tries(link, "Théo")
    assert "La réunion est annulée" in page.text
    await salon.says("!visio prolonger 30min", about=card)
    await salon.answer("« Par erreur » est prolongée")
    await house.alice.react(salon.id, card.event, "↩️")
    await salon.answer("Une personne déjà admise dans Visio y reste")
