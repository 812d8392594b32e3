"""Meetings: asked for, made once, shown once, ended, extended, found again."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bridge.domain.agenda import Kind
from bridge.domain.meeting import AccessLevel, MeetingState, OccurrenceState
from bridge.domain.message import Card, CardEdit, Notice, Priority, ToSalon
from bridge.domain.salon import Salon
from bridge.domain.window import window_of
from bridge.errors import (
    VisioError,
    VisioLevelRefused,
    VisioMisconfigured,
    VisioNotDelegated,
    VisioUnconfirmed,
    VisioUnknownAgent,
    VisioUnreachable,
)
from bridge.ids import EventId, MeetingId, OccurrenceId, SalonId, uuid7
from bridge.metrics import Metrics
from bridge.services.invitations.invitations import Guest
from tests.services.house import ALICE, HOUR, MINUTE, SALON, START, House, said

REFUSALS = [VisioUnknownAgent, VisioNotDelegated, VisioLevelRefused, VisioMisconfigured]


class TestAsking:
    async def test_a_request_becomes_a_room_and_a_card(self, house: House):
        await house.asked()
        meeting, occurrence = await house.of()
        assert meeting.state is MeetingState.ASKED
        assert await house.messages() == []
        await house.run_due()
        assert house.visio.asked == [("alice@beta.gouv.fr", AccessLevel.TRUSTED)]
        meeting, occurrence = await house.of()
        assert meeting.state is MeetingState.READY
        assert meeting.room == house.visio.made[0]
        assert (occurrence.start, occurrence.end) == (START, START + HOUR)
        (card,) = await house.messages()
        assert isinstance(card, Card)
        assert (card.occurrence, card.to) == (occurrence.id, ToSalon(salon=SALON))

    async def test_what_was_said_is_kept(self, house: House):
        start, end = START + 5 * HOUR, START + 7 * HOUR
        await house.asked(
            said(thread=EventId("$root")),
            title="Point",
            start=start,
            end=end,
            zone="Indian/Reunion",
            level=AccessLevel.RESTRICTED,
        )
        await house.run_due()
        meeting, occurrence = await house.of()
        assert (meeting.title, meeting.organiser, meeting.thread) == ("Point", ALICE, "$root")
        assert (occurrence.start, occurrence.end, occurrence.zone) == (start, end, "Indian/Reunion")
        assert house.visio.asked == [("alice@beta.gouv.fr", AccessLevel.RESTRICTED)]
        (card,) = await house.messages()
        assert isinstance(card, Card)
        assert card.thread == "$root"

    async def test_a_duration_without_a_start_is_kept(self, house: House):
        await house.asked(end=START + 20 * MINUTE)
        assert (await house.of())[1].end == START + 20 * MINUTE

    async def test_the_same_event_twice_is_one_meeting_and_one_card(self, house: House):
        for _ in range(3):
            await house.asked()
            await house.run_due()
        assert len(house.visio.made) == 1
        assert len(await house.messages()) == 1

    async def test_an_event_repeated_while_it_is_being_made(self, house: House):
        house.visio.meanwhile = house.asked
        await house.asked()
        await house.run_due()
        assert len(house.visio.made) == 1
        assert len(await house.messages()) == 1

    async def test_a_row_that_is_run_again_changes_nothing(self, house: House):
        meeting, _ = await house.met()
        assert await house.making.create(house.due(Kind.CREATE, meeting.id)) is None
        unknown = MeetingId(uuid7(START))
        assert await house.making.create(house.due(Kind.CREATE, unknown)) is None
        assert len(house.visio.made) == 1


class TestVisioFails:
    @pytest.mark.parametrize("error", REFUSALS)
    async def test_a_refusal_is_told_and_the_request_kept(
        self, house: House, error: type[VisioError]
    ):
        house.visio.troubles.append(error())
        meeting, _ = await house.met()
        assert meeting.state is MeetingState.REFUSED
        (told,) = await house.messages()
        assert isinstance(told, Notice)
        assert (told.template, told.reply_to) == (f"error.{error.code}", "$ask")
        await house.run_until(START + 3 * HOUR)
        assert len(house.visio.asked) == 1, "only a person asks again"

    async def test_a_lost_answer_is_told_and_never_asked_again_blindly(self, house: House):
        house.visio.troubles.append(VisioUnconfirmed())
        meeting, _ = await house.met()
        assert meeting.state is MeetingState.UNCONFIRMED
        (told,) = await house.messages()
        assert told.template == "error.visio-unconfirmed"
        await house.run_until(START + 3 * HOUR)
        assert len(house.visio.asked) == 1

    async def test_what_a_proxy_answers_is_tried_again(self, house: House):
        house.visio.troubles.extend(VisioUnreachable(asked=True) for _ in range(2))
        house.visio.troubles.extend(VisioUnreachable() for _ in range(4))
        await house.met()
        assert [one.template for one in await house.messages()] == ["error.visio-unreachable"]
        await house.run_until(START + 10 * MINUTE)
        assert (await house.of())[0].state is MeetingState.READY

    async def test_a_proxy_that_always_answers_so_leaves_three_rooms_at_most(self, house: House):
        house.visio.troubles.extend(VisioUnreachable(asked=True) for _ in range(1000))
        await house.met()
        await house.run_until(START + 3 * HOUR)
        assert len(house.visio.asked) == 3
        meeting, _ = await house.of()
        assert meeting.state is MeetingState.UNCONFIRMED
        assert [one.template for one in await house.messages()] == [
            "error.visio-unreachable",
            "error.visio-unconfirmed",
        ]
        async with house.store() as work:
            await house.meetings.retry(work, meeting)
        await house.run_until(START + 6 * HOUR)
        assert len(house.visio.asked) == 6, "a person asked again"

    async def test_an_agent_nobody_vouches_for(self, house: House):
        house.identities.emails.clear()
        meeting, _ = await house.met()
        assert meeting.state is MeetingState.REFUSED
        assert [one.template for one in await house.messages()] == ["error.identity-unresolved"]
        assert house.visio.asked == []

    async def test_a_silence_is_told_once_and_ended_by_the_agenda(self, house: House):
        house.visio.troubles.extend(VisioUnreachable() for _ in range(4))
        await house.met()
        assert [one.template for one in await house.messages()] == ["error.visio-unreachable"]
        await house.run_until(START + 10 * MINUTE)
        assert (await house.of())[0].state is MeetingState.READY
        told, card = await house.messages()
        assert (told.template, card.template) == ("error.visio-unreachable", "card")

    async def test_delays_grow_to_a_minute_and_end_in_a_sentence(self, house: House):
        house.visio.troubles.extend(VisioUnreachable() for _ in range(1000))
        await house.asked()
        times = []
        while (await house.of())[0].state is MeetingState.ASKED:
            due = (await house.planned())[Kind.CREATE, str((await house.of())[0].id)]
            house.clock.at = due
            await house.run_due()
            times.append(due)
        delays = [later - earlier for earlier, later in pairwise(times)]
        assert delays[:4] == [timedelta(seconds=n) for n in (2, 2, 4, 8)]
        assert delays == sorted(delays)
        assert max(delays) == MINUTE
        assert house.policy.keep_trying < times[-1] - START <= house.policy.keep_trying + MINUTE
        told = [one.template for one in await house.messages()]
        assert told == ["error.visio-unreachable", "meeting.given-up"]
        assert (await house.of())[0].state is MeetingState.REFUSED

    @pytest.mark.parametrize(
        ("said", "waits"),
        [
            (None, timedelta(seconds=2)),
            (0.5, timedelta(seconds=2)),
            (90.0, timedelta(seconds=90)),
            (float("inf"), 2 * HOUR),
        ],
    )
    async def test_a_retry_waits_as_long_as_visio_says(
        self, house: House, said: float | None, waits: timedelta
    ):
        house.visio.troubles.append(VisioUnreachable(retry_after=said))
        meeting, _ = await house.met()
        assert (await house.planned())[Kind.CREATE, str(meeting.id)] == START + waits

    @pytest.mark.parametrize("error", [*REFUSALS, VisioUnconfirmed])
    async def test_a_person_asks_again(self, house: House, error: type[VisioError]):
        house.visio.troubles.append(error())
        meeting, _ = await house.met()
        async with house.store() as work:
            await house.meetings.retry(work, meeting)
        await house.run_due()
        assert (await house.of())[0].state is MeetingState.READY
        assert [one.template for one in await house.messages()] == [f"error.{error.code}", "card"]

    @pytest.mark.parametrize("of_salon", [None, AccessLevel.RESTRICTED])
    async def test_asking_again_is_at_the_level_that_holds_now(
        self, house: House, of_salon: AccessLevel | None
    ):
        """Otherwise the operator's change, which the refusal advises, would have no effect."""
        house.choose(level=AccessLevel.PUBLIC)
        house.visio.troubles.append(VisioLevelRefused(asked=AccessLevel.PUBLIC))
        meeting, _ = await house.met()
        house.choose(level=AccessLevel.TRUSTED)
        async with house.store() as work:
            await work.salons.save(Salon(id=SALON, level=of_salon))
            await house.meetings.retry(work, meeting)
        await house.run_due()
        meeting, _ = await house.of()
        expected = of_salon or AccessLevel.TRUSTED
        assert (meeting.state, meeting.level) == (MeetingState.READY, expected)
        assert house.visio.asked[-1][1] is expected

    async def test_a_second_request_for_the_room_answers_again(self, house: House):
        house.visio.troubles.extend([VisioUnknownAgent(), VisioUnknownAgent()])
        meeting, _ = await house.met()
        async with house.store() as work:
            await house.meetings.retry(work, meeting)
        await house.run_due()
        assert len(await house.sentences("error.visio-unknown-agent")) == 2

    async def test_asking_again_much_later_tries_as_long_as_the_first_time(self, house: House):
        house.visio.troubles.extend([VisioUnknownAgent(), VisioUnreachable()])
        meeting, _ = await house.met()
        await house.run_until(START + 3 * HOUR)
        async with house.store() as work:
            await house.meetings.retry(work, meeting)
        await house.run_due()
        assert [one.template for one in await house.messages()][-1] == "error.visio-unreachable"
        await house.run_until(START + 3 * HOUR + MINUTE)
        assert (await house.of())[0].state is MeetingState.READY

    async def test_a_room_that_comes_after_the_end_begins_when_it_comes(self, house: House):
        house.visio.troubles.extend(VisioUnreachable() for _ in range(90))
        await house.asked(end=START + 30 * MINUTE)
        await house.run_until(START + 2 * HOUR)
        meeting, occurrence = await house.of()
        assert meeting.state is MeetingState.READY
        assert START + HOUR < occurrence.start < START + 2 * HOUR
        assert occurrence.end - occurrence.start == 30 * MINUTE
        window = window_of(occurrence, house.policy.graces)
        assert (await house.planned())[Kind.CLOSE, str(occurrence.id)] in (
            occurrence.end,
            window.closes,
        )

    async def test_failures_are_counted(self, house: House):
        metrics = Metrics("1")
        house.visio.troubles.append(VisioUnknownAgent())
        house.making = replace(house.making, metrics=metrics)
        await house.met()
        labels = {"code": VisioUnknownAgent.code}
        name = "parvis_visio_errors_total"
        assert metrics.registry.get_sample_value(name, labels) == 1


