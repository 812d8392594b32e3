"""A meeting is handed over to another organiser: their room, all links, and no gap in between."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from bridge.domain.admission import KNOCK, LIVEKIT, AdmissionMode
from bridge.domain.agenda import Kind
from bridge.domain.mail import MailKind
from bridge.domain.meeting import Meeting, MeetingState, Occurrence, Phone
from bridge.domain.message import CardEdit, Notice, ToPerson
from bridge.domain.scope import WholeSeries
from bridge.domain.series import Reach
from bridge.errors import (
    HandoverRefused,
    LimitReached,
    MailUnconfirmed,
    MeetingOver,
    VisioError,
    VisioLevelRefused,
    VisioMisconfigured,
    VisioNotDelegated,
    VisioUnconfirmed,
    VisioUnknownAgent,
    VisioUnreachable,
)
from bridge.ids import UserId
from bridge.services.foresight.foreseen import ToCome
from bridge.services.invitations.invitations import Guest
from bridge.services.meetings.handing import Handing, HandingOutcome
from bridge.services.series.planning import Planned
from bridge.services.visits.snapshot import admission_of
from tests.services.house import ALICE, BOB, HOUR, MINUTE, START, House, said
from tests.services.test_foresight import foresight
from tests.services.test_series import WEEK, planned
from tests.services.test_series_changes import TUESDAY, Weekly

LEA = Guest("Léa Roux", "lea@partenaire.example")
CAROL = UserId("@carol:agent.tchap")
DAY = timedelta(days=1)
FIRST = datetime(2027, 1, 5, 9, tzinfo=START.tzinfo)
"""The first date of `TUESDAY`, in UTC."""


async def hands(
    house: House, to: UserId = BOB, event: str = "hand", *, by: UserId = ALICE, of: str = "ask"
) -> HandingOutcome:
    """Ask for a handover; the agenda has not run yet."""
    async with house.store() as work:
        about = await house.of(of)
        cause = said(event, by=by)
        outcome, _ = await Handing(house.meetings).ask(work, cause, about, to)
    return outcome


async def templates(house: House) -> list[str]:
    return [one.template for one in await house.messages() if isinstance(one, Notice)]


async def room_of(house: House, occurrence: Occurrence) -> str:
    """Return the address that a date's readers have now."""
    async with house.store.reading() as work:
        found = await work.meetings.both(occurrence.id)
    assert found is not None
    room = found[1].room_in(found[0])
    assert room is not None
    return room.url


async def weekly(house: House) -> Planned:
    """Tuesdays at ten in Paris, without an end, with their room."""
    made = await planned(house, "FREQ=WEEKLY", TUESDAY)
    await house.run_due()
    return made


async def apart(house: House) -> Planned:
    """Tuesdays at ten in Paris, three times, each with a room of its own; the first has it."""
    house.choose(room_per_date=True)
    made = await planned(house, "FREQ=WEEKLY;COUNT=3", TUESDAY)
    await house.run_due()
    return made


async def owner_of(house: House, occurrence: Occurrence) -> UserId | None:
    """Return the former organiser in whose name a date's own room is."""
    async with house.store.reading() as work:
        found = await work.meetings.occurrence(occurrence.id)
    assert found is not None
    assert found.own_room is not None
    return found.own_room.owner


async def ahead(house: House) -> tuple[Meeting, Occurrence]:
    """A meeting in five hours."""
    both = await house.met(start=START + 5 * HOUR)
    await house.shown()
    return both


