"""Guests who wait for the salon's answer, have a seat, and are out when their window ends."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bridge.domain.admission import REDIRECT
from bridge.domain.agenda import Kind
from bridge.domain.codes import LinkState
from bridge.domain.invitation import Standing
from bridge.domain.meeting import OccurrenceState
from bridge.domain.message import Edit, Prompt, QuestionRef
from bridge.domain.rights import Recorded, Source
from bridge.domain.seat import RENEWABLE, Seat
from bridge.errors import GuestAmbiguous, GuestUnknown, MediaAway, MediaUnreachable
from bridge.ids import EventId, VisitId
from bridge.services.enforcement.sweep import Sweeps
from bridge.services.invitations.invitations import Guest, Invited
from bridge.services.timebox import arm
from bridge.services.visits.arrivals import Entered
from bridge.store.agenda import Claimable as Ripe
from tests.doubles.ports import Forestalled
from tests.services.databases import ON_BOTH
from tests.services.house import ALICE, BOB, HOUR, LEASE, MINUTE, START, House
from tests.wiring import MEDIA, minter

TRANSCRIBED = '{"recording_mode": "transcript", "recording_status": "started"}'
WINDOW = {"why": "window"}
LEA, JEAN = Guest("Léa Roux", "lea@partenaire.example"), Guest("Jean Dupont")


def code_of(invited: Invited) -> str:
    one = invited.invitation
    return minter().code(one.id, one.number, one.key)


async def standing(house: House, entered: Entered) -> Standing:
    """Return what the visit's own browser is told, in either mode with a page of ours."""
    passes = house.knocking if house.policy.mode.knocks else house.seats
    given = await passes.pass_of(entered.visit, entered.secret)
    assert given is not None
    return given.standing


async def seat(house: House, entered: Entered) -> Seat:
    async with house.store.reading() as work:
        found = await work.seats.of_visit(entered.visit)
    assert found is not None
    return found


async def inside(house: House, guest: Guest = LEA) -> tuple[Entered, Seat]:
    """A guest who was admitted and is in the room."""
    (invited,) = await house.invited(guest, event=f"invite-{guest.key}")
    entered = await house.visited(invited, guest.name)
    await house.decided(entered.visit)
    held = await seat(house, entered)
    house.media.sit(held)
    return entered, held