class TestMeanwhile:
    """Visio's answer undoes nothing that people did while it made the room."""

    @pytest.mark.parametrize("error", [None, VisioUnknownAgent(), VisioUnreachable()])
    async def test_it_is_ended(self, house: House, error: VisioError | None):
        if error is not None:
            house.visio.troubles.append(error)
        await house.asked()

        async def end() -> None:
            _, occurrence = await house.of()
            async with house.store() as work:
                await house.meetings.end(work, occurrence)

        house.visio.meanwhile = end
        await house.run_due()
        meeting, occurrence = await house.of()
        assert meeting.state is MeetingState.ENDED
        assert occurrence.state is OccurrenceState.ENDED
        assert await house.messages() == [], "nothing to show: nobody ever had its link"
        await house.run_until(START + 3 * HOUR)
        assert await house.messages() == []

    @pytest.mark.parametrize("error", [None, VisioUnknownAgent(), VisioUnreachable()])
    async def test_a_salon_that_moves_while_the_room_is_made_takes_the_meeting_along(
        self, house: House, error: VisioError | None
    ):
        new = SalonId("!new:agent.tchap")

        async def move() -> None:
            async with house.store() as work:
                await work.meetings.moved_salon(SALON, new)

        house.visio.meanwhile = move
        if error is not None:
            house.visio.troubles.append(error)
        meeting, _ = await house.met()
        assert meeting.salon == new
        assert [one.to.salon for one in await house.messages()] == [new]

    async def test_it_is_extended(self, house: House):
        await house.asked()

        async def extend() -> None:
            _, occurrence = await house.of()
            async with house.store() as work:
                await house.meetings.extend(work, occurrence, HOUR)

        house.visio.meanwhile = extend
        await house.run_due()
        assert (await house.of())[1].end == START + 2 * HOUR


