"""The host's page: its holder, its content and its buttons."""

from datetime import datetime

import pytest

from bridge.domain.authority import ABSENT, Membership
from bridge.domain.host import Deed
from bridge.domain.invitation import Standing
from bridge.domain.message import Notice
from bridge.domain.proof import Proof
from bridge.domain.seat import SeatEnd
from bridge.errors import NotAllowed
from bridge.ids import UserId
from bridge.services.host_page.desk import Desk, Desks, Opened, Opening
from bridge.services.host_page.links import HostLinks, code_of
from bridge.services.invitations.invitations import Guest
from bridge.services.seats.walk_ins import WalkIns
from bridge.services.visits.arrivals import Entered
from tests.services.house import ALICE, BOB, HOUR, MINUTE, START, House, said
from tests.wiring import minter

LEA, JEAN = Guest("Léa Roux", "lea@partenaire.example"), Guest("Jean Dupont")

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


MODERATOR = 50


async def issued(house: House, by: UserId = ALICE, event: str = "accueil") -> str:
    """Return the code of a new link, to the meeting's host or a moderator."""
    about = await house.of()
    links = HostLinks(minter(), house.tools)
    origin = said(event, by=by, level=0 if by == ALICE else MODERATOR)
    async with house.store() as work:
        return code_of(await links.issue(work, origin, *about), minter())


async def opened(house: House, by: UserId = ALICE) -> Opened:
    found = await desks(house).open(await issued(house, by))
    assert isinstance(found, Opened)
    return found


def desks(house: House) -> Desks:
    return Desks(house.tools, house.seats)


async def desk(house: House, mine: Opened) -> Desk:
    found = await desks(house).read(mine.host, mine.secret)
    assert found is not None
    return found


async def shown(house: House, mine: Opened) -> list[tuple[str, Standing]]:
    return [(row.admission.visit.name, row.standing) for row in (await desk(house, mine)).rows]


async def does(house: House, mine: Opened, deed: Deed, entered: Entered) -> tuple[Standing, bool]:
    done = await desks(house).act(mine.host, mine.secret, entered.visit, deed)
    assert done is not None
    return done.standing, done.first


async def waits(house: House, guest: Guest = LEA) -> Entered:
    (invited,) = await house.invited(guest, event=f"invite-{guest.key}")
    return await house.visited(invited, guest.name)


