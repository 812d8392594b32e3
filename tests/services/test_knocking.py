"""Guests for whom we knock at Visio, on both databases: we record its host's decision once."""

from asyncio import gather
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from bridge.domain.admission import KNOCK, KNOCK_KEYED
from bridge.domain.agenda import Kind
from bridge.domain.invitation import Invitation, Standing
from bridge.domain.rights import ALL, Recorded, Source
from bridge.domain.seat import RENEWABLE, VISIO_REMEMBERS, VISIO_TOKEN, Seat, SeatEnd
from bridge.errors import VisioUnreachable
from bridge.ids import VisitId
from bridge.ports import LobbyEntry
from bridge.services.enforcement.signalling_gate import Caller, Signalling
from bridge.services.invitations.invitations import Guest
from bridge.services.seats.decisions import Pass
from bridge.services.visits.arrivals import Entered
from bridge.services.visits.snapshot import Admission
from tests.doubles.ports import Forestalled, Killed, MortalWorks
from tests.services.databases import ON_BOTH
from tests.services.house import ALICE, HOUR, MINUTE, START, House
from tests.wiring import MEDIA

LEA, JEAN = Guest("Léa Roux", "lea@partenaire.example"), Guest("Jean Dupont")
SHOWN = "ext. Léa Roux (partenaire.example)"
CLOSES = START + HOUR + 15 * MINUTE
SECOND = timedelta(seconds=1)


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
    async def test_every_knock_is_the_same_and_in_the_name_we_vouch_for(
        self, knocking_house: House
    ):
        entered, identity = await waiting(knocking_house)
        assert str(UUID(identity)) == identity
        assert UUID(identity).version == 4
        await knock(knocking_house, entered)
        assert knocking_house.lobby.knocked == [(identity, SHOWN)] * 2

    @ON_BOTH
    async def test_every_door_knocks_with_the_same_identity(self, knocking_house: House):
        (invited,) = await knocking_house.invited(LEA)
        entered = await knocking_house.visited(invited)
        read = await admission(knocking_house, entered)  # by both, before either has knocked
        await gather(knocking_house.knocking.knock(read), knocking_house.knocking.knock(read))
        assert len({identity for identity, _ in knocking_house.lobby.knocked}) == 1

    async def test_two_devices_are_two_people_in_the_queue(self, knocking_house: House):
        (invited,) = await knocking_house.invited(LEA)
        for entered in (
            await knocking_house.visited(invited),
            await knocking_house.visited(invited),
        ):
            await knock(knocking_house, entered)
        assert len({identity for identity, _ in knocking_house.lobby.knocked}) == 2

    async def test_the_salon_is_told_once_in_ten_minutes_that_the_organiser_admits(
        self, knocking_house: House
    ):
        (invited,) = await knocking_house.invited(LEA)
        await knocking_house.shown()
        for _ in range(2):
            entered = await knocking_house.visited(invited)
            await knocking_house.admissions.arrive(entered.visit, entered.secret)
        (told,) = await knocking_house.sentences("guest.knocks")
        assert len(await knocking_house.messages("card")) == 1, "it shows who is at the door"
        assert told.mentions == (ALICE,)
        assert told.parameters["name"] == "Léa Roux"
        for template in ("guest.waits", "guest.answer", "guest.followed"):
            assert await knocking_house.messages(template) == []
        knocking_house.clock.forward(10 * MINUTE)
        await knocking_house.admissions.arrive(entered.visit, entered.secret)
        assert len(await knocking_house.sentences("guest.knocks")) == 2

    async def test_nobody_knocks_outside_the_window_nor_with_a_link_that_was_withdrawn(
        self, knocking_house: House
    ):
        await knocking_house.met("later", start=START + HOUR)
        (invited,) = await knocking_house.invited(LEA, to="later")
        entered = await knocking_house.visited(invited)
        assert await knock(knocking_house, entered) is Standing.EARLY
        knocking_house.clock.at = START + HOUR - 10 * MINUTE - SECOND
        assert await knock(knocking_house, entered) is Standing.EARLY
        knocking_house.clock.forward(SECOND)
        assert await knock(knocking_house, entered) is Standing.WAITING
        assert len(knocking_house.lobby.knocked) == 1
        await revoke(knocking_house, "later")
        assert await knock(knocking_house, entered) is Standing.REVOKED
        assert len(knocking_house.lobby.knocked) == 1

    async def test_what_visio_does_not_do_is_raised_and_counted(self, knocking_house: House):
        entered, identity = await waiting(knocking_house)
        knocking_house.lobby.troubles.append(VisioUnreachable())
        with pytest.raises(VisioUnreachable):
            await knocking_house.knocking.knock(await admission(knocking_house, entered))
        errors = knocking_house.metrics.registry.get_sample_value(
            "parvis_visio_errors_total", {"code": "visio-unreachable"}
        )
        assert errors == 1
        knocking_house.lobby.decide(identity, LobbyEntry.ACCEPTED)
        assert await knock(knocking_house, entered) is Standing.ADMITTED


