"""A card made by mistake is taken back: by ↩️ on it, by deleting its line, by a line."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from bot.matrix.events import Deleted, SendLater
from bridge.domain.authority import MAY, Act, Role
from bridge.domain.meeting import OccurrenceState
from bridge.errors import VisioUnreachable
from bridge.ids import EventId, SalonId
from tests.doubles.account import Sent
from tests.services.house import HOUR, MINUTE
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, Office
from tests.unit.bot.porch import opened, waits
from tests.unit.bot.test_commands import follow

UNDO = "↩️"
CANCELLED = (
    "« Budget » est annulée : plus aucun lien d’invitation n’y mène. Sa salle reste dans Visio,"
    " où Parvis ne peut pas la supprimer, mais rien n’y mène plus d’ici. Pour la rétablir dans les"
    " dix minutes : ↩️ sur sa carte, ou !visio rétablir ; plus tard, répondez à sa carte :"
    " !visio prolonger 30min."
)
TOO_LATE = "« Budget » a été demandée il y a plus de dix minutes : ni ↩️ sur sa carte"
ROLES = {
    Role.ORGANISER: ALICE,
    Role.MODERATOR: BOB,
    Role.AGENT: BOB,
    Role.ABSENT_ORGANISER: ALICE,
    Role.OUTSIDER: PAUL,
    Role.STRANGER: BOB,
}
AWAY = (Role.ABSENT_ORGANISER, Role.STRANGER)


@pytest_asyncio.fixture(loop_scope="session")
async def met(office: Office) -> Office:
    """An office where Alice has just asked for a meeting."""
    await office.says("!visio Budget", "ask")
    return office


async def card(office: Office) -> EventId:
    found = (await office.house.of())[1].card
    assert found is not None
    return found


async def touches(office: Office, event: str = "undo", **more: object) -> list[Sent]:
    """React to the card; return what the bot says."""
    before = len(office.account.sent)
    await office.reacts(await card(office), UNDO, event, **{"sender": ALICE, **more})
    return said(office, before)


async def deletes(
    office: Office, line: str = "ask", event: str = "gone", **more: object
) -> list[Sent]:
    """Delete a line; return what the bot says."""
    before = len(office.account.sent)
    values: dict[str, Any] = {
        "event": EventId(f"${event}"),
        "salon": SALON,
        "sender": ALICE,
        "sent_at": office.house.clock.now(),
        "target": EventId(f"${line}"),
    }
    await office.hears(Deleted(**values | more))
    return said(office, before)


async def types(office: Office, event: str = "line", **more: object) -> list[Sent]:
    """Type the command; return what the bot says."""
    return await office.says("!visio annuler", event, **more)


def said(office: Office, before: int) -> list[Sent]:
    return [one for one in office.account.sent[before:] if one.edits is None]


async def reopened(office: Office) -> None:
    _, occurrence = await office.house.of()
    async with office.house.store() as work:
        await office.house.meetings.extend(work, occurrence, MINUTE)


async def state(office: Office) -> OccurrenceState:
    return (await office.house.of())[1].state


class TestTakingBack:
    @pytest.mark.parametrize("way", [touches, deletes, types])
    async def test_the_card_says_so_and_the_answer_what_is_left(self, met: Office, way):
        met.house.clock.forward(9 * MINUTE)
        (answer,) = await way(met)
        assert answer.body == CANCELLED
        shown, _ = met.bodies()
        assert "État : annulée" in shown
        assert "11h00" in shown, "its own times"
        assert "https://" not in shown
        assert await state(met) is OccurrenceState.CANCELLED
        (listed,) = await met.says("!visio liste", "l")
        assert listed.body.startswith("Aucune réunion à venir")

    async def test_what_is_no_line_is_not_answered(self, met: Office):
        """Clients can't show what a reply to a reaction, or to a deletion, is about."""
        (answer,) = await touches(met)
        assert answer.content["m.relates_to"] == {"m.in_reply_to": {"event_id": await card(met)}}
        await met.says("!visio Budget", "again")
        (answer,) = await deletes(met, "again")
        assert answer.content["m.relates_to"]["m.in_reply_to"]["event_id"].startswith("$sent")

    async def test_by_whom(self, met: Office):
        """Other people's reactions and deletions mean something else: nothing is said of them."""
        there = met.account.salons[SALON].members
        events = map(str, count())
        for role, who in ROLES.items():
            met.state(members=there - {who} if role in AWAY else there)
            met.state(levels={BOB: 50} if role is Role.MODERATOR else {})
            for way, act in ((touches, Act.UNDO), (deletes, Act.END), (types, Act.END)):
                answers = await way(met, event=next(events), sender=who)
                if role not in MAY[act]:
                    assert await state(met) is OccurrenceState.PLANNED, (role, way)
                    assert way is types or answers == []
                    continue
                assert await state(met) is OccurrenceState.CANCELLED, (role, way)
                await reopened(met)

    @pytest.mark.parametrize("way", [touches, deletes])
    async def test_after_ten_minutes_it_says_what_does_it(self, met: Office, way):
        met.house.clock.forward(10 * MINUTE + timedelta(seconds=1))
        (answer,) = await way(met)
        assert answer.body.startswith(TOO_LATE)
        assert await state(met) is OccurrenceState.PLANNED

    @pytest.mark.parametrize("way", [touches, deletes])
    async def test_again_nothing_is_said(self, met: Office, way):
        await way(met)
        assert await way(met, event="again") == []
        met.house.clock.forward(HOUR)
        assert await way(met, event="late") == []

    @pytest.mark.parametrize("way", [touches, deletes])
    async def test_heard_late_it_counts_as_it_was_made(self, met: Office, way):
        at = met.house.clock.now()
        met.house.clock.forward(HOUR / 2)
        (answer,) = await way(met, sent_at=at)
        assert answer.body == CANCELLED

    async def test_before_visio_has_made_it(self, office: Office):
        office.house.visio.troubles.append(VisioUnreachable())
        await office.says("!visio Budget", "ask")
        (answer,) = await deletes(office)
        assert answer.body == "« Budget » est annulée : je ne demande plus sa salle à Visio."
        await office.house.run_until(office.house.clock.now() + MINUTE)
        assert office.house.visio.made == []

    async def test_with_somebody_in_visio(self, met: Office):
        await met.says("!visio inviter Jean", "b")
        await follow(met)
        (answer,) = await touches(met)
        assert answer.body.startswith(CANCELLED.partition(" Sa salle")[0])
        assert "Une personne déjà admise dans Visio y reste" in answer.body
        assert "Sa salle reste dans Visio" in answer.body

    async def test_with_somebody_inside_whom_we_put_out(self, office: Office):
        await opened(office)
        _, notice = await waits(office)
        await office.reacts(notice, "✅", "yes")
        (answer,) = await types(office)
        assert "Les personnes entrées par un lien sortent de la réunion maintenant." in answer.body
        assert "attend" not in office.bodies()[0]

    async def test_in_a_thread(self, office: Office):
        root = EventId("$root")
        await office.says("!visio Budget", "ask", thread=root)
        (answer,) = await touches(office)
        assert answer.content["m.relates_to"]["event_id"] == root

    async def test_of_other_lines_nothing_is_asked(self, met: Office):
        met.account.blind = SendLater(5, "away")
        assert await deletes(met, "else") == []
        assert await met.handle() == 0

    async def test_while_the_homeserver_does_not_answer_it_waits(self, met: Office):
        met.account.blind = SendLater(5, "away")
        gone = Deleted(
            event=EventId("$gone"),
            salon=SALON,
            sender=ALICE,
            sent_at=met.house.clock.now(),
            target=EventId("$ask"),
        )
        await met.record(gone)
        (row,) = await met.house.store.inbox.pending(met.account.user, 10)
        assert await met.router.handle(row) == 5
        met.account.blind = None
        assert await met.router.handle(row) == 0
        assert await state(met) is OccurrenceState.CANCELLED

    async def test_in_another_salon_nothing_happens(self, met: Office):
        other = SalonId("!other:agent.tchap")
        met.account.enter(other, [ALICE])
        assert await deletes(met, salon=other) == []
        assert await state(met) is OccurrenceState.PLANNED


