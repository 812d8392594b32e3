"""Answers of servers that can't run here, as they were seen (docs/interop/caldav.md)."""

from datetime import UTC, datetime

import pytest
from aiohttp import web

from bridge.domain.calendar import SyncMode
from bridge.errors import (
    CalendarAddressRefused,
    CalendarForbidden,
    CalendarGone,
    CalendarUnconfirmed,
    CalendarUnreachable,
    CalendarUnreadable,
    EventOvertaken,
    EventRefused,
    SyncTokenRefused,
    SyncUnsupported,
)
from bridge.ports.calendar_servers import ObjectText
from tests.unit.bridge.caldav.kit import (
    CALENDAR,
    HOME,
    ITSELF,
    LOGIN,
    TEXT,
    bench,
    by_method,
    data,
    etag,
    member,
    multistatus,
    refusing,
    says,
    whole,
)

ONE, TWO = f"{CALENDAR}1.ics", f"{CALENDAR}2.ics"
NOT_THERE = says(web.Response(status=404))
DONE = says(web.Response(status=204))
SINCE, BEFORE = datetime(2026, 11, 30, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)


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
            refusing(403, "d:valid-sync-token"),  # Radicale, SabreDAV, Cyrus
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


class TestFetch:
    async def test_an_event_that_is_left_out_is_asked_for_by_itself(self):
        """SabreDAV and DAViCal leave out of a multiget what is gone."""
        some = multistatus(member(ONE, etag('"1"'), data()))
        async with bench(by_method(REPORT=says(some), GET=NOT_THERE)) as found:
            told = await found.calendars.fetch(found.url, LOGIN, [ONE, TWO])
        assert set(told) == {ONE}
        assert (told[ONE].etag, "UID:1" in told[ONE].text) == ('"1"', True)
        assert found.methods == ["REPORT", "GET"]

    async def test_an_event_that_is_left_out_by_mistake_is_read(self):
        here = says(web.Response(text=TEXT, headers={"ETag": 'W/"2"'}))
        async with bench(by_method(REPORT=says(multistatus()), GET=here)) as found:
            told = await found.calendars.fetch(found.url, LOGIN, [ONE])
        assert told == {ONE: ObjectText("", TEXT)}

    @pytest.mark.parametrize("status", [400, 403, 405, 415, 501])
    async def test_a_server_without_multiget_is_asked_for_each(self, status):
        here = says(web.Response(text="\ufeff" + TEXT, headers={"ETag": '"2"'}))
        async with bench(by_method(REPORT=says(refusing(status)), GET=here)) as found:
            told = await found.calendars.fetch(found.url, LOGIN, [ONE])
        assert told == {ONE: ObjectText('"2"', TEXT)}

    @pytest.mark.parametrize(
        "hidden",
        [member(TWO, etag(""), status="403 Forbidden"), whole(TWO, "500 Internal Server Error")],
    )
    async def test_an_event_that_is_not_shown_has_no_text(self, hidden):
        some = multistatus(member(ONE, etag('"1"'), data()), hidden)
        async with bench(by_method(REPORT=says(some))) as found:
            told = await found.calendars.fetch(found.url, LOGIN, [ONE, TWO])
        assert told[TWO] == ObjectText("", "")
        assert "UID:1" in told[ONE].text

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (web.Response(text="<html>Sign in</html>"), CalendarUnreadable),
            (web.Response(text=""), CalendarUnreadable),
            (web.Response(status=500), CalendarUnreachable),
            (web.Response(status=400), CalendarUnreadable),
        ],
    )
    async def test_only_a_404_makes_an_event_gone(self, answer, error):
        async with bench(by_method(REPORT=says(multistatus()), GET=says(answer))) as found:
            with pytest.raises(error):
                await found.calendars.fetch(found.url, LOGIN, [ONE])

    @pytest.mark.parametrize("spoiler", ["a\x0bb", "x" * 250_000])
    async def test_an_event_that_spoils_an_answer_spoils_no_other(self, spoiler):
        """A control character that XML does not know, or an attachment of megabytes."""
        texts = {f"{CALENDAR}{number}.ics": TEXT for number in range(9)}
        texts[f"{CALENDAR}4.ics"] = TEXT.replace("UID:1", f"UID:1\r\nX-A:{spoiler}")

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            if request.method == "GET":
                return web.Response(text=texts[request.path], headers={"ETag": '"1"'})
            asked = {path: text for path, text in texts.items() if path in found.seen[-1].body}
            members = (member(path, etag('"1"'), data(text)) for path, text in asked.items())
            return await says(multistatus(*members))(request)

        async with bench(answer) as found:
            told = await found.calendars.fetch(found.url, LOGIN, list(texts))
        assert list(told) == list(texts)
        assert {one.etag for path, one in told.items() if "4" not in path} == {'"1"'}
        spoiled = told[f"{CALENDAR}4.ics"]
        assert spoiled.text == ("" if len(spoiler) > 9 else texts[f"{CALENDAR}4.ics"])
        assert len(found.seen) < 12

    async def test_a_server_that_answers_only_nonsense_is_left(self):
        async with bench(says(web.Response(status=207, text="<nonsense"))) as found:
            hrefs = [f"{CALENDAR}{number}.ics" for number in range(500)]
            with pytest.raises(CalendarUnreadable):
                await found.calendars.fetch(found.url, LOGIN, hrefs)
            assert len(found.seen) < 40

    async def test_an_event_that_never_ends_is_not_shown(self):
        async def flood(request: web.BaseRequest) -> web.StreamResponse:
            answer = web.StreamResponse(status=207 if request.method == "REPORT" else 200)
            await answer.prepare(request)
            while True:
                await answer.write(b" " * 65_536)

        async with bench(flood) as found:
            told = await found.calendars.fetch(found.url, LOGIN, [ONE])
        assert told == {ONE: ObjectText("", "")}
        assert found.methods == ["REPORT", "GET"]

    async def test_a_page_for_people_is_asked_for_once(self):
        page = web.Response(text="<html>Sign in</html>", content_type="text/html")
        async with bench(says(page)) as found:
            with pytest.raises(CalendarUnreadable):
                await found.calendars.fetch(found.url, LOGIN, [ONE, TWO])
            assert len(found.seen) == 1

    async def test_events_are_asked_for_in_parts(self):
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            asked = [
                f"{CALENDAR}{n}.ics" for n in range(120) if f"/{n}.ics<" in found.seen[-1].body
            ]
            return await says(multistatus(*(member(one, etag('"1"'), data()) for one in asked)))(
                request
            )

        async with bench(answer) as found:
            hrefs = [f"{CALENDAR}{number}.ics" for number in range(120)]
            assert list(await found.calendars.fetch(found.url, LOGIN, hrefs)) == hrefs
        assert found.methods == ["REPORT"] * 3

    @pytest.mark.parametrize("href", ["/dav/bob/work/1.ics", CALENDAR, f"{CALENDAR}../x", "1.ics"])
    async def test_an_event_of_another_calendar_is_not_asked_for(self, href):
        async with bench(says(multistatus())) as found:
            for ask in (
                lambda: found.calendars.fetch(found.url, LOGIN, [href]),
                lambda: found.calendars.put(found.url, LOGIN, href, TEXT, None),
                lambda: found.calendars.delete(found.url, LOGIN, href, '"1"'),
            ):
                with pytest.raises(CalendarAddressRefused):
                    await ask()
        assert found.seen == []


