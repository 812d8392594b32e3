"""Guests for whom we knock at Visio, on both databases: we record its host's decision once."""

from asyncio import gather
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from bridge.domain.admission import KNOCK, KNOCK_KEYED
from bridge.domain.agenda import Kind
from bridge.domain.invitation import Invitation, Standing
from bridge.domain.rights import ALL, Recorded, Source
from bridge.domain.seat import RENEWABLE, VISIO_REMEMBERS, VISIO_TOKEN, Seat, SeatEnd
from bridge.errors import VisioUnreachable
from bridge.ports import LobbyEntry
from bridge.services.enforcement.signalling_gate import Caller, Signalling
from bridge.services.invitations.invitations import Guest
from bridge.services.seats.decisions import Pass
from bridge.services.visits.arrivals import Entered
from bridge.services.visits.snapshot import Admission
from tests.doubles.ports import Killed, MortalWorks
from tests.services.house import ALICE, HOUR, MEDIA, MINUTE, START, House

LEA, JEAN = Guest("Léa Roux", "lea@partenaire.example"), Guest("Jean Dupont")
SHOWN = "ext. Léa Roux (partenaire.example)"
CLOSES = START + HOUR + 15 * MINUTE
SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture(loop_scope="session")
async def house(house: House) -> House:
    """A meeting in progress, whose guests Visio's host admits; we hold no key of the media server."""
    house.choose(mode=KNOCK)
    await house.met(start=START)
    return house


@pytest_asyncio.fixture(loop_scope="session")
async def keyed(house: House) -> House:
    """The same, with a key."""
    house.choose(mode=KNOCK_KEYED)
    return house


async def admission(house: House, entered: Entered) -> Admission:
    found = await house.admissions.read(entered.visit)
    assert found is not None
    return found


async def knock(house: House, entered: Entered) -> Standing:
    """Knock once, as the door does each second; return the standing for the visit's page."""
    told = await house.knocking.knock(await admission(house, entered))
    stands = (await admission(house, entered)).standing(house.clock.now())
    assert told is stands
    return stands


async def waiting(house: House, guest: Guest = LEA) -> tuple[Entered, str]:
    """A guest who waits, and the identity with which we knock for them."""
    (invited,) = await house.invited(guest, event=f"invite-{guest.key}")
    entered = await house.visited(invited, guest.name)
    assert await knock(house, entered) is Standing.WAITING
    return entered, house.lobby.knocked[-1][0]


async def inside(house: House, guest: Guest = LEA) -> tuple[Entered, Seat]:
    """A guest whom the host admitted, and who is in the room."""
    entered, identity = await waiting(house, guest)
    house.lobby.decide(identity, LobbyEntry.ACCEPTED)
    assert await knock(house, entered) is Standing.ADMITTED
    seat = (await admission(house, entered)).seat
    assert seat is not None
    house.media.sit(seat)
    return entered, seat


async def let_in(house: House, entered: Entered) -> None:
    """Knock until the host, who accepts everybody, has admitted the guest."""
    while await knock(house, entered) is not Standing.ADMITTED:
        house.lobby.decide(house.lobby.knocked[-1][0], LobbyEntry.ACCEPTED)


async def asked(house: House, entered: Entered) -> Pass:
    given = await house.knocking.pass_of(entered.visit, entered.secret)
    assert given is not None
    return given


async def lets_in(house: House, identity: str, room: str, *, twice: bool = False) -> bool:
    gate = Signalling(house.tools)
    return await gate.lets_in(Caller(identity, room), twice=twice)


