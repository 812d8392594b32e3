"""The failures of calendar servers (docs/interop/caldav.md): each costs its own account alone."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bridge.domain.agenda import Due, Kind
from bridge.domain.calendar import CalendarAccount, CalendarAccountState, CalendarLogin, SyncMode
from bridge.errors import (
    CalendarBusy,
    CalendarForbidden,
    CalendarUnreachable,
    CalendarUnreadable,
    EventOvertaken,
    EventRefused,
    ParvisError,
)
from bridge.ports.calendar_servers import ObjectChanges, ObjectText
from bridge.services.calendars.wire import calendars
from tests.doubles.calendars import FakeCalendar
from tests.unit.bot.desk import Desk, event_text
from tests.unit.bot.office import ALICE, BOB, PACE, Office, world_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LINE = '!visio demain 14h30 "Budget"'


@pytest_asyncio.fixture(loop_scope="session")
async def desk(office: Office) -> Desk:
    made = Desk(office.house)
    await made.link()
    return made


async def account(desk: Desk) -> CalendarAccount:
    async with desk.house.store.reading() as work:
        found = await work.calendars.account_of(ALICE)
    assert found is not None
    return found


def calendar(desk: Desk) -> FakeCalendar:
    (found,) = desk.accounts[ALICE].calendars.values()
    return found


def told(desk: Desk, words: str) -> int:
    return sum(words in one for one in desk.office.private())


class TestReads:
    async def test_401_is_asked_once_then_once_a_day(self, desk: Desk):
        desk.accounts[ALICE].secret = SecretStr("changed")
        asked = desk.servers.count("look")
        await desk.poll()
        await desk.later(DAY - HOUR)
        assert desk.servers.count("look") == asked + 1
        assert (await account(desk)).state is CalendarAccountState.REFUSED
        await desk.later(5 * DAY)
        assert desk.servers.count("look") <= asked + 7
        assert told(desk, "refuse l’accès") == 1

    @pytest.mark.long
    async def test_a_login_that_works_again_is_used_again(self, desk: Desk):
        known = desk.accounts[ALICE].secret
        desk.accounts[ALICE].secret = SecretStr("changed")
        await desk.poll()
        desk.accounts[ALICE].secret = known
        await desk.later(2 * DAY)
        assert (await account(desk)).state is CalendarAccountState.READY
        await desk.says(LINE)
        assert len(desk.hrefs()) == 1

    @pytest.mark.long
    async def test_a_home_that_is_gone_cancels_nothing_and_is_told_once(self, desk: Desk):
        await desk.says(LINE)
        home, known = next(iter(desk.servers.accounts.items()))
        del desk.servers.accounts[home]
        await desk.poll()
        await desk.later(3 * HOUR)
        assert (await account(desk)).state is CalendarAccountState.GONE
        assert told(desk, "ne trouve plus vos agendas") == 1
        assert await desk.walls() == ["12-02 14:30"]
        desk.servers.accounts[home] = known
        await desk.later(2 * DAY)
        assert (await account(desk)).state is CalendarAccountState.READY

    async def test_a_calendar_that_is_gone_cancels_nothing_and_is_told_once(self, desk: Desk):
        await desk.says(LINE)
        desk.accounts[ALICE].calendars.clear()
        await desk.later(3 * HOUR)
        assert told(desk, "ne trouve plus votre agenda") == 1
        assert await desk.walls() == ["12-02 14:30"]

    @pytest.mark.long
    @pytest.mark.parametrize("trouble", [CalendarUnreachable("reset"), CalendarUnreadable("html")])
    async def test_each_failure_waits_longer_up_to_six_hours(
        self, desk: Desk, trouble: ParvisError
    ):
        await desk.says(LINE)
        desk.servers.troubles["look"].extend([trouble] * 500)
        asked = desk.servers.count("look")
        await desk.later(DAY)
        assert 8 <= desk.servers.count("look") - asked <= 16
        await desk.later(DAY)
        assert told(desk, "ne répond plus depuis un jour") == 1
        assert await desk.walls() == ["12-02 14:30"]
        desk.servers.troubles["look"].clear()
        await desk.later(8 * HOUR)
        assert (await account(desk)).failures == 0

    async def test_a_pause_is_the_host_s(self, desk: Desk):
        await desk.link(BOB)
        world = world_of(desk.servers, ALICE)
        poll = calendars(desk.house.tools, world).handlers[Kind.POLL]
        desk.servers.troubles["look"].append(CalendarBusy(HOUR))
        asked, now = desk.servers.count("look"), desk.house.clock.now()
        async with desk.house.store.reading() as work:
            both = await work.calendars.accounts_of([ALICE, BOB])
        for one in both:
            again = await poll(Due(Kind.POLL, str(one.id), now))
            assert again is not None
            assert now + HOUR <= again <= now + HOUR + timedelta(minutes=1)
        assert desk.servers.count("look") == asked + 1

    async def test_an_event_that_the_server_hides_for_a_while_is_no_deletion(self, desk: Desk):
        await desk.says(LINE)
        (href,) = desk.hrefs()
        text = desk.servers.text(href)
        calendar(desk).objects[href] = ObjectText("", "")
        calendar(desk).history.append(href)
        await desk.poll()
        await desk.later(HOUR)
        assert await desk.walls() == ["12-02 14:30"]
        desk.servers.edit(href, text)
        await desk.edit(start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 17:00"]

    async def test_an_event_that_becomes_unreadable_is_no_deletion(self, desk: Desk):
        await desk.says(LINE)
        (href,) = desk.hrefs()
        text = desk.servers.text(href)
        desk.servers.edit(href, "<html>Sign in</html>")
        await desk.poll()
        fetched = desk.servers.count("fetch")
        await desk.poll()
        await desk.poll()
        assert desk.servers.count("fetch") == fetched, "it is not read again until it changes"
        assert await desk.walls() == ["12-02 14:30"]
        desk.servers.edit(href, text)
        await desk.edit(start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 17:00"]

    async def test_a_token_that_a_server_gives_back_hides_no_change(self, desk: Desk):
        """A SabreDAV that was restored from a backup: no events, and the token of before."""
        await desk.says(LINE)
        stale: Sequence[str] = [calendar(desk).found().token]
        changes = desk.servers.changes

        async def echoed(url: str, login: CalendarLogin, token: str) -> ObjectChanges:
            await changes(url, login, stale[0])
            return ObjectChanges(changed={}, gone=frozenset(), token=token)

        desk.servers.changes = echoed  # type: ignore[method-assign]
        await desk.edit(start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 17:00"]

    async def test_a_calendar_that_can_not_be_listed_is_read_near_now(self, desk: Desk):
        await desk.says(LINE)
        calendar(desk).mode = SyncMode.LISTING
        desk.servers.troubles["listing"].extend([CalendarUnreadable("507")] * 50)
        await desk.edit(start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 17:00"]
        assert desk.servers.count("window") > 0


class TestWrites:
    async def test_a_calendar_that_is_read_only_is_told_once_and_still_read(self, desk: Desk):
        await desk.says(LINE)
        calendar(desk).writable = False
        await desk.says("!visio déplacer à 16h", "move")
        await desk.says("!visio déplacer à 18h", "again")
        assert told(desk, "laisse plus écrire dans votre agenda") == 1
        assert (await account(desk)).state is CalendarAccountState.READY
        await desk.edit(title="Budget 2027")
        assert (await desk.of())[0].title == "Budget 2027"

    async def test_an_event_that_the_server_refuses_for_good_is_told_and_not_sent_again(
        self, desk: Desk
    ):
        desk.servers.troubles["put"].extend([EventRefused("413")] * 9)
        await desk.says(LINE)
        await desk.later(DAY)
        assert desk.servers.count("put") == 1
        assert told(desk, "La réunion « Budget » ne peut pas être écrite") == 1
        desk.servers.troubles["put"].clear()
        await desk.says("!visio déplacer à 16h", "move")
        assert (await desk.event()).start.hour == 16

    async def test_what_is_always_in_the_way_is_told_after_some_tries(self, desk: Desk):
        desk.servers.troubles["put"].extend([EventOvertaken("409")] * 99)
        await desk.says(LINE)
        await desk.later(DAY)
        assert 3 <= desk.servers.count("put") <= 12
        assert told(desk, "un autre événement y est à sa place") == 1

    async def test_many_changes_of_ours_in_a_short_while_are_all_written(self, desk: Desk):
        await desk.says(LINE)
        await desk.says("!visio déplacer à 16h", "move")
        await desk.says("!visio annuler", "cancel")
        await desk.says("!visio rétablir", "back")
        assert not (await desk.event()).cancelled
        await desk.says("!visio déplacer à 17h", "again")
        await desk.says("!visio renommer Budget 2027", "rename")
        event = await desk.event()
        assert (event.start.hour, event.title) == (17, "Budget 2027")

    async def test_a_copy_that_became_unreadable_is_not_written_over(self, desk: Desk):
        await desk.says(LINE)
        (href,) = desk.hrefs()
        desk.servers.edit(href, "BEGIN:VCALENDAR\r\nnothing of ours\r\n")
        await desk.poll()
        await desk.says("!visio déplacer à 16h", "move")
        assert "nothing of ours" in desk.servers.text(href)
        assert told(desk, "ne peut pas être écrite") == 1

    async def test_a_server_that_tells_no_etag_after_a_write_is_read(self, desk: Desk):
        calendar(desk).says_etag = False
        await desk.says(LINE)
        await desk.says("!visio déplacer à 16h", "move")
        await desk.later(HOUR)
        assert desk.servers.count("put") == 2
        assert (await desk.event()).start.hour == 16
        await desk.edit(start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 17:00"]

    async def test_a_server_that_is_away_gets_the_copy_once(self, desk: Desk):
        desk.servers.troubles["put"].extend([CalendarUnreachable("423")] * 4)
        await desk.says(LINE)
        await desk.later(HOUR)
        assert len(desk.hrefs()) == 1
        assert (await desk.event()).title == "Budget"

    async def test_forbidden_at_the_home_is_as_a_refused_login(self, desk: Desk):
        desk.servers.troubles["look"].append(CalendarForbidden("403"))
        await desk.poll()
        assert (await account(desk)).state is CalendarAccountState.REFUSED

    async def test_forbidden_to_read_one_calendar_is_no_refused_login(self, desk: Desk):
        desk.servers.troubles["changes"].append(CalendarForbidden("403"))
        await desk.create(event_text())
        assert (await account(desk)).state is CalendarAccountState.READY
        assert len(desk.office.private()) == 1
        await desk.later(DAY)
        assert (await desk.event()).link


ALARMING = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{n}\r\nDTSTAMP:20261201T090000Z\r\n"
)
TIMES = "DTSTART:20261203T090000Z\r\nDTEND:20261203T100000Z\r\nSUMMARY:Piège #visio\r\n"
END = "END:VEVENT\r\nEND:VCALENDAR\r\n"
ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Bombe\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\n"
    "END:VTIMEZONE\r\n"
)
HOSTILE = {
    "each second": TIMES + "RRULE:FREQ=SECONDLY\r\n",
    "an interval of none": TIMES + "RRULE:FREQ=DAILY;INTERVAL=0\r\n",
    "since the year 1": TIMES.replace("20261203T09", "00010101T09") + "RRULE:FREQ=DAILY\r\n",
    "thousands of left out dates": TIMES
    + "RRULE:FREQ=DAILY\r\n"
    + "".join(f"EXDATE:{20270000 + n}T090000Z\r\n" for n in range(101, 3000)),
    "a line of half a megabyte": TIMES + "X-LONG:" + "x" * 520_000 + "\r\n",
    "thousands of lines": TIMES + "X-A:1\r\n" * 40_000,
    "thousands of people": TIMES
    + "".join(f"ATTENDEE:mailto:a{n}@partenaire.example\r\n" for n in range(6_000)),
    "nested without an end": TIMES + "BEGIN:VALARM\r\n" * 4_000,
    "letters that are none": TIMES + "DESCRIPTION:\udcff\udcfe\udc80 \ud800\r\n",
    "a fold inside a letter": TIMES + "DESCRIPTION:caf\udcc3\r\n \udca9\r\n",
    "the end of time": TIMES.replace("20261203T10", "99991231T23"),
    "no time": "SUMMARY:Quand ? #visio\r\n",
    "an entity": TIMES + "DESCRIPTION:&lol9;<!ENTITY lol SYSTEM 'file:///etc/passwd'>\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_event_costs_little_and_spoils_no_other(desk: Desk, name: str):
    path = calendar(desk).path
    desk.servers.edit(f"{path}trap.ics", ALARMING.format(n=f"trap-{name}") + HOSTILE[name] + END)
    desk.servers.edit(f"{path}fine.ics", event_text(title="Point #visio"))
    async with asyncio.timeout(20):
        await desk.poll()
    assert any("Point" in one for one in desk.office.private())
    found = await account(desk)
    assert (found.state, found.failures) == (CalendarAccountState.READY, 0)
    asked = desk.servers.count("fetch")
    await desk.later(2 * PACE.idle)
    assert desk.servers.count("fetch") - asked <= 2, "it is not read again and again"


async def test_an_event_in_a_broken_zone_costs_little(desk: Desk):
    inside = ZONE + "BEGIN:VEVENT\r\n"
    text = (ALARMING.format(n="zone") + TIMES + END).replace("BEGIN:VEVENT\r\n", inside)
    text = text.replace("DTSTART:20261203T090000Z", "DTSTART;TZID=Bombe:20261203T090000")
    desk.servers.edit(f"{calendar(desk).path}zone.ics", text)
    async with asyncio.timeout(20):
        await desk.poll()
    assert (await account(desk)).failures == 0
