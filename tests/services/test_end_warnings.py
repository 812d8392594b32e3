"""Warnings to a salon before guests have to leave, and its reaction that extends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bridge.domain.admission import KNOCK, KNOCK_KEYED
from bridge.domain.agenda import Kind
from bridge.domain.message import Edit, OfferRef, Sentence, moment, phrase
from bridge.domain.seat import Seat
from bridge.ids import EventId, SalonId, UserId
from tests.services.house import ALICE, BOB, HOUR, MINUTE, SALON, START, House, said
from tests.services.test_knocking import inside as knocked
from tests.services.test_seats import JEAN, LEA, inside, seat

CLOSES = START + HOUR + 15 * MINUTE
MOMENT = timedelta(milliseconds=100)


@dataclass(frozen=True)
class Told:
    """The messages that the salon read."""

    first: Sequence[Sentence]
    again: Sequence[Sentence]


async def told(house: House) -> Told:
    return Told(await house.sentences("guest.ends"), await house.sentences("guest.ends-again"))


async def notice(house: House) -> EventId:
    """Send the messages; return the one that offers to extend."""
    await house.shown()
    _, occurrence = await house.of()
    async with house.store.reading() as work:
        (offer,) = await work.offers.standing(occurrence.id)
    assert offer.notice is not None
    return offer.notice


async def reacts(
    house: House, event: EventId, by: UserId = ALICE, *, level: int = 0, salon: SalonId = SALON
) -> bool:
    async with house.store() as work:
        origin = said("reaction", by=by, level=level, salon=salon)
        return await house.endings.prolong(work, event, origin)


async def closes(house: House) -> datetime:
    _, occurrence = await house.of()
    return occurrence.end + house.policy.graces.after


def became(messages: Sequence[Sentence]) -> list[tuple[str, object]]:
    return [(one.template.rpartition(".")[2], one.parameters.get("at")) for one in messages]


async def outcomes(house: House) -> list[tuple[str, object]]:
    every = [await house.sentences(f"guest.ends.{how}") for how in ("extended", "moved", "over")]
    edits = [one for some in every for one in some if isinstance(one, Edit)]
    assert all(isinstance(one.of, OfferRef) for one in edits)
    assert len(edits) == sum(map(len, every))
    return became(edits)


async def left(house: House, *, but: Seat) -> None:
    """Have everybody except one close their page."""
    house.media.rooms[but.room] = {but.identity}


class TestTelling:
    async def test_five_minutes_before_and_once_more_a_minute_before(self, meeting_house: House):
        await inside(meeting_house)
        await inside(meeting_house, JEAN)
        await meeting_house.run_until(CLOSES - 5 * MINUTE - MOMENT)
        assert await told(meeting_house) == Told([], [])
        await meeting_house.run_until(CLOSES - 5 * MINUTE)
        (first,) = (await told(meeting_house)).first
        assert (first.to.salon, first.mentions) == (SALON, (ALICE,))
        assert first.parameters["n"] == 2
        assert first.parameters["left"] == {"$span": 300}
        assert first.parameters["by"] == {"$span": 1800}
        (offered,) = [
            one for one in await meeting_house.reactions() if isinstance(one.on, OfferRef)
        ]
        assert offered.key == "⏩"
        await meeting_house.run_until(CLOSES - MINUTE - MOMENT)
        assert (await told(meeting_house)).again == []
        await meeting_house.run_until(CLOSES)
        found = await told(meeting_house)
        assert found.first == [first]
        (again,) = found.again
        assert (again.parameters["n"], again.parameters["left"], again.mentions) == (
            2,
            {"$span": 60},
            (),
        )
        assert await outcomes(meeting_house) == [("over", moment(CLOSES, "Europe/Paris"))]

    async def test_only_of_those_who_are_inside(self, meeting_house: House):
        await inside(meeting_house)
        _, stays = await inside(meeting_house, JEAN)
        await left(meeting_house, but=stays)
        await meeting_house.run_until(CLOSES - 5 * MINUTE)
        (first,) = (await told(meeting_house)).first
        assert first.parameters["n"] == 1
        meeting_house.media.rooms[stays.room] = set()
        await meeting_house.run_until(CLOSES)
        assert (await told(meeting_house)).again == []

    async def test_of_everybody_where_the_media_server_does_not_say(self, meeting_house: House):
        await inside(meeting_house)
        meeting_house.media.away = True
        await meeting_house.run_until(CLOSES - 5 * MINUTE)
        assert len((await told(meeting_house)).first) == 1

    async def test_nobody_inside_and_nobody_admitted(self, meeting_house: House):
        (invited,) = await meeting_house.invited(LEA)
        await meeting_house.visited(invited)
        await meeting_house.run_until(CLOSES + MINUTE)
        assert await told(meeting_house) == Told([], [])

    async def test_who_comes_late_is_told_of_at_once_and_not_twice(self, meeting_house: House):
        invited = await meeting_house.invited(LEA, JEAN)
        meeting_house.clock.at = CLOSES - timedelta(seconds=50)
        for one in invited:
            entered = await meeting_house.visited(one)
            await meeting_house.decided(entered.visit)
            held = await seat(meeting_house, entered)
            meeting_house.media.sit(held)
            await meeting_house.run_due()
        await meeting_house.run_until(CLOSES)
        found = await told(meeting_house)
        assert [one.parameters["left"] for one in found.first] == [{"$span": 50}]
        assert found.again == []

    async def test_each_end_of_its_own(self, meeting_house: House):
        early = CLOSES - 30 * MINUTE
        await meeting_house.invited(LEA, until=early)
        await inside(meeting_house)
        await inside(meeting_house, JEAN)
        await meeting_house.run_until(CLOSES)
        found = await told(meeting_house)
        zone = "Europe/Paris"
        ends = [moment(early, zone), moment(CLOSES, zone)]
        assert [one.parameters["at"] for one in found.first] == ends
        assert [one.parameters["at"] for one in found.again] == ends
        assert [one.parameters["typed"] for one in found.first] == [
            phrase("guest.ends.typed-one", {"minutes": 30, "guest": "lea@partenaire.example"}),
            phrase("guest.ends.typed", {"minutes": 30}),
        ]
        assert await outcomes(meeting_house) == [("over", one) for one in ends]

    @pytest.mark.parametrize("how", ["revoke", "end"])
    async def test_whoever_is_out_before_is_told_of_no_more(self, meeting_house: House, how: str):
        await inside(meeting_house)
        await meeting_house.run_until(CLOSES - 4 * MINUTE)
        await meeting_house.shown()
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            if how == "revoke":
                known = await work.invitations.of_occurrence(occurrence.id)
                await meeting_house.invitations.revoke(work, occurrence, known)
            else:
                await meeting_house.meetings.end(work, occurrence)
        await meeting_house.run_until(CLOSES)
        assert (await told(meeting_house)).again == []
        assert await outcomes(meeting_house) == [
            ("over", moment(CLOSES - 4 * MINUTE, "Europe/Paris"))
        ]


class TestPuttingOff:
    async def test_the_organiser_does_once_what_the_command_does(self, meeting_house: House):
        _, held = await inside(meeting_house)
        await meeting_house.run_until(CLOSES - 5 * MINUTE)
        offer = await notice(meeting_house)
        assert await reacts(meeting_house, offer)
        assert not await reacts(meeting_house, offer)
        later = CLOSES - 5 * MINUTE + 30 * MINUTE + 15 * MINUTE
        assert await closes(meeting_house) == later
        assert await outcomes(meeting_house) == [("extended", moment(later, "Europe/Paris"))]
        await meeting_house.run_until(later - MOMENT)
        assert meeting_house.media.rooms[held.room] == {held.identity}
        assert len((await told(meeting_house)).first) == 1, "the new end is told of too"
        await meeting_house.run_until(later)
        assert meeting_house.media.rooms[held.room] == set()

    async def test_a_moderator_may_and_others_may_not(self, meeting_house: House):
        await inside(meeting_house)
        await meeting_house.run_until(CLOSES - 5 * MINUTE)
        offer = await notice(meeting_house)
        elsewhere = SalonId("!elsewhere:agent.tchap")
        assert not await reacts(meeting_house, offer, BOB)
        assert not await reacts(meeting_house, offer, salon=elsewhere)
        assert not await reacts(meeting_house, EventId("$another"))
        assert await closes(meeting_house) == CLOSES
        assert await reacts(meeting_house, offer, BOB, level=50)

    async def test_a_link_with_an_end_of_its_own_is_put_off_alone(self, meeting_house: House):
        early = CLOSES - 30 * MINUTE
        await meeting_house.invited(LEA, until=early)
        _, held = await inside(meeting_house)
        await meeting_house.run_until(early - 5 * MINUTE)
        assert await reacts(meeting_house, await notice(meeting_house))
        assert await closes(meeting_house) == CLOSES
        later = early + 30 * MINUTE
        assert await outcomes(meeting_house) == [("extended", moment(later, "Europe/Paris"))]
        await meeting_house.run_until(later - MOMENT)
        assert meeting_house.media.rooms[held.room] == {held.identity}

    async def test_a_link_that_was_withdrawn_is_not_put_off_with_the_others(
        self, meeting_house: House
    ):
        early = CLOSES - 30 * MINUTE
        await meeting_house.invited(LEA, JEAN, until=early)
        await inside(meeting_house)
        await inside(meeting_house, JEAN)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            gone = [one for one in await meeting_house.guests() if one.name == JEAN.name]
            await meeting_house.invitations.revoke(work, occurrence, gone)
        await meeting_house.run_until(early - 5 * MINUTE)
        assert await reacts(meeting_house, await notice(meeting_house))
        ends = {
            one.name: (one.until, one.revoked_at is None) for one in await meeting_house.guests()
        }
        assert ends == {LEA.name: (early + 30 * MINUTE, True), JEAN.name: (early, False)}

    async def test_not_when_it_is_too_late(self, meeting_house: House):
        await inside(meeting_house)
        await meeting_house.run_until(CLOSES - 5 * MINUTE)
        offer = await notice(meeting_house)
        meeting_house.clock.at = CLOSES
        assert not await reacts(meeting_house, offer)
        await meeting_house.run_due()
        assert not await reacts(meeting_house, offer)
        assert await closes(meeting_house) == CLOSES

    async def test_a_command_settles_it_too(self, meeting_house: House):
        await inside(meeting_house)
        await meeting_house.run_until(CLOSES - 5 * MINUTE)
        offer = await notice(meeting_house)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            await meeting_house.meetings.extend(work, occurrence, HOUR)
        await meeting_house.run_due()
        later = await closes(meeting_house)
        assert await outcomes(meeting_house) == [("moved", moment(later, "Europe/Paris"))]
        assert not await reacts(meeting_house, offer)
        assert await closes(meeting_house) == later


async def test_a_meeting_that_is_gone_is_nothing_to_do(meeting_house: House):
    assert await meeting_house.endings.turn(meeting_house.due(Kind.WARN, UUID(int=1))) is None


@pytest.mark.parametrize("keyed", [True, False])
async def test_where_visios_host_admits_it_is_told_too(meeting_house: House, keyed: bool):
    """With a key, about those who are in the room, under a name of Visio's; else about all."""
    meeting_house.choose(mode=KNOCK_KEYED if keyed else KNOCK)
    _, held = await knocked(meeting_house, LEA)
    _, other = await knocked(meeting_house, JEAN)
    meeting_house.media.enter(held.room, "b3c1f0aa-agent")
    meeting_house.media.rooms[held.room].discard(other.identity)
    await meeting_house.run_until(CLOSES - 5 * MINUTE)
    (first,) = (await told(meeting_house)).first
    assert first.parameters["n"] == (1 if keyed else 2)
    assert await reacts(meeting_house, await notice(meeting_house))