class TestKnocking:
    async def test_every_knock_is_the_same_and_in_the_name_we_vouch_for(self, house: House):
        entered, identity = await waiting(house)
        assert str(UUID(identity)) == identity
        assert UUID(identity).version == 4
        await knock(house, entered)
        assert house.lobby.knocked == [(identity, SHOWN)] * 2

    async def test_every_door_knocks_with_the_same_identity(self, house: House):
        (invited,) = await house.invited(LEA)
        entered = await house.visited(invited)
        read = await admission(house, entered)  # by both, before either has knocked
        await gather(house.knocking.knock(read), house.knocking.knock(read))
        assert len({identity for identity, _ in house.lobby.knocked}) == 1

    async def test_two_devices_are_two_people_in_the_queue(self, house: House):
        (invited,) = await house.invited(LEA)
        for entered in (await house.visited(invited), await house.visited(invited)):
            await knock(house, entered)
        assert len({identity for identity, _ in house.lobby.knocked}) == 2

    async def test_the_salon_is_told_once_in_ten_minutes_that_the_organiser_admits(
        self, house: House
    ):
        (invited,) = await house.invited(LEA)
        for _ in range(2):
            entered = await house.visited(invited)
            await house.admissions.arrive(entered.visit, entered.secret)
        (told,) = await house.sentences("guest.knocks")
        assert told.mentions == (ALICE,)
        assert told.parameters["name"] == "Léa Roux"
        for template in ("guest.waits", "guest.answer", "guest.followed"):
            assert await house.messages(template) == []
        house.clock.forward(10 * MINUTE)
        await house.admissions.arrive(entered.visit, entered.secret)
        assert len(await house.sentences("guest.knocks")) == 2

    async def test_nobody_knocks_outside_the_window_nor_with_a_link_that_was_withdrawn(
        self, house: House
    ):
        await house.met("later", start=START + HOUR)
        (invited,) = await house.invited(LEA, to="later")
        entered = await house.visited(invited)
        assert await knock(house, entered) is Standing.EARLY
        house.clock.at = START + HOUR - 10 * MINUTE - SECOND
        assert await knock(house, entered) is Standing.EARLY
        house.clock.forward(SECOND)
        assert await knock(house, entered) is Standing.WAITING
        assert len(house.lobby.knocked) == 1
        await revoke(house, "later")
        assert await knock(house, entered) is Standing.REVOKED
        assert len(house.lobby.knocked) == 1

    async def test_what_visio_does_not_do_is_raised_and_counted(self, house: House):
        entered, identity = await waiting(house)
        house.lobby.troubles.append(VisioUnreachable())
        with pytest.raises(VisioUnreachable):
            await house.knocking.knock(await admission(house, entered))
        errors = house.metrics.registry.get_sample_value(
            "parvis_visio_errors_total", {"code": "visio-unreachable"}
        )
        assert errors == 1
        house.lobby.decide(identity, LobbyEntry.ACCEPTED)
        assert await knock(house, entered) is Standing.ADMITTED


