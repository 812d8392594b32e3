"""From what an agent types to their calendars."""

import asyncio

import pytest
from aiohttp import web

from bridge.caldav import discovery
from bridge.caldav.discovery import PLACES
from bridge.caldav.lookup import CalendarService
from bridge.errors import (
    CalendarAddressRefused,
    CalendarLoginRefused,
    CalendarUnreachable,
)
from tests.unit.bridge.caldav.kit import (
    CALENDAR,
    HOME,
    LOGIN,
    Answer,
    Bench,
    bench,
    member,
    multistatus,
    refusing,
    says,
)

PRINCIPAL = "/principals/alice/"
IS_CALENDAR = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
WHO = f"<d:current-user-principal><d:href>{PRINCIPAL}</d:href></d:current-user-principal>"
HOMES = f"<c:calendar-home-set><d:href>{HOME}</d:href></c:calendar-home-set>"
ADDRESSES = (
    "<c:calendar-user-address-set><d:href>MAILTO:Alice@Example.org</d:href>"
    "<d:href>urn:uuid:1</d:href><d:href>mailto:alice@example.org</d:href></c:calendar-user-address-set>"
)


def site(**paths: web.Response) -> Answer:
    """Return a server that knows some paths: `root`, `well_known`, `principal`, `home`."""
    known = {
        "/": paths.get("root"),
        "/.well-known/caldav": paths.get("well_known"),
        PRINCIPAL: paths.get("principal", multistatus(member(PRINCIPAL, HOMES, ADDRESSES))),
        HOME: paths.get("home", multistatus(member(CALENDAR, IS_CALENDAR))),
        CALENDAR: paths.get("calendar", multistatus(member(CALENDAR, IS_CALENDAR, WHO))),
    }

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "OPTIONS":
            told = web.Response(status=200)
            for one in ("1, access-control", "calendar-access, Calendar-Auto-Schedule"):
                told.headers.add("DAV", one)
            return told
        found = known.get(request.path)
        return web.Response(status=404) if found is None else await says(found)(request)

    return answer


def here(found: Bench, path: str = "/") -> str:
    return f"{found.base}{path}"


MOVED = web.Response(status=301, headers={"Location": "/"})


@pytest.mark.parametrize("path", ["/", "/.well-known/caldav", PRINCIPAL, HOME, CALENDAR, "/wrong/"])
async def test_every_url_of_a_server_leads_to_the_account(path):
    root = multistatus(member("/", WHO))
    async with bench(
        site(
            root=root,
            well_known=MOVED,
            home=multistatus(member(HOME, WHO), member(CALENDAR, IS_CALENDAR)),
        )
    ) as found:
        account = await found.calendars.discover(here(found, path), LOGIN)
    assert account.home == here(found, HOME)
    assert [one.url for one in account.calendars] == [here(found, CALENDAR)]
    assert account.addresses == ("alice@example.org",)
    assert account.schedules
    assert len(found.seen) <= 8


async def test_a_server_may_not_say_that_it_delivers():
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(status=405)
        return await site(root=multistatus(member("/", WHO)))(request)

    async with bench(answer) as found:
        assert not (await found.calendars.discover(here(found), LOGIN)).schedules


async def test_a_calendar_alone_has_the_folder_above_it_for_a_home():
    async with bench(site(calendar=multistatus(member(CALENDAR, IS_CALENDAR)))) as found:
        account = await found.calendars.discover(found.url, LOGIN)
    assert (account.home, account.addresses) == (here(found, HOME), ())


async def test_an_account_may_have_no_calendar_yet():
    empty = multistatus(member(HOME, "<d:resourcetype><d:collection/></d:resourcetype>"))
    async with bench(site(root=multistatus(member("/", WHO)), home=empty)) as found:
        assert (await found.calendars.discover(here(found), LOGIN)).calendars == []


@pytest.mark.parametrize(
    "root",
    [
        web.Response(text="<html>Welcome</html>", content_type="text/html"),
        refusing(403),
        refusing(405),
        multistatus(member("/", "<d:resourcetype><d:collection/></d:resourcetype>")),
        multistatus(
            member("/", "<d:current-user-principal><d:unauthenticated/></d:current-user-principal>")
        ),
        multistatus(member("/", HOMES.replace(HOME, "https://evil.example/home/"))),
        multistatus(),
    ],
)
async def test_where_no_calendars_are_none_are_found(root):
    nothing = multistatus(member("/", "<d:displayname>x</d:displayname>"))
    async with bench(site(root=root, home=nothing)) as found:
        with pytest.raises(CalendarAddressRefused):
            await found.calendars.discover(here(found), LOGIN)


