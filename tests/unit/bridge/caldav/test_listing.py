"""Calendars and listings, as servers that can't run here give them."""

from datetime import UTC, datetime

import pytest

from bridge.domain.calendar import SyncMode
from bridge.errors import (
    CalendarForbidden,
    CalendarGone,
    CalendarUnreadable,
)
from tests.unit.bridge.caldav.kit import (
    CALENDAR,
    HOME,
    ITSELF,
    LOGIN,
    bench,
    etag,
    member,
    multistatus,
    says,
    whole,
)

ONE, TWO = f"{CALENDAR}1.ics", f"{CALENDAR}2.ics"
SINCE, BEFORE = datetime(2026, 11, 30, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)


class TestLook:
    async def test_calendars_for_events_are_shown_with_their_state(self):
        calendar = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
        events = '<c:supported-calendar-component-set><c:comp name="VEVENT"/><c:comp name="VTODO"/></c:supported-calendar-component-set>'
        tasks = events.replace("VEVENT", "VJOURNAL")
        reports = "<d:supported-report-set><d:supported-report><d:report><d:sync-collection/></d:report></d:supported-report></d:supported-report-set>"
        reads = "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>"
        state = "<s:getctag>7</s:getctag><d:sync-token>t7</d:sync-token>"
        trash = calendar.replace(
            "<c:calendar/>", '<c:calendar/><n:deleted-calendar xmlns:n="http://nextcloud.com/ns"/>'
        )
        answer = multistatus(
            member(HOME, "<d:resourcetype><d:collection/></d:resourcetype>"),
            member(
                f"{HOME}work",
                calendar,
                events,
                reports,
                state,
                "<d:displayname>Travail</d:displayname>",
            ),
            member(f"{HOME}shared/", calendar, reads, "<s:getctag>8</s:getctag>"),
            member(f"{HOME}tasks/", calendar, tasks),
            member(
                f"{HOME}inbox/",
                "<d:resourcetype><d:collection/><c:schedule-inbox/></d:resourcetype>",
            ),
            member(f"{HOME}trash/", trash, events),
        )
        async with bench(says(answer)) as found:
            work, shared = await found.calendars.look(found.home, LOGIN)
        assert (work.url, work.name, work.ctag, work.token) == (found.url, "Travail", "7", "t7")
        assert (work.mode, work.writable) == (SyncMode.SYNC, True)
        assert (shared.mode, shared.writable, shared.token) == (SyncMode.LISTING, False, "")
        assert found.methods == ["PROPFIND"]
        assert found.seen[0].headers["Depth"] == "1"


class TestListing:
    async def test_an_event_without_an_etag_is_there(self):
        """Some servers leave out what they are asked for: the event must be read to see a change."""
        kind = "<d:getcontenttype>text/calendar</d:getcontenttype>"
        async with bench(says(multistatus(ITSELF, member(ONE, kind)))) as found:
            assert await found.calendars.listing(found.url, LOGIN) == {ONE: ""}

    async def test_a_weak_etag_counts_as_none(self):
        answer = multistatus(ITSELF, member(ONE, etag('W/"1"')), member(TWO, etag('"2"')))
        async with bench(says(answer)) as found:
            assert await found.calendars.listing(found.url, LOGIN) == {ONE: "", TWO: '"2"'}

    async def test_paths_are_compared_in_one_spelling(self):
        answer = multistatus(
            member("http://127.0.0.1/dav/alice/work", etag('"x"')),
            member("http://127.0.0.1/dav/%61lice/work/%C3%A9%40x.ics", etag('"1"')),
            member("/dav/alice/work/a b.ics", etag('"2"')),
        )
        async with bench(says(answer)) as found:
            told = await found.calendars.listing(found.url, LOGIN)
        assert told == {f"{CALENDAR}%C3%A9@x.ics": '"1"', f"{CALENDAR}a%20b.ics": '"2"'}

    async def test_a_calendar_of_which_nothing_is_shown_is_closed(self):
        hidden = member(ONE, etag(""), status="403 Forbidden")
        async with bench(says(multistatus(ITSELF, hidden))) as found:
            with pytest.raises(CalendarForbidden):
                await found.calendars.listing(found.url, LOGIN)
        async with bench(says(multistatus(ITSELF, hidden, member(TWO, etag('"2"'))))) as found:
            told = await found.calendars.listing(found.url, LOGIN)
            assert told == {ONE: "", TWO: '"2"'}

    async def test_events_of_another_host_make_it_unreadable(self):
        answer = multistatus(ITSELF, member(f"https://evil.example{ONE}", etag('"1"')))
        async with bench(says(answer)) as found:
            with pytest.raises(CalendarUnreadable):
                await found.calendars.listing(found.url, LOGIN)

    async def test_an_answer_about_nothing_deletes_nothing(self):
        async with bench(says(multistatus())) as found:
            with pytest.raises(CalendarUnreadable):
                await found.calendars.listing(found.url, LOGIN)

    async def test_a_part_of_the_events_deletes_nothing(self):
        part = multistatus(ITSELF, member(ONE, etag('"1"')), whole(CALENDAR, "507 No"))
        async with bench(says(part)) as found:
            for ask in (
                lambda: found.calendars.listing(found.url, LOGIN),
                lambda: found.calendars.window(found.url, LOGIN, SINCE, BEFORE),
            ):
                with pytest.raises(CalendarUnreadable):
                    await ask()

    async def test_a_missing_calendar_may_be_a_404_inside_of_a_207(self):
        """Xandikos for several people."""
        async with bench(says(multistatus(whole(CALENDAR, "404 Not Found"), token="t"))) as found:
            for ask in (
                lambda: found.calendars.listing(found.url, LOGIN),
                lambda: found.calendars.changes(found.url, LOGIN, "t"),
                lambda: found.calendars.look(found.url, LOGIN),
            ):
                with pytest.raises(CalendarGone):
                    await ask()

    async def test_a_window_is_asked_for_in_utc(self):
        async with bench(says(multistatus())) as found:
            told = await found.calendars.window(found.url, LOGIN, SINCE, BEFORE)
        assert told == {}
        assert 'start="20261130T000000Z" end="20270228T000000Z"' in found.seen[0].body