class TestTheHostsAnswer:
    async def test_who_is_accepted_has_a_seat_and_visios_token(self, house: House):
        entered, seat = await inside(house)
        assert seat.identity == house.lobby.knocked[0][0]
        assert (seat.admitted_by, seat.held) == (ALICE, True)
        given = await asked(house, entered)
        assert given.token is not None
        assert given.token.get_secret_value().startswith(f"visio:{seat.room}:{seat.identity}:")
        assert (given.url, given.name, given.closes) == (MEDIA, SHOWN, CLOSES)
        assert house.passes.issued == [], "we make none"
        again = await asked(house, entered)
        assert again.token not in (None, given.token), "Visio is asked each time"

    @pytest.mark.parametrize("entry", [LobbyEntry.ACCEPTED, LobbyEntry.DENIED])
    async def test_the_card_shows_it(self, house: House, entry: LobbyEntry):
        entered, identity = await waiting(house)
        await house.shown()
        house.lobby.decide(identity, entry)
        await knock(house, entered)
        assert len(await house.messages("card")) == 1

    async def test_a_token_for_an_identity_that_is_spent_is_given_to_nobody(self, house: House):
        """As when another door learns meanwhile that Visio forgot, and lets them in anew."""
        entered, seat = await inside(house)

        async def meanwhile() -> None:
            house.lobby.meanwhile = None
            house.clock.forward(SECOND)
            async with house.store() as work:
                await work.seats.save(seat.ended(house.clock.now(), SeatEnd.LAPSED))
            await let_in(house, entered)

        house.lobby.meanwhile = meanwhile
        given = await asked(house, entered)
        assert (given.standing, given.token) == (Standing.ADMITTED, None)
        anew = await asked(house, entered)
        assert anew.token is not None
        assert seat.identity not in anew.token.get_secret_value()

    async def test_the_token_is_for_the_browser_that_waited(self, house: House):
        entered, _ = await inside(house)
        knocks = len(house.lobby.knocked)
        assert await house.knocking.pass_of(entered.visit, "another secret") is None
        assert len(house.lobby.knocked) == knocks, "and Visio is not asked for anybody else"

    async def test_who_waits_or_is_denied_gets_none(self, house: House):
        entered, identity = await waiting(house)
        knocks = len(house.lobby.knocked)
        given = await asked(house, entered)
        assert (given.standing, given.token) == (Standing.WAITING, None)
        assert len(house.lobby.knocked) == knocks
        house.lobby.decide(identity, LobbyEntry.DENIED)
        assert await knock(house, entered) is Standing.REFUSED
        house.lobby.decide(identity, LobbyEntry.ACCEPTED)
        assert await knock(house, entered) is Standing.REFUSED, "nobody knocks for them any more"
        given = await asked(house, entered)
        assert (given.standing, given.token) == (Standing.REFUSED, None)

    async def test_whoever_was_denied_may_ask_again_by_their_link(self, house: House):
        (invited,) = await house.invited(LEA)
        first = await house.visited(invited)
        await knock(house, first)
        house.lobby.decide(house.lobby.knocked[-1][0], LobbyEntry.DENIED)
        await knock(house, first)
        second = await house.visited(invited)
        assert await knock(house, second) is Standing.WAITING

    async def test_two_doors_that_hear_it_give_one_seat(self, house: House):
        entered, identity = await waiting(house)
        house.lobby.decide(identity, LobbyEntry.ACCEPTED)
        read = await admission(house, entered)
        both = await gather(house.knocking.knock(read), house.knocking.knock(read))
        assert set(both) == {Standing.ADMITTED}
        async with house.store.reading() as work:
            assert len(await work.seats.held(read.occurrence.id)) == 1

    @pytest.mark.parametrize("after", [False, True])
    async def test_a_door_killed_at_any_commit_loses_nobodys_admission(
        self, house: House, after: bool
    ):
        died = set()
        for dies_at in (1, 2, 3):
            guest = Guest(f"Guest {dies_at}")
            (invited,) = await house.invited(guest, event=f"invite-{guest.key}")
            entered = await house.visited(invited, guest.name)
            house.wire(MortalWorks(house.store, dies_at, after))
            try:
                await let_in(house, entered)
            except Killed:
                died.add(dies_at)
                house.wire(house.store)
                await let_in(house, entered)
            seat = (await admission(house, entered)).seat
            assert seat is not None
            assert seat.held
            mine = [one for one, name in house.lobby.knocked if guest.name in name]
            assert set(mine) == {seat.identity}, "one person in the host's queue"
        assert died == {1, 2}

    async def test_an_answer_that_comes_too_late_opens_nothing(self, house: House):
        for n, late in enumerate((Standing.OVER, Standing.REVOKED)):
            house.clock.at = START
            await house.met(f"m{n}", start=START)
            (invited,) = await house.invited(LEA, to=f"m{n}", event=f"i{n}")
            entered = await house.visited(invited)
            await knock(house, entered)
            house.lobby.decide(house.lobby.knocked[-1][0], LobbyEntry.ACCEPTED)

            async def meanwhile(late: Standing = late, to: str = f"m{n}") -> None:
                house.lobby.meanwhile = None
                if late is Standing.OVER:
                    house.clock.at = CLOSES
                else:
                    await revoke(house, to)

            house.lobby.meanwhile = meanwhile
            assert await knock(house, entered) is late
            async with house.store.reading() as work:
                assert await work.seats.of_visit(entered.visit) is None

    async def test_a_token_that_comes_after_the_withdrawal_is_given_to_nobody(self, house: House):
        entered, _ = await inside(house)

        async def meanwhile() -> None:
            await revoke(house)

        house.lobby.meanwhile = meanwhile
        given = await asked(house, entered)
        assert (given.standing, given.token) == (Standing.REVOKED, None)

    async def test_no_token_outside_the_window(self, house: House):
        entered, _ = await inside(house)
        knocks = len(house.lobby.knocked)
        house.clock.at = CLOSES
        given = await asked(house, entered)
        assert (given.standing, given.token) == (Standing.OVER, None)
        assert len(house.lobby.knocked) == knocks

    async def test_another_device_that_is_accepted_takes_over(self, house: House):
        (invited,) = await house.invited(LEA)
        one, other = await house.visited(invited), await house.visited(invited)
        for entered in (one, other):
            await knock(house, entered)
            house.lobby.decide(house.lobby.knocked[-1][0], LobbyEntry.ACCEPTED)
            await knock(house, entered)
        assert (await asked(house, one)).standing is Standing.REPLACED
        assert (await asked(house, other)).token is not None

    async def test_a_link_that_changed_devices_too_often_lets_nobody_else_in(self, house: House):
        house.choose(takeovers=0)
        _, seat = await inside(house)
        (invited,) = await house.invited(LEA, event="again")
        other = await house.visited(invited, "Somebody Else")
        await knock(house, other)
        house.lobby.decide(house.lobby.knocked[-1][0], LobbyEntry.ACCEPTED)
        assert await knock(house, other) is Standing.REFUSED
        async with house.store.reading() as work:
            assert await work.seats.held(seat.occurrence) == [seat]
        (told,) = await house.sentences("error.takeovers-spent")
        assert (told.mentions, told.parameters["name"]) == ((ALICE,), "Somebody Else")

    async def test_who_visio_forgot_waits_again_under_another_identity(self, house: House):
        """As when the room emptied, or the host removed them in Visio's own page."""
        entered, seat = await inside(house)
        del house.lobby.decided[seat.identity]
        given = await asked(house, entered)
        assert (given.standing, given.token) == (Standing.WAITING, None)
        async with house.store.reading() as work:
            ended = await work.seats.get(seat.id)
        assert ended is not None
        assert ended.why is SeatEnd.LAPSED
        assert await knock(house, entered) is Standing.WAITING
        identity = house.lobby.knocked[-1][0]
        assert identity != seat.identity
        house.clock.forward(SECOND)
        house.lobby.decide(identity, LobbyEntry.ACCEPTED)
        assert await knock(house, entered) is Standing.ADMITTED
        assert (await asked(house, entered)).token is not None


