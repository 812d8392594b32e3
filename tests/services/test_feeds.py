"""Feeds: who gets an address, what they show, and that they agree with what is planned."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from bridge.calendars.feed import Entry, FeedText, feed_file
from bridge.domain.answer import Answer
from bridge.domain.colleague import Colleague
from bridge.domain.feed import PAST, REFRESHED, Feed, FeedEvent
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import FeedAddress
from bridge.domain.series import Reach
from bridge.errors import NotAllowed
from bridge.i18n import Language
from bridge.ids import SalonId, UserId
from bridge.services.answers import answer
from bridge.services.calendars.describing import Describing
from bridge.services.feeds.addresses import Feeds, address_of
from bridge.services.feeds.reading import FeedReading, FeedState
from bridge.services.meetings.colleagues import expect, release
from bridge.services.meetings.handing import Handing
from bridge.services.meetings.topics import Topics
from tests.peers.calendar import missing, read_by_another
from tests.servers.require import need
from tests.services.house import ALICE, BOB, HOUR, MINUTE, SALON, START, House, said
from tests.services.test_series import DAY, WEEK, at, dates, planned
from tests.services.test_series_changes import TUESDAY, Weekly
from tests.wiring import minter

DOMAIN = "visio.example"
DOOR = "https://porte.example"
MODERATOR = 50


async def issued(
    house: House, by: UserId = BOB, *, direct: bool = False, event: str = "flux"
) -> Feed:
    """Hand out the salon's feed to a moderator, or in a direct message a person's own."""
    cause = said(event, by=by, level=MODERATOR, direct=direct)
    async with house.store() as work:
        feeds = Feeds(minter(), house.tools)
        return await feeds.issue(work, cause, language=Language.FR, name="Projet")


async def withdrawn(house: House, by: UserId = BOB, *, direct: bool = False) -> bool:
    cause = said("retirer", by=by, level=MODERATOR, direct=direct)
    async with house.store() as work:
        return await Feeds(minter(), house.tools).withdraw(work, cause)


def code(feed: Feed) -> str:
    return address_of(feed, minter(), DOOR).removeprefix(f"{DOOR}/feed/").removesuffix(".ics")


def reading(house: House) -> FeedReading:
    return FeedReading(house.tools, DOMAIN)


async def state(house: House, feed: Feed) -> FeedState:
    found = await reading(house).state(code(feed))
    assert found is not None
    return found


async def events(house: House, feed: Feed) -> Sequence[FeedEvent]:
    return await reading(house).events(await state(house, feed))


async def titles(house: House, feed: Feed) -> list[str]:
    return [one.title for one in await events(house, feed)]


def as_file(shown: Sequence[FeedEvent]) -> bytes:
    text = FeedText(
        language=Language.FR, name="Projet", join="Rejoindre", changed_at=START, refreshed=REFRESHED
    )
    return feed_file(text, [Entry(one, one.title, one.topics) for one in shown])


async def comes(
    house: House, occurrence: Occurrence, who: UserId, said: Answer = Answer.YES
) -> None:
    async with house.store() as work:
        await answer(work, occurrence, who, said, house.clock.now())


async def named(house: House, occurrence: Occurrence, who: UserId) -> None:
    async with house.store() as work:
        await expect(work, occurrence, [Colleague(user=who, name="Bob")], house.clock.now())


@pytest_asyncio.fixture(loop_scope="session")
async def budget(house: House) -> tuple[Meeting, Occurrence]:
    """Alice's meeting of tomorrow."""
    return await house.met("ask", start=START + DAY)


class TestAddress:
    async def test_is_sent_in_private_and_the_database_has_no_code(self, house: House):
        feed = await issued(house)
        (sent,) = await house.shown()
        assert isinstance(sent, FeedAddress)
        assert sent.confidant == BOB
        assert code(feed) not in repr(sent) + repr(feed)
        assert len(code(feed)) == 22, "128 bits"

    async def test_a_salons_own_is_for_its_moderators(self, house: House):
        cause = said("flux", by=ALICE)
        async with house.store() as work:
            feeds = Feeds(minter(), house.tools)
            with pytest.raises(NotAllowed):
                await feeds.issue(work, cause, language=Language.FR)
            with pytest.raises(NotAllowed):
                await feeds.withdraw(work, cause)

    async def test_is_the_same_until_it_is_withdrawn(self, house: House):
        first = await issued(house)
        assert await issued(house, event="again") == first
        assert await withdrawn(house)
        assert await reading(house).state(code(first)) is None
        assert not await withdrawn(house)
        second = await issued(house, event="anew")
        assert code(second) != code(first)
        assert await reading(house).state(code(first)) is None
        assert (await state(house, second)).feed == second

    async def test_of_a_salon_and_of_agents_are_apart(self, house: House):
        salon, own = await issued(house), await issued(house, direct=True, event="own")
        other = await issued(house, ALICE, direct=True, event="hers")
        assert len({code(salon), code(own), code(other)}) == 3
        await withdrawn(house, direct=True)
        assert await reading(house).state(code(own)) is None
        assert await state(house, salon)
        assert await state(house, other)

    async def test_follows_a_salon_to_its_successor(self, house: House):
        feed = await issued(house)
        new = SalonId("!new:agent.tchap")
        async with house.store() as work:
            await work.feeds.moved(SALON, new)
        assert (await state(house, feed)).feed.whose == new


