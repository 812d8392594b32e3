"""Taking back a meeting made by mistake, and reopening one that is ended or cancelled."""

from datetime import timedelta
from typing import Any

import pytest

from bridge.domain.admission import LIVEKIT
from bridge.domain.agenda import Kind
from bridge.domain.authority import MAY, Act, Role
from bridge.domain.cause import Cause
from bridge.domain.invitation import InvitationState, Standing
from bridge.domain.meeting import MeetingState, Occurrence, OccurrenceState
from bridge.errors import InvitationRefused, NotAllowed
from bridge.ids import EventId, SalonId, UserId
from bridge.services.invitations.invitations import Guest
from bridge.services.meetings.undoing import BACK, About, Undoing
from tests.services.house import ALICE, BOB, HOUR, MINUTE, START, House, said

LEA = Guest("Léa", "lea@partenaire.example")
SECOND = timedelta(seconds=1)
GONE = {Kind.OPEN, Kind.CLOSE, Kind.CREATE}


async def ended(house: House, *, back: bool = False, event: str = "ask") -> Occurrence:
    _, occurrence = await house.of(event)
    async with house.store() as work:
        return await house.meetings.end(work, occurrence, back=back)


async def extended(house: House) -> Occurrence:
    _, occurrence = await house.of()
    async with house.store() as work:
        return await house.meetings.extend(work, occurrence, 30 * MINUTE)


class TestCancelling:
    async def test_before_its_start_ending_cancels(self, house: House):
        await house.met(start=START + HOUR)
        (lea,) = await house.invited(LEA)
        await house.shown()
        cancelled = await ended(house)
        assert cancelled.state is OccurrenceState.CANCELLED
        assert (cancelled.start, cancelled.due_end) == (START + HOUR, START + 2 * HOUR)
        assert (await house.of())[1] == cancelled
        state = lea.invitation.state(cancelled, house.policy.graces, house.clock.now())
        assert state is InvitationState.CANCELLED
        assert GONE.isdisjoint(kind for kind, _ in await house.planned())
        assert [one.coalesce_key for one in await house.messages("card")] == [
            f"card:{cancelled.id}"
        ]

    async def test_from_its_start_on_ending_ends(self, house: House):
        await house.met(start=START + HOUR)
        house.clock.forward(HOUR)
        assert (await ended(house)).state is OccurrenceState.ENDED

    async def test_what_is_taken_back_was_never_meant(self, house: House):
        await house.met()
        house.clock.forward(MINUTE)
        assert (await ended(house, back=True)).state is OccurrenceState.CANCELLED

    @pytest.mark.parametrize("back", [False, True])
    async def test_a_second_end_or_cancellation_changes_nothing(self, house: House, back: bool):
        await house.met()
        house.clock.forward(MINUTE)
        first = await ended(house, back=back)
        house.clock.forward(MINUTE)
        assert await ended(house, back=not back) == first
        assert (await house.of())[1] == first

    async def test_one_that_visio_has_not_made_is_not_asked_for_any_more(self, house: House):
        await house.asked()
        await ended(house, back=True)
        await house.run_until(START + HOUR)
        assert house.visio.asked == []
        assert (await house.of())[0].state is MeetingState.ENDED
        assert await house.messages() == []

    async def test_whoever_is_inside_is_out_and_whoever_waits_reads_it(self, house: House):
        house.choose(mode=LIVEKIT)
        await house.met()
        inside, waits = await house.invited(LEA, Guest("Jean"))
        lea, jean = await house.visited(inside), await house.visited(waits, "Jean")
        await house.decided(lea.visit)
        house.clock.forward(MINUTE)
        await ended(house, back=True)
        for one in (lea, jean):
            given = await house.seats.pass_of(one.visit, one.secret)
            assert given is not None
            assert given.standing is Standing.CANCELLED
        assert Kind.EJECT in {kind for kind, _ in await house.planned()}
        await house.run_due()
        left = {kind for kind, _ in await house.planned()}
        assert left.isdisjoint({*GONE, Kind.WARN, Kind.ASKED})

    async def test_an_invitation_to_a_cancelled_meeting_is_refused(self, house: House):
        await house.met(start=START + HOUR)
        await ended(house)
        with pytest.raises(InvitationRefused) as refused:
            await house.invited(LEA)
        assert refused.value.parameters == {"reason": "cancelled"}