class TestWriting:
    async def test_a_new_event_is_written_on_condition(self):
        made = web.Response(status=201, headers={"ETag": '"1"'})
        async with bench(by_method(PROPFIND=NOT_THERE, PUT=says(made))) as found:
            assert await found.calendars.put(found.url, LOGIN, ONE, TEXT, None) == '"1"'
        sent = found.seen[-1]
        assert (sent.headers["If-None-Match"], sent.body) == ("*", TEXT)
        assert sent.headers["Content-Type"] == "text/calendar; charset=utf-8"

    async def test_a_server_that_would_overwrite_is_not_asked_to(self):
        """SOGo and Zimbra: they answer 204 to If-None-Match: * on an event that is there."""
        there = says(multistatus(member(ONE, etag('"1"'))))
        async with bench(by_method(PROPFIND=there, PUT=DONE)) as found:
            with pytest.raises(EventOvertaken):
                await found.calendars.put(found.url, LOGIN, ONE, TEXT, None)
        assert found.methods == ["PROPFIND"]

    async def test_a_server_that_would_delete_another_version_is_not_asked_to(self):
        """SOGo: it answers 204 to a stale If-Match."""
        there = says(multistatus(member(ONE, etag('"2"'))))
        async with bench(by_method(PROPFIND=there, DELETE=DONE)) as found:
            with pytest.raises(EventOvertaken):
                await found.calendars.delete(found.url, LOGIN, ONE, '"1"')
            await found.calendars.delete(found.url, LOGIN, ONE, '"2"')
        assert found.methods == ["PROPFIND", "PROPFIND", "DELETE"]
        assert found.seen[-1].headers["If-Match"] == '"2"'

    @pytest.mark.parametrize("said", [{}, {"ETag": 'W/"1"'}, {"ETag": "1"}])
    async def test_an_answer_may_not_say_the_new_etag(self, said):
        done = web.Response(status=204, headers=said)
        async with bench(by_method(PUT=says(done))) as found:
            assert await found.calendars.put(found.url, LOGIN, ONE, TEXT, '"0"') is None
        assert found.seen[0].headers["If-Match"] == '"0"'

    @pytest.mark.parametrize("etag_", ["", 'W/"1"', "1", "*", '"1"\r\nX: y'])
    async def test_without_a_strong_etag_nothing_is_overwritten(self, etag_):
        async with bench(DONE) as found:
            with pytest.raises(EventRefused):
                await found.calendars.put(found.url, LOGIN, ONE, TEXT, etag_)
            with pytest.raises(EventRefused):
                await found.calendars.delete(found.url, LOGIN, ONE, etag_)
        assert found.seen == []

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (refusing(412), EventOvertaken),
            (refusing(409), EventOvertaken),
            (refusing(409, "c:no-uid-conflict"), EventOvertaken),
            (refusing(412, "c:no-uid-conflict"), EventOvertaken),
            (refusing(403, "c:unique-scheduling-object-resource"), EventOvertaken),
            (refusing(403, "c:no-uid-conflict"), EventOvertaken),
            (refusing(403, "c:valid-calendar-data"), EventRefused),
            (refusing(403), CalendarForbidden),
            (refusing(403, "d:need-privileges"), CalendarForbidden),
            (refusing(404), CalendarGone),
            (refusing(400), EventRefused),
            (refusing(413), EventRefused),
            (refusing(415), EventRefused),
            (refusing(507), EventRefused),
            (refusing(423), CalendarUnreachable),
            (refusing(500), CalendarUnconfirmed),
            (refusing(504), CalendarUnconfirmed),
        ],
    )
    async def test_what_a_refusal_means(self, answer, error):
        there = says(multistatus(member(ONE, etag('"1"'))))
        async with bench(by_method(PUT=says(answer), DELETE=says(answer), PROPFIND=there)) as found:
            with pytest.raises(error):
                await found.calendars.put(found.url, LOGIN, ONE, TEXT, '"1"')
            with pytest.raises(error):
                await found.calendars.delete(found.url, LOGIN, ONE, '"1"')


