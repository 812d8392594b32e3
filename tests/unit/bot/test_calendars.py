"""Meetings and calendars in step: what the salon sees when a calendar changes, and the reverse."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bridge.domain.agenda import Due, Kind
from bridge.domain.answer import Answer
from bridge.domain.calendar import SyncMode
from bridge.domain.calendar_event import Attendee, EventDate
from bridge.errors import CalendarUnconfirmed, CalendarUnreachable, EventElsewhere
from bridge.ids import CalendarAccountId, uuid7
from bridge.ports.calendar_servers import HomeNews
from bridge.services.calendars.glances import Glances, Marks
from bridge.services.calendars.wire import calendars
from tests.unit.bot.desk import Desk, event_text
from tests.unit.bot.office import ALICE, BOB, SALON, Office

HOUR = timedelta(hours=1)


def without_link(text: str) -> str:
    """Return an event as a client leaves it that knows no links."""
    unfolded = text.replace("\r\n ", "")
    return re.sub(r"(?m)^(URL|CONFERENCE|LOCATION|DESCRIPTION)[;:].*\r\n", "", unfolded)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(office: Office) -> Desk:
    made = Desk(office.house)
    await made.link()
    return made


class TestOurMeetings:
    async def test_a_meeting_is_in_its_organisers_calendar_with_its_link(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        event = await desk.event()
        meeting, _ = await desk.of()
        assert (event.title, event.start) == ("Budget", datetime(2026, 12, 2, 14, 30))
        assert event.meeting == meeting.id
        assert meeting.room is not None
        assert event.link == meeting.room.url
        assert "VALARM" not in desk.text()

    async def test_a_line_that_moves_it_moves_the_event(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.says("!visio déplacer à 16h", "move")
        assert (await desk.event()).start == datetime(2026, 12, 2, 16)
        assert desk.servers.count("put") == 2

    async def test_a_series_is_one_event_with_its_exceptions(self, desk: Desk):
        await desk.says('!visio tous les mardis à 10h "Mêlée"')
        await desk.says("!visio annuler le 15/12", "cancel")
        event = await desk.event()
        assert event.recurrence is not None
        assert event.recurrence.rule == "FREQ=WEEKLY;BYDAY=TU"
        assert event.recurrence.without == (datetime(2026, 12, 15, 10),)

    async def test_a_cancelled_meeting_says_so_then_goes(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.says("!visio annuler", "cancel")
        assert (await desk.event()).cancelled
        await desk.house.run_until(desk.house.clock.now() + HOUR)
        assert desk.hrefs() == []

    async def test_a_cancellation_taken_back_shows_again(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.says("!visio annuler", "cancel")
        await desk.says("!visio rétablir", "back")
        assert not (await desk.event()).cancelled
        await desk.house.run_until(desk.house.clock.now() + HOUR)
        assert len(desk.hrefs()) == 1

    async def test_a_colleague_who_comes_gets_a_copy(self, desk: Desk):
        await desk.link(BOB)
        await desk.says('!visio demain 14h30 "Budget"')
        assert desk.hrefs(BOB) == []
        await desk.says("!visio présent", "coming", sender=BOB)
        assert (await desk.event(BOB)).title == "Budget"

    async def test_meetings_of_before_are_written_once_a_calendar_is_linked(self, office: Office):
        desk = Desk(office.house)
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.link()
        assert (await desk.event()).title == "Budget"


class TestTheirChanges:
    async def test_a_moved_event_moves_the_meeting_and_is_told(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.edit(start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 17:00"]
        assert any("17h00" in one for one in desk.office.bodies())
        assert "Dans l’agenda d’alice" in desk.office.bodies()[-1]

    async def test_nothing_goes_back_and_forth(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.edit(start=datetime(2026, 12, 2, 17))
        before = desk.servers.count("put"), len(desk.office.account.sent)
        for _ in range(3):
            await desk.poll()
        assert (desk.servers.count("put"), len(desk.office.account.sent)) == before

    async def test_one_date_of_a_series(self, desk: Desk):
        await desk.says('!visio tous les mardis à 10h pendant 1h "Mêlée"')
        moved = EventDate(
            original=datetime(2026, 12, 15, 10), start=datetime(2026, 12, 16, 9), length=HOUR
        )
        await desk.edit(dates=(moved,))
        walls = await desk.walls()
        assert "12-16 09:00" in walls
        assert "12-15 10:00" not in walls

    async def test_a_new_name(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.edit(title="Budget 2027")
        assert (await desk.of())[0].title == "Budget 2027"

    async def test_a_deleted_event_cancels_and_can_be_taken_back(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.remove()
        assert await desk.walls() == []
        await desk.says("!visio rétablir", "back")
        assert await desk.walls() == ["12-02 14:30"]
        assert len(desk.hrefs()) == 1

    async def test_an_event_that_is_deleted_again_cancels_again(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.remove()
        await desk.says("!visio rétablir", "back")
        assert len(desk.hrefs()) == 1
        await desk.later(HOUR)
        await desk.remove()
        assert await desk.walls() == []

    async def test_a_series_that_is_deleted_half_way_does_not_come_back(self, desk: Desk):
        await desk.says('!visio tous les mardis à 10h pendant 1h "Mêlée"')
        await desk.later(timedelta(days=8))
        await desk.poll()
        await desk.remove()
        assert await desk.walls() == ["12-01 10:00", "12-08 10:00"]
        await desk.later(HOUR)
        assert desk.hrefs() == []

    async def test_what_its_owner_may_not_do_is_put_back_and_told(self, desk: Desk):
        await desk.link(BOB)
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.says("!visio présent", "coming", sender=BOB)
        await desk.edit(BOB, start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 14:30"]
        assert (await desk.event(BOB)).start == datetime(2026, 12, 2, 14, 30)
        assert "ne peut pas suivre" in desk.office.private(BOB)[-1]

    async def test_a_copy_of_one_date_alone_says_nothing_of_the_others(self, desk: Desk):
        await desk.says('!visio tous les mardis à 10h pendant 1h "Mêlée"')
        before = await desk.walls()
        (href,) = desk.hrefs()
        only = re.sub(r"(?m)^RRULE.*\r\n", "", desk.servers.text(href))
        zone, moved = "TZID=Europe/Paris", "RECURRENCE-ID;TZID=Europe/Paris:20261215T100000\r\n"
        only = re.sub(rf"(?m)^DTSTART;{zone}.*\r\n", f"DTSTART;{zone}:20261216T090000\r\n", only)
        only = re.sub(rf"(?m)^DTEND;{zone}.*\r\n", f"DTEND;{zone}:20261216T100000\r\n{moved}", only)
        desk.servers.edit(href, only)
        await desk.poll()
        after = [one for one in before if one != "12-15 10:00"]
        assert sorted(await desk.walls()) == sorted([*after, "12-16 09:00"])
        await desk.later(HOUR)
        assert desk.servers.text(href) == only

    async def test_a_rule_beyond_our_limits_is_put_back(self, desk: Desk):
        await desk.says('!visio tous les mardis à 10h pendant 1h "Mêlée"')
        before = await desk.walls()
        (href,) = desk.hrefs()
        wild = desk.servers.text(href).replace("FREQ=WEEKLY;BYDAY=TU", "FREQ=SECONDLY")
        desk.servers.edit(href, wild)
        await desk.poll()
        assert await desk.walls() == before
        assert "ne peut pas suivre" in desk.office.private()[-1]


class TestTheirEvents:
    async def test_a_room_too_many_is_told(self, desk: Desk):
        desk.office.choose(limits=replace(desk.house.policy.limits, rooms=1))
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.create(event_text())
        assert "ne peut demander que 1 réunions" in desk.office.private(ALICE)[-1]

    async def test_a_tagged_event_gets_a_room_and_a_card(self, desk: Desk):
        await desk.create(event_text())
        event = await desk.event()
        assert event.link
        assert event.meeting is not None
        assert "Comité" in desk.office.private(ALICE)[-1]
        assert "#visio" not in desk.office.private(ALICE)[-1]

    async def test_dates_that_moved_before_it_was_seen_are_planned_as_they_are(self, desk: Desk):
        week = timedelta(days=7)
        first = datetime(2026, 12, 3, 14)
        text = event_text(lines=("RRULE:FREQ=WEEKLY;COUNT=4",))
        for n, lines in ((1, ()), (2, ("STATUS:CANCELLED",))):
            original = f"RECURRENCE-ID;TZID=Europe/Paris:{first + n * week:%Y%m%dT%H%M%S}"
            date = event_text(start=first + n * week + 2 * HOUR, lines=(original, *lines))
            inner = date[date.index("BEGIN:VEVENT") : date.index("END:VCALENDAR")]
            text = text.replace("END:VCALENDAR", f"{inner}END:VCALENDAR")
        await desk.create(text)
        async with desk.house.store.reading() as work:
            known = await work.meetings.of_organiser(
                ALICE, ending_after=desk.house.clock.now(), most=20
            )
        dates = [f"{one.wall_start:%m-%d %H:%M}" for _, one in known if not one.void]
        assert dates == ["12-03 14:00", "12-10 16:00", "12-24 14:00"]
        written = desk.text()
        await desk.later(HOUR)
        assert desk.text() == written

    @pytest.mark.parametrize(
        "lines",
        [
            ("LOCATION:https://meet.jit.si/Comite",),
            ("STATUS:CANCELLED",),
        ],
    )
    async def test_one_that_has_a_meeting_or_is_cancelled_gets_none(
        self, desk: Desk, lines: tuple[str, ...]
    ):
        await desk.create(event_text(lines=lines))
        assert desk.house.visio.asked == []

    async def test_an_event_of_a_whole_day_gets_none_and_its_owner_is_told_once(self, desk: Desk):
        for name in ("one", "two"):
            text = event_text(name).replace(
                ";TZID=Europe/Paris:20261203T140000", ";VALUE=DATE:20261203"
            )
            text = text.replace(";TZID=Europe/Paris:20261203T150000", ";VALUE=DATE:20261204")
            await desk.create(text, name)
        assert desk.house.visio.asked == []
        assert len([one for one in desk.office.private() if "toute la journée" in one]) == 1

    async def test_another_platforms_meeting_is_named(self, desk: Desk):
        await desk.create(event_text(lines=("LOCATION:https://meet.jit.si/Comite",)))
        assert "meet.jit.si" in desk.office.private()[-1].replace("\u2060", "")

    async def test_somebody_elses_tagged_event_waits_for_its_organizer(self, desk: Desk):
        lines = ("ORGANIZER:mailto:chef@beta.gouv.fr", "ATTENDEE:mailto:alice@beta.gouv.fr")
        await desk.create(event_text(lines=lines))
        assert desk.house.visio.asked == []

    async def test_the_same_event_of_two_agents_is_one_meeting(self, desk: Desk):
        await desk.link(BOB)
        lines = ("ORGANIZER:mailto:alice@beta.gouv.fr", "ATTENDEE:mailto:bob@beta.gouv.fr")
        await desk.create(event_text(lines=lines))
        await desk.create(event_text(lines=lines), user=BOB)
        assert len(desk.house.visio.asked) == 1
        assert (await desk.event(BOB)).meeting == (await desk.event()).meeting

    async def test_an_invitees_event_that_was_seen_before_the_meeting_becomes_its_copy(
        self, desk: Desk
    ):
        """Their server delivered it before the meeting was made, and delivers the change after."""
        await desk.link(BOB)
        lines = ("ORGANIZER:mailto:alice@beta.gouv.fr", "ATTENDEE:mailto:bob@beta.gouv.fr")
        delivered = event_text(lines=lines, title="Comité")
        await desk.create(delivered, "delivered", user=BOB)
        await desk.create(event_text(lines=lines))
        changed = delivered.replace("SUMMARY:Comité", "SUMMARY:Comité\r\nSEQUENCE:1")
        await desk.create(changed, "delivered", user=BOB)
        (href,) = desk.hrefs(BOB)
        assert href.endswith("delivered.ics")
        assert (await desk.event(BOB)).meeting == (await desk.event()).meeting


class TestSalons:
    async def test_a_new_event_of_a_salons_calendar_has_its_card_there(self, office: Office):
        desk = Desk(office.house)
        desk.office.state(levels={ALICE: 50})
        await desk.link(salon=SALON)
        await desk.create(event_text(title="Comité"))
        assert any("Comité" in one for one in desk.office.bodies())

    async def test_what_is_private_shows_nothing_there(self, office: Office):
        desk = Desk(office.house)
        desk.office.state(levels={ALICE: 50})
        await desk.link(salon=SALON)
        await desk.create(event_text(title="Licenciement", lines=("CLASS:CONFIDENTIAL",)))
        assert desk.office.bodies() == []
        assert "CLASS:CONFIDENTIAL" in desk.text()

    async def test_what_was_there_before_gets_no_card(self, office: Office):
        desk = Desk(office.house)
        made = desk.servers.account("https://calendars.example/alice/", "perso", user="alice")
        (calendar,) = made.calendars.values()
        calendar.keep(f"{calendar.path}old.ics", event_text("old", title="Ancien"))
        await desk.link(salon=SALON, known=made)
        assert desk.office.bodies() == []


class TestCopies:
    async def test_an_event_that_is_moved_to_another_calendar_is_the_same_meeting(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        meeting, _ = await desk.of()
        other = await desk.another_calendar()
        (href,) = desk.hrefs()
        desk.servers.move(href, f"{other}moved.ics")
        await desk.poll()
        await desk.later(HOUR)
        assert await desk.walls() == ["12-02 14:30"]
        assert (await desk.event()).meeting == meeting.id
        await desk.edit(start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 17:00"]

    async def test_a_duplicated_event_is_another_meeting_with_a_room_of_its_own(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        first = await desk.event()
        copied = desk.text().replace(first.uid, "copied-by-hand")
        await desk.create(copied, "copied")
        events = [await desk.texts.read(desk.servers.text(one)) for one in desk.hrefs()]
        assert len({one.meeting for one in events}) == 2
        assert len({one.link for one in events}) == 2
        assert len(desk.house.visio.asked) == 2

    async def test_a_series_that_a_client_cuts_in_two_stays_one_meeting(self, desk: Desk):
        await desk.says('!visio tous les mardis à 10h pendant 1h "Mêlée"')
        (href,) = desk.hrefs()
        old = desk.servers.text(href)
        event = await desk.texts.read(old)
        assert event.recurrence is not None
        until = replace(event.recurrence, rule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20261221T235959")
        now = desk.house.clock.now()
        cut = await desk.texts.write(replace(event, recurrence=until), old, stamp=now)
        rest = replace(event, uid="the-rest", start=datetime(2026, 12, 22, 11))
        tail = await desk.texts.write(rest, old.replace(event.uid, "the-rest"), stamp=now)
        desk.servers.edit(href, cut)
        await desk.create(tail, "rest")
        walls = await desk.walls()
        assert walls[:5] == [
            "12-01 10:00",
            "12-08 10:00",
            "12-15 10:00",
            "12-22 11:00",
            "12-29 11:00",
        ]
        assert len(desk.house.visio.asked) == 1
        assert len(desk.hrefs()) == 2


class TestPeople:
    async def test_an_outsider_who_is_added_gets_a_link_by_mail(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.edit(attendees=(Attendee(address="lea@partenaire.example", name="Léa"),))
        assert [one.to for one in desk.house.post.sent] == ["lea@partenaire.example"]
        assert "lea@partenaire.example" in desk.office.private()[-1]
        await desk.says("!visio déplacer à 16h", "move")
        assert (await desk.event()).start == datetime(2026, 12, 2, 16)
        assert "lea@partenaire.example" in desk.text()

    async def test_an_agent_who_is_added_is_expected_and_gets_a_copy(self, desk: Desk):
        await desk.link(BOB)
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.edit(attendees=(Attendee(address="bob@beta.gouv.fr"),))
        assert desk.house.post.sent == []
        assert (await desk.event(BOB)).title == "Budget"

    async def test_a_guests_answer_in_the_organisers_calendar_is_theirs(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.says("!visio inviter lea@partenaire.example", "invite")
        lea = Attendee(address="lea@partenaire.example", answer=Answer.NO)
        await desk.edit(attendees=(lea,))
        answers = await desk.answers()
        assert list(answers.values()) == [Answer.NO]

    async def test_no_guest_is_in_the_event_that_we_write(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.says("!visio inviter lea@partenaire.example", "invite")
        await desk.says("!visio déplacer à 16h", "move")
        assert "lea@partenaire" not in desk.text()
        assert "ATTENDEE" not in desk.text()


async def looking(desk: Desk) -> Callable[[], Awaitable[object]]:
    """Return the poll of Alice's account by one process, which remembers answers."""
    assert desk.house.calendars is not None
    handlers = calendars(desk.house.tools, desk.house.calendars).handlers
    async with desk.house.store.reading() as work:
        account = await work.calendars.account_of(ALICE)
    assert account is not None
    key = str(account.id)
    return lambda: handlers[Kind.POLL](Due(Kind.POLL, key, desk.house.clock.now()))