class TestLink:
    async def test_is_sent_in_private_without_its_code(self, meeting_house: House):
        code = await issued(meeting_house)
        (sent,) = await meeting_house.messages("host.link")
        assert sent.confidant == ALICE
        assert sent.to.salon is None
        assert code not in repr(sent)

    async def test_opens_in_one_browser_only(self, meeting_house: House):
        code = await issued(meeting_house)
        first = await desks(meeting_house).open(code)
        assert isinstance(first, Opened)
        assert await desks(meeting_house).open(code) is Opening.TAKEN
        assert await desks(meeting_house).read(first.host, first.secret) is not None
        assert await desks(meeting_house).read(first.host, "x" * 22) is None

    async def test_a_new_one_ends_the_one_before_of_the_same_person(self, meeting_house: House):
        mine, theirs = await opened(meeting_house), await opened(meeting_house, BOB)
        old = await issued(meeting_house, event="again")
        new = await issued(meeting_house, event="and-again")
        assert await desks(meeting_house).open(old) is None
        assert await desks(meeting_house).read(mine.host, mine.secret) is None
        assert isinstance(await desks(meeting_house).open(new), Opened)
        assert await desks(meeting_house).read(theirs.host, theirs.secret) is not None

    async def test_a_code_that_nobody_has_opens_nothing(self, meeting_house: House):
        assert await desks(meeting_house).open("A" * 22) is None

    async def test_no_link_for_an_agent_who_is_neither_organiser_nor_moderator(
        self, meeting_house: House
    ):
        about = await meeting_house.of()
        links = HostLinks(minter(), meeting_house.tools)
        with pytest.raises(NotAllowed):
            async with meeting_house.store() as work:
                await links.issue(work, said("x", by=BOB, level=MODERATOR - 1), *about)
        assert await meeting_house.messages("host.link") == []

    @pytest.mark.parametrize(
        ("by", "now"),
        [
            (ALICE, ABSENT),
            (BOB, ABSENT),
            (BOB, Membership(present=True, level=MODERATOR - 1)),
        ],
    )
    async def test_who_holds_it_is_asked_about_again_each_time(
        self, meeting_house: House, by: UserId, now: Membership
    ):
        entered, mine = await waits(meeting_house), await opened(meeting_house, by)
        await meeting_house.stands(mine.host, now)
        assert await desks(meeting_house).read(mine.host, mine.secret) is None
        for deed in Deed:
            assert (
                await desks(meeting_house).act(mine.host, mine.secret, entered.visit, deed) is None
            )
        code = await issued(meeting_house, by, "again")
        await meeting_house.stands((await meeting_house.hosts())[0].id, now)
        assert await desks(meeting_house).open(code) is Opening.LOST
        await meeting_house.stands(
            (await meeting_house.hosts())[0].id, Membership(present=True, level=MODERATOR)
        )
        assert isinstance(await desks(meeting_house).open(code), Opened), "back in the salon"

    async def test_it_lasts_as_long_as_somebody_may_come_in(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA, until=START + 3 * HOUR)
        code, mine = await issued(meeting_house, BOB), await opened(meeting_house)
        meeting_house.clock.at = START + 3 * HOUR - MINUTE
        assert not (await desk(meeting_house, mine)).over
        meeting_house.clock.at = START + 3 * HOUR
        entered = await meeting_house.visited(invited)
        assert (await desk(meeting_house, mine)).over
        assert await shown(meeting_house, mine) == []
        assert await desks(meeting_house).open(code) is Opening.OVER
        assert await does(meeting_house, mine, Deed.ADMIT, entered) == (Standing.OVER, False)

    async def test_it_is_dropped_with_the_guests_names(self, meeting_house: House):
        await waits(meeting_house)
        mine = await opened(meeting_house)
        await meeting_house.run_until(
            START + HOUR + meeting_house.policy.graces.after + meeting_house.policy.forget_after
        )
        assert await desks(meeting_house).read(mine.host, mine.secret) is None


class TestDesk:
    async def test_it_lists_guests_who_wait_who_are_in_and_who_are_out(self, meeting_house: House):
        lea, mine = await waits(meeting_house), await opened(meeting_house)
        meeting_house.clock.forward(MINUTE)
        jean = await waits(meeting_house, JEAN)
        assert await shown(meeting_house, mine) == [
            ("Léa Roux", Standing.WAITING), ("Jean Dupont", Standing.WAITING)]  # fmt: skip
        await does(meeting_house, mine, Deed.ADMIT, lea)
        await does(meeting_house, mine, Deed.REFUSE, jean)
        assert sorted(await shown(meeting_house, mine)) == [
            ("Jean Dupont", Standing.REFUSED), ("Léa Roux", Standing.ADMITTED)]  # fmt: skip

    async def test_each_row_says_since_when_it_stands_so(self, meeting_house: House):
        meeting_house.clock.forward(MINUTE)
        lea, mine = await waits(meeting_house), await opened(meeting_house)
        moments: list[datetime] = []
        for deed in (Deed.ADMIT, Deed.PUT_OUT, Deed.READMIT):
            moments += [row.since for row in (await desk(meeting_house, mine)).rows]
            meeting_house.clock.forward(MINUTE)
            await does(meeting_house, mine, deed, lea)
        assert moments == [START + n * MINUTE for n in (1, 2, 3)]

    async def test_who_has_only_followed_a_link_is_not_there_yet(self, meeting_house: House):
        await meeting_house.met("later", start=START + HOUR)
        (invited,) = await meeting_house.invited(LEA, to="later")
        await meeting_house.visited(invited)
        mine = await opened(meeting_house)
        assert await shown(meeting_house, mine) == []

    async def test_of_another_meeting_nothing_is_shown_nor_done(self, meeting_house: House):
        mine = await opened(meeting_house)
        await meeting_house.met("other", start=START)
        (invited,) = await meeting_house.invited(LEA, to="other")
        theirs = await meeting_house.visited(invited)
        assert await shown(meeting_house, mine) == []
        assert (
            await desks(meeting_house).act(mine.host, mine.secret, theirs.visit, Deed.ADMIT) is None
        )
        assert await desks(meeting_house).act(mine.host, "x" * 22, theirs.visit, Deed.ADMIT) is None