class TestTime:
    async def test_the_card_turns_when_what_it_says_does(self, house: House):
        """Open to guests, running, past its end, closed: four edits, and no other."""
        start = START + HOUR
        _, occurrence = await house.met(start=start)
        await house.shown()
        moments = [start - 10 * MINUTE, start, start + HOUR, start + 75 * MINUTE]
        for moment in moments:
            await house.run_until(moment - MINUTE)
            assert await house.shown() == []
            await house.run_until(moment)
            (edit,) = [one for one in await house.shown() if one.template == "card"]
            assert isinstance(edit, CardEdit)
            assert (edit.occurrence, edit.priority) == (occurrence.id, Priority.EDIT)
            assert edit.coalesce_key == f"card:{occurrence.id}"
        await house.run_until(start + 2 * HOUR)
        assert await house.shown() == []

    async def test_a_meeting_of_now_needs_no_edit_to_begin(self, house: House):
        await house.met()
        await house.shown()
        await house.run_until(START + 59 * MINUTE)
        assert await house.shown() == []

    async def test_a_guest_whose_link_lasts_longer_is_shown_to_its_end(self, house: House):
        await house.met()
        await house.invited(Guest("Léa"), until=START + 3 * HOUR)
        await house.run_until(START + 3 * HOUR - MINUTE)
        await house.shown()
        await house.run_until(START + 3 * HOUR)
        assert [one.template for one in await house.shown()] == ["card"]

    async def test_a_link_that_ends_early_is_shown_ended(self, house: House):
        await house.met()
        await house.invited(Guest("Léa"), until=START + 30 * MINUTE)
        await house.shown()
        await house.run_until(START + 30 * MINUTE)
        assert [one.template for one in await house.shown()] == ["card"]

    async def test_turning_what_is_gone(self, house: House):
        nothing = OccurrenceId(uuid7(START))
        assert await house.meetings.turn(house.due(Kind.OPEN, nothing)) is None
        assert await house.meetings.forget(house.due(Kind.FORGET, nothing)) is None

    async def test_a_meeting_without_a_room_has_no_card_to_turn(self, house: House):
        house.visio.troubles.append(VisioUnknownAgent())
        await house.met(start=START + HOUR)
        await house.run_until(START + 5 * HOUR)
        told = [one.template for one in await house.messages()]
        assert told == ["error.visio-unknown-agent", "reminder.problems"]