class TestTheEnd:
    async def test_with_a_key_who_is_there_is_known_and_a_guest_is_told_apart(self, keyed: House):
        _, seat = await inside(keyed)
        keyed.media.enter(seat.room, str(uuid4()))
        await keyed.polling.tick(keyed.clock.now())
        async with keyed.store.reading() as work:
            known = await work.presences.get(seat.occurrence)
        assert known is not None
        assert (known.people, known.guests) == (2, 1)

    async def test_with_a_key_it_is_known_whether_anybody_is_there_to_admit(self, keyed: House):
        entered, _ = await waiting(keyed)
        read = await admission(keyed, entered)
        assert await keyed.knocking.agents(read) == 0
        keyed.media.enter((await room_of(keyed)), str(uuid4()))
        await keyed.polling.tick(keyed.clock.now())
        assert await keyed.knocking.agents(read) == 1
        keyed.choose(mode=KNOCK)
        assert await keyed.knocking.agents(read) is None

    async def test_without_a_key_the_seat_ends_and_nobody_is_put_out(self, house: House):
        entered, seat = await inside(house)
        assert (await house.planned())[Kind.EJECT, str(seat.id)] == CLOSES
        await house.run_until(CLOSES)
        ended = (await admission(house, entered)).seat
        assert ended is not None
        assert (ended.held, ended.why) == (False, SeatEnd.WINDOW)
        assert house.media.acts == []
        assert not ended.pending_ejection  # or a key would have us poll for it for ever
        assert (await asked(house, entered)).standing is Standing.OVER

    async def test_without_a_key_an_extension_moves_the_end(self, house: House):
        entered, seat = await inside(house)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.invitations.extend(work, occurrence, await all_of(house), HOUR)
        await house.run_until(CLOSES + MINUTE)
        assert (await admission(house, entered)).standing(house.clock.now()) is Standing.ADMITTED
        assert (await house.planned())[Kind.EJECT, str(seat.id)] == CLOSES + HOUR

    async def test_with_a_key_they_are_put_out_and_looked_for_while_a_token_lasts(
        self, keyed: House
    ):
        entered, seat = await inside(keyed)
        keyed.media.enter(seat.room, f"{seat.identity}#x")
        agent = str(uuid4())
        keyed.media.enter(seat.room, agent)
        await keyed.sweeps.sweep(keyed.clock.now())
        assert keyed.media.rooms[seat.room] == {seat.identity, agent}, "nobody has two places"
        await keyed.run_until(CLOSES)
        assert keyed.media.rooms[seat.room] == {agent}
        assert (await asked(keyed, entered)).standing is Standing.OVER
        ended = (await admission(keyed, entered)).seat
        assert ended is not None
        last = START + VISIO_REMEMBERS + VISIO_TOKEN + RENEWABLE
        assert ended.watched_until == last
        for keyed.clock.at in (CLOSES + SECOND, last - SECOND):
            keyed.media.sit(seat)
            await keyed.sweeps.sweep(keyed.clock.now())
            assert keyed.media.rooms[seat.room] == {agent}
        keyed.clock.at = last + RENEWABLE + SECOND
        acts = len(keyed.media.acts)
        await keyed.sweeps.sweep(keyed.clock.now())
        assert len(keyed.media.acts) == acts

    async def test_with_a_key_they_send_no_more_than_the_operator_lets(self, keyed: House):
        keyed.choose(sources=frozenset({Source.CAMERA}))
        _, seat = await inside(keyed)
        agent = str(uuid4())
        keyed.media.enter(seat.room, agent)
        await keyed.sweeps.sweep(keyed.clock.now())
        may = {one: keyed.media.known[one].sources for one in (seat.identity, agent)}
        assert may == {seat.identity: {Source.CAMERA}, agent: ALL}

    async def test_with_a_key_who_enters_is_told_of_a_recording(self, keyed: House):
        entered, seat = await inside(keyed)
        keyed.media.told[seat.room] = '{"recording_status": "started"}'
        assert (await asked(keyed, entered)).recorded is Recorded.RECORDING
        keyed.media.away = True
        given = await asked(keyed, entered)
        assert (given.recorded, given.token is not None) == (None, True)
        registry = keyed.metrics.registry
        assert registry.get_sample_value("parvis_media_errors_total", {"status": "none"}) == 1

    async def test_behind_the_gate_they_are_looked_for_eleven_minutes(self, keyed: House):
        keyed.choose(gated=True)
        _, seat = await inside(keyed)
        await keyed.run_until(CLOSES)
        for keyed.clock.at, stays in ((CLOSES + 10 * MINUTE, False), (CLOSES + HOUR, True)):
            keyed.media.sit(seat)
            await keyed.sweeps.sweep(keyed.clock.now())
            assert (seat.identity in keyed.media.rooms.get(seat.room, ())) is stays

    async def test_who_is_withdrawn_is_out_and_the_salon_reads_how_long_it_took(self, keyed: House):
        _, seat = await inside(keyed)
        await revoke(keyed)
        await keyed.run_due()
        assert keyed.media.rooms[seat.room] == set()
        assert [one.idempotency_key for one in await keyed.sentences("guest.out")] == [
            f"out:{seat.id}"
        ]

    async def test_who_visio_forgot_is_put_out_and_knocks_anew(self, keyed: House):
        entered, seat = await inside(keyed)
        del keyed.lobby.decided[seat.identity]
        await asked(keyed, entered)
        await keyed.run_due()
        assert keyed.media.rooms[seat.room] == set()