class TestDeeds:
    async def test_admitting_is_done_in_the_hosts_name(self, meeting_house: House):
        lea, mine = await waits(meeting_house), await opened(meeting_house)
        assert await does(meeting_house, mine, Deed.ADMIT, lea) == (Standing.ADMITTED, True)
        async with meeting_house.store.reading() as work:
            seat = await work.seats.of_visit(lea.visit)
        assert seat is not None
        assert seat.admitted_by == ALICE
        (told,) = await meeting_house.sentences("guest.waits.outcome")
        assert told.parameters["by"] == {"$person": ALICE}

    async def test_the_first_answer_counts_across_salon_and_page(self, meeting_house: House):
        lea, mine = await waits(meeting_house), await opened(meeting_house)
        await meeting_house.decided(lea.visit, admit=False)
        assert await does(meeting_house, mine, Deed.ADMIT, lea) == (Standing.REFUSED, False)
        jean = await waits(meeting_house, JEAN)
        await does(meeting_house, mine, Deed.ADMIT, jean)
        assert not (await meeting_house.decided(jean.visit, admit=False)).first

    async def test_put_out_stays_out_until_somebody_lets_them_back_in(self, meeting_house: House):
        lea, mine = await waits(meeting_house), await opened(meeting_house)
        await does(meeting_house, mine, Deed.ADMIT, lea)
        async with meeting_house.store.reading() as work:
            seat = await work.seats.of_visit(lea.visit)
        assert seat is not None
        meeting_house.media.sit(seat)
        assert await does(meeting_house, mine, Deed.PUT_OUT, lea) == (Standing.REMOVED, True)
        await meeting_house.run_due()
        assert meeting_house.media.rooms[seat.room] == set()
        async with meeting_house.store.reading() as work:
            ended = await work.seats.of_visit(lea.visit)
        assert ended is not None
        assert ended.why is SeatEnd.REMOVED
        assert await does(meeting_house, mine, Deed.PUT_OUT, lea) == (Standing.REMOVED, False)
        meeting_house.clock.forward(MINUTE)
        await meeting_house.admissions.arrive(lea.visit, lea.secret)
        assert await shown(meeting_house, mine) == [("Léa Roux", Standing.REMOVED)]
        assert await does(meeting_house, mine, Deed.READMIT, lea) == (Standing.ADMITTED, True)
        assert await does(meeting_house, mine, Deed.READMIT, lea) == (Standing.ADMITTED, False)
        told = [
            one.parameters["outcome"]
            for one in await meeting_house.sentences("guest.waits.outcome")
        ]
        assert told[-1] == "readmitted"  # of unsent edits only the last one is sent

    async def test_the_salon_reads_each_time_that_somebody_is_let_back_in(
        self, meeting_house: House
    ):
        lea, mine = await waits(meeting_house), await opened(meeting_house)
        await meeting_house.shown()
        for _ in range(2):
            await meeting_house.decided(lea.visit)
            (told,) = await meeting_house.sentences("guest.waits.outcome")
            assert told.parameters["outcome"] == "admitted"
            await meeting_house.shown()
            await does(meeting_house, mine, Deed.PUT_OUT, lea)
            (told,) = await meeting_house.sentences("guest.waits.outcome")
            assert told.parameters["outcome"] == "removed"
            await meeting_house.shown()
            meeting_house.clock.forward(MINUTE)

    async def test_a_refusal_is_taken_back(self, meeting_house: House):
        lea, mine = await waits(meeting_house), await opened(meeting_house)
        await does(meeting_house, mine, Deed.REFUSE, lea)
        assert await does(meeting_house, mine, Deed.READMIT, lea) == (Standing.ADMITTED, True)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.end(work, occurrence)
        await meeting_house.run_due()
        async with meeting_house.store() as work:
            _, ended = await meeting_house.of()
            await meeting_house.meetings.extend(work, ended, HOUR)
        given = await meeting_house.seats.pass_of(lea.visit, lea.secret)
        assert given is not None
        assert given.standing is Standing.WAITING  # and no longer refused


