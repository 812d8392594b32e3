"""A planned meeting is moved, renamed and restored: the card, the links and the mails follow."""

from datetime import datetime, timedelta

import pytest_asyncio

from bridge.domain.authority import MAY, Act, Role
from bridge.domain.meeting import OccurrenceState
from bridge.domain.window import window_of
from bridge.errors import VisioUnreachable
from bridge.ids import EventId
from tests.services.house import HOUR, MINUTE
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, Office

UNDO = "↩️"
LEA = "lea@partenaire.example"


@pytest_asyncio.fixture(loop_scope="session")
async def planned(office: Office) -> Office:
    """An office where Alice has planned a meeting for tomorrow, with a guest."""
    await office.says(f'!visio demain 14h 45min "Point budget" avec {LEA}', "ask")
    return office


async def times(office: Office) -> tuple[datetime, datetime]:
    _, occurrence = await office.house.of()
    return occurrence.start, occurrence.end


def shown(office: Office) -> str:
    """Return the card as the salon sees it now."""
    return next(one for one in office.bodies() if "État : " in one)


async def card(office: Office) -> EventId:
    found = (await office.house.of())[1].card
    assert found is not None
    return found


class TestMoving:
    async def test_the_card_the_window_and_the_answer_follow(self, planned: Office):
        start, end = await times(planned)
        (answer,) = await planned.says("!visio déplacer à 16h", "move")
        assert answer.body.startswith("« Point budget » est déplacée : ")
        assert "16h00" in answer.body
        assert "14h00" in answer.body, "its times before"
        assert "Un mail en prévient" in answer.body
        assert await times(planned) == (start + 2 * HOUR, end + 2 * HOUR)
        assert "16h00–16h45" in shown(planned)
        assert "15h50 à 17h00" in shown(planned), "the window of the links"

    async def test_with_its_title_if_there_are_several(self, planned: Office):
        await planned.says('!visio demain 17h "Revue"', "other")
        (refusal,) = await planned.says("!visio déplacer à 18h", "which")
        assert refusal.body.startswith("De quelle réunion s’agit-il ?")
        (answer,) = await planned.says('!visio déplacer "point BUDGET" à 18h', "move")
        assert answer.body.startswith("« Point budget » est déplacée")
        (refusal,) = await planned.says('!visio déplacer "Budjet" à 18h', "none")
        assert refusal.body.startswith("Je ne vois ici aucune réunion")

    async def test_a_link_s_own_end_keeps_its_distance(self, planned: Office):
        await planned.says("!visio prolonger lea@partenaire.example 30min", "longer")
        (before,) = await planned.house.guests()
        await planned.says("!visio déplacer de 1h", "move")
        (after,) = await planned.house.guests()
        assert before.until is not None
        assert after.until == before.until + HOUR

    async def test_a_mail_tells_guests_in_a_minute_and_at_once_if_it_is_soon(self, planned: Office):
        sent = len(planned.house.post.sent)
        await planned.says("!visio déplacer à 16h", "move")
        assert len(planned.house.post.sent) == sent
        planned.house.clock.forward(MINUTE + timedelta(seconds=1))
        await planned.house.run_due()
        assert len(planned.house.post.sent) == sent + 1
        start, _ = await times(planned)
        planned.house.clock.forward(start - planned.house.clock.now() - 10 * MINUTE)
        await planned.says("!visio déplacer de 1h", "near")
        assert len(planned.house.post.sent) == sent + 2

    async def test_what_is_over_is_not_moved(self, planned: Office):
        await planned.says("!visio annuler", "stop")
        planned.house.clock.forward(11 * MINUTE)
        cancelled = await card(planned)
        (refusal,) = await planned.says("!visio déplacer à 16h", "move", reply_to=cancelled)
        assert refusal.body.startswith("« Point budget » est passée, terminée ou annulée")

    async def test_a_time_that_is_past_is_refused_with_a_line_that_works(self, planned: Office):
        await planned.says("!visio déplacer aujourd'hui à 11h", "today")
        (refusal,) = await planned.says("!visio déplacer à 9h", "move")
        assert "!visio déplacer demain 9h" in refusal.body

    async def test_by_whom(self, planned: Office):
        there = planned.account.salons[SALON].members
        who = {
            Role.ORGANISER: ALICE,
            Role.MODERATOR: BOB,
            Role.AGENT: BOB,
            Role.ABSENT_ORGANISER: ALICE,
            Role.OUTSIDER: PAUL,
        }
        for role, person in who.items():
            away = role is Role.ABSENT_ORGANISER
            planned.state(members=there - {person} if away else there)
            planned.state(levels={BOB: 50} if role is Role.MODERATOR else {})
            before = await times(planned)
            for line in ("déplacer de 5min", "renommer Autre", "rétablir"):
                await planned.says(f"!visio {line}", f"{role}-{line}", sender=person)
                title = (await planned.house.of())[0].title
                changed = (await times(planned), title) != (before, "Point budget")
                assert changed is (role in MAY[Act.CHANGE] and line != "rétablir"), (role, line)
                if changed and line.startswith("déplacer"):
                    await planned.says("!visio rétablir", f"{role}-back", sender=person)


