"""Series whose dates have rooms of their own, in calendars."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from bridge.domain.calendar_event import EventDate
from tests.unit.bot.desk import Desk
from tests.unit.bot.office import Office

HOUR = timedelta(hours=1)
SERIES = '!visio tous les jours à 12h pendant 1h "Point quotidien"'
SECOND = datetime(2026, 12, 2, 12)
LINE = "Chaque date a son propre lien Visio"


@pytest_asyncio.fixture(loop_scope="session")
async def desk(office: Office) -> Desk:
    made = Desk(office.house)
    made.office.choose(room_per_date=True)
    await made.link()
    await made.says(SERIES)
    return made


def unfolded(desk: Desk) -> str:
    return desk.text().replace("\r\n ", "").replace("\u00a0", " ")


async def test_each_date_has_its_own_link_once_its_room_is_made(desk: Desk):
    event = await desk.event()
    assert (event.link, event.apart) == ("", True)
    assert LINE in unfolded(desk)
    first, *_ = desk.house.visio.made
    assert {one.link for one in event.links} <= {first.url}
    await desk.later(timedelta(days=1))
    event = await desk.event()
    rooms = [one.url for one in desk.house.visio.made]
    known = {one.original: one.link for one in event.links}
    assert len(rooms) > 1
    assert set(known.values()) == set(rooms)
    assert known[SECOND] in rooms
    assert (event.link, event.dates) == ("", ())
    for url in rooms:
        assert f"URL:{url}" in unfolded(desk)


async def test_a_moved_date_keeps_its_link_and_nothing_goes_back_and_forth(desk: Desk):
    await desk.later(timedelta(days=1))
    link = {one.original: one.link for one in (await desk.event()).links}[SECOND]
    moved = EventDate(original=SECOND, start=SECOND + 3 * HOUR, length=HOUR)
    await desk.edit(dates=(moved,))
    assert "12-02 15:00" in await desk.walls()
    event = await desk.event()
    assert event.dates == (moved,)
    assert {one.original: one.link for one in event.links}[SECOND] == link
    before = desk.servers.count("put")
    for _ in range(3):
        await desk.poll()
    assert desk.servers.count("put") == before


@pytest.mark.long
async def test_a_link_that_a_client_takes_out_comes_back(desk: Desk):
    await desk.later(timedelta(days=1))
    known = (await desk.event()).links
    await desk.edit(links=())
    assert "12-02 12:00" in await desk.walls()
    assert (await desk.event()).links == known


async def test_a_server_that_keeps_no_exception_is_left_alone_and_keeps_the_line(desk: Desk):
    (calendar,) = desk.accounts[next(iter(desk.accounts))].calendars.values()

    def without_exceptions(text: str) -> str:
        head, *events = text.split("BEGIN:VEVENT")
        kept = [one for one in events if "RECURRENCE-ID" not in one]
        return "BEGIN:VEVENT".join([head, *kept[:-1], kept[-1].partition("END:VCALENDAR")[0]]) + (
            "END:VCALENDAR\r\n"
        )

    calendar.rewrite = without_exceptions
    before = desk.servers.count("put")
    await desk.later(timedelta(days=1))
    assert desk.servers.count("put") <= before + 5
    event = await desk.event()
    assert (event.links, event.apart) == ((), True)
    assert LINE in unfolded(desk)
    assert "12-02 12:00" in await desk.walls()


@pytest.mark.long
async def test_after_a_date_is_renamed_its_title_and_its_link_stay(desk: Desk):
    await desk.later(timedelta(days=1))
    event = await desk.event()
    named = EventDate(original=SECOND, start=SECOND, length=HOUR, title="Bilan")
    await desk.edit(dates=(named,))
    again = await desk.event()
    assert replace(again, dates=(), taken=(), sequence=0) == replace(event, taken=(), sequence=0)
    assert again.dates == (named,)