class TestRoom:
    async def test_its_room_is_made_in_the_new_organisers_name(self, house: House):
        meeting, occurrence = await ahead(house)
        assert await hands(house) is HandingOutcome.ROOM
        assert (await house.of())[0].organiser == ALICE, "until the room is there"
        assert await room_of(house, occurrence) == house.visio.made[0].url
        await house.run_due()
        assert house.visio.asked[-1] == ("bob@beta.gouv.fr", meeting.level)
        handed, occurrence = await house.of()
        assert (handed.organiser, handed.room) == (BOB, house.visio.made[1])
        assert (handed.handover, occurrence.own_room) == (None, None)
        assert Kind.HAND not in {kind for kind, _ in await house.planned()}

    async def test_all_who_must_know_are_told_once(self, house: House):
        meeting, occurrence = await ahead(house)
        await hands(house)
        await house.run_due()
        messages = await house.messages()
        assert [one.occurrence for one in messages if isinstance(one, CardEdit)] == [occurrence.id]
        assert await templates(house) == ["handing.yours", "handing.done"]
        (yours,) = await house.sentences("handing.yours")
        assert yours.to == ToPerson(user=BOB)
        (done,) = await house.sentences("handing.done")
        assert isinstance(done, Notice)
        assert (done.to.salon, done.reply_to) == (meeting.salon, "$hand")
        assert done.parameters["back"] == ALICE

    async def test_the_former_organiser_is_told_of_a_moderator(self, house: House):
        await ahead(house)
        await hands(house, by=BOB)
        await house.run_due()
        assert await templates(house) == ["handing.gone", "handing.done"]
        (gone,) = await house.sentences("handing.gone")
        assert gone.to == ToPerson(user=ALICE)

    async def test_by_a_third_person_both_are_told(self, house: House):
        await ahead(house)
        await hands(house, by=CAROL)
        await house.run_due()
        assert await templates(house) == ["handing.yours", "handing.gone", "handing.done"]

    async def test_it_is_in_the_new_organisers_lists(self, house: House):
        await ahead(house)
        await hands(house)
        await house.run_due()
        async with house.store.reading() as work:
            found = {
                user: len(await work.meetings.of_organiser(user, ending_after=START, most=9))
                for user in (ALICE, BOB)
            }
        assert found == {ALICE: 0, BOB: 1}

    async def test_a_row_that_is_run_again_changes_nothing(self, house: House):
        meeting, _ = await ahead(house)
        await hands(house)
        await house.run_due()
        before = await house.messages()
        assert await house.handlers()[Kind.HAND](house.due(Kind.HAND, meeting.id)) is None
        assert len(house.visio.made) == 2
        assert await house.messages() == before

    async def test_handed_back_it_gets_a_third_room(self, house: House):
        await ahead(house)
        await hands(house)
        await house.run_due()
        await hands(house, ALICE, "back", by=BOB)
        await house.run_due()
        meeting, _ = await house.of()
        assert (meeting.organiser, meeting.room) == (ALICE, house.visio.made[2])


class TestVisioFails:
    @pytest.mark.parametrize(
        ("error", "why"),
        [
            (VisioUnknownAgent, "handing.why-unknown"),
            (VisioNotDelegated, "handing.why-not-delegated"),
            (VisioLevelRefused, "handing.why-level"),
            (VisioMisconfigured, "handing.why-misconfigured"),
            (VisioUnconfirmed, "handing.why-unconfirmed"),
        ],
    )
    async def test_without_a_room_the_old_one_goes_on(
        self, house: House, error: type[VisioError], why: str
    ):
        before, occurrence = await ahead(house)
        house.visio.troubles.append(error())
        await hands(house)
        await house.run_due()
        meeting, _ = await house.of()
        assert (meeting.organiser, meeting.room) == (ALICE, before.room)
        assert meeting.handover is None
        (told,) = await house.messages()
        assert isinstance(told, Notice)
        assert (told.template, told.mentions) == ("handing.failed", (BOB,))
        reason = told.parameters["why"]
        assert isinstance(reason, dict)
        assert reason["$phrase"] == why
        await house.run_until(START + 3 * HOUR)
        assert len(house.visio.asked) == 2, "only a person asks again"
        assert await room_of(house, occurrence) == house.visio.made[0].url

    async def test_while_visio_is_away_it_is_tried_again(self, house: House):
        before, _ = await ahead(house)
        house.visio.troubles.extend(VisioUnreachable() for _ in range(4))
        await hands(house)
        await house.run_due()
        assert await templates(house) == ["handing.waits"]
        assert (await house.of())[0].room == before.room
        await house.run_until(START + 10 * MINUTE)
        assert (await house.of())[0].organiser == BOB
        assert (await templates(house)).count("handing.waits") == 1

    async def test_visio_that_stays_away_is_given_up(self, house: House):
        await ahead(house)
        house.visio.troubles.extend(VisioUnreachable() for _ in range(9999))
        await hands(house)
        await house.run_until(START + house.policy.keep_trying + 2 * MINUTE)
        assert await templates(house) == ["handing.waits", "handing.failed"]
        meeting, _ = await house.of()
        assert (meeting.organiser, meeting.handover) == (ALICE, None)
        assert Kind.HAND not in {kind for kind, _ in await house.planned()}

    async def test_a_proxy_that_always_answers_leaves_three_rooms_at_most(self, house: House):
        await ahead(house)
        house.visio.troubles.extend(VisioUnreachable(asked=True) for _ in range(9))
        await hands(house)
        await house.run_until(START + HOUR)
        assert len(house.visio.asked) == 1 + 3
        assert await templates(house) == ["handing.waits", "handing.failed"]

    async def test_an_agent_whose_address_is_gone(self, house: House):
        await ahead(house)
        await hands(house)
        del house.identities.emails[BOB]
        await house.run_due()
        assert await templates(house) == ["handing.failed"]
        assert (await house.of())[0].organiser == ALICE


