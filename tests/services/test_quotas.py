"""Limits on the load that an agent or a salon puts on others, counted in the database."""

import asyncio
from datetime import timedelta

import pytest

from bridge.domain.mail import Mail, MailKind
from bridge.domain.message import moment
from bridge.domain.proof import Proof
from bridge.domain.quota import Pace
from bridge.errors import LimitReached, MeetingEchoed
from bridge.ids import MailId, SalonId, UserId, uuid7
from bridge.services.invitations.invitations import Guest
from bridge.services.meetings.lifecycle import MeetingRequest
from tests.defaults import quota_limits
from tests.services.databases import ON_BOTH
from tests.services.house import ALICE, BOB, SALON, START, House, said

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OTHER = SalonId("!other:agent.tchap")
PARIS = "Europe/Paris"


def people(first: int, count: int) -> list[Guest]:
    return [Guest(email=f"p{first + n}@x.example") for n in range(count)]


def limited(house: House, **limits: int) -> None:
    house.choose(limits=quota_limits(**limits))


async def asked(house: House, event: str, salon: SalonId = SALON, by: UserId = ALICE) -> None:
    await house.asked(said(event, salon=salon, by=by), title=event)


async def mailed(house: House) -> int:
    await house.run_due()
    return len(house.post.sent)


class TestDefaults:
    def test_are_the_policy_s(self, house: House):
        limits = house.policy.limits
        assert (limits.rooms, limits.salon_rooms) == (30, 60)
        assert (limits.addresses, limits.mails) == (100, 300)


class TestMeetings:
    async def test_of_one_agent_in_all_salons(self, house: House):
        limited(house, rooms=3)
        for number, salon in enumerate((SALON, OTHER, SALON)):
            await asked(house, f"m{number}", salon)
            house.clock.forward(10 * MINUTE)
        with pytest.raises(LimitReached) as refused:
            await asked(house, "one too many", OTHER)
        assert refused.value.parameters == {
            "reason": "rooms",
            "limit": 3,
            "left": 0,
            "asked": 1,
            "at": moment(START + HOUR, PARIS),
        }
        await asked(house, "somebody else's", by=BOB)

    async def test_again_from_the_moment_that_was_told(self, house: House):
        limited(house, rooms=1)
        await asked(house, "first")
        house.clock.at = START + HOUR - timedelta(seconds=1)
        with pytest.raises(LimitReached):
            await asked(house, "too early")
        house.clock.at = START + HOUR
        await asked(house, "second")

    async def test_a_salon_has_a_limit_of_its_own(self, house: House):
        limited(house, salon_rooms=2)
        await asked(house, "hers")
        await asked(house, "his", by=BOB)
        with pytest.raises(LimitReached) as refused:
            await asked(house, "one too many", by=BOB)
        assert refused.value.parameters["reason"] == "salon-rooms"
        await asked(house, "elsewhere", OTHER, BOB)

    async def test_a_restart_forgets_nothing(self, house: House):
        limited(house, rooms=1)
        await asked(house, "first")
        house.wire(house.store)
        with pytest.raises(LimitReached):
            await asked(house, "second")

    async def test_what_is_refused_leaves_nothing(self, house: House):
        limited(house, rooms=1)
        await house.met("ask")
        with pytest.raises(LimitReached):
            await asked(house, "second")
        await house.run_due()
        assert len(house.visio.made) == 1
        async with house.store.reading() as work:
            assert len(await work.meetings.of_salon(SALON, ending_after=START)) == 1

    async def test_one_that_is_asked_for_again_counts(self, house: House):
        """`lien` has Visio make a room too."""
        limited(house, rooms=1)
        await asked(house, "old")
        house.clock.forward(2 * HOUR)
        await asked(house, "new")
        meeting, _ = await house.of("old")
        async with house.store() as work:
            with pytest.raises(LimitReached):
                await house.meetings.retry(work, meeting)

    async def test_a_retry_of_the_same_meeting_costs_nothing(self, house: House):
        limited(house, rooms=1)
        await asked(house, "ask")
        meeting, _ = await house.of("ask")
        async with house.store() as work:
            await house.meetings.retry(work, meeting)


class TestEchoes:
    """Somebody else asks for the same meeting at once: a machine that repeats, or a colleague."""

    async def test_one_meeting_is_enough(self, house: House):
        await house.asked(said("a"))
        house.clock.forward(timedelta(seconds=5))
        with pytest.raises(MeetingEchoed) as refused:
            await house.asked(said("b", by=BOB))
        told = {"reason": "now", "organiser": {"$person": ALICE}, "title": "Budget"}
        assert refused.value.parameters == told

    async def test_one_without_a_title_is_any_that_has_just_begun(self, house: House):
        await house.asked(said("a"))
        house.clock.forward(timedelta(seconds=30))
        with pytest.raises(MeetingEchoed):
            await house.asked(said("b", by=BOB), title="")
        house.clock.forward(timedelta(seconds=1))
        await house.asked(said("c", by=BOB), title="")

    async def test_also_of_one_to_come(self, house: House):
        await house.asked(said("a"), start=START + HOUR)
        with pytest.raises(MeetingEchoed):
            await house.asked(said("b", by=BOB), title="BUDGET", start=START + HOUR)

    async def test_another_title_time_or_salon_is_no_echo(self, house: House):
        await house.asked(said("a"))
        await house.asked(said("again"))
        await house.asked(said("b", by=BOB), title="Autre")
        await house.asked(said("c", by=BOB), start=START + HOUR)
        await house.asked(said("d", by=BOB, salon=OTHER))
        house.clock.forward(2 * MINUTE)
        await house.asked(said("e", by=BOB))