class TestProving:
    @staticmethod
    def kept(*, writable: bool = True, deletable: bool = True):
        """Return a server that keeps one event, and what it keeps."""
        store: dict[str, str] = {}

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            match request.method:
                case "PUT" if writable:
                    store[request.path] = (await request.read()).decode()
                    return web.Response(status=201)
                case "DELETE" if deletable and store.pop(request.path, ""):
                    return web.Response(status=204)
                case "PUT" | "DELETE":
                    return web.Response(status=403)
                case "PROPFIND" if request.path in store:
                    return await says(multistatus(member(request.path, etag('"1"'))))(request)
                case "REPORT":
                    some = (member(path, etag('"1"'), data(text)) for path, text in store.items())
                    return await says(multistatus(*some))(request)
            return web.Response(status=404)

        return answer, store

    async def test_an_event_is_written_read_and_deleted(self):
        answer, store = self.kept()
        async with bench(answer) as found:
            await found.calendars.prove(found.url, LOGIN)
        assert store == {}
        assert found.methods == ["PROPFIND", "PUT", "REPORT", "PROPFIND", "DELETE"]

    @pytest.mark.parametrize("rights", [{"writable": False}, {"deletable": False}])
    async def test_a_calendar_that_is_read_only_is_forbidden(self, rights):
        answer, _ = self.kept(**rights)
        async with bench(answer) as found:
            with pytest.raises(CalendarForbidden):
                await found.calendars.prove(found.url, LOGIN)

    async def test_an_event_whose_writing_was_not_confirmed_is_deleted_again(self):
        answer, store = self.kept()

        async def unsure(request: web.BaseRequest) -> web.StreamResponse:
            told = await answer(request)
            return web.Response(status=500) if request.method == "PUT" else told

        async with bench(unsure) as found:
            with pytest.raises(CalendarUnreachable):
                await found.calendars.prove(found.url, LOGIN)
        assert store == {}


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
