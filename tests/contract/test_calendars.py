"""Calendars at their servers: Radicale, Xandikos, and the double that tests of use cases take."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from bridge.caldav.servers import open_calendars
from bridge.clock import SystemClock
from bridge.domain.calendar import CalendarLogin, SyncMode
from bridge.errors import (
    CalendarGone,
    CalendarLoginRefused,
    EventOvertaken,
    EventRefused,
    SyncTokenRefused,
    SyncUnsupported,
)
from bridge.metrics import Metrics
from bridge.ports.calendar_servers import CalendarServers, FoundCalendar
from tests.doubles.calendars import FakeCalendars
from tests.servers import given as given_server
from tests.servers import radicale as radicale_server
from tests.servers import xandikos as xandikos_server
from tests.servers.calendars import CalendarServer, on_loopback
from tests.servers.given import NAME, given
from tests.servers.radicale import radicale
from tests.servers.require import need
from tests.servers.xandikos import xandikos

START = datetime(2031, 3, 3, 9, tzinfo=UTC)
KINDS = ["fake", "radicale", "xandikos", *given_server.kinds()]


@dataclass(frozen=True, slots=True)
class Place:
    """A server with an account, in which a test makes a calendar of its own."""

    kind: str
    calendars: CalendarServers
    home: str
    login: CalendarLogin

    async def calendar(self) -> FoundCalendar:
        return await self.calendars.create(self.home, self.login, NAME)


@pytest.fixture(scope="module")
def running_radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    need(not radicale_server.missing(), radicale_server.missing() or "")
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="module")
def running_xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    need(not xandikos_server.missing(), xandikos_server.missing() or "")
    with xandikos(tmp_path_factory.mktemp("xandikos")) as server:
        yield server


@asynccontextmanager
async def at(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    if kind == "fake":
        fake = FakeCalendars()
        account = fake.account("https://cal.example/alice/")
        yield Place(kind, fake, account.home, account.login)
        return
    if kind == "given":
        async with given() as theirs:
            yield Place(kind, theirs.calendars, theirs.account.home, theirs.login)
        return
    server: CalendarServer = request.getfixturevalue(f"running_{kind}")
    networks = on_loopback(server.url)
    async with open_calendars(networks, clock=SystemClock(), metrics=Metrics()) as ours:
        yield Place(kind, ours, server.home("alice"), server.login("alice"))


@pytest.fixture(
    params=[pytest.param(kind, marks=() if kind == "fake" else pytest.mark.long) for kind in KINDS]
)
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with at(request.param, request) as found:
        yield found


def event(uid: str, title: str = "Point", start: datetime = START) -> str:
    end = start + timedelta(hours=1)
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//test//FR",
            "BEGIN:VEVENT",
            f"UID:{uid}",
            "DTSTAMP:20300101T000000Z",
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"DTEND:{end:%Y%m%dT%H%M%SZ}",
            f"SUMMARY:{title}",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


def path_in(calendar: FoundCalendar, uid: str) -> str:
    return f"{urlsplit(calendar.url).path}{uid}.ics"


def tolerated(place: Place, why: str) -> None:
    """End a test at what we cope with where a server that was given does it."""
    if place.kind == "given":
        pytest.xfail(why)


@contextmanager
def refused(place: Place, *errors: type[Exception], otherwise: str) -> Iterator[None]:
    """Check that something is refused; a server that was given may do `otherwise`."""
    try:
        yield
    except errors:
        return
    tolerated(place, otherwise)
    pytest.fail("nothing was refused")


async def written(place: Place, calendar: FoundCalendar, **options) -> tuple[str, str]:
    """Write a new event; return its path and its ETag."""
    uid = f"{token_hex(8)}@parvis"
    href = path_in(calendar, uid)
    await place.calendars.put(calendar.url, place.login, href, event(uid, **options), None)
    return href, (await place.calendars.listing(calendar.url, place.login))[href]


async def state(place: Place, calendar: FoundCalendar) -> FoundCalendar:
    """Return a calendar as it is; SOGo has no state until the second is over."""
    for _ in range(20):
        found = await place.calendars.look(place.home, place.login)
        one = next(one for one in found if one.url == calendar.url)
        if one.ctag or place.kind != "given":
            break
        await asyncio.sleep(0.25)
    return one


@pytest.mark.parametrize("kind", KINDS)
async def test_an_event_is_written_seen_read_and_deleted(kind, request):
    """One quick thread through each server."""
    async with at(kind, request) as place:
        calendar = await place.calendar()
        if calendar.mode is SyncMode.LISTING:
            tolerated(place, "it tells no changes: its events are listed")
        assert (calendar.name, calendar.writable, calendar.mode) == (
            NAME,
            True,
            SyncMode.SYNC,
        )
        first = await place.calendars.changes(calendar.url, place.login, "")
        assert not first.changed
        href, etag = await written(place, calendar, title="Revue — été")
        after = await place.calendars.changes(calendar.url, place.login, first.token)
        assert (after.changed, after.gone) == ({href: etag}, frozenset())
        found = await place.calendars.fetch(calendar.url, place.login, [href])
        assert found[href].etag == etag
        assert "SUMMARY:Revue — été" in found[href].text
        assert await state(place, calendar) != calendar
        await place.calendars.delete(calendar.url, place.login, href, etag)
        last = await place.calendars.changes(calendar.url, place.login, after.token)
        assert (last.changed, last.gone) == ({}, frozenset({href}))
        assert await place.calendars.fetch(calendar.url, place.login, [href]) == {}


async def test_nothing_new_changes_no_state(place):
    calendar = await place.calendar()
    await written(place, calendar)
    before = await state(place, calendar)
    assert before.ctag
    assert await state(place, calendar) == before
    if calendar.mode is SyncMode.LISTING:
        tolerated(place, "it tells no changes: its events are listed")
    token = (await place.calendars.changes(calendar.url, place.login, "")).token
    again = await place.calendars.changes(calendar.url, place.login, token)
    assert (again.changed, again.gone) == ({}, frozenset())


async def test_a_token_of_nobody_is_refused(place):
    calendar = await place.calendar()
    errors = SyncTokenRefused, SyncUnsupported
    with refused(place, *errors, otherwise="all events are compared once a day"):
        await place.calendars.changes(calendar.url, place.login, "http://radicale.org/ns/sync/no")


async def test_a_new_event_never_overwrites(place):
    calendar = await place.calendar()
    href, etag = await written(place, calendar)
    uid = href.rpartition("/")[2].removesuffix(".ics")
    with pytest.raises(EventOvertaken):
        await place.calendars.put(calendar.url, place.login, href, event(uid, "autre"), None)
    assert (await place.calendars.listing(calendar.url, place.login))[href] == etag


async def test_the_uid_of_another_event_is_refused(place):
    calendar = await place.calendar()
    href, _ = await written(place, calendar)
    uid = href.rpartition("/")[2].removesuffix(".ics")
    with refused(place, EventOvertaken, otherwise="it keeps two events of one UID"):
        await place.calendars.put(
            calendar.url, place.login, path_in(calendar, "autre"), event(uid), None
        )


async def test_a_stale_version_is_neither_overwritten_nor_deleted(place):
    calendar = await place.calendar()
    href, old = await written(place, calendar)
    uid = href.rpartition("/")[2].removesuffix(".ics")
    put = place.calendars.put
    new = await put(calendar.url, place.login, href, event(uid, "deux"), old)
    now = (await place.calendars.listing(calendar.url, place.login))[href]
    assert new in {now, None}
    assert now != old
    with pytest.raises(EventOvertaken):
        await put(calendar.url, place.login, href, event(uid, "trois"), old)
    with pytest.raises(EventOvertaken):
        await place.calendars.delete(calendar.url, place.login, href, old)
    found = await place.calendars.fetch(calendar.url, place.login, [href])
    assert "deux" in found[href].text


async def test_nothing_is_overwritten_or_deleted_without_an_etag(place):
    calendar = await place.calendar()
    href, etag = await written(place, calendar)
    with pytest.raises(EventRefused):
        await place.calendars.put(calendar.url, place.login, href, event("x"), "")
    with pytest.raises(EventRefused):
        await place.calendars.delete(calendar.url, place.login, href, "")
    assert await place.calendars.listing(calendar.url, place.login) == {href: etag}


async def test_what_is_gone_can_be_neither_overwritten_nor_deleted(place):
    calendar = await place.calendar()
    href, etag = await written(place, calendar)
    await place.calendars.delete(calendar.url, place.login, href, etag)
    with pytest.raises(CalendarGone):
        await place.calendars.delete(calendar.url, place.login, href, etag)
    errors = EventOvertaken, CalendarGone
    with refused(place, *errors, otherwise="what is overwritten is read just before"):
        await place.calendars.put(calendar.url, place.login, href, event("x"), etag)


async def test_a_window_shows_the_events_of_some_time(place):
    calendar = await place.calendar()
    near, etag = await written(place, calendar)
    far, _ = await written(place, calendar, start=START + timedelta(days=365))
    found = await place.calendars.window(
        calendar.url, place.login, START - timedelta(days=1), START + timedelta(days=90)
    )
    assert found == {near: etag}
    assert set(await place.calendars.listing(calendar.url, place.login)) == {near, far}


async def test_of_many_events_only_those_still_there_are_read(place):
    calendar = await place.calendar()
    hrefs = [(await written(place, calendar))[0] for _ in range(3)]
    missing = path_in(calendar, "nobody's")
    found = await place.calendars.fetch(calendar.url, place.login, [*hrefs, missing])
    assert set(found) == set(hrefs)


async def test_a_path_with_letters_of_all_kinds_is_one_path(place):
    calendar = await place.calendar()
    uid = f"é à+b;c=1@{token_hex(4)}"  # Cyrus takes a UID once in all calendars of an account
    href = f"{urlsplit(calendar.url).path}%C3%A9%20%C3%A0%2Bb%3Bc%3D1@parvis.ics"
    await place.calendars.put(calendar.url, place.login, href, event(uid), None)
    assert list(await place.calendars.listing(calendar.url, place.login)) == [href]
    assert list(await place.calendars.fetch(calendar.url, place.login, [href])) == [href]


async def test_a_calendar_can_be_proved(place):
    calendar = await place.calendar()
    await place.calendars.prove(calendar.url, place.login)
    assert await place.calendars.listing(calendar.url, place.login) == {}


async def test_a_missing_calendar_is_gone(place):
    url = f"{place.home}nowhere/"
    for asking in (
        place.calendars.listing(url, place.login),
        place.calendars.changes(url, place.login, ""),
    ):
        with pytest.raises(
            (CalendarGone, SyncUnsupported) if given_server.kinds() else CalendarGone
        ):
            await asking


async def test_a_wrong_password_is_refused(place):
    if place.kind == "xandikos":
        pytest.skip("it asks for no password")
    wrong = replace(place.login, secret=SecretStr("wrong"))
    for asking in (
        place.calendars.look(place.home, wrong),
        place.calendars.discover(place.home, wrong),
        place.calendars.create(place.home, wrong, "x"),
    ):
        with pytest.raises(CalendarLoginRefused):
            await asking


async def test_an_account_is_found_from_its_server_its_home_and_its_calendars(place):
    calendar = await place.calendar()
    parts = urlsplit(place.home)
    server = f"{parts.scheme}://{parts.netloc}/"
    if isinstance(place.calendars, FakeCalendars):
        place.calendars.leads[server] = place.home
    for address in (server, place.home, calendar.url):
        found = await place.calendars.discover(address, place.login)
        assert found.home == place.home
        assert calendar.url in {one.url for one in found.calendars}


async def test_many_events_are_written_at_once(place):
    calendar = await place.calendar()
    hrefs = [path_in(calendar, f"{number}-{token_hex(4)}") for number in range(12)]
    await asyncio.gather(
        *(
            place.calendars.put(calendar.url, place.login, href, event(token_hex(8)), None)
            for href in hrefs
        )
    )
    assert set(await place.calendars.listing(calendar.url, place.login)) == set(hrefs)