class TestTheHostsAnswer:
    async def test_who_is_accepted_has_a_seat_and_visios_token(self, knocking_house: House):
        entered, seat = await inside(knocking_house)
        assert seat.identity == knocking_house.lobby.knocked[0][0]
        assert (seat.admitted_by, seat.held) == (ALICE, True)
        given = await asked(knocking_house, entered)
        assert given.token is not None
        assert given.token.get_secret_value().startswith(f"visio:{seat.room}:{seat.identity}:")
        assert (given.url, given.name, given.closes) == (MEDIA, SHOWN, CLOSES)
        assert knocking_house.passes.issued == [], "we make none"
        again = await asked(knocking_house, entered)
        assert again.token not in (None, given.token), "Visio is asked each time"

    @pytest.mark.parametrize("entry", [LobbyEntry.ACCEPTED, LobbyEntry.DENIED])
    async def test_the_card_shows_it(self, knocking_house: House, entry: LobbyEntry):
        entered, identity = await waiting(knocking_house)
        await knocking_house.shown()
        knocking_house.lobby.decide(identity, entry)
        await knock(knocking_house, entered)
        assert len(await knocking_house.messages("card")) == 1

    async def test_a_token_for_an_identity_that_is_spent_is_given_to_nobody(
        self, knocking_house: House
    ):
        """As when another door learns meanwhile that Visio forgot, and lets them in anew."""
        entered, seat = await inside(knocking_house)

        async def meanwhile() -> None:
            knocking_house.lobby.meanwhile = None
            knocking_house.clock.forward(SECOND)
            async with knocking_house.store() as work:
                await work.seats.save(seat.ended(knocking_house.clock.now(), SeatEnd.LAPSED))
            await let_in(knocking_house, entered)

        knocking_house.lobby.meanwhile = meanwhile
        given = await asked(knocking_house, entered)
        assert (given.standing, given.token) == (Standing.ADMITTED, None)
        anew = await asked(knocking_house, entered)
        assert anew.token is not None
        assert seat.identity not in anew.token.get_secret_value()

    async def test_the_token_is_for_the_browser_that_waited(self, knocking_house: House):
        entered, _ = await inside(knocking_house)
        knocks = len(knocking_house.lobby.knocked)
        assert await knocking_house.knocking.pass_of(entered.visit, "another secret") is None
        unknown = VisitId(UUID(int=1))
        assert await knocking_house.knocking.pass_of(unknown, entered.secret) is None
        assert len(knocking_house.lobby.knocked) == knocks, (
            "and Visio is not asked for anybody else"
        )

    async def test_a_guest_who_waits_or_was_denied_gets_no_token(self, knocking_house: House):
        entered, identity = await waiting(knocking_house)
        knocks = len(knocking_house.lobby.knocked)
        given = await asked(knocking_house, entered)
        assert (given.standing, given.token) == (Standing.WAITING, None)
        assert len(knocking_house.lobby.knocked) == knocks
        knocking_house.lobby.decide(identity, LobbyEntry.DENIED)
        assert await knock(knocking_house, entered) is Standing.REFUSED
        knocking_house.lobby.decide(identity, LobbyEntry.ACCEPTED)
        assert await knock(knocking_house, entered) is Standing.REFUSED, (
            "nobody knocks for them any more"
        )
        given = await asked(knocking_house, entered)
        assert (given.standing, given.token) == (Standing.REFUSED, None)

    async def test_whoever_was_denied_may_ask_again_by_their_link(self, knocking_house: House):
        (invited,) = await knocking_house.invited(LEA)
        first = await knocking_house.visited(invited)
        await knock(knocking_house, first)
        knocking_house.lobby.decide(knocking_house.lobby.knocked[-1][0], LobbyEntry.DENIED)
        await knock(knocking_house, first)
        second = await knocking_house.visited(invited)
        assert await knock(knocking_house, second) is Standing.WAITING

    @ON_BOTH
    async def test_two_doors_that_hear_it_give_one_seat(self, knocking_house: House):
        entered, identity = await waiting(knocking_house)
        knocking_house.lobby.decide(identity, LobbyEntry.ACCEPTED)
        read = await admission(knocking_house, entered)
        both = await gather(
            knocking_house.knocking.knock(read), knocking_house.knocking.knock(read)
        )
        assert set(both) == {Standing.ADMITTED}
        async with knocking_house.store.reading() as work:
            assert len(await work.seats.held(read.occurrence.id)) == 1

    @pytest.mark.parametrize("after", [False, True])
    async def test_a_door_killed_at_any_commit_loses_nobodys_admission(
        self, knocking_house: House, after: bool
    ):
        died = set()
        for dies_at in (1, 2, 3):
            guest = Guest(f"Guest {dies_at}")
            (invited,) = await knocking_house.invited(guest, event=f"invite-{guest.key}")
            entered = await knocking_house.visited(invited, guest.name)
            knocking_house.wire(MortalWorks(knocking_house.store, dies_at, after))
            try:
                await let_in(knocking_house, entered)
            except Killed:
                died.add(dies_at)
                knocking_house.wire(knocking_house.store)
                await let_in(knocking_house, entered)
            seat = (await admission(knocking_house, entered)).seat
            assert seat is not None
            assert seat.held
            mine = [one for one, name in knocking_house.lobby.knocked if guest.name in name]
            assert set(mine) == {seat.identity}, "one person in the host's queue"
        assert died == {1, 2}

    async def test_an_answer_that_comes_too_late_opens_nothing(self, knocking_house: House):
        for n, late in enumerate((Standing.OVER, Standing.REVOKED)):
            knocking_house.clock.at = START
            await knocking_house.met(f"m{n}", start=START)
            (invited,) = await knocking_house.invited(LEA, to=f"m{n}", event=f"i{n}")
            entered = await knocking_house.visited(invited)
            await knock(knocking_house, entered)
            knocking_house.lobby.decide(knocking_house.lobby.knocked[-1][0], LobbyEntry.ACCEPTED)

            async def meanwhile(late: Standing = late, to: str = f"m{n}") -> None:
                knocking_house.lobby.meanwhile = None
                if late is Standing.OVER:
                    knocking_house.clock.at = CLOSES
                else:
                    await revoke(knocking_house, to)

            knocking_house.lobby.meanwhile = meanwhile
            assert await knock(knocking_house, entered) is late
            async with knocking_house.store.reading() as work:
                assert await work.seats.of_visit(entered.visit) is None

    async def test_a_token_that_comes_after_the_withdrawal_is_given_to_nobody(
        self, knocking_house: House
    ):
        entered, _ = await inside(knocking_house)

        async def meanwhile() -> None:
            await revoke(knocking_house)

        knocking_house.lobby.meanwhile = meanwhile
        given = await asked(knocking_house, entered)
        assert (given.standing, given.token) == (Standing.REVOKED, None)

    async def test_no_token_outside_the_window(self, knocking_house: House):
        entered, _ = await inside(knocking_house)
        knocks = len(knocking_house.lobby.knocked)
        knocking_house.clock.at = CLOSES
        given = await asked(knocking_house, entered)
        assert (given.standing, given.token) == (Standing.OVER, None)
        assert len(knocking_house.lobby.knocked) == knocks

    async def test_another_device_that_is_accepted_takes_over(self, knocking_house: House):
        (invited,) = await knocking_house.invited(LEA)
        one, other = await knocking_house.visited(invited), await knocking_house.visited(invited)
        for entered in (one, other):
            await knock(knocking_house, entered)
            knocking_house.lobby.decide(knocking_house.lobby.knocked[-1][0], LobbyEntry.ACCEPTED)
            await knock(knocking_house, entered)
        assert (await asked(knocking_house, one)).standing is Standing.REPLACED
        assert (await asked(knocking_house, other)).token is not None

    async def test_a_link_that_changed_devices_too_often_lets_nobody_else_in(
        self, knocking_house: House
    ):
        knocking_house.choose(takeovers=0)
        _, seat = await inside(knocking_house)
        (invited,) = await knocking_house.invited(LEA, event="again")
        other = await knocking_house.visited(invited, "Somebody Else")
        await knock(knocking_house, other)
        knocking_house.lobby.decide(knocking_house.lobby.knocked[-1][0], LobbyEntry.ACCEPTED)
        assert await knock(knocking_house, other) is Standing.REFUSED
        async with knocking_house.store.reading() as work:
            assert await work.seats.held(seat.occurrence) == [seat]
        (told,) = await knocking_house.sentences("error.takeovers-spent")
        assert (told.mentions, told.parameters["name"]) == ((ALICE,), "Somebody Else")

    async def test_who_visio_forgot_waits_again_under_another_identity(self, knocking_house: House):
        """As when the room emptied, or the host removed them in Visio's own page."""
        entered, seat = await inside(knocking_house)
        await knocking_house.shown()
        del knocking_house.lobby.decided[seat.identity]
        given = await asked(knocking_house, entered)
        assert len(await knocking_house.messages("card")) == 1
        assert (given.standing, given.token) == (Standing.WAITING, None)
        async with knocking_house.store.reading() as work:
            ended = await work.seats.get(seat.id)
        assert ended is not None
        assert ended.why is SeatEnd.LAPSED
        assert await knock(knocking_house, entered) is Standing.WAITING
        identity = knocking_house.lobby.knocked[-1][0]
        assert identity != seat.identity
        knocking_house.clock.forward(SECOND)
        knocking_house.lobby.decide(identity, LobbyEntry.ACCEPTED)
        assert await knock(knocking_house, entered) is Standing.ADMITTED
        assert (await asked(knocking_house, entered)).token is not None


