"""`ordre du jour`: a meeting's topics, in its card's thread, in mails and in their files."""

from datetime import timedelta

import pytest

from bot.matrix.events import Upgraded
from bridge.errors import VisioUnreachable
from bridge.ids import EventId, SalonId
from tests.defaults import quota_limits
from tests.doubles.account import Sent
from tests.services.house import ALICE, BOB, SALON, START
from tests.unit.bot.office import Office

TEXT = "1. Budget <2027>\n\n2. Calendrier"


async def kept(office: Office) -> str:
    return (await office.house.of())[0].topics


def notes(office: Office) -> list[str]:
    """Return the messages of topics in the card's thread, as they are now."""
    return [
        one.body
        for one in office.account.seen(SALON)
        if one.event in {sent.event for sent in threaded(office)}
    ]


def threaded(office: Office) -> list[Sent]:
    """Return the messages in a thread, as they were sent."""
    relations = [(one, one.content.get("m.relates_to", {})) for one in office.account.sent]
    return [one for one, relation in relations if relation.get("rel_type") == "m.thread"]


async def test_it_is_kept_and_shown_in_the_thread_of_the_card(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    said = await office.says(f"!visio ordre du jour\n{TEXT}", "a")
    assert await kept(office) == TEXT
    (note,) = threaded(office)
    card = (await office.house.of())[1].card
    assert note.content["m.relates_to"]["event_id"] == card
    assert note.body.endswith(f":\n{TEXT}")
    assert "<br>1. Budget &lt;2027&gt;<br><br>2. Calendrier" in note.content["formatted_body"]
    assert any("est enregistré" in one.body for one in said)


async def test_another_text_edits_the_message_and_none_too(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    await office.says(f"!visio ordre du jour :\n{TEXT}", "a")
    await office.says("!visio l’ordre du jour : 1. Recrutement", "b")
    assert await kept(office) == "1. Recrutement"
    (note,) = notes(office)
    assert note.endswith(":\n1. Recrutement")
    (answer,) = await office.says("!visio ordre du jour aucun", "c")
    assert answer.body == "Point n’a plus d’ordre du jour."
    assert await kept(office) == ""
    (note,) = notes(office)
    assert note.endswith(" : aucun")


async def test_without_words_it_is_shown_to_any_agent(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    (answer,) = await office.says("!visio ordre du jour", "a", sender=BOB)
    assert answer.body == "Ordre du jour de Point : aucun"
    await office.says(f"!visio ordre du jour\n{TEXT}", "b")
    for words in ("ordre du jour ?", "ordre du jour, s'il te plaît", "topics of the meeting"):
        (answer,) = await office.says(f"!visio {words}", words, sender=BOB)
        assert answer.body == f"Ordre du jour de Point :\n{TEXT}"


async def test_only_the_organiser_and_moderators_write_it(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    (answer,) = await office.says("!visio ordre du jour : Autre", "a", sender=BOB)
    assert await kept(office) == ""
    assert "modérateur" in answer.body
    office.state(levels={BOB: 50})
    await office.says("!visio ordre du jour : Autre", "b", sender=BOB)
    assert await kept(office) == "Autre"


async def test_in_reply_to_a_card(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    await office.says('!visio demain 16h "Revue"', "other")
    card = (await office.house.of("other"))[1].card
    await office.says("!visio ordre du jour : Autre", "a", reply_to=card)
    assert (await office.house.of("other"))[0].topics == "Autre"
    assert await kept(office) == ""


async def test_it_waits_for_a_card_that_is_not_there_yet(office: Office):
    office.house.visio.troubles.append(VisioUnreachable())
    await office.says('!visio demain 14h "Point"', "ask")
    await office.says("!visio ordre du jour : Budget", "a")
    assert (await office.house.of())[1].card is None
    office.house.clock.forward(office.house.tools.policy.graces.before)
    await office.house.run_due()
    await office.flush()
    (note,) = threaded(office)
    assert note.content["m.relates_to"]["event_id"] == (await office.house.of())[1].card


async def test_in_english(office: Office):
    office.state(levels={"@alice:agent.tchap": 50})
    await office.says('!visio demain 14h "Point"', "ask")
    await office.says("!visio langue en", "en")
    for line in ("topics: Budget", "agenda items Budget", 'topics "Budget"'):
        (*_, answer) = await office.says(f"!visio {line}", line)
        assert await kept(office) == "Budget"
    (answer,) = await office.says("!visio topics", "shown")
    assert answer.body == "Topics of Point:\nBudget"
    await office.says("!visio topics none", "none")
    assert await kept(office) == ""


async def test_a_time_in_one_line_may_be_a_meeting_and_is_asked_about(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    (answer,) = await office.says("!visio ordre du jour Budget demain 16h", "a")
    assert "!visio ordre du jour : Budget demain 16h" in answer.body
    assert await kept(office) == ""
    await office.says("!visio ordre du jour : Budget demain 16h", "b")
    assert await kept(office) == "Budget demain 16h"


@pytest.mark.parametrize(
    "text",
    ["Qui fait quoi ?", "On n'annule pas demain 14h", "Merci !", "14h\n15h ?"],
)
async def test_a_text_after_a_colon_or_on_its_own_lines_is_not_read(office: Office, text: str):
    await office.says('!visio demain 14h "Point"', "ask")
    for event, colon in (("a", ":"), ("b", " :"), ("c", " =")):
        await office.says(f"!visio ordre du jour{colon} {text}", event)
        assert await kept(office) == text
        await office.says("!visio ordre du jour aucun", f"none-{event}")
    await office.says(f"!visio ordre du jour\n{text}", "d")
    assert await kept(office) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x" * 2001, "2000 caractères au plus"),
        ("Budget\nhttps://piege.example", "ne contient pas d’adresse"),
        ("Budget, voir piege.example", "ne contient pas d’adresse"),
    ],
)
async def test_what_guests_must_not_read_is_refused(office: Office, text: str, why: str):
    await office.says('!visio demain 14h "Point"', "ask")
    (answer,) = await office.says(f"!visio ordre du jour : {text}", "a")
    assert why in answer.body.replace("\u00a0", " ")
    assert await kept(office) == ""


async def test_2000_characters_are_read_whole(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    await office.says(f"!visio ordre du jour : {'y' * 1000}\n{'x' * 999}", "a")
    assert len(await kept(office)) == 2000


async def test_where_the_operator_allows_none(office: Office):
    office.choose(limits=quota_limits(topics=0))
    await office.says('!visio demain 14h "Point"', "ask")
    (answer,) = await office.says("!visio ordre du jour : Budget", "a")
    assert "le choix de votre administration" in answer.body
    assert await kept(office) == ""


async def test_it_is_encrypted_in_the_database_and_in_no_row_of_the_outbox(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    await office.record(office.line("!visio ordre du jour : Zanzibar", "a"))
    await office.handle()
    waiting = await office.house.messages()
    assert any("topics" in one.template for one in waiting)
    assert "Zanzibar" not in repr(waiting)


async def test_each_card_of_a_series_has_it_in_its_own_thread(office: Office):
    await office.says('!visio tous les jeudis à 14h "Point"', "ask")
    await office.says("!visio ordre du jour : Budget", "a")
    first = (await office.house.of())[1]
    office.house.clock.forward(first.end - office.house.clock.now() + timedelta(days=6, hours=12))
    await office.house.run_due()
    await office.flush()
    async with office.house.store.reading() as work:
        known = await work.meetings.occurrences_of(first.meeting)
    cards = [one.card for one in known if one.card is not None]
    assert len(cards) == 2
    assert [one.content["m.relates_to"]["event_id"] for one in threaded(office)] == cards


async def test_the_threads_of_all_cards_follow_a_change(office: Office):
    await office.says('!visio tous les jours à 14h "Point"', "ask")
    first = (await office.house.of())[1]
    office.house.clock.forward(first.start - office.house.clock.now())
    await office.house.run_due()
    await office.flush()
    await office.says("!visio ordre du jour : Budget", "a")
    await office.says("!visio ordre du jour : Calendrier", "b")
    assert {note.rpartition("\n")[2] for note in notes(office)} == {"Calendrier"}


async def test_it_follows_its_meeting_into_the_salon_that_replaces_this_one(office: Office):
    await office.says('!visio demain 14h "Point"', "ask")
    await office.says("!visio ordre du jour : Budget", "a")
    new = SalonId("!new:agent.tchap")
    office.account.tombstones[SALON] = new
    office.account.enter(new, [ALICE, BOB], predecessor=SALON)
    await office.hears(
        Upgraded(event=EventId("$u"), salon=SALON, sent_at=START, replacement=new, by=BOB)
    )
    card, note = office.account.seen(new)
    assert note.content["m.relates_to"]["event_id"] == card.event
    assert note.body.endswith("\nBudget")