class TestAsking:
    async def test_the_salon_is_asked_once(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        entered = await meeting_house.visited(invited, "Léa Roux")
        await meeting_house.admissions.arrive(entered.visit, entered.secret)
        (asked,) = await meeting_house.sentences("guest.waits")
        assert await meeting_house.sentences("guest.followed") == [], "the question says so"
        async with meeting_house.store.reading() as work:
            visit = await work.visits.get(entered.visit)
        assert visit is not None
        assert isinstance(asked, Prompt)
        assert visit.question is not None
        assert (asked.about, visit.number) == (QuestionRef(visit.question), 1)
        assert asked.mentions == (ALICE,)
        assert asked.parameters["name"] == "Léa Roux"
        assert [one.key for one in await meeting_house.reactions()] == ["✅", "❌"]
        assert await standing(meeting_house, entered) is Standing.WAITING

    async def test_nobody_is_asked_before_the_window(self, meeting_house: House):
        await meeting_house.met("later", start=START + HOUR)
        (invited,) = await meeting_house.invited(LEA, to="later")
        entered = await meeting_house.visited(invited)
        assert await meeting_house.sentences("guest.waits") == []
        meeting_house.clock.at = START + HOUR - 10 * MINUTE
        await meeting_house.admissions.arrive(entered.visit, entered.secret)
        assert len(await meeting_house.sentences("guest.waits")) == 1

    async def test_the_notice_is_kept_to_be_found_by_its_event(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        entered = await meeting_house.visited(invited)
        await meeting_house.shown()
        async with meeting_house.store.reading() as work:
            visit = await work.visits.get(entered.visit)
            assert visit is not None
            assert visit.question is not None
            question = await work.questions.get(visit.question)
            assert question is not None
            assert question.notice is not None
            assert await work.questions.by_notice(question.notice) == visit.question

    async def test_nobody_is_asked_about_a_link_withdrawn_just_now(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        entered = await meeting_house.admissions.enter(code_of(invited), name="Léa", language="fr")
        assert entered is not None

        async def withdraw() -> None:
            _, occurrence = await meeting_house.of()
            async with meeting_house.store() as work:
                known = await work.invitations.of_occurrence(occurrence.id)
                await meeting_house.invitations.revoke(work, occurrence, known)

        meeting_house.wire(Forestalled(meeting_house.store, withdraw))
        await meeting_house.admissions.arrive(entered.visit, entered.secret)
        assert await meeting_house.sentences("guest.waits") == []

    async def test_who_waits_is_found_by_name(self, meeting_house: House):
        _, occurrence = await meeting_house.of()
        for guest in (LEA, JEAN):
            (invited,) = await meeting_house.invited(guest, event=f"invite-{guest.key}")
            await meeting_house.visited(invited, guest.name)
        async with meeting_house.store.reading() as work:
            assert (
                await meeting_house.seats.find(work, [occurrence.id], "jean")
            ).name == "Jean Dupont"
            with pytest.raises(GuestAmbiguous):
                await meeting_house.seats.find(work, [occurrence.id], "")
            with pytest.raises(GuestUnknown):
                await meeting_house.seats.find(work, [occurrence.id], "Claire")

    async def test_a_link_that_nobody_has_opens_nothing(self, meeting_house: House):
        unknown = "A" * 22
        assert await meeting_house.admissions.link(unknown) is LinkState.UNKNOWN
        assert await meeting_house.admissions.enter(unknown, name="Léa", language="fr") is None

    async def test_a_guest_waits_from_when_they_first_followed_the_link(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        assert await meeting_house.admissions.link(code_of(invited)) is LinkState.KNOWN
        for _ in range(2):
            await meeting_house.visited(invited)
            (guest,) = await meeting_house.guests()
            assert guest.waiting_since == START
            meeting_house.clock.forward(MINUTE)

    async def test_who_follows_a_link_that_was_withdrawn_does_not_wait(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.invitations.revoke(work, occurrence, await meeting_house.guests())
        await meeting_house.visited(invited)
        (guest,) = await meeting_house.guests()
        assert guest.waiting_since is None

    async def find(self, house: House, words: str) -> str:
        _, occurrence = await house.of()
        async with house.store.reading() as work:
            found = await house.seats.find(work, [occurrence.id], words)
        (email,) = [one.email for one in await house.guests() if one.id == found.invitation]
        return f"{found.name} {email}".strip()

    async def test_an_address_means_who_follows_its_link(self, meeting_house: House):
        for guest in (LEA, Guest("Jean", "jean@partenaire.example")):
            (invited,) = await meeting_house.invited(guest, event=f"invite-{guest.key}")
            await meeting_house.visited(invited, "Camille")
        assert await self.find(meeting_house, " JEAN@partenaire.example") == (
            "Camille jean@partenaire.example"
        )
        assert await self.find(meeting_house, LEA.email) == f"Camille {LEA.email}"
        with pytest.raises(GuestUnknown):
            await self.find(meeting_house, "claire@partenaire.example")
        with pytest.raises(GuestAmbiguous) as caught:
            await self.find(meeting_house, "camille")
        assert LEA.email in str(caught.value.parameters["names"]), "nothing else tells them apart"

    async def test_a_name_with_an_at_sign_is_found_where_no_link_went_there(
        self, meeting_house: House
    ):
        (invited,) = await meeting_house.invited(LEA)
        await meeting_house.visited(invited, "lea@chezelle.example")
        assert await self.find(meeting_house, "lea@chezelle.example") == (
            f"lea@chezelle.example {LEA.email}"
        )

    async def test_a_whole_name_comes_before_those_that_contain_it(self, meeting_house: House):
        for n, name in enumerate(("Jeanne Martin", "Jean", "Jean-Luc Roux")):
            guest = Guest(name, f"{n}@partenaire.example")
            (invited,) = await meeting_house.invited(guest, event=f"invite-{n}")
            await meeting_house.visited(invited, name)
            meeting_house.clock.forward(MINUTE)
        assert await self.find(meeting_house, "jean") == "Jean 1@partenaire.example"
        with pytest.raises(GuestAmbiguous) as caught:
            await self.find(meeting_house, "jea")
        assert caught.value.parameters["first"] == 1, (
            "the example is the one who has waited longest"
        )
        assert "@" not in str(caught.value.parameters["names"]), "their names tell them apart"
        assert await self.find(meeting_house, "M. Roux") == "Jean-Luc Roux 2@partenaire.example"


class TestDeciding:
    async def test_a_token_bears_the_name_with_which_they_were_admitted(self, meeting_house: House):
        entered, held = await inside(meeting_house)
        async with meeting_house.store() as work:
            await work.seats.save(replace(held, name="ext. Léa R."))
        await meeting_house.seats.pass_of(entered.visit, entered.secret)
        assert meeting_house.passes.issued[-1].name == "ext. Léa R."

    async def test_a_seat_without_a_name_of_its_own_has_the_guests(self, meeting_house: House):
        """Those that were given before names were kept with them."""
        entered, held = await inside(meeting_house)
        async with meeting_house.store() as work:
            await work.seats.save(replace(held, name=None))
        await meeting_house.seats.pass_of(entered.visit, entered.secret)
        assert meeting_house.passes.issued[-1].name == "ext. Léa Roux (partenaire.example)"

    async def test_of_each_other_device_the_organiser_hears_unless_they_decided(
        self, meeting_house: House
    ):
        (invited,) = await meeting_house.invited(LEA)
        for by in (BOB, BOB, ALICE):
            meeting_house.clock.forward(MINUTE)
            await meeting_house.decided((await meeting_house.visited(invited)).visit, by=by)
        first, second = await meeting_house.sentences("guest.moved")
        assert (first.mentions, second.mentions) == ((ALICE,), ())
        assert [one.parameters["times"] for one in (first, second)] == [1, 2]
        assert first.parameters["limit"] == meeting_house.policy.takeovers

    async def test_waiting_and_moving_are_told_in_the_meetings_thread(self, meeting_house: House):
        meeting, _ = await meeting_house.of()
        async with meeting_house.store() as work:
            await work.meetings.save(replace(meeting, thread=EventId("$thread")))
        (invited,) = await meeting_house.invited(LEA)
        for _ in range(2):
            await meeting_house.decided((await meeting_house.visited(invited)).visit)
        (told,) = await meeting_house.sentences("guest.moved")
        asked = await meeting_house.sentences("guest.waits")
        for one in (told, *asked):
            assert not isinstance(one, Edit)
            assert one.thread == "$thread"

    async def test_who_is_let_in_has_a_seat_and_a_token(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        entered = await meeting_house.visited(invited)
        decided = await meeting_house.decided(entered.visit)
        assert (decided.standing, decided.first) == (Standing.ADMITTED, True)
        given = await meeting_house.seats.pass_of(entered.visit, entered.secret)
        assert given is not None
        assert given.url == MEDIA
        assert given.name == "ext. Léa Roux (partenaire.example)"
        held = await seat(meeting_house, entered)
        (issued,) = meeting_house.passes.issued
        assert given.token is not None
        assert issued.identity == held.identity
        assert issued.until == given.closes == START + HOUR + 15 * MINUTE

    @pytest.mark.parametrize(
        ("policy", "written", "sources", "recorded"),
        [
            (set(Source), "", "camera microphone screen_share screen_share_audio", None),
            ({Source.CAMERA, Source.MICROPHONE}, "{}", "camera microphone", None),
            (set(Source), '{"configuration": {"can_publish_sources": ["microphone"]}}', "microphone", None),
            ({Source.CAMERA}, '{"configuration": {"can_publish_sources": ["microphone"]}}', "", None),
            ({Source.CAMERA}, TRANSCRIBED, "camera", Recorded.TRANSCRIPT),
        ],
    )  # fmt: skip
    async def test_a_token_gives_what_the_policy_and_the_room_do(
        self, meeting_house: House, policy, written, sources, recorded
    ):
        meeting_house.choose(sources=frozenset(policy))
        entered, held = await inside(meeting_house)
        meeting_house.media.told[held.room] = written
        given = await meeting_house.seats.pass_of(entered.visit, entered.secret)
        assert given is not None
        assert given.recorded is recorded
        assert " ".join(meeting_house.passes.issued[-1].sources) == sources

    async def test_while_nobody_could_be_put_out_nobody_gets_a_token(self, meeting_house: House):
        entered, _ = await inside(meeting_house)
        before = len(meeting_house.passes.issued)
        meeting_house.media.away = True
        with pytest.raises(MediaUnreachable):
            await meeting_house.seats.pass_of(entered.visit, entered.secret)
        with pytest.raises(MediaAway):
            await meeting_house.seats.demand_media()
        assert len(meeting_house.passes.issued) == before
        errors = meeting_house.metrics.registry.get_sample_value(
            "parvis_media_errors_total", {"status": "none"}
        )
        assert errors == 2
        meeting_house.media.away = False
        given = await meeting_house.seats.pass_of(entered.visit, entered.secret)
        assert given is not None
        assert given.token is not None

    async def test_the_identity_is_the_same_after_a_reload(self, meeting_house: House):
        entered, held = await inside(meeting_house)
        for _ in range(2):
            await meeting_house.seats.pass_of(entered.visit, entered.secret)
        assert {one.identity for one in meeting_house.passes.issued} == {held.identity}

    async def test_a_name_without_an_address_says_only_where_it_is_from(self, meeting_house: House):
        entered, _ = await inside(meeting_house, JEAN)
        given = await meeting_house.seats.pass_of(entered.visit, entered.secret)
        assert given is not None
        assert given.name == "ext. Jean Dupont"

    async def test_the_first_answer_counts(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        entered = await meeting_house.visited(invited)
        await meeting_house.decided(entered.visit, admit=False, by=ALICE)
        late = await meeting_house.decided(entered.visit, admit=True, by=BOB)
        assert (late.standing, late.first) == (Standing.REFUSED, False)
        assert await standing(meeting_house, entered) is Standing.REFUSED
        (told,) = await meeting_house.sentences("guest.waits.outcome")
        assert told.parameters["outcome"] == "refused"
        assert told.parameters["by"] == {"$person": ALICE}

    async def test_nobody_else_gets_a_token(self, meeting_house: House):
        entered, _ = await inside(meeting_house)
        assert await meeting_house.seats.pass_of(entered.visit, "x" * 22) is None
        unknown = VisitId(UUID(int=1))
        assert await meeting_house.seats.pass_of(unknown, entered.secret) is None

    async def test_another_device_takes_over(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        one, other = await meeting_house.visited(invited), await meeting_house.visited(invited)
        await meeting_house.decided(one.visit)
        held = await seat(meeting_house, one)
        meeting_house.media.sit(held)
        await meeting_house.decided(other.visit)
        assert await standing(meeting_house, one) is Standing.REPLACED
        assert await standing(meeting_house, other) is Standing.ADMITTED
        await meeting_house.run_due()
        assert meeting_house.media.rooms[held.room] == set()


class TestEnding:
    async def test_out_at_the_end_of_the_window_to_the_second(self, meeting_house: House):
        entered, held = await inside(meeting_house)
        end = START + HOUR + 15 * MINUTE
        await meeting_house.run_until(end - timedelta(seconds=1))
        assert meeting_house.media.rooms[held.room] == {held.identity}
        await meeting_house.run_until(end)
        assert meeting_house.media.rooms[held.room] == set()
        assert meeting_house.media.acts == [("remove", held.identity)]
        assert await standing(meeting_house, entered) is Standing.OVER

    async def test_out_with_what_they_joined_as_besides(self, meeting_house: House):
        _, held = await inside(meeting_house)
        meeting_house.media.enter(held.room, f"{held.identity}#x")
        meeting_house.media.enter(held.room, "b3c1f0aa-agent")
        await meeting_house.run_until(START + HOUR + 15 * MINUTE)
        assert meeting_house.media.rooms[held.room] == {"b3c1f0aa-agent"}

    @pytest.mark.parametrize("how", ["revoke", "end"])
    async def test_out_at_once_when_an_agent_says_so(self, meeting_house: House, how: str):
        entered, held = await inside(meeting_house)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            if how == "revoke":
                known = await work.invitations.of_occurrence(occurrence.id)
                await meeting_house.invitations.revoke(work, occurrence, known)
            else:
                await meeting_house.meetings.end(work, occurrence)
        await meeting_house.run_due()
        assert meeting_house.media.rooms[held.room] == set()
        ended = Standing.REVOKED if how == "revoke" else Standing.ENDED
        assert await standing(meeting_house, entered) is ended

    async def test_extending_acts_on_those_inside(self, meeting_house: House):
        _, held = await inside(meeting_house)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.extend(work, occurrence, HOUR)
        await meeting_house.run_until(START + HOUR + 15 * MINUTE)
        assert meeting_house.media.rooms[held.room] == {held.identity}
        await meeting_house.run_until(START + 2 * HOUR + 15 * MINUTE)
        assert meeting_house.media.rooms[held.room] == set()

    @pytest.mark.parametrize("change", ["earlier", "to another day", "cancelled"])
    async def test_moving_and_cancelling_act_on_those_inside(
        self, meeting_house: House, change: str
    ):
        entered, held = await inside(meeting_house)
        _, occurrence = await meeting_house.of()
        moved = {
            "earlier": occurrence.moved(START - 2 * HOUR, START - HOUR),
            "to another day": occurrence.moved(START + 24 * HOUR, START + 25 * HOUR),
            "cancelled": replace(occurrence, state=OccurrenceState.CANCELLED),
        }
        async with meeting_house.store() as work:
            await work.meetings.save_occurrence(moved[change])
            await arm(work, moved[change], meeting_house.policy, meeting_house.clock.now())
        await meeting_house.run_due()
        assert meeting_house.media.rooms[held.room] == set()
        meeting_house.media.sit(held)
        await meeting_house.sweeps.sweep(meeting_house.clock.now())
        assert meeting_house.media.rooms.get(held.room, set()) == set(), "nor do they come back"
        assert await standing(meeting_house, entered) is not Standing.ADMITTED

    async def test_moving_a_little_leaves_those_inside_to_the_new_end(self, meeting_house: House):
        _, held = await inside(meeting_house)
        _, occurrence = await meeting_house.of()
        moved = occurrence.moved(START - HOUR / 2, START + HOUR / 2)
        async with meeting_house.store() as work:
            await work.meetings.save_occurrence(moved)
            await arm(work, moved, meeting_house.policy, meeting_house.clock.now())
        await meeting_house.run_until(START + HOUR / 2 + 14 * MINUTE)
        assert meeting_house.media.rooms[held.room] == {held.identity}
        await meeting_house.run_until(START + HOUR / 2 + 15 * MINUTE)
        assert meeting_house.media.rooms[held.room] == set()

    async def test_a_media_server_that_is_away_is_asked_again(self, meeting_house: House):
        entered, held = await inside(meeting_house)
        meeting_house.media.away = True
        end = START + HOUR + 15 * MINUTE
        await meeting_house.run_until(end)
        assert await standing(meeting_house, entered) is Standing.OVER
        meeting_house.media.away = False
        await meeting_house.run_until(end + 2 * MINUTE)
        assert meeting_house.media.rooms[held.room] == set()

    async def test_whoever_is_still_in_after_long_is_out_when_it_is_back(
        self, meeting_house: House
    ):
        """By the sweep: it goes on after eleven minutes, and waits for no retry of the agenda."""
        _, held = await inside(meeting_house)
        meeting_house.media.away = True
        await meeting_house.run_until(START + HOUR + 45 * MINUTE)
        with pytest.raises(MediaUnreachable):
            await meeting_house.sweeps.sweep(meeting_house.clock.now())
        meeting_house.media.away = False
        await meeting_house.sweeps.sweep(meeting_house.clock.now())
        assert meeting_house.media.rooms.get(held.room, set()) == set()
        async with meeting_house.store.reading() as work:
            assert await work.seats.watched(meeting_house.clock.now() + RENEWABLE) == []
        await meeting_house.run_until(START + 3 * HOUR)
        assert len([act for act in meeting_house.media.acts if act[0] == "remove"]) == 1

    async def test_whose_row_is_in_the_hands_of_a_dead_process_is_out_all_the_same(
        self, meeting_house: House
    ):
        """A kill between a worker's claim and its effect; the lease lasts a minute."""
        entered, held = await inside(meeting_house)
        end = START + HOUR + 15 * MINUTE
        meeting_house.clock.at = end
        async with meeting_house.store() as work:
            ripe = Ripe([Kind.EJECT])
            (claimed,) = await work.agenda.claim(ripe, now=end, limit=9, lease=LEASE)
        await meeting_house.sweeps.sweep(end)
        assert meeting_house.media.rooms[held.room] == {held.identity}, "the agenda has it"
        meeting_house.clock.forward(timedelta(seconds=1))
        await meeting_house.sweeps.sweep(meeting_house.clock.now())
        assert meeting_house.media.rooms.get(held.room, set()) == set()
        assert await standing(meeting_house, entered) is Standing.OVER
        assert claimed.due.key == str(held.id)
        meeting_house.clock.forward(LEASE)
        await meeting_house.run_due()
        assert (
            meeting_house.metrics.registry.get_sample_value("parvis_ejections_total", WINDOW) == 1
        )

    async def test_a_link_sent_anew_right_after_it_was_withdrawn_lets_nobody_stay(
        self, meeting_house: House
    ):
        entered, held = await inside(meeting_house)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            known = await work.invitations.of_occurrence(occurrence.id)
            await meeting_house.invitations.revoke(work, occurrence, known)
        await meeting_house.invited(LEA, event="again")
        await meeting_house.run_due()
        assert meeting_house.media.rooms[held.room] == set()
        assert await meeting_house.seats.pass_of(entered.visit, entered.secret) is None
        meeting_house.media.sit(held)
        await meeting_house.sweeps.sweep(meeting_house.clock.now())
        assert meeting_house.media.rooms.get(held.room, set()) == set(), "watched none the less"

    async def test_browsers_by_the_hundred_cost_who_is_inside_nothing(self, meeting_house: House):
        """A mail scanner that submits the form repeatedly."""
        meeting_house.choose(visits_per_invitation=3)
        (invited,) = await meeting_house.invited(LEA)
        entered = await meeting_house.visited(invited)
        await meeting_house.decided(entered.visit)
        for _ in range(5):
            await meeting_house.visited(invited, "Scanner")
        assert await standing(meeting_house, entered) is Standing.ADMITTED

    async def test_an_end_that_moved_meanwhile_is_left_to_its_new_moment(
        self, meeting_house: House
    ):
        _, held = await inside(meeting_house)
        due = meeting_house.due(Kind.EJECT, held.id)
        assert await meeting_house.ejections.eject(due) == START + HOUR + 15 * MINUTE
        assert meeting_house.media.acts == []
        assert (
            await meeting_house.ejections.eject(meeting_house.due(Kind.EJECT, UUID(int=1))) is None
        )

    @ON_BOTH
    async def test_two_who_put_out_the_same_guest_tell_it_once(self, meeting_house: House):
        _, held = await inside(meeting_house)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            known = await work.invitations.of_occurrence(occurrence.id)
            await meeting_house.invitations.revoke(work, occurrence, known)
        due = meeting_house.due(Kind.EJECT, held.id)
        await asyncio.gather(meeting_house.ejections.eject(due), meeting_house.ejections.eject(due))
        assert len(await meeting_house.sentences("guest.out")) == 1

    async def test_an_extension_after_the_end_asks_the_salon_again(self, meeting_house: House):
        entered, _ = await inside(meeting_house)
        await meeting_house.run_until(START + HOUR + 15 * MINUTE)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.extend(work, occurrence, HOUR)
        await meeting_house.admissions.arrive(entered.visit, entered.secret)
        assert await standing(meeting_house, entered) is Standing.WAITING
        assert len(await meeting_house.sentences("guest.waits")) == 2


class TestSweeping:
    async def test_who_comes_back_with_a_renewed_token_is_out_again(self, meeting_house: House):
        _, held = await inside(meeting_house)
        await meeting_house.run_until(START + HOUR + 15 * MINUTE)
        meeting_house.media.sit(held)
        meeting_house.media.enter(held.room, "an-agent")
        await meeting_house.sweeps.sweep(meeting_house.clock.now())
        assert meeting_house.media.rooms[held.room] == {"an-agent"}

    async def test_a_sweep_without_guests_asks_the_media_server_nothing(self, meeting_house: House):
        meeting_house.media.away = True
        await meeting_house.sweeps.sweep(meeting_house.clock.now())

    async def test_guests_are_ejected_without_metrics(self, meeting_house: House):
        _, held = await inside(meeting_house)
        ejections = replace(meeting_house.ejections, metrics=None)
        meeting_house.media.away = True
        meeting_house.clock.at = START + HOUR + 15 * MINUTE
        with pytest.raises(MediaUnreachable):
            await ejections.eject(meeting_house.due(Kind.EJECT, held.id))
        meeting_house.media.away = False
        await ejections.eject(meeting_house.due(Kind.EJECT, held.id))
        meeting_house.media.sit(held)
        await Sweeps(meeting_house.tools, ejections).sweep(meeting_house.clock.now())
        assert meeting_house.media.rooms.get(held.room, set()) == set()

    async def test_a_room_of_removed_guests_alone_is_closed(self, meeting_house: House):
        _, held = await inside(meeting_house)
        await meeting_house.run_until(START + HOUR + 15 * MINUTE)
        meeting_house.media.enter(held.room, f"{held.identity}#x")
        await meeting_house.sweeps.sweep(meeting_house.clock.now())
        assert held.room not in meeting_house.media.rooms

    async def test_watched_until_eleven_minutes_after_the_last_sight(self, meeting_house: House):
        _, held = await inside(meeting_house)
        end = START + HOUR + 15 * MINUTE
        await meeting_house.run_until(end)
        meeting_house.clock.at = end + RENEWABLE - MINUTE
        meeting_house.media.sit(held)
        await meeting_house.sweeps.sweep(meeting_house.clock.now())
        async with meeting_house.store.reading() as work:
            assert (
                len(await work.seats.watched(meeting_house.clock.now() + RENEWABLE - MINUTE)) == 1
            )
            assert await work.seats.watched(meeting_house.clock.now() + RENEWABLE) == []

    async def test_guests_with_a_seat_and_agents_stay(self, meeting_house: House):
        _, held = await inside(meeting_house)
        meeting_house.media.enter(held.room, "an-agent")
        await meeting_house.sweeps.sweep(meeting_house.clock.now())
        assert meeting_house.media.rooms[held.room] == {held.identity, "an-agent"}
        assert meeting_house.media.acts == []

    async def test_a_server_that_goes_away_in_between_is_told_of(self, meeting_house: House):
        _, held = await inside(meeting_house)
        await meeting_house.run_until(START + HOUR + 15 * MINUTE)
        meeting_house.media.sit(held)

        async def goes() -> None:
            meeting_house.media.away = True

        meeting_house.media.meanwhile = goes
        with pytest.raises(MediaUnreachable):
            await meeting_house.sweeps.sweep(meeting_house.clock.now())

    async def test_who_is_let_in_while_it_looks_stays(self, meeting_house: House):
        """The seats were read before the room was polled."""
        await inside(meeting_house)
        (invited,) = await meeting_house.invited(JEAN, event="late")
        entered = await meeting_house.visited(invited, "Jean Dupont")

        async def let_in() -> None:
            await meeting_house.decided(entered.visit)
            held = await seat(meeting_house, entered)
            meeting_house.media.sit(held)

        meeting_house.media.meanwhile = let_in
        await meeting_house.sweeps.sweep(meeting_house.clock.now())
        assert meeting_house.media.acts == []

    async def test_a_guest_nobody_knows_and_a_second_self_are_out(self, meeting_house: House):
        _, held = await inside(meeting_house)
        meeting_house.media.enter(held.room, "guest-unknown\0")
        meeting_house.media.enter(held.room, f"{held.identity}#x")
        await meeting_house.sweeps.sweep(meeting_house.clock.now())
        assert meeting_house.media.rooms[held.room] == {held.identity}


async def test_where_visio_admits_nothing_of_this_happens(meeting_house: House):
    meeting_house.choose(mode=REDIRECT)
    (invited,) = await meeting_house.invited(LEA)
    entered = await meeting_house.visited(invited)
    assert await meeting_house.sentences("guest.waits") == []
    admission = await meeting_house.admissions.read(entered.visit)
    assert admission is not None
    assert admission.standing(meeting_house.clock.now()) is Standing.OPEN
    assert [kind for kind, _ in await meeting_house.planned()].count(Kind.EJECT) == 0