class TestTheEnd:
    async def test_with_a_key_who_is_there_is_known_and_a_guest_is_told_apart(
        self, keyed_house: House
    ):
        _, seat = await inside(keyed_house)
        keyed_house.media.enter(seat.room, str(uuid4()))
        await keyed_house.polling.tick(keyed_house.clock.now())
        async with keyed_house.store.reading() as work:
            known = await work.presences.get(seat.occurrence)
        assert known is not None
        assert (known.people, known.guests) == (2, 1)

    async def test_with_a_key_it_is_known_whether_anybody_is_there_to_admit(
        self, keyed_house: House
    ):
        entered, _ = await waiting(keyed_house)
        read = await admission(keyed_house, entered)
        assert await keyed_house.knocking.agents(read) == 0
        keyed_house.media.enter((await room_of(keyed_house)), str(uuid4()))
        await keyed_house.polling.tick(keyed_house.clock.now())
        assert await keyed_house.knocking.agents(read) == 1
        await inside(keyed_house, JEAN)
        await keyed_house.polling.tick(keyed_house.clock.now())
        assert await keyed_house.knocking.agents(read) == 1, "a guest is none of them"
        keyed_house.choose(mode=KNOCK)
        assert await keyed_house.knocking.agents(read) is None

    async def test_without_a_key_the_seat_ends_and_nobody_is_put_out(self, knocking_house: House):
        entered, seat = await inside(knocking_house)
        assert (await knocking_house.planned())[Kind.EJECT, str(seat.id)] == CLOSES
        await knocking_house.run_until(CLOSES)
        ended = (await admission(knocking_house, entered)).seat
        assert ended is not None
        assert (ended.held, ended.why) == (False, SeatEnd.WINDOW)
        assert knocking_house.media.acts == []
        assert not ended.pending_ejection  # or a key would have us poll for it for ever
        assert (await asked(knocking_house, entered)).standing is Standing.OVER

    async def test_without_a_key_an_extension_moves_the_end(self, knocking_house: House):
        entered, seat = await inside(knocking_house)
        _, occurrence = await knocking_house.of()
        async with knocking_house.store() as work:
            await knocking_house.invitations.extend(
                work, occurrence, await all_of(knocking_house), HOUR
            )
        await knocking_house.run_until(CLOSES + MINUTE)
        assert (await admission(knocking_house, entered)).standing(
            knocking_house.clock.now()
        ) is Standing.ADMITTED
        assert (await knocking_house.planned())[Kind.EJECT, str(seat.id)] == CLOSES + HOUR

    async def test_with_a_key_they_are_put_out_and_looked_for_while_a_token_lasts(
        self, keyed_house: House
    ):
        entered, seat = await inside(keyed_house)
        keyed_house.media.enter(seat.room, f"{seat.identity}#x")
        agent = str(uuid4())
        keyed_house.media.enter(seat.room, agent)
        await keyed_house.sweeps.sweep(keyed_house.clock.now())
        assert keyed_house.media.rooms[seat.room] == {seat.identity, agent}, "nobody has two places"
        await keyed_house.run_until(CLOSES)
        assert keyed_house.media.rooms[seat.room] == {agent}
        assert (await asked(keyed_house, entered)).standing is Standing.OVER
        ended = (await admission(keyed_house, entered)).seat
        assert ended is not None
        last = START + VISIO_REMEMBERS + VISIO_TOKEN + RENEWABLE
        assert ended.watched_until == last
        for keyed_house.clock.at in (CLOSES + SECOND, last - SECOND):
            keyed_house.media.sit(seat)
            await keyed_house.sweeps.sweep(keyed_house.clock.now())
            assert keyed_house.media.rooms[seat.room] == {agent}
        keyed_house.clock.at = last + RENEWABLE + SECOND
        acts = len(keyed_house.media.acts)
        await keyed_house.sweeps.sweep(keyed_house.clock.now())
        assert len(keyed_house.media.acts) == acts

    async def test_with_a_key_they_send_no_more_than_the_operator_lets(self, keyed_house: House):
        keyed_house.choose(sources=frozenset({Source.CAMERA}))
        _, seat = await inside(keyed_house)
        agent = str(uuid4())
        keyed_house.media.enter(seat.room, agent)
        await keyed_house.sweeps.sweep(keyed_house.clock.now())
        may = {one: keyed_house.media.known[one].sources for one in (seat.identity, agent)}
        assert may == {seat.identity: {Source.CAMERA}, agent: ALL}

    async def test_with_a_key_who_enters_is_told_of_a_recording(self, keyed_house: House):
        entered, seat = await inside(keyed_house)
        keyed_house.media.told[seat.room] = '{"recording_status": "started"}'
        assert (await asked(keyed_house, entered)).recorded is Recorded.RECORDING
        keyed_house.media.away = True
        given = await asked(keyed_house, entered)
        assert (given.recorded, given.token is not None) == (None, True)
        registry = keyed_house.metrics.registry
        assert registry.get_sample_value("parvis_media_errors_total", {"status": "none"}) == 1

    async def test_behind_the_gate_they_are_looked_for_eleven_minutes(self, keyed_house: House):
        keyed_house.choose(gated=True)
        _, seat = await inside(keyed_house)
        await keyed_house.run_until(CLOSES)
        for keyed_house.clock.at, stays in ((CLOSES + 10 * MINUTE, False), (CLOSES + HOUR, True)):
            keyed_house.media.sit(seat)
            await keyed_house.sweeps.sweep(keyed_house.clock.now())
            assert (seat.identity in keyed_house.media.rooms.get(seat.room, ())) is stays

    async def test_who_is_withdrawn_is_out_and_the_salon_reads_how_long_it_took(
        self, keyed_house: House
    ):
        _, seat = await inside(keyed_house)
        await revoke(keyed_house)
        await keyed_house.run_due()
        assert keyed_house.media.rooms[seat.room] == set()
        assert [one.idempotency_key for one in await keyed_house.sentences("guest.out")] == [
            f"out:{seat.id}"
        ]

    async def test_who_visio_forgot_is_put_out_and_knocks_anew(self, keyed_house: House):
        entered, seat = await inside(keyed_house)
        del keyed_house.lobby.decided[seat.identity]
        await asked(keyed_house, entered)
        await keyed_house.run_due()
        assert keyed_house.media.rooms[seat.room] == set()