class TestSalon:
    async def test_shows_its_meetings_without_their_links(
        self, house: House, budget: tuple[Meeting, Occurrence]
    ):
        meeting, occurrence = budget
        async with house.store() as work:
            await Topics(house.tools).write(work, meeting, "1. Crédits")
        (shown,) = await events(house, await issued(house))
        assert shown.event.uid == f"{meeting.id}@{DOMAIN}"
        assert (shown.title, shown.topics, shown.link) == ("Budget ask", "1. Crédits", "")
        assert not shown.cancelled
        assert shown.event.start == occurrence.wall_start
        assert shown.event.recurrence is None

    async def test_shows_no_other_salons(self, house: House, budget: tuple[Meeting, Occurrence]):
        assert budget
        await house.met("else", start=START + DAY, salon=SalonId("!else:agent.tchap"))
        assert await titles(house, await issued(house)) == ["Budget ask"]

    async def test_keeps_past_and_cancelled_ones_for_thirty_days(
        self, house: House, budget: tuple[Meeting, Occurrence]
    ):
        _, occurrence = budget
        feed = await issued(house)
        async with house.store() as work:
            await work.meetings.save_occurrence(occurrence.cancelled(house.clock.now()))
        (shown,) = await events(house, feed)
        assert shown.cancelled
        assert shown.event.length == HOUR
        house.clock.at = occurrence.start + PAST - MINUTE
        async with house.store() as work:
            await work.meetings.note_over(ended_before=house.clock.now() - HOUR)
        assert len(await events(house, feed)) == 1
        house.clock.at = occurrence.start + PAST + MINUTE
        assert await events(house, feed) == []