class TestMeanwhile:
    """While Visio makes the room, people go on."""

    async def test_another_one_is_named(self, house: House):
        await ahead(house)
        house.identities.emails[CAROL] = "carol@beta.gouv.fr"

        async def meanwhile() -> None:
            house.visio.meanwhile = None
            house.clock.forward(MINUTE)
            await hands(house, CAROL, "other")

        await hands(house)
        house.visio.meanwhile = meanwhile
        await house.run_due()
        meeting, _ = await house.of()
        assert (meeting.organiser, meeting.room) == (CAROL, house.visio.made[2])
        assert len(house.visio.made) == 3, "Bob's room is an orphan"

    async def test_it_is_given_up(self, house: House):
        before, _ = await ahead(house)

        async def meanwhile() -> None:
            house.visio.meanwhile = None
            assert await hands(house, ALICE, "stay") is HandingOutcome.STAYS

        await hands(house)
        house.visio.meanwhile = meanwhile
        await house.run_due()
        meeting, _ = await house.of()
        assert (meeting.organiser, meeting.room, meeting.handover) == (ALICE, before.room, None)
        assert await templates(house) == []

    async def test_its_window_opens(self, house: House):
        """The date keeps the room whose address people have by now."""
        _, occurrence = await ahead(house)

        async def meanwhile() -> None:
            house.clock.at = START + 5 * HOUR - 5 * MINUTE

        await hands(house)
        house.visio.meanwhile = meanwhile
        await house.run_due()
        assert (await house.of())[0].organiser == BOB
        assert await room_of(house, occurrence) == house.visio.made[0].url

    async def test_asked_twice_it_is_under_way(self, house: House):
        await ahead(house)
        await hands(house)
        with pytest.raises(HandoverRefused) as refused:
            await hands(house, event="again")
        assert refused.value.parameters["reason"] == "under-way"


