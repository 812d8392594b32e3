"""A process that is killed at any commit leaves one meeting, one answer and one link."""

from pathlib import Path

import pytest

from tests.doubles.ports import Killed
from tests.unit.bot.desk import Desk
from tests.unit.bot.mailroom import FROM, Mailroom, request, vevent
from tests.unit.bot.office import Office
from tests.unit.bot.test_kills import World, new_world
from tests.unit.bridge.mail.arriving import mailed

pytestmark = pytest.mark.long


async def played(world: World, room: Mailroom) -> None:
    """Have Alice agree, invite us, move the event; all of it again after a kill."""
    await room.confirmed()
    await room.look()


def filled() -> dict[int, bytes | None]:
    moved = {"SEQUENCE": "1", "DTSTART;TZID=Europe/Paris": "20261203T160000", "DTEND": ""}
    said = [request(), request(vevent(**moved))]
    return {
        n: mailed(one, sender=FROM, message_id=f"<{n}@x>") for n, one in enumerate(said, start=1)
    }


async def test_killed_at_each_commit(migrated: Path, tmp_path: Path):
    number, died = 0, True
    while died:
        number += 1
        world, box = new_world(migrated, tmp_path, f"k{number}"), filled()
        async with world.process(number) as office:
            room = _room(office, box)
            died = await _dies(world, room)
        async with world.process() as office:
            room = _room(office, box)
            await played(world, room)
            assert await room.walls() == ["12-03 16:00"]
            assert await room.meetings() == len(room.cards()) == 1
            told = ["SEQUENCE:1" in one for one in room.answers()]
            assert told in ([True], [False, True]), number
            assert len(room.links()) == 1, number
    assert number > 15


async def _dies(world: World, room: Mailroom) -> bool:
    try:
        await played(world, room)
    except Killed:
        return True
    return False


def _room(office: Office, box: dict[int, bytes | None]) -> Mailroom:
    room = Mailroom(Desk(office.house, office=office))
    room.box.mails = box
    return room