class TestAgent:
    async def test_shows_what_they_organise_with_its_link(
        self, house: House, budget: tuple[Meeting, Occurrence]
    ):
        meeting, _ = budget
        assert meeting.room is not None
        own = await issued(house, ALICE, direct=True)
        (shown,) = await events(house, own)
        assert shown.link == meeting.room.url
        assert await events(house, await issued(house, BOB, direct=True, event="his")) == []

    async def test_shows_what_they_come_to(self, house: House, budget: tuple[Meeting, Occurrence]):
        _, occurrence = budget
        own = await issued(house, direct=True)
        await comes(house, occurrence, BOB)
        assert await titles(house, own) == ["Budget ask"]
        await comes(house, occurrence, BOB, Answer.NO)
        assert await titles(house, own) == []

    async def test_shows_where_they_are_expected(
        self, house: House, budget: tuple[Meeting, Occurrence]
    ):
        _, occurrence = budget
        own = await issued(house, direct=True)
        await named(house, occurrence, BOB)
        assert await titles(house, own) == ["Budget ask"]
        await comes(house, occurrence, BOB, Answer.NO)
        assert await titles(house, own) == [], "they said that they don't come"
        await comes(house, occurrence, BOB, Answer.MAYBE)
        async with house.store() as work:
            both = await work.meetings.both(occurrence.id)
            assert both is not None
            assert await release(work, both[1], "Bob")
        assert await titles(house, own) == ["Budget ask"], "they may come"
        await comes(house, occurrence, BOB, Answer.NO)
        assert await titles(house, own) == []

    async def test_shows_nothing_of_a_salon_that_they_left(
        self, house: House, budget: tuple[Meeting, Occurrence]
    ):
        _, occurrence = budget
        own = await issued(house, direct=True)
        await comes(house, occurrence, BOB)
        before = (await state(house, own)).version
        async with house.store() as work:
            assert await work.feeds.readers(SALON) == [own]
            assert await work.feeds.salons() == await work.feeds.salons_of(own.id) == [SALON]
            for _ in range(2):
                await work.feeds.stand(own.id, SALON, present=False)
        assert await titles(house, own) == []
        assert (await state(house, own)).version != before
        async with house.store() as work:
            await work.feeds.stand(own.id, SALON, present=True)
        assert await titles(house, own) == ["Budget ask"]

    async def test_of_a_series_only_the_dates_to_which_they_come(self, house: House):
        weekly = Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))
        own = await issued(house, direct=True)
        await comes(house, await weekly.date(TUESDAY + WEEK), BOB)
        (shown,) = await events(house, own)
        assert shown.event.uid == f"{weekly.meeting}@{DOMAIN}"
        assert (shown.event.original, shown.event.recurrence) == (TUESDAY + WEEK, None)

    async def test_others_meetings_go_with_the_names(self, house: House):
        _, occurrence = await house.met("ask", start=START + HOUR)
        own = await issued(house, direct=True)
        await named(house, occurrence, BOB)
        gone = occurrence.end + house.policy.graces.after + house.policy.forget_after
        await house.run_until(gone - MINUTE)
        assert await titles(house, own) == ["Budget ask"]
        await house.run_until(gone + HOUR)
        assert await titles(house, own) == []

    async def test_goes_with_its_agent(self, house: House):
        own, salon = await issued(house, direct=True), await issued(house, event="salon")
        await house.store.retention.feeds(START - DAY)
        assert await state(house, own)
        await house.store.retention.feeds(START + DAY)
        assert await reading(house).state(code(own)) is None
        assert await state(house, salon)

    async def test_a_date_under_way_keeps_its_room_when_the_meeting_is_handed_over(
        self, house: House
    ):
        weekly = Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))
        await house.run_until(at(TUESDAY) + MINUTE)
        before, _ = await house.of()
        salon, own = await issued(house), await issued(house, direct=True, event="own")
        (meeting, _) = await self._handed(house)
        assert before.room is not None
        assert meeting.room is not None
        assert before.room.url != meeting.room.url
        series, date = await events(house, own)
        assert (series.event.recurrence is not None, series.link) == (True, meeting.room.url)
        assert (date.event.original, date.link) == (TUESDAY, before.room.url)
        assert {one.event.uid for one in (series, date)} == {f"{weekly.meeting}@{DOMAIN}"}
        (series,) = await events(house, salon)
        assert series.link == "", "without links no date differs"

    async def test_a_date_apart_has_its_own_room_and_the_series_none(self, house: House):
        house.choose(room_per_date=True)
        made = await planned(house, "FREQ=WEEKLY;COUNT=3", TUESDAY)
        second = made.occurrences[1]
        await house.run_until(second.start - HOUR)
        first_room, second_room = house.visio.made
        series, *exceptions = await events(house, await issued(house, ALICE, direct=True))
        assert (series.event.recurrence is not None, series.link) == (True, "")
        assert {one.event.original: one.link for one in exceptions} == {
            made.occurrences[0].original: first_room.url,
            second.original: second_room.url,
        }

    async def _handed(self, house: House) -> tuple[Meeting, Occurrence]:
        async with house.store() as work:
            about = await house.of()
            await Handing(house.meetings).ask(work, said("hand"), about, BOB)
        await house.run_due()
        return await house.of()

    async def test_a_meeting_that_is_handed_over_goes_to_its_new_organiser(
        self, house: House, budget: tuple[Meeting, Occurrence]
    ):
        hers, his = [await issued(house, one, direct=True, event=one) for one in (ALICE, BOB)]
        before = (await state(house, hers)).version
        meeting, _ = await self._handed(house)
        assert meeting.room is not None
        assert meeting.room != budget[0].room
        assert await events(house, hers) == []
        assert (await state(house, hers)).version != before
        (shown,) = await events(house, his)
        assert shown.link == meeting.room.url

    async def test_an_event_is_that_of_linked_calendars(
        self, house: House, budget: tuple[Meeting, Occurrence]
    ):
        (shown,) = await events(house, await issued(house, ALICE, direct=True))
        async with house.store.reading() as work:
            found = await Describing(DOMAIN, "Réunion Visio").describe(work, budget[0].id)
        assert found is not None
        event = found.event
        assert (event.uid, event.link) == (shown.event.uid, shown.link)
        assert (event.start, event.length, event.zone) == (
            shown.event.start, shown.event.length, shown.event.zone,
        )  # fmt: skip


class TestVersion:
    async def test_is_another_one_after_each_change(self, house: House):
        """Read from few rows: no change may go by unseen."""
        weekly = Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))
        feed = await issued(house)
        seen = {(await state(house, feed)).version}

        async def changed(what: str) -> None:
            house.clock.at += MINUTE
            version = (await state(house, feed)).version
            assert version not in seen, what
            seen.add(version)

        await weekly.move(TUESDAY + WEEK, datetime(2027, 1, 13, 14))
        await changed("a date moved")
        await weekly.cancel(TUESDAY + 2 * WEEK)
        await changed("a date cancelled")
        await weekly.rename(TUESDAY + 3 * WEEK, "Revue")
        await changed("a date renamed")
        async with house.store() as work:
            meeting = await work.meetings.get(weekly.meeting)
            assert meeting is not None
            await Topics(house.tools).write(work, meeting, "1. Crédits")
        await changed("topics written")
        async with house.store() as work:
            left_out = replace(
                (await weekly.series()).recurrence, without=(datetime(2028, 1, 4, 10),)
            )
            await work.series.save(replace(await weekly.series(), recurrence=left_out))
        await changed("a far date left out")
        await house.met("more", start=START + DAY)
        await changed("a meeting made")
        version = (await state(house, feed)).version
        house.clock.at += MINUTE
        assert (await state(house, feed)).version == version

    async def test_is_another_one_when_a_date_is_too_old(
        self, house: House, budget: tuple[Meeting, Occurrence]
    ):
        feed = await issued(house)
        before = (await state(house, feed)).version
        house.clock.at = budget[1].end + PAST + MINUTE
        assert (await state(house, feed)).version != before