class TestInProgress:
    async def test_a_meeting_in_progress_keeps_its_room(self, house: House):
        meeting, occurrence = await house.met()
        await house.shown()
        assert await hands(house, by=CAROL) is HandingOutcome.DONE
        assert len(house.visio.asked) == 1, "no date to come needs another"
        handed, _ = await house.of()
        assert (handed.organiser, handed.room) == (BOB, meeting.room)
        assert await room_of(house, occurrence) == house.visio.made[0].url
        assert await templates(house) == ["handing.yours-stays", "handing.gone"]

    async def test_only_the_owner_of_its_room_can_admit_in_visio(self, house: House):
        await house.met()
        (invited,) = await house.invited(LEA)
        await hands(house)
        entered = await house.visited(invited)
        async with house.store.reading() as work:
            admission = await admission_of(work, entered.visit, house.policy)
        assert admission is not None
        assert (admission.meeting.organiser, admission.host) == (BOB, ALICE)
        followed = [one for one in await house.messages() if one.template == "guest.followed"]
        assert [one.mentions for one in followed if isinstance(one, Notice)] == [(ALICE,)]

    async def test_where_the_salon_admits_its_organiser_is_called(self, house: House):
        house.choose(mode=LIVEKIT)
        await house.met()
        (invited,) = await house.invited(LEA)
        await hands(house)
        entered = await house.visited(invited)
        async with house.store.reading() as work:
            admission = await admission_of(work, entered.visit, house.policy)
        assert admission is not None
        assert admission.host == BOB

    async def test_a_seat_and_presence_stay_in_the_old_room(self, house: House):
        house.choose(mode=LIVEKIT)
        made = await weekly(house)
        (invited,) = await house.invited(LEA, scope=WholeSeries())
        house.clock.at = FIRST + MINUTE
        old = house.visio.made[0]
        await hands(house)
        await house.run_due()
        assert (await house.of())[0].room == house.visio.made[1]
        entered = await house.visited(invited)
        await house.decided(entered.visit)
        async with house.store.reading() as work:
            (seat,) = await work.seats.of_occurrence(made.occurrences[0].id)
        assert seat.room == str(old.id)
        followed = await house.presences.followed(house.clock.now())
        assert list(followed) == [str(old.id)]

    async def test_a_meeting_that_is_over_is_not_handed_over(self, house: House):
        await house.met()
        async with house.store() as work:
            await house.meetings.end(work, (await house.of())[1])
        with pytest.raises(MeetingOver):
            await hands(house)


class TestSeries:
    async def test_dates_to_come_follow_and_those_before_keep_theirs(self, house: House):
        house.visio.phone = Phone("+33180000000", "1234567890")
        made = await weekly(house)
        first, second, third, *_ = made.occurrences
        await house.run_until(FIRST + WEEK + MINUTE)  # the second is in progress
        await house.shown()
        await hands(house)
        await house.run_due()
        old, new = house.visio.made
        assert [await room_of(house, one) for one in (first, second, third)] == [
            old.url,
            old.url,
            new.url,
        ]
        meeting, _ = await house.of()
        async with house.store.reading() as work:
            kept = {one.id: one.own_room for one in await work.meetings.occurrences_of(meeting.id)}
        assert kept[second.id] == replace(old, owner=ALICE)
        assert {one for one in kept if kept[one] is not None} == {first.id, second.id}
        assert "handing.done-kept" in await templates(house)

    async def test_handed_over_twice_each_date_keeps_its_own(self, house: House):
        made = await weekly(house)
        await house.run_until(FIRST + MINUTE)
        await hands(house)
        await house.run_until(FIRST + WEEK + MINUTE)
        await hands(house, ALICE, "back", by=BOB)
        await house.run_due()
        rooms = [await room_of(house, one) for one in made.occurrences[:3]]
        assert rooms == [one.url for one in house.visio.made]

    async def test_the_kept_room_stays_when_the_date_changes(self, house: House):
        made = await weekly(house)
        await house.run_until(FIRST + MINUTE)
        await hands(house)
        await house.run_due()
        async with house.store() as work:
            first = await work.meetings.occurrence(made.occurrences[0].id)
            assert first is not None
            await house.meetings.extend(work, first, HOUR)
        assert await room_of(house, first) == house.visio.made[0].url

    async def test_dates_that_are_carried_on_are_in_the_new_room(self, house: House):
        made = await weekly(house)
        known = {one.id for one in made.occurrences}
        await hands(house)
        await house.run_until(FIRST + 10 * WEEK)
        async with house.store.reading() as work:
            later = await work.meetings.planned_of(made.meeting.id, ending_after=FIRST + 10 * WEEK)
        fresh = [one for one in later if one.id not in known]
        assert fresh
        assert {await room_of(house, one) for one in fresh} == {house.visio.made[1].url}
        async with house.store.reading() as work:
            found = await work.meetings.of_organiser(BOB, ending_after=START, most=100)
        assert {one.id for one in fresh} <= {one.id for _, one in found}