class TestIdlePolls:
    async def test_an_answer_that_is_known_is_not_read_again(self, desk: Desk):
        look = await looking(desk)
        await look()
        await look()
        assert (desk.servers.unread, desk.servers.count("listing")) == (1, 1)

    async def test_a_calendar_to_be_read_anew_is_read_though_the_answer_is_known(self, desk: Desk):
        look = await looking(desk)
        await look()
        async with desk.house.store() as work:
            account = await work.calendars.account_of(ALICE)
            assert account is not None
            (calendar,) = await work.calendars.calendars_of(account.id)
            await work.calendars.save_calendars(replace(calendar.anew, mode=SyncMode.LISTING))
        await look()
        assert (desk.servers.unread, desk.servers.count("listing")) == (0, 2)

    async def test_all_events_are_compared_each_day_though_the_answer_is_known(self, desk: Desk):
        look = await looking(desk)
        await look()
        desk.house.clock.forward(25 * HOUR)
        await look()
        assert (desk.servers.unread, desk.servers.count("listing")) == (0, 2)

    async def test_that_all_is_well_is_noted_though_the_answer_is_known(self, desk: Desk):
        look = await looking(desk)
        await look()
        desk.house.clock.forward(HOUR)
        await look()
        assert desk.servers.unread == 1
        async with desk.house.store.reading() as work:
            account = await work.calendars.account_of(ALICE)
        assert account is not None
        assert account.ok_at == desk.house.clock.now()

    async def test_accounts_that_are_looked_at_together_are_told_apart(self, desk: Desk):
        await desk.link(BOB)
        glances = Glances(desk.house.tools)
        async with desk.house.store.reading() as work:
            found = [await work.calendars.account_of(one) for one in (ALICE, BOB)]
        alice, bob = (one.id for one in found if one is not None)
        nobody = CalendarAccountId(uuid7(desk.house.clock.now()))
        known = await asyncio.gather(*[glances.at(one) for one in (bob, nobody, alice)])
        assert [one and one.id for one in known] == [bob, None, alice]

    async def test_only_so_many_marks_are_kept(self, desk: Desk):
        async with desk.house.store.reading() as work:
            account = await work.calendars.account_of(ALICE)
            assert account is not None
            (known,) = await work.calendars.known([account.id])
        marks, now = Marks(most=2), desk.house.clock.now()
        others = [replace(known, id=CalendarAccountId(uuid7(now))) for _ in range(3)]
        for number, one in enumerate(others):
            marks.keep(one, HomeNews(bytes([number]), None))
        assert [marks.of(one, now) for one in others] == [b"", b"\x01", b"\x02"]