async def starts(house: House, weekly: Weekly, until: datetime) -> list[str]:
    """Return the starts that Parvis keeps, then those that it will keep, in UTC."""
    series = await weekly.series()
    kept = [one for one in await dates(house, weekly.meeting) if one.original is not None]
    places = {one.original for one in kept}
    ahead = await house.carrying.expansion.starts(series, since=series.start, before=until)
    found = [one.start for one in kept if not one.void]
    found += [at(one) for one in ahead if one not in places]
    return [
        f"{one.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z" for one in sorted(found) if one < at(until)
    ]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
class TestSeries:
    """As ical.js reads them, which knows of zones only what the file says."""

    @pytest.fixture(autouse=True)
    def _there(self) -> None:
        need(missing() is None, missing() or "")

    async def agree(self, house: House, weekly: Weekly) -> None:
        """Compare all dates of a year, across both changes of the clocks."""
        until = TUESDAY + timedelta(days=365)
        (read,) = read_by_another([as_file(await events(house, await issued(house)))])
        held = read["series"][f"{weekly.meeting}@{DOMAIN}"]
        shown = [start for start, _ in sorted(held) if start < until.isoformat()]
        expected = await starts(house, weekly, until)
        assert shown == expected
        assert len(expected) > 40

    async def test_agrees_for_a_year_with_its_exceptions(self, house: House):
        weekly = Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))
        await self.agree(house, weekly)
        await weekly.move(TUESDAY + WEEK, datetime(2027, 1, 13, 14))
        await weekly.cancel(TUESDAY + 2 * WEEK)
        await weekly.rename(TUESDAY + 3 * WEEK, "Revue")
        await self.agree(house, weekly)
        shown = await events(house, await issued(house))
        assert [(one.title, one.cancelled) for one in shown] == [
            ("Mêlée", False), ("Mêlée", False), ("Mêlée", True), ("Revue", False),
        ]  # fmt: skip
        assert len({one.event.uid for one in shown}) == 1

    @pytest.mark.long
    async def test_agrees_after_weeks_of_carrying_on(self, house: House):
        weekly = Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))
        await weekly.cancel(TUESDAY + WEEK)
        await house.run_until(at(TUESDAY) + 45 * DAY)
        await self.agree(house, weekly)
        (series, *_) = await events(house, await issued(house))
        assert series.event.recurrence is not None
        assert TUESDAY + WEEK in series.event.recurrence.without, "its cancellation is long past"

    async def test_agrees_with_public_holidays_left_out(self, house: House):
        made = await planned(house, "FREQ=WEEKLY", datetime(2026, 12, 7, 9), holidays="FR")
        await self.agree(house, Weekly(house, made))

    async def test_from_a_date_on_the_dates_before_it_stay(self, house: House):
        """They are of the series no more: they have events of their own."""
        weekly = Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))
        await house.run_until(at(TUESDAY + WEEK) + 2 * HOUR)
        await weekly.move(TUESDAY + 2 * WEEK, datetime(2027, 1, 20, 15), Reach.FOLLOWING)
        feed = await issued(house)
        shown = await events(house, feed)
        apart = [one for one in shown if one.event.uid != f"{weekly.meeting}@{DOMAIN}"]
        assert [one.event.start for one in apart] == [TUESDAY, TUESDAY + WEEK]
        (read,) = read_by_another([as_file(shown)])
        assert len(read["events"]) == len({*map(str, read["events"])})
        held = read["series"][f"{weekly.meeting}@{DOMAIN}"]
        assert held[0][0] == "2027-01-20T14:00:00.000Z"

    async def test_cancelled_as_a_whole_its_dates_stay_cancelled(self, house: House):
        weekly = Weekly(house, await planned(house, "FREQ=WEEKLY;COUNT=3", TUESDAY))
        await weekly.cancel(TUESDAY, Reach.ALL)
        shown = await events(house, await issued(house))
        assert [(one.event.start, one.cancelled) for one in shown] == [
            (TUESDAY + n * WEEK, True) for n in range(3)
        ]
        (read,) = read_by_another([as_file(shown)])
        assert {one["status"] for one in read["events"]} == {"CANCELLED"}