class TestByALine:
    async def test_a_meeting_to_come_is_cancelled_at_any_time(self, office: Office):
        await office.says("!visio demain 14h-16h Budget", "ask")
        office.house.clock.forward(HOUR)
        for event, line in (("a", "annuler"), ("b", "terminer")):
            (answer,) = await office.says(f"!visio {line}", event, reply_to=await card(office))
            assert answer.body == CANCELLED
            shown = office.bodies()[0]
            assert "14h00–16h00" in shown
            assert "État : annulée" in shown

    @pytest.mark.parametrize("line", ["annuler", "terminer"])
    async def test_one_that_goes_on_is_ended(self, met: Office, line: str):
        met.house.clock.forward(11 * MINUTE)
        (answer,) = await met.says(f"!visio {line}", "b")
        assert answer.body.startswith("« Budget » est terminée")
        assert "État : terminée" in met.bodies()[0]

    @pytest.mark.parametrize("line", ["!visio cancel", "!visio annulez", "!visio annule svp"])
    async def test_in_other_words(self, met: Office, line: str):
        (answer,) = await met.says(line, "b")
        assert answer.body == CANCELLED

    @pytest.mark.parametrize("line", ["annuler", "terminer"])
    async def test_reopened_it_has_its_own_times_and_more(self, office: Office, line: str):
        await office.says("!visio demain 14h-16h Budget", "ask")
        await office.says(f"!visio {line}", "b")
        (answer,) = await office.says("!visio prolonger 30min", "c", reply_to=await card(office))
        assert "14h00–16h30" in answer.body
        assert "État : prévue" in office.bodies()[0]

    async def test_its_address_is_told_no_more(self, met: Office):
        await types(met)
        about = await card(met)
        (answer,) = await met.says("!visio lien", "l", reply_to=about)
        assert answer.body.startswith("Cette réunion est annulée.")
        (guests,) = await met.says("!visio inviter Jean", "i", reply_to=about)
        assert guests.body.startswith("Cette réunion est annulée.")

    async def test_the_list_of_guests_says_so(self, met: Office):
        await met.says("!visio inviter Jean", "i")
        await types(met)
        (listed,) = await met.says("!visio invités", "l", reply_to=await card(met))
        assert "- Jean : réunion annulée" in listed.body


class TestFinalCards:
    async def test_nobody_is_said_to_leave_once_it_is_over(self, office: Office):
        await opened(office)
        _, notice = await waits(office)
        await office.reacts(notice, "✅", "yes")
        office.house.clock.forward(11 * MINUTE)
        await office.says("!visio terminer", "c")
        shown = office.bodies()[0]
        assert "terminée" in shown
        assert "de la réunion" not in shown
        assert "liens" not in shown

    async def test_who_may_come_back_is_told_of_as_long_as_they_may(self, met: Office):
        assert not met.house.policy.mode.ours
        await met.says("!visio inviter Jean", "b")
        await follow(met)
        met.house.clock.forward(11 * MINUTE)
        await met.says("!visio terminer", "c")
        assert "pendant six heures au plus" in met.bodies()[0]
        await met.house.run_until(met.house.clock.now() + 6 * HOUR)
        await met.flush()
        assert "six heures" not in met.bodies()[0]
        assert "État : terminée" in met.bodies()[0]