class TestForgetting:
    async def test_names_and_addresses_go_when_their_time_is_over(self, house: House):
        await house.met()
        await house.invited(Guest("Léa", "lea@partenaire.example"), Guest("Jean"))
        await house.run_until(START + HOUR + 15 * MINUTE + timedelta(days=7) - MINUTE)
        assert [one.name for one in await house.guests()] == ["Léa", "Jean"]
        await house.shown()
        house.clock.forward(MINUTE)
        await house.run_due()
        for one in await house.guests():
            assert (one.name, one.email) == ("", "")
        assert [one.template for one in await house.messages()] == ["card"], "its names go too"
        assert await house.planned() == {}

    async def test_without_guests_there_is_nothing_to_say(self, house: House):
        await house.met()
        await house.run_until(START + 2 * HOUR)
        await house.shown()
        await house.run_until(START + timedelta(days=8))
        assert await house.messages() == []

    @pytest.mark.parametrize("end", [False, True])
    async def test_of_a_meeting_that_visio_never_made(self, house: House, end: bool):
        house.visio.troubles.append(VisioUnknownAgent())
        _, occurrence = await house.met()
        await house.invited(Guest("Léa", "lea@partenaire.example"))
        if end:
            async with house.store() as work:
                await house.meetings.end(work, occurrence)
        await house.run_until(START + timedelta(days=8))
        assert [one.email for one in await house.guests()] == [""]

    async def test_a_link_that_lasts_longer_is_not_forgotten_before(self, house: House):
        house.choose(forget_after=timedelta(0))
        await house.met()
        await house.invited(Guest("Léa", "lea@partenaire.example"), until=START + 5 * HOUR)
        await house.run_until(START + 5 * HOUR - MINUTE)
        assert [one.name for one in await house.guests()] == ["Léa"]
        await house.run_until(START + 5 * HOUR)
        assert [one.name for one in await house.guests()] == [""]

    async def test_a_row_that_comes_too_early_waits(self, house: House):
        _, occurrence = await house.met()
        await house.invited(Guest("Léa"))
        again = await house.meetings.forget(house.due(Kind.FORGET, occurrence.id))
        assert again == START + HOUR + 15 * MINUTE + timedelta(days=7)
        assert [one.name for one in await house.guests()] == ["Léa"]


