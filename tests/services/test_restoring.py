"""Guests keep their admitted name and marks, whoever changes them in the meeting."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bridge.domain.admission import KNOCK_KEYED, LIVEKIT
from bridge.domain.invitation import Standing
from bridge.domain.message import Prompt
from bridge.domain.seat import Seat, SeatEnd
from bridge.errors import MediaUnreachable
from bridge.services.enforcement.restoring import Restoring
from bridge.services.enforcement.sweep import Sweeps
from tests.doubles.ports import VISIO_COLOR
from tests.services.house import START, House
from tests.services.test_knocking import inside as knocked_in
from tests.services.test_out import measured
from tests.services.test_seats import JEAN, inside, seat, standing

NAME = "ext. Léa Roux (partenaire.example)"
SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture(loop_scope="session")
async def house(house: House) -> House:
    """A meeting in progress, whose guests the salon admits."""
    house.choose(mode=LIVEKIT)
    await house.met(start=START)
    return house


async def looked(house: House) -> None:
    """Poll as each second does, a second later."""
    house.clock.forward(SECOND)
    await house.run_due()
    await house.sweeps.sweep(house.clock.now())


def changes(house: House) -> list[str]:
    return [act for act, _ in house.media.acts]


async def changed_thrice(house: House, held: Seat) -> None:
    for _ in range(3):
        house.media.change(held.identity, "Bob Durand")
        await looked(house)


LIES = [
    {"name": "Bob Durand"},
    {"color": "hsl(1, 60%, 40%)"},
    {"room_role": "owner"},
    {"is_authenticated": "true"},
    {"name": "Bob Durand", "color": "", "room_role": "administrator", "is_authenticated": ""},
]


@pytest.mark.parametrize("lie", LIES, ids="-".join)
async def test_what_was_admitted_is_put_back(house: House, lie: dict[str, str]):
    _, held = await inside(house)
    before = house.media.known[held.identity]
    assert before.name == NAME
    house.media.change(held.identity, **lie)
    await looked(house)
    assert house.media.known[held.identity] == before
    assert measured(house, "parvis_guests_restored_total") == 1


async def test_a_hand_is_theirs_to_raise(house: House):
    _, held = await inside(house)
    house.media.change(held.identity, handRaisedAt="2026-12-01T09:05:00Z")
    await looked(house)
    assert changes(house) == []
    house.media.change(held.identity, "Bob Durand")
    await looked(house)
    assert house.media.known[held.identity].attributes["handRaisedAt"] == "2026-12-01T09:05:00Z"


async def test_a_third_change_within_a_minute_is_the_last(house: House):
    entered, held = await inside(house)
    await changed_thrice(house, held)
    await looked(house)
    assert house.media.rooms.get(held.room, set()) == set()
    assert changes(house).count("restore") == 2
    assert (await seat(house, entered)).why is SeatEnd.ALTERED
    (told,) = await house.sentences("guest.altered")
    assert isinstance(told, Prompt)
    assert told.parameters == {"name": "Léa Roux"}
    assert [one.key for one in await house.reactions()][-1] == "✅"
    assert await standing(house, entered) is Standing.REMOVED
    view = await house.admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert view.altered


async def test_the_salon_may_let_them_back_in(house: House):
    entered, held = await inside(house)
    await changed_thrice(house, held)
    await house.decided(entered.visit)
    assert await standing(house, entered) is Standing.ADMITTED
    again = await seat(house, entered)
    assert (again.id == held.id, again.altered_at) == (False, None)
    view = await house.admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert not view.altered


async def test_three_changes_in_more_than_a_minute_are_put_back(house: House):
    entered, held = await inside(house)
    for _ in range(4):
        house.media.change(held.identity, "Bob Durand")
        await looked(house)
        house.clock.forward(timedelta(seconds=30))
    assert changes(house) == ["restore"] * 4
    assert await standing(house, entered) is Standing.ADMITTED


async def test_a_change_seen_by_two_looks_counts_once(house: House):
    entered, held = await inside(house)
    for _ in range(2):
        house.media.change(held.identity, "Bob Durand")
        house.clock.forward(SECOND)
        looks = [house.sweeps.sweep(house.clock.now()) for _ in range(3)]
        await asyncio.gather(*looks)
    assert await standing(house, entered) is Standing.ADMITTED
    assert house.media.known[held.identity].name == NAME


async def test_what_the_media_server_did_not_do_does_not_count(house: House):
    entered, held = await inside(house)
    house.media.change(held.identity, "Bob Durand")
    house.media.refuses = 503
    for _ in range(3):
        with pytest.raises(MediaUnreachable):
            await looked(house)
    house.media.refuses = None
    await looked(house)
    assert house.media.known[held.identity].name == NAME
    assert await standing(house, entered) is Standing.ADMITTED


async def test_whose_name_can_not_be_put_back_is_out(house: House):
    """If the media server's operator allows only shorter names than the one in the pass."""
    entered, held = await inside(house)
    _, other = await inside(house, JEAN)
    house.media.change(held.identity, "Bob Durand")
    house.media.refuses = 400
    await looked(house)
    await house.run_due()
    assert house.media.rooms[held.room] == {other.identity}
    assert (await seat(house, entered)).why is SeatEnd.ALTERED


