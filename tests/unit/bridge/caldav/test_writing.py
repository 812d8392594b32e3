"""Writes to servers that can't run here, which answer as they were seen to."""

import pytest
from aiohttp import web

from bridge.errors import (
    CalendarForbidden,
    CalendarGone,
    CalendarUnconfirmed,
    CalendarUnreachable,
    EventElsewhere,
    EventOvertaken,
    EventRefused,
)
from tests.unit.bridge.caldav.kit import (
    CALENDAR,
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
)

ONE, TWO = f"{CALENDAR}1.ics", f"{CALENDAR}2.ics"
NOT_THERE = says(web.Response(status=404))
DONE = says(web.Response(status=204))


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
        assert found.seen[-1].headers["Schedule-Reply"] == "F", "nobody declined"

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
            (refusing(409, "c:no-uid-conflict"), EventElsewhere),
            (refusing(409, "c:no-uid-conflict", wordy=True), EventElsewhere),
            (refusing(412, "c:no-uid-conflict"), EventElsewhere),
            (refusing(403, "c:unique-scheduling-object-resource"), EventElsewhere),
            (refusing(403, "c:no-uid-conflict"), EventElsewhere),
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