class TestTheHostsRemoval:
    async def test_who_was_removed_stays_out_and_knocks_again_only_by_their_link(
        self, keyed: House
    ):
        entered, seat = await inside(keyed)
        assert not await keyed.removals.by_host(seat.room, f"{seat.identity}#x")
        assert not await keyed.removals.by_host(seat.room, str(uuid4()))
        assert await keyed.removals.by_host(seat.room, seat.identity)
        knocked = len(keyed.lobby.knocked)
        assert await knock(keyed, entered) is Standing.REMOVED
        assert (await asked(keyed, entered)).standing is Standing.REMOVED
        assert len(keyed.lobby.knocked) == knocked
        await keyed.run_due()
        assert keyed.media.rooms[seat.room] == set()
        (told,) = await keyed.sentences("guest.removed-in-visio")
        assert told.parameters == {"name": "Léa Roux", "guest": "Léa Roux"}
        assert await keyed.messages("guest.answer") == []
        keyed.clock.forward(SECOND)
        (again,) = await keyed.invited(LEA, event="again")
        assert await knock(keyed, await keyed.visited(again)) is Standing.WAITING

    async def test_where_we_hold_no_key_the_page_tells_of_it(self, house: House):
        entered, _ = await inside(house)
        told = await house.removals.by_own_page(entered.visit, entered.secret)
        assert told is Standing.REMOVED


