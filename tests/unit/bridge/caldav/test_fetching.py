"""Events with their texts, as servers that can't run here give them."""

import pytest
from aiohttp import web

from bridge.errors import (
    CalendarAddressRefused,
    CalendarUnreachable,
    CalendarUnreadable,
)
from bridge.ports.calendar_servers import ObjectText
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
    whole,
)

ONE, TWO = f"{CALENDAR}1.ics", f"{CALENDAR}2.ics"
NOT_THERE = says(web.Response(status=404))


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

    async def test_a_letter_that_a_fold_cuts_in_two_is_read_and_written_as_it_is(self):
        """Its pieces are no UTF-8, so an answer in XML that has them is broken."""
        folded = TEXT.encode().replace(b"UID:1", b"UID:1\r\nSUMMARY:R\xc3\r\n \xa9union")
        sent: list[bytes] = []

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            match request.method:
                case "PUT":
                    sent.append(await request.read())
                    return web.Response(status=204)
                case "GET":
                    return web.Response(body=folded, headers={"ETag": '"1"'})
            said = multistatus(member(ONE, etag('"1"'), data("EVENT"))).body
            assert isinstance(said, bytes)
            return web.Response(status=207, body=said.replace(b"EVENT", folded))

        async with bench(answer) as found:
            told = await found.calendars.fetch(found.url, LOGIN, [ONE])
            await found.calendars.put(found.url, LOGIN, ONE, told[ONE].text, told[ONE].etag)
        assert sent == [folded]

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
                f"{CALENDAR}{n}.ics" for n in range(220) if f"/{n}.ics<" in found.seen[-1].body
            ]
            return await says(multistatus(*(member(one, etag('"1"'), data()) for one in asked)))(
                request
            )

        async with bench(answer) as found:
            hrefs = [f"{CALENDAR}{number}.ics" for number in range(220)]
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
