"""Changes since a token, as servers that can't run here tell them (docs/interop/caldav.md)."""

import pytest

from bridge.errors import (
    CalendarForbidden,
    CalendarUnreadable,
    SyncTokenRefused,
    SyncUnsupported,
)
from tests.unit.bridge.caldav.kit import (
    CALENDAR,
    ITSELF,
    LOGIN,
    bench,
    etag,
    member,
    multistatus,
    refusing,
    says,
    whole,
)

ONE, TWO = f"{CALENDAR}1.ics", f"{CALENDAR}2.ics"


class TestChanges:
    async def test_all_events_are_asked_for_without_a_token(self):
        answer = multistatus(member(ONE, etag('"1"')), token="t1")
        async with bench(says(answer)) as found:
            told = await found.calendars.changes(found.url, LOGIN, "")
        assert (told.changed, told.gone, told.token) == ({ONE: '"1"'}, frozenset(), "t1")
        assert "<sync-token></sync-token>" in found.seen[0].body
        assert (found.seen[0].headers["Depth"], "limit" in found.seen[0].body) == ("0", False)

    @pytest.mark.parametrize(
        "answer",
        [
            refusing(415),  # La Suite's calendars
            refusing(403, "d:supported-report"),  # Zimbra
            refusing(501),
            refusing(405),
            multistatus(member(ONE, etag('"1"'))),  # no token
        ],
    )
    @pytest.mark.parametrize("token", ["", "t1"])
    async def test_a_server_may_know_no_sync(self, answer, token):
        async with bench(says(answer)) as found:
            with pytest.raises(SyncUnsupported):
                await found.calendars.changes(found.url, LOGIN, token)

    @pytest.mark.parametrize(
        "answer",
        [
            refusing(403, "d:valid-sync-token"),  # Radicale, Cyrus
            refusing(403, "d:valid-sync-token", wordy=True),  # SabreDAV
            refusing(412, "d:valid-sync-token"),  # Xandikos
            refusing(412),
            refusing(400),
            refusing(409),
            refusing(418),
        ],
    )
    async def test_a_token_may_be_refused_in_many_ways(self, answer):
        async with bench(says(answer)) as found:
            with pytest.raises(SyncTokenRefused):
                await found.calendars.changes(found.url, LOGIN, "old")

    async def test_a_calendar_that_is_closed_to_us_is_no_stale_token(self):
        async with bench(says(refusing(403, "d:need-privileges"))) as found:
            with pytest.raises(CalendarForbidden):
                await found.calendars.changes(found.url, LOGIN, "t1")

    async def test_a_stale_token_may_be_answered_with_all_events_and_no_deletions(self):
        """DAViCal and SOGo: nothing shows it, the daily comparison finds what is gone."""
        answer = multistatus(member(ONE, etag('"1"')), token="t9")
        async with bench(says(answer)) as found:
            told = await found.calendars.changes(found.url, LOGIN, "garbage")
        assert (told.changed, told.gone, told.token) == ({ONE: '"1"'}, frozenset(), "t9")

    async def test_a_token_from_the_future_may_be_echoed(self):
        """SabreDAV, restored from a backup: no changes, and the same token."""
        async with bench(says(multistatus(token="t99"))) as found:
            told = await found.calendars.changes(found.url, LOGIN, "t99")
        assert (told.changed, told.gone, told.token) == ({}, frozenset(), "t99")

    async def test_a_deletion_is_a_404_of_the_event(self):
        answer = multistatus(member(ONE, etag('"2"')), whole(TWO, "404 Not Found"), token="t2")
        async with bench(says(answer)) as found:
            told = await found.calendars.changes(found.url, LOGIN, "t1")
        assert (told.changed, told.gone) == ({ONE: '"2"'}, frozenset({TWO}))

    async def test_a_page_is_followed_by_the_next(self):
        more = whole(CALENDAR, "507 Insufficient Storage")
        async with bench(
            says(
                multistatus(member(ONE, etag('"1"')), whole(TWO, "404 No"), more, token="t2"),
                multistatus(member(TWO, etag('"2"')), token="t3"),
            )
        ) as found:
            told = await found.calendars.changes(found.url, LOGIN, "t1")
        assert (told.changed, told.gone, told.token) == (
            {ONE: '"1"', TWO: '"2"'},
            frozenset(),
            "t3",
        )
        assert "<sync-token>t2</sync-token>" in found.seen[1].body

    async def test_a_later_page_may_delete_what_an_earlier_one_changed(self):
        more = whole(CALENDAR, "507 Insufficient Storage")
        async with bench(
            says(
                multistatus(member(ONE, etag('"1"')), more, token="t2"),
                multistatus(whole(ONE, "404 Not Found"), token="t3"),
            )
        ) as found:
            told = await found.calendars.changes(found.url, LOGIN, "t1")
        assert (told.changed, told.gone) == ({}, frozenset({ONE}))

    async def test_pages_that_lead_nowhere_end(self):
        more = multistatus(whole(CALENDAR, "507 Insufficient Storage"), token="t1")
        async with bench(says(more)) as found:
            with pytest.raises(CalendarUnreadable):
                await found.calendars.changes(found.url, LOGIN, "t1")
            assert len(found.seen) == 1

    async def test_an_event_that_is_not_shown_is_changed_and_not_gone(self):
        answer = multistatus(
            member(ONE, etag('"1"')),
            member(TWO, etag(""), status="403 Forbidden"),
            whole(f"{CALENDAR}3.ics", "503 Service Unavailable"),
            token="t2",
        )
        async with bench(says(answer)) as found:
            told = await found.calendars.changes(found.url, LOGIN, "t1")
        assert told.changed == {ONE: '"1"', TWO: "", f"{CALENDAR}3.ics": ""}
        assert told.gone == frozenset()

    async def test_a_calendar_of_which_nothing_is_shown_is_closed(self):
        """SabreDAV lists the events of a calendar that the account may not read."""
        answer = multistatus(member(ONE, etag(""), status="403 Forbidden"), token="t2")
        async with bench(says(answer)) as found:
            with pytest.raises(CalendarForbidden):
                await found.calendars.changes(found.url, LOGIN, "")

    async def test_the_calendar_itself_and_folders_are_no_events(self):
        folder = member(f"{CALENDAR}sub/", etag('"x"'))
        answer = multistatus(ITSELF, folder, member(ONE, etag('"1"')), token="t2")
        async with bench(says(answer)) as found:
            told = await found.calendars.changes(found.url, LOGIN, "t1")
        assert told.changed == {ONE: '"1"'}

    async def test_a_token_is_escaped(self):
        async with bench(says(multistatus(token="a&b<c"[:1]))) as found:
            await found.calendars.changes(found.url, LOGIN, "a&b<c")
        assert "<sync-token>a&amp;b&lt;c</sync-token>" in found.seen[0].body