class TestApart:
    """A series of which each date has its own room."""

    async def test_rooms_that_are_not_made_yet_are_made_in_the_new_name(self, house: House):
        made = await apart(house)
        await hands(house)
        await house.run_due()
        assert "handing.done-apart" in await templates(house)
        second = made.occurrences[1]
        await house.run_until(second.start)
        assert house.visio.asked[-1][0] == "bob@beta.gouv.fr"
        assert await room_of(house, second) == house.visio.made[-1].url
        assert await owner_of(house, second) is None

    async def test_one_that_has_not_opened_gets_another_and_is_never_without(self, house: House):
        made = await apart(house)
        second = made.occurrences[1]
        await house.run_until(second.start - 2 * HOUR)
        await house.shown()
        old = house.visio.made[-1]
        await hands(house)
        await house.handlers()[Kind.HAND](house.due(Kind.HAND, made.meeting.id))
        house.visio.troubles.append(VisioUnreachable())
        await house.run_due()
        assert await room_of(house, second) == old.url, "until the next one is made"
        assert await owner_of(house, second) == ALICE
        assert not [one for one in await templates(house) if one.startswith("error.")]
        await house.run_until(second.start - HOUR)
        assert await room_of(house, second) == house.visio.made[-1].url != old.url
        assert await owner_of(house, second) is None
        edits = [one.occurrence for one in await house.messages() if isinstance(one, CardEdit)]
        assert second.id in edits

    async def test_one_that_opens_meanwhile_keeps_its_own(self, house: House):
        made = await apart(house)
        second = made.occurrences[1]
        await house.run_until(second.start - HOUR)
        old = house.visio.made[-1]
        await hands(house)
        await house.handlers()[Kind.HAND](house.due(Kind.HAND, made.meeting.id))
        house.visio.troubles.extend([VisioUnreachable()] * 500)
        await house.run_until(second.start + MINUTE)
        house.visio.troubles.clear()
        await house.run_until(second.start + HOUR)
        assert await room_of(house, second) == old.url
        assert await owner_of(house, second) == ALICE

    @pytest.mark.parametrize(("mode", "host"), [(KNOCK, ALICE), (LIVEKIT, BOB)])
    async def test_one_in_progress_keeps_its_own(
        self, house: House, mode: AdmissionMode, host: UserId
    ):
        house.choose(mode=mode)
        made = await apart(house)
        second = made.occurrences[1]
        (invited,) = await house.invited(LEA, scope=WholeSeries())
        await house.run_until(second.start + MINUTE)
        old = house.visio.made[-1]
        await hands(house)
        await house.run_due()
        (told,) = await house.sentences("answer.mailed")
        answer = told.parameters["answer"]
        assert isinstance(answer, dict)
        assert answer["$phrase"] == "handing.done-apart-kept"
        assert await room_of(house, second) == old.url
        entered = await house.visited(invited)
        async with house.store.reading() as work:
            admission = await admission_of(work, entered.visit, house.policy)
        assert admission is not None
        assert admission.host == host
        if mode.asks_salon:
            followed = await house.presences.followed(house.clock.now())
            assert list(followed) == [str(old.id)]

    async def test_handed_back_it_is_their_own_again(self, house: House):
        made = await apart(house)
        second = made.occurrences[1]
        await house.run_until(second.start + MINUTE)
        await hands(house)
        await house.run_due()
        await hands(house, ALICE, "back", by=BOB)
        await house.run_due()
        assert await owner_of(house, second) is None

    async def test_a_room_asked_for_in_the_former_name_has_no_effect(self, house: House):
        made = await apart(house)
        second = made.occurrences[1]
        await house.run_until(second.start - DAY - MINUTE)

        async def hand() -> None:
            house.visio.meanwhile = None
            await hands(house)
            await house.handlers()[Kind.HAND](house.due(Kind.HAND, made.meeting.id))

        house.visio.meanwhile = hand
        await house.run_until(second.start - HOUR)
        assert house.visio.asked[-1][0] == "bob@beta.gouv.fr"
        assert await room_of(house, second) == house.visio.made[-1].url
        assert await owner_of(house, second) is None