class TestTrouble:
    async def test_a_calendar_that_is_suddenly_empty_cancels_nothing(self, desk: Desk):
        for hour in (9, 10, 11):
            await desk.says(f'!visio demain {hour}h "Réunion {hour}"', f"ask-{hour}")
        for href in desk.hrefs():
            desk.servers.remove(href)
        await desk.poll()
        await desk.later(HOUR)
        assert await desk.walls("ask-9") == ["12-02 09:00"]
        assert "manquent tout à coup" in desk.office.private()[-1]

    async def test_both_sides_change_at_once(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        (href,) = desk.hrefs()
        old = desk.servers.text(href)
        event = replace(await desk.texts.read(old), title="Budget 2027")
        desk.servers.edit(href, await desk.texts.write(event, old, stamp=desk.house.clock.now()))
        await desk.says("!visio déplacer à 16h", "move")
        await desk.later(HOUR)
        event = await desk.event()
        assert (event.title, event.start) == ("Budget 2027", datetime(2026, 12, 2, 16))
        assert await desk.walls() == ["12-02 16:00"]
        assert (await desk.of())[0].title == "Budget 2027"

    async def test_refused_credentials_are_tried_once_and_told_once(self, desk: Desk):
        desk.accounts[ALICE].secret = SecretStr("changed")
        await desk.poll()
        asked = desk.servers.count("look")
        await desk.later(3 * HOUR)
        assert desk.servers.count("look") == asked
        told = [one for one in desk.office.private() if "agenda lier" in one]
        assert len(told) == 1

    async def test_a_lost_token_loses_no_change(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        (calendar,) = desk.accounts[ALICE].calendars.values()
        desk.servers.forget_tokens(calendar.url)
        await desk.edit(start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 17:00"]

    async def test_a_server_without_sync_is_listed(self, office: Office):
        desk = Desk(office.house)
        made = await desk.link()
        (calendar,) = made.calendars.values()
        calendar.mode = SyncMode.LISTING
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.edit(start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 17:00"]

    async def test_a_server_that_is_away_is_asked_again(self, desk: Desk):
        desk.servers.troubles["put"].append(CalendarUnreachable())
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.later(HOUR)
        assert len(desk.hrefs()) == 1

    async def test_an_event_that_is_elsewhere_in_the_account_is_written_once_more_at_most(
        self, desk: Desk
    ):
        """A server that delivers invitations put it into a calendar that is not linked."""
        desk.servers.troubles["put"].extend(EventElsewhere() for _ in range(50))
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.later(24 * HOUR)
        assert desk.servers.count("put") <= 2
        desk.servers.troubles["put"].clear()
        await desk.says("!visio déplacer à 16h", "move")
        assert (await desk.event()).start == datetime(2026, 12, 2, 16)

    async def test_a_write_without_an_answer_is_not_made_twice(self, desk: Desk):
        desk.servers.troubles["put"].append(CalendarUnconfirmed())
        await desk.says('!visio demain 14h30 "Budget"')
        await desk.later(HOUR)
        assert len(desk.hrefs()) == 1
        await desk.edit(start=datetime(2026, 12, 2, 17))
        assert await desk.walls() == ["12-02 17:00"]

    async def test_a_client_that_undoes_our_writes_is_left_alone(self, desk: Desk):
        await desk.says('!visio demain 14h30 "Budget"')
        for _ in range(8):
            (href,) = desk.hrefs()
            desk.servers.edit(href, without_link(desk.servers.text(href)))
            await desk.poll()
        assert desk.servers.count("put") <= 5