class TestTheHostsRemoval:
    async def test_who_was_removed_stays_out_and_knocks_again_only_by_their_link(
        self, keyed_house: House
    ):
        entered, seat = await inside(keyed_house)
        assert not await keyed_house.removals.by_host(seat.room, f"{seat.identity}#x")
        assert not await keyed_house.removals.by_host(seat.room, str(uuid4()))
        assert await keyed_house.removals.by_host(seat.room, seat.identity)
        knocked = len(keyed_house.lobby.knocked)
        assert await knock(keyed_house, entered) is Standing.REMOVED
        assert (await asked(keyed_house, entered)).standing is Standing.REMOVED
        assert len(keyed_house.lobby.knocked) == knocked
        view = await keyed_house.admissions.arrive(entered.visit, entered.secret)
        assert view is not None
        assert not view.altered, "it was not for their name"
        await keyed_house.run_due()
        assert keyed_house.media.rooms[seat.room] == set()
        (told,) = await keyed_house.sentences("guest.removed-in-visio")
        assert told.parameters == {"name": "Léa Roux", "guest": "Léa Roux"}
        assert await keyed_house.messages("guest.answer") == []
        keyed_house.clock.forward(SECOND)
        (again,) = await keyed_house.invited(LEA, event="again")
        assert await knock(keyed_house, await keyed_house.visited(again)) is Standing.WAITING

    async def test_where_we_hold_no_key_the_page_tells_of_it(self, knocking_house: House):
        entered, _ = await inside(knocking_house)
        told = await knocking_house.removals.by_own_page(entered.visit, entered.secret)
        assert told is Standing.REMOVED


