"""Guests keep their admitted name and marks, whoever changes them in the meeting."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.invitation import Standing
from bridge.domain.message import Prompt
from bridge.domain.seat import Seat, SeatEnd
from bridge.errors import MediaUnreachable
from bridge.services.enforcement.restoring import Restoring
from bridge.services.enforcement.sweep import Sweeps
from tests.doubles.ports import VISIO_COLOR
from tests.services.databases import ON_BOTH
from tests.services.house import House
from tests.services.test_ejection_times import measured
from tests.services.test_knocking import inside as knocked_in
from tests.services.test_seats import JEAN, inside, seat, standing

NAME = "ext. Léa Roux (partenaire.example)"
SECOND = timedelta(seconds=1)


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
async def test_what_was_admitted_is_put_back(meeting_house: House, lie: dict[str, str]):
    _, held = await inside(meeting_house)
    before = meeting_house.media.known[held.identity]
    assert before.name == NAME
    meeting_house.media.change(held.identity, **lie)
    await looked(meeting_house)
    assert meeting_house.media.known[held.identity] == before
    assert measured(meeting_house, "parvis_guests_restored_total") == 1


async def test_a_hand_is_theirs_to_raise(meeting_house: House):
    _, held = await inside(meeting_house)
    meeting_house.media.change(held.identity, handRaisedAt="2026-12-01T09:05:00Z")
    await looked(meeting_house)
    assert changes(meeting_house) == []
    meeting_house.media.change(held.identity, "Bob Durand")
    await looked(meeting_house)
    assert (
        meeting_house.media.known[held.identity].attributes["handRaisedAt"]
        == "2026-12-01T09:05:00Z"
    )


async def test_a_third_change_within_a_minute_is_the_last(meeting_house: House):
    entered, held = await inside(meeting_house)
    await changed_thrice(meeting_house, held)
    await looked(meeting_house)
    assert meeting_house.media.rooms.get(held.room, set()) == set()
    assert changes(meeting_house).count("restore") == 2
    assert (await seat(meeting_house, entered)).why is SeatEnd.ALTERED
    (told,) = await meeting_house.sentences("guest.altered")
    assert isinstance(told, Prompt)
    assert told.parameters == {"name": "Léa Roux"}
    assert [one.key for one in await meeting_house.reactions()][-1] == "✅"
    assert await standing(meeting_house, entered) is Standing.REMOVED
    view = await meeting_house.admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert view.altered


async def test_the_salon_may_let_them_back_in(meeting_house: House):
    entered, held = await inside(meeting_house)
    await changed_thrice(meeting_house, held)
    await meeting_house.decided(entered.visit)
    assert await standing(meeting_house, entered) is Standing.ADMITTED
    again = await seat(meeting_house, entered)
    assert (again.id == held.id, again.altered_at) == (False, None)
    view = await meeting_house.admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert not view.altered


async def test_three_changes_in_more_than_a_minute_are_put_back(meeting_house: House):
    entered, held = await inside(meeting_house)
    for _ in range(4):
        meeting_house.media.change(held.identity, "Bob Durand")
        await looked(meeting_house)
        meeting_house.clock.forward(timedelta(seconds=30))
    assert changes(meeting_house) == ["restore"] * 4
    assert await standing(meeting_house, entered) is Standing.ADMITTED


@ON_BOTH
async def test_a_change_seen_by_two_looks_counts_once(meeting_house: House):
    entered, held = await inside(meeting_house)
    for _ in range(2):
        meeting_house.media.change(held.identity, "Bob Durand")
        meeting_house.clock.forward(SECOND)
        looks = [meeting_house.sweeps.sweep(meeting_house.clock.now()) for _ in range(3)]
        await asyncio.gather(*looks)
    assert await standing(meeting_house, entered) is Standing.ADMITTED
    assert meeting_house.media.known[held.identity].name == NAME


async def test_what_the_media_server_did_not_do_does_not_count(meeting_house: House):
    entered, held = await inside(meeting_house)
    meeting_house.media.change(held.identity, "Bob Durand")
    meeting_house.media.refuses = 503
    for _ in range(3):
        with pytest.raises(MediaUnreachable):
            await looked(meeting_house)
    meeting_house.media.refuses = None
    await looked(meeting_house)
    assert meeting_house.media.known[held.identity].name == NAME
    assert await standing(meeting_house, entered) is Standing.ADMITTED


async def test_whose_name_can_not_be_put_back_is_out(meeting_house: House):
    """If the media server's operator allows only shorter names than the one in the pass."""
    entered, held = await inside(meeting_house)
    _, other = await inside(meeting_house, JEAN)
    meeting_house.media.change(held.identity, "Bob Durand")
    meeting_house.media.refuses = 400
    await looked(meeting_house)
    await meeting_house.run_due()
    assert meeting_house.media.rooms[held.room] == {other.identity}
    assert (await seat(meeting_house, entered)).why is SeatEnd.ALTERED