class TestOddMoments:
    async def test_a_visit_that_is_gone_when_the_answer_comes(self, house: House):
        async def dropped() -> None:
            house.lobby.meanwhile = None
            house.clock.forward(SECOND)
            async with house.store() as work:
                for one in await all_of(house):
                    await work.visits.keep(one.id, newest=0)

        async def invalidated() -> None:
            house.lobby.meanwhile = None
            house.clock.forward(SECOND)
            async with house.store() as work:
                for seat in await work.seats.watched(house.clock.now()):
                    await work.seats.save(seat.ended(house.clock.now(), SeatEnd.REVOKED))
                for one in await all_of(house):
                    await work.visits.invalidate(one.id)

        entered, identity = await waiting(house)
        house.lobby.decide(identity, LobbyEntry.ACCEPTED)
        house.lobby.meanwhile = dropped
        assert await house.knocking.knock(await admission(house, entered)) is Standing.WAITING
        entered, _ = await inside(house, JEAN)
        house.lobby.meanwhile = invalidated
        assert await house.knocking.pass_of(entered.visit, entered.secret) is None

    async def test_a_link_withdrawn_before_the_first_knock_that_a_door_has_not_heard_of(
        self, house: House
    ):
        (invited,) = await house.invited(LEA)
        entered = await house.visited(invited)
        read = await admission(house, entered)
        await revoke(house)
        await house.knocking.knock(read)
        assert house.lobby.knocked == []

    async def test_two_pages_that_learn_that_visio_forgot(self, house: House):
        entered, seat = await inside(house)
        del house.lobby.decided[seat.identity]
        given = await gather(asked(house, entered), asked(house, entered))
        assert {one.standing for one in given} == {Standing.WAITING}

    async def test_the_end_of_a_seat_that_is_over_or_unknown(self, house: House):
        _, seat = await inside(house)
        assert await house.knocking.lapse(house.due(Kind.EJECT, seat.id)) == CLOSES
        await house.run_until(CLOSES)
        for key in (seat.id, uuid4()):
            assert await house.knocking.lapse(house.due(Kind.EJECT, key)) is None

    async def test_nothing_is_counted_where_nobody_counts(self, house: House):
        entered, _ = await waiting(house)
        house.lobby.troubles.append(VisioUnreachable())
        with pytest.raises(VisioUnreachable):
            await replace(house.knocking, metrics=None).knock(await admission(house, entered))
        house.choose(mode=KNOCK_KEYED)
        entered, _ = await inside(house, JEAN)
        house.media.away = True
        silent = replace(house.knocking, metrics=None)
        given = await silent.pass_of(entered.visit, entered.secret)
        assert given is not None
        assert given.token is not None


class TestTheGate:
    async def test_a_guest_connects_to_their_room_while_they_have_a_seat(self, house: House):
        _, seat = await inside(house)
        assert await lets_in(house, seat.identity, seat.room)
        assert not await lets_in(house, seat.identity, seat.room, twice=True)
        assert not await lets_in(house, f"{seat.identity}#x", seat.room)
        assert not await lets_in(house, seat.identity, "another room")
        house.clock.at = CLOSES
        assert not await lets_in(house, seat.identity, seat.room), "before the agenda ran"

    async def test_whoever_visio_let_in_connects_and_what_looks_like_ours_does_not(
        self, house: House
    ):
        _, seat = await inside(house)
        agent = str(uuid4())
        for identity in ("", agent, f"{agent}#x", agent.upper(), "Jeanne", "\0" * 36):
            assert await lets_in(house, identity, seat.room, twice=True)
        assert not await lets_in(house, f"guest-{agent}", seat.room)


async def room_of(house: House) -> str:
    meeting, _ = await house.of()
    assert meeting.room is not None
    return str(meeting.room.id)


async def all_of(house: House, event: str = "ask") -> Sequence[Invitation]:
    async with house.store.reading() as work:
        _, occurrence = await house.of(event)
        return await work.invitations.of_occurrence(occurrence.id)


async def revoke(house: House, event: str = "ask") -> None:
    _, occurrence = await house.of(event)
    known = await all_of(house, event)
    async with house.store() as work:
        await house.invitations.revoke(work, occurrence, known)
