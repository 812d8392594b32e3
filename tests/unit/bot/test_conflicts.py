"""An organiser is told, alone, that a meeting collides with something in their own calendar."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from bridge.errors import CalendarUnreachable
from bridge.ids import UserId
from bridge.services.calendars.busy import MOST_EVENTS
from tests.unit.bot.desk import Desk, event_text
from tests.unit.bot.office import ALICE, BOB, Office

DAY = timedelta(days=1)
AT_TWO = datetime(2026, 12, 2, 14)


def own(*lines: str, start: datetime = AT_TWO, uid: str = "dentist") -> str:
    """Return an event of an hour that is its owner's alone."""
    return event_text(uid, title="Dentiste", start=start, lines=lines)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(office: Office) -> Desk:
    made = Desk(office.house)
    await made.link()
    return made


def told(desk: Desk, user: UserId = ALICE) -> list[str]:
    """Return what an agent was told of collisions."""
    return [one for one in desk.office.private(user) if "déjà occupé" in one]


class TestPlanned:
    async def test_its_organiser_is_told_when_the_calendar_is_taken(self, desk: Desk):
        await desk.create(own())
        await desk.says('!visio demain 14h30 "Budget"')
        (said,) = told(desk)
        assert said.startswith("Votre agenda est déjà occupé de 14h00 à 15h00 : « Budget »")

    async def test_nothing_of_the_other_event_is_told_and_nothing_to_the_salon(self, desk: Desk):
        await desk.create(own())
        await desk.says('!visio demain 14h30 "Budget"')
        everything = [*desk.office.private(ALICE), *desk.office.bodies()]
        assert not any("Dentiste" in one for one in everything)
        assert len([one for one in everything if "occupé" in one]) == 1

    async def test_the_meetings_own_event_is_in_nobodys_way(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.says("!visio déplacer de 15min", "move")
        assert len(desk.hrefs()) == 1
        assert told(desk) == []

    async def test_another_meeting_of_theirs_is(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.says('!visio demain 15h "Point"', "second")
        (said,) = told(desk)
        assert "« Point »" in said

    @pytest.mark.parametrize(
        "lines",
        [
            ("TRANSP:TRANSPARENT",),
            ("STATUS:CANCELLED",),
            (
                "ORGANIZER:mailto:x@y.example",
                "ATTENDEE;PARTSTAT=DECLINED:mailto:alice@beta.gouv.fr",
            ),
            ("RRULE:FREQ=DAILY", "EXDATE;TZID=Europe/Paris:20261202T140000"),
        ],
    )
    async def test_what_takes_no_time_collides_with_nothing(
        self, desk: Desk, lines: tuple[str, ...]
    ):
        await desk.create(own(*lines))
        await desk.says('!visio demain 14h30 "Budget"')
        assert told(desk) == []

    @pytest.mark.parametrize(
        "lines",
        [
            ("CLASS:PRIVATE",),
            ("STATUS:TENTATIVE",),
            ("ORGANIZER:mailto:x@y.example", "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@beta.gouv.fr"),
        ],
    )
    async def test_what_takes_time_collides(self, desk: Desk, lines: tuple[str, ...]):
        await desk.create(own(*lines))
        await desk.says('!visio demain 14h30 "Budget"')
        assert len(told(desk)) == 1

    async def test_a_date_of_a_series_that_began_long_ago(self, desk: Desk):
        await desk.create(own("RRULE:FREQ=WEEKLY;BYDAY=WE", start=AT_TWO - 30 * 7 * DAY))
        await desk.says('!visio demain 14h30 "Budget"')
        assert "de 14h00 à 15h00" in told(desk)[0]

    async def test_one_date_of_a_series_that_its_owner_declined(self, desk: Desk):
        people = "ORGANIZER:mailto:x@y.example\r\nATTENDEE{}:mailto:alice@beta.gouv.fr"
        text = own("RRULE:FREQ=WEEKLY;BYDAY=WE", people.format(""))
        date = own(
            "RECURRENCE-ID;TZID=Europe/Paris:20261209T140000",
            people.format(";PARTSTAT=DECLINED"),
            start=AT_TWO + 7 * DAY,
        )
        inner = date[date.index("BEGIN:VEVENT") : date.index("END:VCALENDAR")]
        await desk.create(text.replace("END:VCALENDAR", f"{inner}END:VCALENDAR"))
        await desk.says('!visio le 9/12 à 14h30 "Budget"')
        assert told(desk) == []
        await desk.says('!visio le 16/12 à 14h30 "Budget"', "later")
        assert len(told(desk)) == 1

    async def test_a_whole_day_is_told_by_the_meetings_own_times(self, desk: Desk):
        text = own()
        for name, day in (("DTSTART", "20261202"), ("DTEND", "20261205")):
            text = re.sub(f"{name};TZID[^\r]*", f"{name};VALUE=DATE:{day}", text)
        await desk.create(text)
        await desk.says('!visio demain 14h30 pendant 1h "Budget"')
        assert "de 14h30 à 15h30" in told(desk)[0]

    async def test_a_series_is_told_once_with_its_dates(self, desk: Desk):
        await desk.create(own("RRULE:FREQ=WEEKLY;BYDAY=WE"))
        await desk.says('!visio tous les mercredis à 14h30 "Mêlée"')
        (said,) = told(desk)
        assert said.count("occupé de 14h00 à 15h00") > 1


class TestMoved:
    async def test_into_another_event(self, desk: Desk):
        await desk.create(own())
        await desk.says('!visio demain 16h "Budget"')
        assert told(desk) == []
        await desk.says("!visio déplacer à 14h", "move")
        assert len(told(desk)) == 1

    async def test_one_date_of_a_series(self, desk: Desk):
        await desk.create(own(start=AT_TWO + 7 * DAY))
        await desk.says('!visio tous les mercredis à 10h "Mêlée"')
        await desk.says("!visio déplacer celle du 9/12 à 14h", "move")
        assert len(told(desk)) == 1

    async def test_in_the_calendar_itself_its_owner_saw_it(self, desk: Desk):
        await desk.says('!visio demain 16h "Budget"')
        (href,) = desk.hrefs()
        await desk.create(own())
        text = desk.servers.text(href)
        event = await desk.texts.read(text)
        moved = replace(event, start=AT_TWO)
        now = desk.house.clock.now()
        desk.servers.edit(href, await desk.texts.write(moved, text, stamp=now))
        await desk.poll()
        assert await desk.walls() == ["12-02 14:00"]
        assert told(desk) == []

    async def test_a_new_title_is_no_new_time(self, desk: Desk):
        await desk.create(own())
        await desk.says('!visio demain 14h "Budget"')
        await desk.says("!visio renommer Finances", "rename")
        assert len(told(desk)) == 1


class TestNotTold:
    async def test_meetings_of_before_the_calendar_was_linked(self, office: Office):
        desk = Desk(office.house)
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.later(timedelta(minutes=1))
        known = desk.servers.account("https://calendars.example/alice/", "perso", user="alice")
        (calendar,) = known.calendars.values()
        desk.servers.edit(f"{calendar.path}dentist.ics", own())
        await desk.link(known=known)
        assert told(desk) == []

    async def test_colleagues_are_told_nothing(self, desk: Desk):
        await desk.link(BOB)
        await desk.create(own(), user=BOB)
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.says("!visio présent", "coming", sender=BOB)
        assert told(desk, BOB) == []

    async def test_a_server_that_does_not_answer(self, desk: Desk):
        await desk.create(own())
        desk.servers.troubles["window"].append(CalendarUnreachable("away"))
        before = desk.servers.count("window")
        await desk.says('!visio demain 14h30 "Budget"')
        assert desk.servers.count("window") == before + 1
        assert told(desk) == []

    async def test_a_calendar_with_more_than_we_read(self, desk: Desk):
        (calendar,) = desk.accounts[ALICE].calendars.values()
        for number in range(MOST_EVENTS + 1):
            desk.servers.edit(f"{calendar.path}{number}.ics", own(uid=f"event-{number}"))
        fetched = desk.servers.count("fetch")
        await desk.says('!visio demain 14h30 "Budget"')
        assert told(desk) == []
        assert desk.servers.count("fetch") == fetched