class TestUnmade:
    async def test_it_is_asked_for_in_the_new_name(self, house: House):
        house.visio.troubles.append(VisioUnknownAgent())
        await house.met(start=START + 5 * HOUR)
        assert (await house.of())[0].state is MeetingState.REFUSED
        await house.shown()
        assert await hands(house, by=BOB) is HandingOutcome.ASKED_ANEW
        await house.run_due()
        meeting, _ = await house.of()
        assert (meeting.organiser, meeting.state) == (BOB, MeetingState.READY)
        assert house.visio.asked[-1][0] == "bob@beta.gouv.fr"
        assert (await templates(house))[0] == "handing.gone"

    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (VisioUnknownAgent, 1),
            (partial(VisioMisconfigured, status=401), 1),
            (partial(VisioMisconfigured, status=403), 0),
            (VisioUnconfirmed, 0),
        ],
    )
    async def test_who_has_no_account_any_more_is_told_once(
        self, house: House, error: Callable[[], VisioError], told: int
    ):
        house.visio.troubles.extend(error() for _ in range(3))
        await house.met(start=START + 5 * HOUR)
        assert "organiser.unknown" not in await templates(house), "its organiser asked just now"
        for _ in range(2):
            async with house.store() as work:
                await house.meetings.retry(work, (await house.of())[0])
            await house.run_due()
        assert (await templates(house)).count("organiser.unknown") == told

    @pytest.mark.parametrize("error", [None, VisioUnknownAgent(), VisioUnreachable()])
    async def test_a_request_under_way_in_the_former_name_has_no_effect(
        self, house: House, error: VisioError | None
    ):
        async def meanwhile() -> None:
            house.visio.meanwhile = None
            house.clock.forward(timedelta(seconds=1))
            await hands(house)
            if error is not None:
                house.visio.troubles.append(error)

        house.visio.meanwhile = meanwhile
        await house.met(start=START + 5 * HOUR)
        await house.run_until(START + 2 * MINUTE)
        meeting, _ = await house.of()
        assert (meeting.organiser, meeting.state) == (BOB, MeetingState.READY)
        assert [email for email, _ in house.visio.asked] == [
            "alice@beta.gouv.fr",
            "bob@beta.gouv.fr",
        ]
        assert meeting.room == house.visio.made[-1]


class TestRefused:
    @pytest.mark.parametrize(("by", "reason"), [(ALICE, "own"), (BOB, "already")])
    async def test_who_organises_it_already(self, house: House, by: UserId, reason: str):
        await ahead(house)
        with pytest.raises(HandoverRefused) as refused:
            await hands(house, ALICE, by=by)
        assert refused.value.parameters["reason"] == reason

    async def test_rooms_at_visio_have_a_limit(self, house: House):
        house.choose(limits=replace(house.policy.limits, rooms=2))
        await ahead(house)
        await hands(house)
        await house.run_due()
        await hands(house, ALICE, "b")
        await house.run_due()
        with pytest.raises(LimitReached) as reached:
            await hands(house, BOB, "c")
        assert reached.value.parameters["reason"] == "handovers"
        house.clock.forward(HOUR)
        await hands(house, BOB, "d")