class TestAddresses:
    async def test_a_request_beyond_the_limit_invites_nobody_of_it(self, house: House):
        limited(house, addresses=5)
        await house.met()
        await house.invited(*people(0, 3))
        with pytest.raises(LimitReached) as refused:
            await house.invited(*people(3, 3), event="more")
        parameters = refused.value.parameters
        assert (parameters["reason"], parameters["left"], parameters["asked"]) == (
            "addresses",
            2,
            3,
        )
        assert len(await house.guests()) == 3
        assert await mailed(house) == 3
        await house.invited(*people(3, 2), event="fewer")

    async def test_whom_one_has_invited_before_is_no_fresh_one(self, house: House):
        limited(house, addresses=3)
        await house.met("ask")
        await house.invited(*people(0, 3), to="ask")
        await house.met("second")
        await house.invited(*people(0, 3), event="again", to="second")
        with pytest.raises(LimitReached):
            await house.invited(*people(3, 1), event="fresh", to="second")
        house.clock.forward(HOUR)
        await house.met("third")
        await house.invited(*people(0, 6), event="later", to="third")

    async def test_nor_who_is_invited_to_this_meeting_already(self, house: House):
        limited(house, addresses=1)
        await house.met()
        await house.invited(*people(0, 1))
        await house.invited(*people(0, 1), event="again")

    async def test_more_than_ever_at_once(self, house: House):
        limited(house, addresses=2)
        await house.met()
        with pytest.raises(LimitReached) as refused:
            await house.invited(*people(0, 3))
        assert refused.value.parameters["reason"] == "addresses-at-once"

    async def test_names_without_an_address_count_too(self, house: House):
        limited(house, addresses=2)
        await house.met()
        with pytest.raises(LimitReached):
            await house.invited(Guest("A"), Guest("B"), Guest("C"))


class TestMails:
    async def test_a_link_sent_again_is_a_mail(self, house: House):
        limited(house, mails=3)
        await house.met()
        await house.invited(*people(0, 2))
        await house.invited(*people(0, 1), event="again")
        with pytest.raises(LimitReached) as refused:
            await house.invited(*people(0, 1), event="once more")
        assert refused.value.parameters["reason"] == "mails"
        assert await mailed(house) == 3
        await house.invited(Guest("Sans adresse"), event="by hand")

    async def test_a_mail_counts_against_the_agent_who_asks_for_it(self, house: House):
        """Bob resends the link of Alice's guest: it does not count against Alice."""
        limited(house, mails=1)
        await house.met()
        await house.invited(*people(0, 1))
        async with house.store() as work:
            about = await house.of()
            origin = said("b", by=BOB)
            await house.invitations.invite(work, origin, about, people(0, 1))
        async with house.store() as work:
            with pytest.raises(LimitReached):
                await house.invitations.invite(work, said("c", by=BOB), about, people(0, 1))

    @pytest.mark.parametrize("kind", [one for one in MailKind if one is not MailKind.INVITATION])
    async def test_what_people_are_owed_does_not_count(self, house: House, kind: MailKind):
        limited(house, mails=1)
        await house.met()
        (one,) = await house.invited(Guest("Sans adresse"))
        async with house.store() as work:
            now = house.clock.now()
            owed = Mail(
                id=MailId(uuid7(now)),
                invitation=one.invitation.id,
                number=0,
                asked_at=now,
                asked_by=ALICE,
                kind=kind,
            )
            await work.mails.add(owed)
            assert await work.mails.get(owed.id) == owed
        await house.invited(*people(0, 1), event="still")

    async def test_codes_that_guests_ask_for_are_nobody_s(self, house: House):
        limited(house, mails=1, addresses=1)
        await house.met()
        (one,) = await house.invited(*people(0, 1), proof=Proof.MAIL)
        entered = await house.visited(one)
        await house.proofs.ask(entered.visit, entered.secret)
        await house.run_due()
        async with house.store.reading() as work:
            assert len(await work.mails.asked_by(ALICE, START - HOUR)) == 1


@ON_BOTH
async def test_commands_of_one_agent_in_several_salons_at_once(house: House):
    """As the router runs them: each counts its line first, and so waits for the previous one."""
    limited(house, rooms=3)

    async def command(number: int) -> bool:
        origin = said(f"m{number}", salon=SalonId(f"!{number}:agent.tchap"))
        try:
            async with house.store() as work:
                await work.once.take(f"lines:{ALICE}", house.clock.now(), Pace(99))
                await house.meetings.ask(work, origin, MeetingRequest(title="Budget"))
        except LimitReached:
            return False
        return True

    done = await asyncio.gather(*(command(number) for number in range(8)))
    assert sum(done) == 3