class TestEnding:
    async def test_ends_now_for_everybody(self, house: House):
        await house.met()
        await house.invited(Guest("Léa"))
        await house.shown()
        house.clock.forward(20 * MINUTE)
        _, occurrence = await house.of()
        async with house.store() as work:
            ended = await house.meetings.end(work, occurrence)
        assert (ended.state, ended.end) == (OccurrenceState.ENDED, START + 20 * MINUTE)
        assert (await house.of())[1] == replace(ended, card=occurrence.card)
        assert [one.coalesce_key for one in await house.messages()] == [f"card:{occurrence.id}"]
        assert {kind for kind, _ in await house.planned()} == {Kind.FORGET}
        async with house.store() as work:
            assert await house.invitations.alive(work, ended) == []

    async def test_a_meeting_ended_before_it_began_ends_at_its_start(self, house: House):
        _, occurrence = await house.met(start=START + HOUR)
        async with house.store() as work:
            ended = await house.meetings.end(work, occurrence)
        assert (ended.start, ended.end) == (START + HOUR, START + HOUR)
        assert {kind for kind, _ in await house.planned()} == {Kind.FORGET}

    async def test_one_that_waits_for_visio_is_not_made_any_more(self, house: House):
        await house.asked()
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.meetings.end(work, occurrence)
        await house.run_until(START + HOUR)
        assert house.visio.asked == []
        assert (await house.of())[0].state is MeetingState.ENDED


class TestExtending:
    async def test_moves_the_end_the_window_and_the_agenda(self, house: House):
        _, occurrence = await house.met()
        (guest,) = await house.invited(Guest("Léa"))
        async with house.store() as work:
            later = await house.meetings.extend(work, occurrence, 30 * MINUTE)
        assert later.end == START + 90 * MINUTE
        assert later.sequence == occurrence.sequence + 1
        graces = house.policy.graces
        assert guest.invitation.window(later, graces).closes == START + 105 * MINUTE
        planned = await house.planned()
        assert planned[Kind.CLOSE, str(occurrence.id)] == later.end
        assert planned[Kind.FORGET, str(occurrence.id)] == START + 105 * MINUTE + timedelta(days=7)

    async def test_counts_from_now_when_it_is_over(self, house: House):
        _, occurrence = await house.met()
        house.clock.forward(70 * MINUTE)
        async with house.store() as work:
            later = await house.meetings.extend(work, occurrence, 30 * MINUTE)
        assert later.end == START + 100 * MINUTE

    async def test_brings_back_what_was_ended(self, house: House):
        _, occurrence = await house.met()
        (guest,) = await house.invited(Guest("Léa"))
        async with house.store() as work:
            ended = await house.meetings.end(work, occurrence)
            await house.meetings.extend(work, ended, HOUR)
        _, occurrence = await house.of()
        assert occurrence.state is OccurrenceState.PLANNED
        async with house.store() as work:
            alive = await house.invitations.alive(work, occurrence)
        assert [one.id for one in alive] == [guest.invitation.id]
        assert (await house.planned())[Kind.CLOSE, str(occurrence.id)] == occurrence.end

    async def test_brings_back_what_was_ended_before_visio_made_it(self, house: House):
        await house.asked()
        _, occurrence = await house.of()
        async with house.store() as work:
            ended = await house.meetings.end(work, occurrence)
            await house.meetings.extend(work, ended, HOUR)
        await house.run_due()
        assert (await house.of())[0].state is MeetingState.READY

    async def test_links_with_their_own_end(self, house: House):
        """A longer link never gets shorter than the meeting's; a shorter one keeps its end."""
        _, occurrence = await house.met()
        (short,) = await house.invited(Guest("Court"), event="a", until=START + 30 * MINUTE)
        (longer,) = await house.invited(Guest("Long"), event="b", until=START + 2 * HOUR)
        (longest,) = await house.invited(Guest("Très long"), event="c", until=START + 5 * HOUR)
        async with house.store() as work:
            later = await house.meetings.extend(work, occurrence, 2 * HOUR)
            closes = {
                one.id: one.window(later, house.policy.graces).closes
                for one in await work.invitations.of_occurrence(later.id)
            }
        assert closes == {
            short.invitation.id: START + 30 * MINUTE,
            longer.invitation.id: START + 3 * HOUR + 15 * MINUTE,
            longest.invitation.id: START + 5 * HOUR,
        }