async def test_who_left_meanwhile_is_put_out_of_nothing(meeting_house: House):
    entered, held = await inside(meeting_house)
    meeting_house.media.change(held.identity, "Bob Durand")
    listed = await meeting_house.media.participants(held.room)
    meeting_house.media.leave(held.room, held.identity)
    await Restoring(meeting_house.tools, meeting_house.ejections).kept(
        held.room, [(listed[0], held)]
    )
    assert (await seat(meeting_house, entered)).altered_at is None


async def test_a_look_that_noticed_nothing_wrong_writes_nothing(meeting_house: House):
    entered, held = await inside(meeting_house)
    await looked(meeting_house)
    assert await seat(meeting_house, entered) == held


async def test_names_are_put_back_without_metrics(meeting_house: House):
    _, held = await inside(meeting_house)
    meeting_house.polling.sweeps = Sweeps(
        meeting_house.tools, replace(meeting_house.ejections, metrics=None)
    )
    meeting_house.media.change(held.identity, "Bob Durand")
    await looked(meeting_house)
    assert meeting_house.media.known[held.identity].name == NAME


async def test_the_names_of_a_summary_are_those_that_were_admitted(meeting_house: House):
    _, held = await inside(meeting_house)
    meeting_house.media.change(held.identity, "Bob Durand")
    found = await meeting_house.sweeps.sweep(meeting_house.clock.now())
    assert [one.name for one in found[held.room]] == [NAME]


class TestWhereVisioAdmits:
    async def test_another_name_asked_of_visio_is_put_back(self, keyed_house: House):
        """Visio gives guests that it remembers a token with any name that they knock with."""
        entered, held = await knocked_in(keyed_house)
        assert keyed_house.lobby.knocked[-1] == (held.identity, NAME)
        keyed_house.media.change(held.identity, "Bob Durand")
        await looked(keyed_house)
        assert keyed_house.media.known[held.identity].name == NAME
        assert await standing(keyed_house, entered) is Standing.ADMITTED

    async def test_the_colour_is_the_one_that_visio_chose(self, keyed_house: House):
        entered, held = await knocked_in(keyed_house)
        await looked(keyed_house)
        assert (await seat(keyed_house, entered)).color == VISIO_COLOR
        keyed_house.media.change(held.identity, color="hsl(1, 60%, 40%)")
        await looked(keyed_house)
        assert keyed_house.media.known[held.identity].attributes["color"] == VISIO_COLOR

    async def test_a_third_change_is_told_with_the_way_to_keep_them_out(self, keyed_house: House):
        entered, held = await knocked_in(keyed_house)
        await changed_thrice(keyed_house, held)
        await looked(keyed_house)
        assert keyed_house.media.rooms.get(held.room, set()) == set()
        (told,) = await keyed_house.sentences("guest.altered-in-visio")
        assert told.parameters == {"name": "Léa Roux", "guest": "Léa Roux"}
        assert await standing(keyed_house, entered) is Standing.REMOVED