async def test_who_left_meanwhile_is_put_out_of_nothing(house: House):
    entered, held = await inside(house)
    house.media.change(held.identity, "Bob Durand")
    listed = await house.media.participants(held.room)
    house.media.leave(held.room, held.identity)
    await Restoring(house.tools, house.ejections).kept(held.room, [(listed[0], held)])
    assert (await seat(house, entered)).altered_at is None


async def test_a_look_that_noticed_nothing_wrong_writes_nothing(house: House):
    entered, held = await inside(house)
    await looked(house)
    assert await seat(house, entered) == held


async def test_without_anybody_who_counts(house: House):
    _, held = await inside(house)
    house.polling.sweeps = Sweeps(house.tools, replace(house.ejections, metrics=None))
    house.media.change(held.identity, "Bob Durand")
    await looked(house)
    assert house.media.known[held.identity].name == NAME


async def test_the_names_of_a_summary_are_those_that_were_admitted(house: House):
    _, held = await inside(house)
    house.media.change(held.identity, "Bob Durand")
    found = await house.sweeps.sweep(house.clock.now())
    assert [one.name for one in found[held.room]] == [NAME]


class TestWhereVisioAdmits:
    @pytest_asyncio.fixture(loop_scope="session")
    async def house(self, house: House) -> House:
        house.choose(mode=KNOCK_KEYED)
        return house

    async def test_another_name_asked_of_visio_is_put_back(self, house: House):
        """Visio gives guests that it remembers a token with any name that they knock with."""
        entered, held = await knocked_in(house)
        assert house.lobby.knocked[-1] == (held.identity, NAME)
        house.media.change(held.identity, "Bob Durand")
        await looked(house)
        assert house.media.known[held.identity].name == NAME
        assert await standing(house, entered) is Standing.ADMITTED

    async def test_the_colour_is_the_one_that_visio_chose(self, house: House):
        entered, held = await knocked_in(house)
        await looked(house)
        assert (await seat(house, entered)).color == VISIO_COLOR
        house.media.change(held.identity, color="hsl(1, 60%, 40%)")
        await looked(house)
        assert house.media.known[held.identity].attributes["color"] == VISIO_COLOR

    async def test_a_third_change_is_told_with_the_way_to_keep_them_out(self, house: House):
        entered, held = await knocked_in(house)
        await changed_thrice(house, held)
        await looked(house)
        assert house.media.rooms.get(held.room, set()) == set()
        (told,) = await house.sentences("guest.altered-in-visio")
        assert told.parameters == {"name": "Léa Roux", "guest": "Léa Roux"}
        assert await standing(house, entered) is Standing.REMOVED