class TestComingBack:
    @pytest.mark.parametrize("how", ["before", "back", "during"])
    async def test_with_its_own_start_and_end(self, house: House, how: str):
        await house.asked(start=START + 5 * MINUTE, end=START + 2 * HOUR)
        await house.run_due()
        if how != "before":
            house.clock.forward(20 * MINUTE)
        await ended(house, back=how == "back")
        house.clock.forward(5 * MINUTE)
        again = await extended(house)
        assert again.state is OccurrenceState.PLANNED
        assert (again.start, again.end) == (START + 5 * MINUTE, START + 2 * HOUR + 30 * MINUTE)
        assert again.planned_end is None
        assert (await house.of())[1] == again
        assert (await house.planned())[Kind.CLOSE, str(again.id)] == again.end

    async def test_from_now_where_its_own_end_is_past(self, house: House):
        await house.met()
        house.clock.forward(20 * MINUTE)
        await ended(house)
        house.clock.forward(2 * HOUR)
        assert (await extended(house)).end == house.clock.now() + 30 * MINUTE

    async def test_ended_again_it_keeps_the_end_it_was_given(self, house: House):
        await house.met(start=START + HOUR)
        await ended(house)
        await extended(house)
        await ended(house)
        assert (await extended(house)).end == START + 3 * HOUR

    async def test_a_guest_who_was_given_less_has_no_more(self, house: House):
        await house.met(start=START + HOUR)
        (short,) = await house.invited(LEA, until=START + 90 * MINUTE)
        await ended(house)
        again = await extended(house)
        async with house.store.reading() as work:
            found = await work.invitations.get(short.invitation.id)
        assert found is not None
        closes = found.window(again, house.policy.graces).closes
        assert closes == START + 90 * MINUTE


# --- what takes a meeting back ------------------------------------------------------------------


def touched(event: str, by: UserId = ALICE, **more: Any) -> Cause:
    return said("touch", **{"about": EventId(f"${event}"), "by": by, **more})


async def of_card(house: House, cause: Cause) -> About | None:
    async with house.store() as work:
        return await Undoing(house.tools).of_card(work, cause)


async def of_line(house: House, cause: Cause) -> About | None:
    async with house.store() as work:
        return await Undoing(house.tools).of_line(work, cause)


WAYS = [(of_card, Act.UNDO), (of_line, Act.END)]
PEOPLE: dict[Role, dict[str, Any]] = {
    Role.ORGANISER: {"by": ALICE},
    Role.MODERATOR: {"by": BOB, "level": 50},
    Role.AGENT: {"by": BOB},
    Role.ABSENT_ORGANISER: {"by": ALICE, "present": False},
    Role.OUTSIDER: {"by": UserId("@paul:externe.tchap"), "outside": True, "level": 100},
    Role.STRANGER: {"by": BOB, "present": False},
}


class TestTakingBack:
    async def test_the_table_of_rights_decides_who_may_take_back(self, house: House):
        about = await house.met()
        for way, act in WAYS:
            for role in Role:
                found = await way(house, touched("ask", **PEOPLE[role]))
                assert found == (about if role in MAY[act] else None), (act, role)

    async def test_for_ten_minutes_as_its_author_acted(self, house: House):
        about = await house.met()
        in_time, late = START + BACK, START + BACK + SECOND
        for way, _ in WAYS:
            house.clock.at = START + BACK + 20 * MINUTE
            assert await way(house, touched("ask", at=in_time)) == about
            with pytest.raises(NotAllowed) as refused:
                await way(house, touched("ask", at=late))
            assert refused.value.parameters == {"reason": "late", "title": "Budget ask"}
            house.clock.at = START
            assert await way(house, touched("ask", at=late)) == about, "a clock that is ahead"

    async def test_of_what_is_over_nothing_is_said(self, house: House):
        await house.met()
        house.clock.forward(HOUR + MINUTE)
        assert [await way(house, touched("ask")) for way, _ in WAYS] == [None, None]
        house.clock.at = START
        await ended(house, back=True)
        assert [await way(house, touched("ask")) for way, _ in WAYS] == [None, None]

    async def test_from_its_own_salon(self, house: House):
        await house.met()
        other = SalonId("!other:agent.tchap")
        for way, _ in WAYS:
            assert await way(house, touched("ask", salon=other)) is None
            assert await way(house, touched("else")) is None

    async def test_the_card_takes_a_reaction_and_no_deletion(self, house: House):
        about = await house.met()
        await house.shown()
        meeting, occurrence = await house.of()
        card = str(occurrence.card)[1:]
        assert await of_card(house, touched(card)) == (about[0], occurrence)
        assert await of_line(house, touched(card)) is None
        assert meeting == about[0]