class TestGuests:
    async def told(self, house: House) -> None:
        await ahead(house)
        await house.invited(LEA)
        await house.run_due()

    async def later(self, house: House) -> None:
        await house.run_until(house.clock.now() + 5 * MINUTE)

    async def test_they_are_told_once_with_the_next_sequence(self, house: House):
        await self.told(house)
        await hands(house)
        await self.later(house)
        first, second = house.composed
        assert (first.organizer, second.organizer) == ("alice@beta.gouv.fr", "bob@beta.gouv.fr")
        assert second.kind is MailKind.ORGANISER
        assert first.event is not None
        assert second.event is not None
        assert (second.event.uid, second.event.sequence) == (first.event.uid, 1)
        assert first.link == second.link
        assert second.address == "bob@beta.gouv.fr", "whom they ask from now on"
        (done,) = await house.sentences("answer.mailed")
        assert done.parameters["n"] == 1
        await house.run_until(START + 4 * HOUR)
        assert len(house.composed) == 2

    async def test_back_within_the_minute_they_hear_nothing(self, house: House):
        await self.told(house)
        await hands(house)
        await house.run_due()
        await hands(house, ALICE, "back")
        await self.later(house)
        assert [one.kind for one in house.composed] == [MailKind.INVITATION]

    async def test_back_later_the_sequence_rises_again(self, house: House):
        await self.told(house)
        await hands(house)
        await self.later(house)
        await hands(house, ALICE, "back")
        await self.later(house)
        told = [
            (one.kind, one.organizer, one.event and one.event.sequence) for one in house.composed
        ]
        assert told[1:] == [
            (MailKind.ORGANISER, "bob@beta.gouv.fr", 1),
            (MailKind.ORGANISER, "alice@beta.gouv.fr", 2),
        ]

    async def test_who_never_reads_the_organiser_hears_nothing(self, house: House):
        house.shows_organiser = False
        house.organizer = "visio@parvis.example"
        house.wire(house.store)
        await self.told(house)
        await hands(house)
        await self.later(house)
        assert [one.kind for one in house.composed] == [MailKind.INVITATION]
        assert "handing.done" in await templates(house)

    async def test_a_change_of_time_tells_it_too(self, house: House):
        await self.told(house)
        await hands(house)
        await house.run_due()
        async with house.store() as work:
            await house.meetings.extend(work, (await house.of())[1], HOUR)
        await self.later(house)
        assert [one.kind for one in house.composed] == [MailKind.INVITATION, MailKind.CHANGE]
        assert house.composed[-1].organizer == "bob@beta.gouv.fr"
        await house.run_until(START + 4 * HOUR)
        assert len(house.composed) == 2

    async def test_an_answer_that_is_lost_changes_nothing(self, house: House):
        await self.told(house)
        house.post.troubles.append(MailUnconfirmed())
        await hands(house)
        await house.run_until(START + 2 * HOUR)
        again = house.composed[1:]
        assert [one.kind for one in again] == [MailKind.ORGANISER] * 2
        assert {one.message_id for one in again} == {again[0].message_id}
        assert [one.event and one.event.sequence for one in again] == [1, 1]

    async def test_a_guest_of_a_series_gets_one_mail_about_all_dates(self, house: House):
        tuesdays = Weekly(house, await weekly(house))
        await house.invited(LEA, scope=WholeSeries())
        await house.run_due()
        await hands(house)
        await self.later(house)
        assert [one.kind for one in house.composed] == [MailKind.INVITATION, MailKind.ORGANISER]
        first, second = (one.event for one in house.composed)
        assert first is not None
        assert second is not None
        assert (second.uid, second.recurrence, second.sequence) == (first.uid, first.recurrence, 1)
        # What changes from then on is told as before.
        await tuesdays.move(TUESDAY + WEEK, datetime(2027, 1, 13, 14))
        await self.later(house)
        assert house.composed[-1].kind is MailKind.MOVED
        assert house.composed[-1].organizer == "bob@beta.gouv.fr"

    async def test_a_date_that_moves_at_once_is_one_mail_about_all(self, house: House):
        tuesdays = Weekly(house, await weekly(house))
        await house.invited(LEA, scope=WholeSeries())
        await house.run_due()
        await tuesdays.move(TUESDAY + WEEK, datetime(2027, 1, 13, 14), Reach.ONE)
        await hands(house)
        await self.later(house)
        assert [one.kind for one in house.composed[1:]] == [MailKind.DATES]

    async def test_their_links_lead_to_the_new_room(self, house: House):
        await self.told(house)
        (invitation,) = await house.guests()
        await hands(house)
        await house.run_due()
        (same,) = await house.guests()
        assert (same.number, same.digest) == (invitation.number, invitation.digest)
        house.clock.at = START + 5 * HOUR - 5 * MINUTE
        (invited,) = await house.invited(LEA, event="again")
        entered = await house.visited(invited)
        async with house.store.reading() as work:
            admission = await admission_of(work, entered.visit, house.policy)
        assert admission is not None
        room = admission.view(house.clock.now()).room
        assert room is not None
        assert room.startswith(house.visio.made[1].url)


async def test_it_is_foreseen(house: House):
    await ahead(house)
    await hands(house)
    found = await foresight(house).look(START, START + MINUTE)
    assert ToCome.ROOM in [one.what for one in found]
