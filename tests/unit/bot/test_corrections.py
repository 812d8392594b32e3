"""A line that its author corrects is done, if nothing of it was done; else it says what to do."""

from dataclasses import replace

import pytest

from bot.matrix.events import Deleted, EventPlace, IncomingMessage, SendLater
from bridge.ids import EventId
from tests.doubles.account import Sent
from tests.services.house import MINUTE
from tests.unit.bot.office import ALICE, BOB, SALON, Office

LINE = EventId("$ask")


def edit(office: Office, body: str, event: str = "edit", **more: object) -> IncomingMessage:
    line = office.line(body, event, **{"replaces": LINE, **more})
    office.account.lines.setdefault(LINE, EventPlace(sender=ALICE))
    return line


async def corrects(office: Office, body: str, event: str = "edit", **more: object) -> list[Sent]:
    """Have a line corrected; return what the bot says."""
    before = len(office.account.sent)
    await office.hears(edit(office, body, event, **more))
    return [one for one in office.account.sent[before:] if one.edits is None]


def titles(office: Office) -> list[str]:
    """Return the cards that the salon shows."""
    heads = [body.partition("\n")[0] for body in office.bodies()]
    return [head for head in heads if head.startswith("Réunion Visio")]


async def test_of_a_refused_line_it_is_done_once(office: Office):
    await office.says("!visio inviter", "ask")
    (shown,) = await corrects(office, "!visio Budget")
    assert shown.body.startswith("Réunion Visio : Budget")
    (told,) = await corrects(office, "!visio Budgets", "again")
    assert titles(office) == ["Réunion Visio : Budget"]
    assert told.body == (
        "« Budget » est déjà créée, et modifier votre ligne n’y change rien. Annulez-la par ↩️ sur"
        " sa carte ou par !visio annuler en réponse à celle-ci, puis envoyez dans un nouveau"
        " message : !visio Budgets"
    )


async def test_refused_again_it_can_be_corrected_again(office: Office):
    await office.says("!visio inviter", "ask")
    (refused,) = await corrects(office, "!visio prolonger", "one")
    assert "prolonger" in refused.body
    assert refused.content["m.relates_to"]["m.in_reply_to"]["event_id"] == LINE
    await corrects(office, "!visio Budget", "two")
    assert titles(office) == ["Réunion Visio : Budget"]


async def test_of_a_line_that_was_done_it_says_what_to_type(office: Office):
    await office.says("!visio Poit budget", "ask")
    (told,) = await corrects(office, "!visio Point budget")
    assert "« Poit budget » est déjà créée" in told.body
    assert told.body.endswith("!visio Point budget")
    assert titles(office) == ["Réunion Visio : Poit budget"]
    await office.says("!visio langue fr", "ask2")
    office.account.lines[EventId("$ask2")] = EventPlace(sender=ALICE)
    (told,) = await corrects(office, "!visio langue en", "e2", replaces=EventId("$ask2"))
    assert told.body == (
        "Je ne reprends pas une ligne modifiée après coup."
        " Envoyez-la dans un nouveau message : !visio langue en"
    )


async def test_of_a_line_that_was_none_for_us_it_says_what_to_type(office: Office):
    (told,) = await corrects(office, "!visio Autre")
    assert told.body.endswith("nouveau message : !visio Autre")
    assert titles(office) == []


async def test_it_hangs_where_its_line_does(office: Office):
    await office.says("!visio demain 9h Matin", "one")
    await office.says("!visio demain 14h Soir", "two")
    card = (await office.house.of("two"))[1].card
    thread = EventId("$thread")
    office.account.lines[LINE] = EventPlace(sender=ALICE, reply_to=card, thread=thread)
    await office.says("!visio inviter", "ask", reply_to=card, thread=thread)
    sent = await corrects(office, "!visio inviter Jean")
    (answer,) = [one for one in sent if one.salon == SALON]
    assert "Soir" in answer.body
    assert answer.content["m.relates_to"]["event_id"] == thread
    assert [one.name for one in await office.house.guests("two")] == ["Jean"]


async def test_in_a_reply_to_us_words_alone_make_no_meeting(office: Office):
    await office.says("!visio demain 9h Matin", "one")
    card = (await office.house.of("one"))[1].card
    office.account.lines[LINE] = EventPlace(sender=ALICE, reply_to=card)
    await office.says("!visio inviter", "ask", reply_to=card)
    (answer,) = await corrects(office, "!visio Revue")
    assert answer.body.endswith('tapez : !visio "Revue"')
    assert titles(office) == ["Réunion Visio : Matin"]


@pytest.mark.parametrize("known", [True, False])
async def test_of_somebody_elses_line_it_is_nothing(office: Office, known: bool):
    await office.says("!visio inviter", "ask")
    if known:
        office.account.lines[LINE] = EventPlace(sender=ALICE)
    line = replace(edit(office, "!visio Budget"), sender=BOB)
    if not known:
        office.account.lines.clear()
    await office.hears(line)
    assert len(office.account.sent) == 1
    assert await office.handle() == 0


async def test_while_the_homeserver_does_not_say_whose_line_it_is_it_waits(office: Office):
    await office.says("!visio inviter", "ask")
    await office.record(edit(office, "!visio Budget"))
    (row,) = await office.house.store.inbox.pending(office.account.user, 10)
    office.account.absent = SendLater(5, "away")
    assert await office.router.handle(row) == 5
    office.account.absent = None
    assert await office.router.handle(row) == 0
    await office.house.run_due()
    await office.flush()
    assert titles(office) == ["Réunion Visio : Budget"]


async def test_deleting_the_line_takes_back_what_its_correction_made(office: Office):
    await office.says("!visio inviter", "ask")
    await corrects(office, "!visio Budget")
    now = office.house.clock.now()
    gone = Deleted(event=EventId("$gone"), salon=SALON, sender=ALICE, sent_at=now, target=LINE)
    await office.hears(gone)
    assert "annulée" in office.bodies()[1]


async def test_of_a_line_that_came_too_late_it_is_done(office: Office):
    await office.says("!visio Budget", "ask", sent_at=office.house.clock.now() - 11 * MINUTE)
    assert titles(office) == []
    await corrects(office, "!visio Budget")
    assert titles(office) == ["Réunion Visio : Budget"]


async def test_in_a_direct_message_other_corrections_are_nothing(office: Office):
    place = office.account.enter(SALON, [ALICE], direct=True)
    assert place.direct
    assert await corrects(office, "bonjour") == []
    await office.says("!visio inviter", "ask")
    assert await corrects(office, "maintenant", "unaddressed") == []
    (card,) = await corrects(office, "!visio maintenant", "addressed")
    assert card.body.startswith("Réunion Visio")
