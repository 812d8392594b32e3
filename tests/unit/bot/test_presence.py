"""A salon's view of the people in its meeting, and of a guest whom the host removed."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import pytest_asyncio

from bridge.domain.invitation import Standing
from bridge.domain.presence import EMPTY
from bridge.domain.seat import Seat
from bridge.services.enforcement.polling import SELDOM
from bridge.services.visits.arrivals import Entered
from tests.doubles.account import Sent
from tests.unit.bot.office import ALICE, Office
from tests.unit.bot.porch import SECOND, opened, seen, standing, waits

AGENT = "an-agent"
MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture(loop_scope="session")
async def porch(office: Office) -> Office:
    """An office with a meeting in progress, whose guests the salon admits."""
    return await opened(office)


async def inside(porch: Office) -> tuple[Entered, Seat]:
    """Have a guest let in by ✅."""
    entered, notice = await waits(porch)
    await porch.reacts(notice, "✅")
    porch.house.clock.forward(SECOND)
    async with porch.house.store.reading() as work:
        seat = await work.seats.of_visit(entered.visit)
    assert seat is not None
    return entered, seat


async def after(porch: Office, passed: timedelta) -> Sequence[Sent]:
    """Let time pass, do what is due; return what is new in the salon, edits aside."""
    before = len(porch.account.sent)
    porch.house.clock.forward(passed)
    await porch.house.run_due()
    await porch.house.polling.tick(porch.house.clock.now())
    await porch.flush()
    return [one for one in porch.account.sent[before:] if one.edits is None]


def card(porch: Office) -> str:
    """Return the card as it is now."""
    return next(body for body in porch.bodies() if body.startswith("Réunion Visio"))


async def room(porch: Office) -> str:
    meeting, _ = await porch.house.of()
    assert meeting.room is not None
    return str(meeting.room.id)


async def over(porch: Office) -> Sent:
    """Have everybody leave after ten minutes; return what the salon is told."""
    await after(porch, SELDOM)
    porch.house.media.rooms.clear()
    await after(porch, 10 * MINUTE - SELDOM)
    sent = await after(porch, EMPTY)
    return sent[0] if sent else porch.account.sent[-1]


async def test_waiting_live_ended(porch: Office):
    _, seat = await inside(porch)
    assert "État : en attente des participants" in card(porch)
    porch.house.media.sit(seat)
    await after(porch, SECOND)
    assert "en cours, 1 personne dont 1 externe" in card(porch)
    porch.house.media.enter(seat.room, AGENT, "Alice Martin")
    await after(porch, 5 * SECOND)
    assert "en cours, 2 personnes dont 1 externe" in card(porch)
    porch.house.media.rooms.clear()
    await after(porch, 40 * MINUTE)
    (told,) = await after(porch, EMPTY)
    assert told.body == (
        "« Budget » : la réunion a duré 40 min, avec au plus 2 personnes à la fois et, en tout, "
        "1 partenaire externe."
    )
    _, occurrence = await porch.house.of()
    relation = told.content["m.relates_to"]
    assert isinstance(relation, dict)
    assert (relation["rel_type"], relation["event_id"]) == ("m.thread", occurrence.card)
    assert told.content["msgtype"] == "m.notice"
    await after(porch, 5 * SECOND)
    assert "durée 40 min, au plus 2 personnes" in card(porch)


async def test_who_is_still_there_when_it_was_ended(porch: Office):
    porch.house.media.enter(await room(porch), AGENT, "Alice Martin")
    await after(porch, SECOND)
    await porch.says("!visio terminer", "end")
    await after(porch, SELDOM)
    assert "terminée, encore 1 personne dans la réunion" in card(porch)
    porch.house.media.rooms.clear()
    await after(porch, SELDOM)
    assert "encore" not in card(porch)
    (told,) = await after(porch, EMPTY)
    assert "la réunion a duré" in told.body
    assert "terminée ; durée" in card(porch)


async def test_a_summary_is_edited_when_they_come_back(porch: Office):
    summaries = []
    for _ in range(2):
        porch.house.media.enter(await room(porch), AGENT, "Alice Martin")
        await after(porch, SELDOM)
        summaries.append(await over(porch))
    first, _ = summaries
    found = seen(porch, first.event)
    assert found.body.startswith("« Budget » : la réunion a duré 20 min, avec au plus 1 personne")


async def test_names_where_the_salon_asked_for_them(porch: Office):
    porch.state(levels={ALICE: 50})
    await porch.says("!visio réglages noms oui", "names")
    porch.house.media.enter(await room(porch), AGENT, "Alice **Martin** <b>")
    told = await over(porch)
    assert told.body.endswith(
        "en tout, aucun partenaire externe. Y étaient : Alice **Martin** <b>."
    )
    assert "**Martin** &lt;b&gt;" in str(told.content["formatted_body"])


async def test_in_english(porch: Office):
    await porch.says("!visio langue en", "english")
    porch.state(levels={ALICE: 50})
    await porch.says("!visio settings names yes", "names")
    porch.house.media.enter(await room(porch), AGENT, "Alice Martin")
    assert (await over(porch)).body == (
        "“Budget”: the meeting lasted 10 min, with at most 1 person at once and no guest in all. "
        "There were: Alice Martin."
    )


async def test_whom_the_host_removed_the_salon_lets_back_in(porch: Office):
    entered, seat = await inside(porch)
    assert await porch.house.removals.by_host(seat.room, seat.identity)
    notice, answer = await after(porch, SECOND)
    assert notice.body == (
        "Jean Dupont n’est plus dans la réunion : exclusion depuis Visio. Réagissez par ✅ pour"
        " laisser revenir cette personne, ou tapez !visio admettre Jean Dupont."
    )
    assert answer.content == {
        "m.relates_to": {"rel_type": "m.annotation", "event_id": notice.event, "key": "✅"}
    }
    assert "exclusion depuis Visio" in card(porch)
    (guests,) = await porch.says("!visio invités", "guests")
    assert "exclusion depuis Visio" in guests.body
    await porch.reacts(notice.event, "❌", "no")
    assert await standing(porch, entered) is Standing.REMOVED
    porch.house.clock.forward(SECOND)
    await porch.reacts(notice.event, "✅", "yes")
    assert await standing(porch, entered) is Standing.ADMITTED
    assert seen(porch, notice.event).body.startswith("Jean Dupont : entrée accordée par")
    assert "exclusion" not in card(porch)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "participation arrêtée : nom affiché changé trois fois"),
        ("en", "participation ended: shown name changed three times"),
    ],
)
async def test_whose_name_was_changed_again_and_again(porch: Office, language: str, words: str):
    await porch.says(f"!visio langue {language}", "language")
    _, seat = await inside(porch)
    assert await porch.house.removals.for_altering(seat)
    await after(porch, SECOND)
    assert words in next(iter(porch.bodies()))
    (guests,) = await porch.says("!visio invités", "guests")
    assert words in guests.body


async def test_by_command_too(porch: Office):
    entered, seat = await inside(porch)
    await porch.house.removals.by_host(seat.room, seat.identity)
    await after(porch, SECOND)
    (answer,) = await porch.says("!visio refuser Jean", "refuse")
    assert answer.body.startswith("Personne n’attend à la porte")
    (answer,) = await porch.says("!visio admettre Jean", "admit")
    assert answer.body == "Jean Dupont peut entrer dans « Budget »."
    assert await standing(porch, entered) is Standing.ADMITTED