@pytest.mark.parametrize("typed", ["/", "/SOGo/so/alice/Calendar/view", "/apps/calendar"])
@pytest.mark.parametrize("place", ["/SOGo/dav/", "/remote.php/dav/", "/caldav.php/"])
async def test_the_address_of_a_web_page_leads_to_a_known_place_of_its_server(typed, place):
    """Many servers are set up without /.well-known/caldav."""
    known = site(root=web.Response(text="<html>", content_type="text/html"))
    there = multistatus(member(place, WHO))

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await (says(there) if request.path == place else known)(request)

    async with bench(answer) as found:
        account = await found.calendars.discover(here(found, typed), LOGIN)
        assert account.home == here(found, HOME)


async def test_a_host_that_does_not_answer_is_asked_at_no_further_place():
    async with bench(says(web.Response(status=502))) as found:
        with pytest.raises(CalendarUnreachable):
            await found.calendars.discover(here(found), LOGIN)
        assert {one.path for one in found.seen} == {"/", "/.well-known/caldav"}


async def test_credentials_that_are_refused_are_tried_at_no_other_place():
    async with bench(says(web.Response(status=401))) as found:
        with pytest.raises(CalendarLoginRefused):
            await found.calendars.discover(here(found, "/dav/"), LOGIN)
        assert len(found.seen) == 1


async def test_a_server_that_does_not_answer_is_told_as_such():
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=502 if request.path == "/" else 404)

    async with bench(answer) as found:
        with pytest.raises(CalendarUnreachable):
            await found.calendars.discover(here(found), LOGIN)


async def test_discovery_as_a_whole_ends(monkeypatch):
    monkeypatch.setattr(discovery, "LONGEST", 0.1)

    async def silence(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    async with bench(silence) as found:
        with pytest.raises(CalendarUnreachable, match="in all"):
            await found.calendars.discover(here(found), LOGIN)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "alice@",
        "@",
        "alice",
        "alice@localhost",
        "alice@[127.0.0.1]",
        "alice@exa mple.org",
        "alice@example.org/../",
        "alice@" + "a" * 300 + ".org",
        "http+unix://%2Frun%2Fdocker.sock/",
        "ldap://example.org",
        "javascript://x",
        "a" * 5000,
        "127.0.0.1/dav",
        "-.-",
    ],
)
async def test_what_is_no_address_is_refused_and_asks_nobody(typed):
    async with bench(says(multistatus())) as found:
        with pytest.raises(CalendarAddressRefused):
            await found.calendars.discover(typed, LOGIN)
        assert (found.seen, found.dns.asked) == ([], [])


class TestDomains:
    """The DNS names a server; names of the tests lead nowhere, so requests end at our guard."""

    @staticmethod
    async def asked(found: Bench, typed: str, monkeypatch) -> list[str]:
        """Return the URLs that are tried, in their order, before the places known of servers."""
        tried: list[str] = []
        checked = type(found.wire.networks).checked

        def note(networks, address):
            tried.append(address)
            return checked(networks, address)

        monkeypatch.setattr(type(found.wire.networks), "checked", note)
        with pytest.raises(CalendarAddressRefused):
            await found.calendars.discover(typed, LOGIN)
        assert found.seen == []
        if not tried[-1].endswith(PLACES[-1]):
            return tried
        own, places = tried[: -len(PLACES)], tried[-len(PLACES) :]
        assert [one.removeprefix(own[-1].rpartition("/")[0]) for one in places] == list(PLACES)
        return own

    @pytest.mark.parametrize(
        "typed", ["alice@Example.org", "example.org", " alice@example.org. ", "a@b@example.org"]
    )
    async def test_a_domain_s_own_services_come_first(self, typed, monkeypatch):
        async with bench(says(multistatus())) as found:
            found.dns.known["example.org"] = [
                CalendarService("cal.example.org", 8443, "/dav/"),
                CalendarService("example.org", 443),
            ]
            assert await self.asked(found, typed, monkeypatch) == [
                "https://cal.example.org:8443/dav/",
                "https://example.org:443/.well-known/caldav",
                "https://example.org/.well-known/caldav",
                "https://example.org/",
            ]
            assert found.dns.asked == ["example.org"]

    async def test_a_service_elsewhere_gets_no_credentials(self, monkeypatch):
        async with bench(says(multistatus())) as found:
            found.dns.known["example.org"] = [
                CalendarService("evil.example", 443),
                CalendarService("evilexample.org", 443),
                CalendarService("127.0.0.1", int(found.base.rpartition(":")[2])),
                CalendarService("localhost", 443),
            ]
            tried = await self.asked(found, "alice@example.org", monkeypatch)
        assert tried == ["https://example.org/.well-known/caldav", "https://example.org/"]

    async def test_a_domain_in_other_letters_is_one(self, monkeypatch):
        async with bench(says(multistatus())) as found:
            tried = await self.asked(found, "zoé@élan.example", monkeypatch)
        assert tried[-1] == "https://xn--lan-9la.example/"

    async def test_a_host_with_a_path_is_a_url(self, monkeypatch):
        async with bench(says(multistatus())) as found:
            tried = await self.asked(found, "cal.example.org/dav", monkeypatch)
        assert tried[0] == "https://cal.example.org/dav"
        assert found.dns.asked == []