class TestWhoWasNeverAskedAbout:
    async def test_the_salon_hears_what_became_of_them(self, meeting_house: House):
        """There is no question about them that an edit could answer."""
        meeting_house.choose(waiting_room=False)
        (invited,) = await meeting_house.invited(LEA, proof=Proof.PIN)
        lea, mine = await meeting_house.visited(invited), await opened(meeting_house)
        async with meeting_house.store() as work:
            await work.visits.prove(lea.visit, Proof.PIN)
        await WalkIns(meeting_house.tools, meeting_house.admissions).arrive(lea.visit, lea.secret)
        assert await shown(meeting_house, mine) == [("Léa Roux", Standing.ADMITTED)]
        for deed in (Deed.PUT_OUT, Deed.READMIT, Deed.PUT_OUT):
            await does(meeting_house, mine, deed, lea)
            meeting_house.clock.forward(MINUTE)
        await meeting_house.decided(lea.visit)
        told = await meeting_house.sentences("guest.waits.outcome")
        assert [one.parameters["outcome"] for one in told] == [
            "removed",
            "readmitted",
            "removed",
            "admitted",
        ]
        assert {type(one) for one in told} == {Notice}


class TestAnotherLink:
    """The first link's browsers after another invitation of their guest."""

    async def replaced(self, house: House) -> Entered:
        """Withdraw the link, invite the same guest again, and let them in with the new link."""
        _, occurrence = await house.of()
        async with house.store() as work:
            known = await work.invitations.of_occurrence(occurrence.id)
            await house.invitations.revoke(work, occurrence, known)
        house.clock.forward(MINUTE)
        (invited,) = await house.invited(LEA, event="again")
        again = await house.visited(invited)
        await house.decided(again.visit)
        return again

    async def test_a_guest_put_out_with_the_old_link_takes_nobodys_place(
        self, meeting_house: House
    ):
        lea, mine = await waits(meeting_house), await opened(meeting_house)
        await does(meeting_house, mine, Deed.ADMIT, lea)
        await does(meeting_house, mine, Deed.PUT_OUT, lea)
        again = await self.replaced(meeting_house)
        assert await shown(meeting_house, mine) == [("Léa Roux", Standing.ADMITTED)]
        assert await does(meeting_house, mine, Deed.READMIT, lea) == (Standing.REVOKED, False)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store.reading() as work:
            assert await meeting_house.seats.removed(work, occurrence.id) == []
        assert await stands(meeting_house, again) is Standing.ADMITTED

    async def test_an_answer_to_the_old_question_takes_nobodys_place(self, meeting_house: House):
        lea, mine = await waits(meeting_house), await opened(meeting_house)
        await does(meeting_house, mine, Deed.ADMIT, lea)
        again = await self.replaced(meeting_house)
        assert not (await meeting_house.decided(lea.visit)).first
        assert await stands(meeting_house, again) is Standing.ADMITTED

    async def test_who_is_inside_when_a_locked_link_is_renewed_can_be_put_out(
        self, meeting_house: House
    ):
        lea, mine = await waits(meeting_house), await opened(meeting_house)
        await does(meeting_house, mine, Deed.ADMIT, lea)
        (known,) = await meeting_house.guests()
        async with meeting_house.store() as work:
            await work.visits.invalidate(known.id)
        assert await stands(meeting_house, lea) is Standing.ADMITTED
        assert await does(meeting_house, mine, Deed.PUT_OUT, lea) == (Standing.REMOVED, True)
        assert await shown(meeting_house, mine) == [("Léa Roux", Standing.REMOVED)]


async def stands(house: House, entered: Entered) -> Standing:
    given = await house.seats.pass_of(entered.visit, entered.secret)
    assert given is not None
    return given.standing