class TestRenaming:
    async def test_the_card_and_the_list_have_the_new_title(self, planned: Office):
        (answer,) = await planned.says("!visio renommer Revue finale", "name")
        assert answer.body.startswith("« Point budget » s’appelle maintenant « Revue finale ».")
        assert "Revue finale" in shown(planned)
        (listed,) = await planned.says("!visio liste", "list")
        assert "Revue finale" in listed.body

    async def test_it_is_taken_back(self, planned: Office):
        await planned.says("!visio renommer Revue finale", "name")
        (answer,) = await planned.says("!visio rétablir", "back")
        assert answer.body.startswith("La réunion s’appelle de nouveau « Point budget »")
        assert "Point budget" in shown(planned)


class TestCancelling:
    async def test_near_its_start_guests_are_told_at_once(self, planned: Office):
        sent = len(planned.house.post.sent)
        start, _ = await times(planned)
        planned.house.clock.at = start - 14 * MINUTE
        await planned.says("!visio annuler", "stop")
        assert len(planned.house.post.sent) == sent + 1


class TestRestoring:
    async def test_a_move_by_the_reaction_to_its_card(self, planned: Office):
        before = await times(planned)
        await planned.says("!visio déplacer à 16h", "move")
        await planned.reacts(await card(planned), UNDO, "undo", sender=ALICE)
        assert await times(planned) == before
        assert planned.bodies()[-1].startswith("« Point budget » est de nouveau prévue")

    async def test_no_mail_leaves_for_what_was_taken_back_in_time(self, planned: Office):
        sent = len(planned.house.post.sent)
        await planned.says("!visio déplacer à 16h", "move")
        await planned.says("!visio rétablir", "back")
        planned.house.clock.forward(5 * MINUTE)
        await planned.house.run_due()
        assert len(planned.house.post.sent) == sent

    async def test_a_cancellation(self, planned: Office):
        before = await times(planned)
        await planned.says("!visio annuler", "stop")
        (answer,) = await planned.says("!visio rétablir", "back")
        assert answer.body.startswith("« Point budget » est rétablie")
        assert await times(planned) == before
        assert (await planned.house.of())[1].state is OccurrenceState.PLANNED
        _, occurrence = await planned.house.of()
        graces = planned.house.tools.policy.graces
        (guest,) = await planned.house.guests()
        assert guest.window(occurrence, graces) == window_of(occurrence, graces)

    async def test_a_cancellation_before_visio_has_made_the_room(self, office: Office):
        office.house.visio.troubles.append(VisioUnreachable())
        await office.says('!visio demain 14h "Budget"', "ask")
        await office.says("!visio annuler", "stop")
        await office.says("!visio rétablir", "back")
        assert (await office.house.of())[0].room is not None

    async def test_in_reply_to_the_answer_that_told_of_it(self, planned: Office):
        before = await times(planned)
        (answer,) = await planned.says("!visio déplacer à 16h", "move")
        await planned.says("!visio rétablir", "back", reply_to=answer.event)
        assert await times(planned) == before

    async def test_the_last_one_only_and_once(self, planned: Office):
        await planned.says("!visio déplacer à 16h", "move")
        first = await times(planned)
        await planned.says("!visio déplacer à 18h", "further")
        await planned.says("!visio rétablir", "back")
        assert await times(planned) == first
        (refusal,) = await planned.says("!visio rétablir", "again", reply_to=await card(planned))
        assert refusal.body.startswith("Je ne vois rien à rétablir")

    async def test_not_if_something_else_was_changed_since(self, planned: Office):
        await planned.says("!visio déplacer à 16h", "move")
        await planned.says("!visio prolonger 30min", "longer")
        after = await times(planned)
        (refusal,) = await planned.says("!visio rétablir", "back")
        assert refusal.body.startswith("Je ne vois rien à rétablir")
        assert await times(planned) == after

    async def test_for_ten_minutes(self, planned: Office):
        await planned.says("!visio déplacer à 16h", "move")
        after = await times(planned)
        planned.house.clock.forward(10 * MINUTE + timedelta(seconds=1))
        (refusal,) = await planned.says("!visio rétablir", "back")
        assert refusal.body.startswith("Je ne vois rien à rétablir")
        assert await times(planned) == after

    async def test_other_people_s_reactions_mean_something_else(self, planned: Office):
        await planned.says("!visio déplacer à 16h", "move")
        after = await times(planned)
        said = len(planned.account.sent)
        await planned.reacts(await card(planned), UNDO, "bob", sender=BOB)
        assert await times(planned) == after
        assert len(planned.account.sent) == said

    async def test_the_same_line_read_twice_restores_once(self, planned: Office):
        before = await times(planned)
        await planned.says("!visio déplacer à 16h", "move")
        await planned.says("!visio rétablir", "back")
        await planned.says("!visio rétablir", "back")
        assert await times(planned) == before
