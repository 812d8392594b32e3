"""An organiser who has left the salon: its moderators are told once, with the line to paste."""

from datetime import timedelta

import pytest

from bot.matrix.events import Joined, MembersChanged, Upgraded
from bridge.ids import EventId, SalonId, UserId
from tests.doubles.ports import Killed, MortalWorks
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, START, Office
from tests.unit.bot.test_handing import organiser, ready

NEW = SalonId("!new:agent.tchap")


def changed(event: str, salon: SalonId = SALON) -> MembersChanged:
    return MembersChanged(event=EventId(f"${event}"), salon=salon, sent_at=START)


def leaves(office: Office, *users: UserId) -> None:
    state = office.account.salons[SALON]
    office.state(members=state.members - set(users), departed=state.departed | set(users))


class TestAbsent:
    async def test_an_organiser_who_leaves_is_told_once_with_the_line_to_paste(
        self, office: Office
    ):
        card = await ready(office)
        office.state(levels={BOB: 50, PAUL: 100, office.account.user: 100})
        leaves(office, ALICE)
        before = len(office.account.sent)
        await office.hears(changed("a"))
        await office.hears(changed("b"))
        (told,) = office.account.sent[before:]
        assert "Rien n’est annulé" in told.body
        assert "!visio reprendre" in told.body
        assert told.content["m.relates_to"]["m.in_reply_to"]["event_id"] == card
        assert told.content["m.mentions"]["user_ids"] == [BOB]
        assert (await office.house.of())[1].is_over is False

    async def test_the_line_works(self, office: Office):
        card = await ready(office)
        office.state(levels={BOB: 50})
        leaves(office, ALICE)
        await office.hears(changed("a"))
        await office.says("!visio reprendre", "take", sender=BOB, reply_to=card)
        assert await organiser(office) == BOB
        assert office.private(ALICE) == [], "who has left is told nothing of the salon"

    async def test_several_meetings_are_one_message_with_a_line_for_each(self, office: Office):
        await ready(office)
        await office.says('!visio demain 16h "Revue"', "other")
        await office.says("!visio demain 18h", "untitled")
        await office.says("!visio jeudi 10h Comité", "theirs", sender=BOB)
        office.state(levels={BOB: 50})
        leaves(office, ALICE)
        before = len(office.account.sent)
        await office.hears(changed("a"))
        (told,) = office.account.sent[before:]
        assert '!visio reprendre "Point budget"' in told.body
        assert '!visio reprendre "Revue"' in told.body
        assert "la réunion sans titre" in told.body
        assert "Comité" not in told.body
        await office.says('!visio reprendre "Revue"', "take", sender=BOB)
        assert (await office.house.of("other"))[0].organiser == BOB

    async def test_who_comes_back_and_leaves_again_is_told_again(self, office: Office):
        await ready(office)
        leaves(office, ALICE)
        await office.hears(changed("a"))
        state = office.account.salons[SALON]
        office.state(members=state.members | {ALICE}, departed=frozenset())
        before = len(office.account.sent)
        await office.hears(changed("b"))
        assert len(office.account.sent) == before
        office.house.clock.forward(timedelta(minutes=1))
        leaves(office, ALICE)
        await office.hears(changed("c"))
        assert len(office.account.sent) == before + 1

    async def test_a_meeting_that_is_over_is_no_matter(self, office: Office):
        await ready(office)
        await office.says("!visio annuler", "cancel")
        leaves(office, ALICE)
        before = len(office.account.sent)
        await office.hears(changed("a"))
        assert len(office.account.sent) == before

    async def test_after_an_upgrade_who_has_not_come_yet_has_not_left(self, office: Office):
        await ready(office)
        office.account.enter(NEW, [BOB], predecessor=SALON)
        office.account.tombstones[SALON] = NEW
        event = EventId("$u")
        moved = Upgraded(event=event, salon=SALON, sent_at=START, replacement=NEW, by=BOB)
        await office.hears(moved, Joined(event=EventId("$j"), salon=NEW, sent_at=START))
        assert (await office.house.of())[0].salon == NEW
        await office.hears(changed("a", NEW))
        assert not [one for one in office.bodies(NEW) if "Rien n’est annulé" in one]

    @pytest.mark.parametrize("after", [False, True])
    async def test_a_process_that_is_killed_tells_it_once(self, office: Office, after: bool):
        await ready(office)
        leaves(office, ALICE)
        before = len(office.account.sent)
        await office.record(changed("a"))
        office.wire(MortalWorks(office.house.store, 1, after=after))
        with pytest.raises(Killed):
            await office.handle()
        office.wire(office.house.store)
        await office.handle()
        await office.flush()
        told = [one for one in office.account.sent[before:] if one.edits is None]
        assert len(told) == 1
