"""Feeds on a real socket: what a calendar gets, how little it costs to ask again, who gets none."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from uuid import uuid4

import pytest
from aiohttp import ClientResponse, ClientSession
from icalendar import Calendar
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from bridge.calendars import feed as written
from bridge.domain.authority import Membership
from bridge.domain.cause import Actor, Cause, Reply
from bridge.domain.feed import PAST
from bridge.i18n import Language
from bridge.ids import EventId, SalonId
from bridge.services.feeds.addresses import Feeds, address_of
from bridge.services.feeds.reading import FeedReading
from bridge.store.work import Store
from federation.door.feeds import FeedFiles
from federation.door.gate import LOST, READS
from federation.door.settings import Rate
from tests.defaults import door_limits
from tests.door.house import ORGANISER, START, House, Link, open_house
from tests.door.test_host_page import hosting
from tests.peers.calendar import missing, read_by_another
from tests.servers.require import need

SALON = SalonId("!salon:agent.example")
MODERATOR = Membership(present=True, level=50)


def cause(*, direct: bool) -> Cause:
    line = EventId(f"${uuid4().hex}")
    return Cause(
        key=line,
        actor=Actor(name=ORGANISER, memberships={SALON: MODERATOR}),
        reply=Reply(salon=SALON, line=line, event=line, direct=direct),
    )


async def path_of(
    house: House, *, direct: bool = True, language: Language = Language.FR, name: str = ""
) -> str:
    """Return the path of the organiser's feed, or of the salon's."""
    async with house.works() as work:
        made = await Feeds(house.minter, house.tools).issue(
            work, cause(direct=direct), language=language, name=name
        )
    return address_of(made, house.minter, "")


async def withdraw(house: House, *, direct: bool = True) -> None:
    async with house.works() as work:
        assert await Feeds(house.minter, house.tools).withdraw(work, cause(direct=direct))


@asynccontextmanager
async def asked(
    session: ClientSession, path: str, *, known: str = "", method: str = "GET"
) -> AsyncIterator[ClientResponse]:
    headers = {"If-None-Match": known} if known else {}
    async with session.request(method, path, headers=headers) as answer:
        yield answer


async def calendar(session: ClientSession, path: str) -> Calendar:
    async with asked(session, path) as answer:
        assert answer.status == 200, await answer.text()
        return Calendar.from_ical(await answer.read())


class TestContent:
    async def test_is_a_calendar_to_subscribe_to(self, house: House):
        link = await house.invite(title="Point budget")
        path = await path_of(house)
        async with house.browser() as session, asked(session, path) as answer:
            assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
            assert answer.headers["Cache-Control"] == "private, no-cache"
            body = await answer.read()
        made = Calendar.from_ical(body)
        assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in body
        assert b"X-PUBLISHED-TTL:PT60M\r\n" in body
        assert (str(made["name"]), str(made["color"])) == ("Mes réunions Visio", written.COLOUR)
        assert "method" not in made
        (event,) = made.walk("VEVENT")
        assert link.meeting.room is not None
        assert event["uid"] == f"{link.meeting.id}@example.org"
        assert str(event["summary"]) == "Point budget"
        assert b"DTSTART;TZID=Europe/Paris:20261201T140000\r\n" in body
        assert event["location"] == event["url"] == event["conference"] == link.meeting.room.url
        assert (event["status"], event["sequence"]) == ("CONFIRMED", 0)
        assert "attendee" not in event
        assert "organizer" not in event

    async def test_names_no_guest_and_shows_no_link_of_theirs(self, house: House):
        link = await house.invite()
        async with house.browser() as session:
            for direct in (True, False):
                async with asked(session, await path_of(house, direct=direct)) as answer:
                    body = await answer.text()
                assert link.code not in body
                assert "Martin" not in body
                assert "partenaire" not in body

    async def test_of_a_salon_has_no_link_at_all(self, house: House):
        await house.invite()
        async with house.browser() as session:
            made = await calendar(session, await path_of(house, direct=False))
        (event,) = made.walk("VEVENT")
        assert {"location", "url", "conference"}.isdisjoint(key.lower() for key in event)
        assert house.visio not in event.to_ical().decode()

    @pytest.mark.parametrize(
        ("language", "name", "shown"),
        [
            (Language.FR, "Projet", "Réunions Visio – Projet"),
            (Language.EN, "Projet", "Visio meetings – Projet"),
            (Language.FR, "", "Réunions Visio du salon"),
            (Language.EN, "", "The salon’s Visio meetings"),
        ],
    )
    async def test_is_named_in_the_salons_language(self, house: House, language, name, shown):
        path = await path_of(house, direct=False, language=language, name=name)
        async with house.browser() as session:
            made = await calendar(session, path)
        assert str(made["name"]) == str(made["x-wr-calname"]) == shown
        assert str(made["prodid"]).endswith(language.value.upper())

    async def test_is_read_by_another_library(self, house: House):
        need(missing() is None, missing() or "")
        link = await house.invite(title="Écoute, « points »; suite")
        await house.save(link.occurrence.cancelled(house.clock.now()))
        await house.invite(title="Point budget")
        async with house.browser() as session, asked(session, await path_of(house)) as answer:
            (read,) = read_by_another([await answer.read()])
        assert [(one["summary"], one["status"]) for one in read["events"]] == [
            ("Écoute, « points »; suite", "CANCELLED"),
            ("Point budget", "CONFIRMED"),
        ]
        assert read["zones"] == ["Europe/Paris"]
        assert (read["name"], read["refreshed"]) == ("Mes réunions Visio", "PT1H")


class TestAskedAgain:
    async def test_is_not_made_again_until_something_changes(self, house: House):
        link = await house.invite()
        path = await path_of(house)
        async with house.browser() as session:
            async with asked(session, path) as answer:
                tag, changed = answer.headers["ETag"], answer.headers["Last-Modified"]
            assert parsedate_to_datetime(changed) <= house.clock.now()
            for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
                async with asked(session, path, known=known) as answer:
                    assert answer.status == 304
                    assert await answer.read() == b""
                    assert answer.headers["ETag"] == tag
                    assert answer.headers["Cache-Control"] == "private, no-cache"
            await house.save(replace(link.meeting, title="Autre titre"))
            async with asked(session, path, known=tag) as answer:
                assert answer.status == 200
                assert answer.headers["ETag"] != tag
                assert "Autre titre" in await answer.text()

    async def test_one_that_is_too_old_is_a_change(self, house: House):
        await house.invite()
        path = await path_of(house)
        async with house.browser() as session:
            async with asked(session, path) as answer:
                tag = answer.headers["ETag"]
            house.clock.set(START + PAST + timedelta(hours=2))
            async with asked(session, path, known=tag) as answer:
                assert answer.status == 200
                assert "VEVENT" not in await answer.text()

    async def test_by_head_it_answers_as_by_get(self, house: House):
        await house.invite()
        path = await path_of(house)
        async with house.browser() as session:
            async with asked(session, path) as answer:
                length, tag = answer.headers["Content-Length"], answer.headers["ETag"]
            async with asked(session, path, method="HEAD") as answer:
                assert (answer.status, await answer.read()) == (200, b"")
                assert answer.headers["Content-Length"] == length
            async with asked(session, path, method="HEAD", known=tag) as answer:
                assert answer.status == 304

    async def test_other_methods_are_refused(self, house: House):
        path = await path_of(house)
        async with house.browser() as session, session.put(path, data=b"x") as answer:
            assert answer.status == 405


class TestFiles:
    async def test_many_at_once_make_one(self, house: House):
        await house.invite()
        path = await path_of(house)
        made: list[object] = []

        class Counting(FeedReading):
            async def events(self, state):
                made.append(state)
                return await super().events(state)

        reading = Counting(house.tools, "visio.example")
        files = FeedFiles(reading)
        state = await reading.state(path.removeprefix("/feed/").removesuffix(".ics"))
        assert state is not None
        found = await asyncio.gather(*(files.file(state) for _ in range(5)))
        assert len({*found}) == len(made) == 1

    async def test_what_is_kept_is_bounded(self, house: House):
        await house.invite()
        own, salon = await path_of(house), await path_of(house, direct=False)
        reading = FeedReading(house.tools, "visio.example")
        files = FeedFiles(reading, remembered=1000)
        for path in (own, salon, own):
            state = await reading.state(path.removeprefix("/feed/").removesuffix(".ics"))
            assert state is not None
            assert b"VEVENT" in await files.file(state)
            assert files._size <= 1000


class TestNobodys:
    @pytest.mark.parametrize("code", ["A" * 22, "A" * 21, "A" * 23, "A" * 21 + "é", ""])
    async def test_an_unknown_one_is_not_there(self, house: House, code: str):
        async with house.browser() as session, session.get(f"/feed/{code}.ics") as answer:
            assert answer.status == 404

    async def test_a_withdrawn_one_is_gone_at_once(self, house: House):
        path = await path_of(house)
        async with house.browser() as session:
            async with asked(session, path) as answer:
                tag = answer.headers["ETag"]
            await withdraw(house)
            for known in ("", tag):
                async with asked(session, path, known=known) as answer:
                    assert answer.status == 404
            again = await path_of(house)
            assert again != path
            async with asked(session, again) as answer:
                assert answer.status == 200
            async with asked(session, path) as answer:
                assert answer.status == 404


async def until_busy(
    session: ClientSession, paths: Sequence[str], *, known: str = ""
) -> tuple[int, int]:
    """Ask until the door has had enough; return how often it answered, and when to come back."""
    for count, path in enumerate(paths):
        async with asked(session, path, known=known) as answer:
            if answer.status == 429:
                return count, int(answer.headers["Retry-After"])
            assert answer.status == (304 if known else 404)
    raise AssertionError("no limit")


class TestLimits:
    @pytest.mark.long
    async def test_one_feed_is_limited_apart_from_others(self, house: House):
        own, salon = await path_of(house), await path_of(house, direct=False)
        async with house.browser() as session:
            async with asked(session, own) as answer:
                tag = answer.headers["ETag"]
            count, wait = await until_busy(session, [own] * 2 * READS.burst, known=tag)
            assert count >= READS.burst - 1
            assert wait >= 1
            async with asked(session, salon) as answer:
                assert answer.status == 200

    async def test_guesses_are_limited_and_lock_out_no_feed_and_no_guest(self, house: House):
        link = await house.invite()
        path = await path_of(house)
        async with house.browser() as session:
            guesses = [f"/feed/{n:022}.ics" for n in range(2 * LOST.burst)]
            count, _ = await until_busy(session, guesses)
            assert count >= LOST.burst
            async with asked(session, path) as answer:
                assert answer.status == 200
            async with session.get(f"/j/{link.code}") as answer:
                assert answer.status == 200

    async def test_calendars_use_up_nobody_elses_requests(self, works: Store):

        few = door_limits(requests=Rate(3, 600))
        async with (
            open_house(works, lambda settings: replace(settings, limits=few)) as house,
            house.browser() as session,
        ):
            path = await path_of(house)
            statuses = []
            for _ in range(4):
                async with asked(session, path) as answer:
                    statuses.append(answer.status)
            assert statuses == [200, 200, 200, 429]
            async with session.get("/") as answer:
                assert answer.status == 200


async def test_no_address_is_in_a_log_or_a_metric(house: House, caplog):
    path = await path_of(house)
    code = path.removeprefix("/feed/").removesuffix(".ics")
    with capture_logs() as logs:
        async with house.browser() as session:
            for method in ("GET", "HEAD", "PUT"):
                async with session.request(method, path):
                    pass
            async with session.get(f"{path}x"):
                pass
            await withdraw(house)
            async with session.get(path):
                pass
    assert logs
    told = f"{logs}{caplog.text}{generate_latest(house.registry).decode()}"
    assert code not in told


class TestHostsPage:
    async def test_gives_its_meeting_to_the_hosts_calendar(self, salon_house: House):
        link = await salon_house.invite(title="Point budget")
        async with hosting(salon_house, link) as (host, path):
            async with host.get(path) as answer:
                page = await answer.text()
            assert f'href="{path}/event.ics?lang=fr"' in page
            assert "Télécharger l’événement (.ics)" in page
            async with host.get(f"{path}/event.ics?lang=en") as answer:
                assert answer.status == 200
                assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
                made = Calendar.from_ical(await answer.read())
        (event,) = made.walk("VEVENT")
        assert event["uid"] == f"{link.meeting.id}@example.org", "as in a feed"
        assert "Join the meeting" in str(event["description"])

    async def test_gives_it_to_nobody_else_and_no_more_once_it_is_over(self, salon_house: House):
        link: Link = await salon_house.invite()
        async with hosting(salon_house, link) as (host, path):
            async with salon_house.browser() as other, other.get(f"{path}/event.ics") as answer:
                assert answer.status == 403
            await salon_house.save(link.occurrence.ended(salon_house.clock.now()))
            async with host.get(f"{path}/event.ics", allow_redirects=False) as answer:
                assert answer.status == 303
            async with host.get(path) as answer:
                assert "event.ics" not in await answer.text()