class TestOddMoments:
    async def test_a_visit_that_is_gone_when_the_answer_comes(self, knocking_house: House):
        async def dropped() -> None:
            knocking_house.lobby.meanwhile = None
            knocking_house.clock.forward(SECOND)
            async with knocking_house.store() as work:
                for one in await all_of(knocking_house):
                    await work.visits.keep(one.id, newest=0)

        async def invalidated() -> None:
            knocking_house.lobby.meanwhile = None
            knocking_house.clock.forward(SECOND)
            async with knocking_house.store() as work:
                for seat in await work.seats.watched(knocking_house.clock.now()):
                    await work.seats.save(seat.ended(knocking_house.clock.now(), SeatEnd.REVOKED))
                for one in await all_of(knocking_house):
                    await work.visits.invalidate(one.id)

        entered, identity = await waiting(knocking_house)
        knocking_house.lobby.decide(identity, LobbyEntry.ACCEPTED)
        knocking_house.lobby.meanwhile = dropped
        assert (
            await knocking_house.knocking.knock(await admission(knocking_house, entered))
            is Standing.WAITING
        )
        entered, _ = await inside(knocking_house, JEAN)
        knocking_house.lobby.meanwhile = invalidated
        assert await knocking_house.knocking.pass_of(entered.visit, entered.secret) is None

    async def test_a_link_withdrawn_before_the_first_knock_that_a_door_has_not_heard_of(
        self, knocking_house: House
    ):
        (invited,) = await knocking_house.invited(LEA)
        entered = await knocking_house.visited(invited)
        read = await admission(knocking_house, entered)
        await revoke(knocking_house)
        await knocking_house.knocking.knock(read)
        assert knocking_house.lobby.knocked == []

    async def test_a_visit_that_is_gone_before_the_first_knock(self, knocking_house: House):
        (invited,) = await knocking_house.invited(LEA)
        read = await admission(knocking_house, await knocking_house.visited(invited))
        async with knocking_house.store() as work:
            await work.visits.keep(invited.invitation.id, newest=0)
        assert await knocking_house.knocking.knock(read) is Standing.WAITING
        assert knocking_house.lobby.knocked == []

    @ON_BOTH
    async def test_two_pages_that_learn_that_visio_forgot(self, knocking_house: House):
        entered, seat = await inside(knocking_house)
        del knocking_house.lobby.decided[seat.identity]
        given = await gather(asked(knocking_house, entered), asked(knocking_house, entered))
        assert {one.standing for one in given} == {Standing.WAITING}

    async def test_the_end_of_a_seat_that_is_over_or_unknown(self, knocking_house: House):
        _, seat = await inside(knocking_house)
        assert (
            await knocking_house.knocking.lapse(knocking_house.due(Kind.EJECT, seat.id)) == CLOSES
        )
        await knocking_house.run_until(CLOSES)
        for key in (seat.id, uuid4()):
            assert await knocking_house.knocking.lapse(knocking_house.due(Kind.EJECT, key)) is None

    async def test_a_seat_that_is_erased_while_its_end_is_due(self, knocking_house: House):
        _, seat = await inside(knocking_house)

        async def erased() -> None:
            async with knocking_house.store() as work:
                await work.invitations.forget(seat.occurrence)

        due = knocking_house.due(Kind.EJECT, seat.id)
        knocking_house.wire(Forestalled(knocking_house.store, erased))
        assert await knocking_house.knocking.lapse(due) is None

    async def test_a_visit_that_is_gone_when_visio_forgot_it(self, knocking_house: House):
        entered, seat = await inside(knocking_house)

        async def replaced() -> None:
            knocking_house.lobby.meanwhile = None
            knocking_house.clock.forward(SECOND)
            del knocking_house.lobby.decided[seat.identity]
            async with knocking_house.store() as work:
                await work.seats.save(seat.ended(knocking_house.clock.now(), SeatEnd.REVOKED))
                await work.visits.invalidate(seat.invitation)

        knocking_house.lobby.meanwhile = replaced
        assert await knocking_house.knocking.pass_of(entered.visit, entered.secret) is None

    async def test_an_answer_about_an_identity_that_is_spent_seats_nobody(
        self, knocking_house: House
    ):
        """Another door let them in and learned that Visio forgot, before this one has its answer."""
        entered, identity = await waiting(knocking_house)
        knocking_house.lobby.decide(identity, LobbyEntry.ACCEPTED)

        async def meanwhile() -> None:
            knocking_house.lobby.meanwhile = None
            assert await knock(knocking_house, entered) is Standing.ADMITTED
            seat = (await admission(knocking_house, entered)).seat
            assert seat is not None
            knocking_house.clock.forward(SECOND)
            async with knocking_house.store() as work:
                await work.seats.save(seat.ended(knocking_house.clock.now(), SeatEnd.LAPSED))

        read = await admission(knocking_house, entered)
        knocking_house.lobby.meanwhile = meanwhile
        assert await knocking_house.knocking.knock(read) is Standing.WAITING
        async with knocking_house.store.reading() as work:
            assert await work.seats.held(read.occurrence.id) == []

    async def test_who_was_removed_before_visio_forgot_them_stays_out(self, knocking_house: House):
        entered, seat = await inside(knocking_house)

        async def removed() -> None:
            knocking_house.lobby.meanwhile = None
            knocking_house.clock.forward(SECOND)
            await knocking_house.removals.by_own_page(entered.visit, entered.secret)

        del knocking_house.lobby.decided[seat.identity]
        knocking_house.lobby.meanwhile = removed
        assert (await asked(knocking_house, entered)).standing is Standing.REMOVED

    async def test_the_card_shows_that_a_seat_has_ended(self, knocking_house: House):
        _, seat = await inside(knocking_house)
        await knocking_house.shown()
        knocking_house.clock.at = CLOSES
        await knocking_house.knocking.lapse(knocking_house.due(Kind.EJECT, seat.id))
        assert len(await knocking_house.messages("card")) == 1

    async def test_a_seat_that_ended_before_its_window_is_not_waited_for(
        self, knocking_house: House
    ):
        _, seat = await inside(knocking_house)
        knocking_house.clock.forward(SECOND)
        async with knocking_house.store() as work:
            await work.seats.save(seat.ended(knocking_house.clock.now(), SeatEnd.LAPSED))
        due = knocking_house.due(Kind.EJECT, seat.id)
        assert await knocking_house.knocking.lapse(due) is None
        async with knocking_house.store.reading() as work:
            ended = await work.seats.get(seat.id)
        assert ended is not None
        assert (ended.why, ended.pending_ejection) == (SeatEnd.LAPSED, False)

    async def test_nothing_is_counted_where_nobody_counts(self, knocking_house: House):
        entered, _ = await waiting(knocking_house)
        knocking_house.lobby.troubles.append(VisioUnreachable())
        with pytest.raises(VisioUnreachable):
            await replace(knocking_house.knocking, metrics=None).knock(
                await admission(knocking_house, entered)
            )
        knocking_house.choose(mode=KNOCK_KEYED)
        entered, _ = await inside(knocking_house, JEAN)
        knocking_house.media.away = True
        silent = replace(knocking_house.knocking, metrics=None)
        given = await silent.pass_of(entered.visit, entered.secret)
        assert given is not None
        assert given.token is not None


class TestTheGate:
    async def test_a_guest_connects_to_their_room_while_they_have_a_seat(
        self, knocking_house: House
    ):
        _, seat = await inside(knocking_house)
        assert await lets_in(knocking_house, seat.identity, seat.room)
        assert not await lets_in(knocking_house, seat.identity, seat.room, twice=True)
        assert not await lets_in(knocking_house, f"{seat.identity}#x", seat.room)
        assert not await lets_in(knocking_house, seat.identity, "another room")
        knocking_house.clock.at = CLOSES
        assert not await lets_in(knocking_house, seat.identity, seat.room), "before the agenda ran"

    async def test_whoever_visio_let_in_connects_and_what_looks_like_ours_does_not(
        self, knocking_house: House
    ):
        _, seat = await inside(knocking_house)
        agent = str(uuid4())
        for identity in ("", agent, f"{agent}#x", agent.upper(), "Jeanne", "\0" * 36):
            assert await lets_in(knocking_house, identity, seat.room, twice=True)
        assert not await lets_in(knocking_house, f"guest-{agent}", seat.room)


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
