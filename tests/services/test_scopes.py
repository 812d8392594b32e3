"""Guests of a whole series, or of some of its dates, and the window of each date."""

from dataclasses import replace
from datetime import timedelta

import pytest_asyncio

from bridge.domain.admission import LIVEKIT
from bridge.domain.invitation import Invitation, Standing
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.scope import NamedOccurrences, Scope, WholeSeries
from bridge.ids import InvitationId, OccurrenceId, uuid7
from bridge.services.timebox import arm
from bridge.services.visits.snapshot import View
from tests.contract import store_samples
from tests.services.house import ALICE, HOUR, MINUTE, START, House
from tests.wiring import minter

WEEK = timedelta(days=7)


class Series:
    """A meeting on three Tuesdays, as a calendar will make it one day."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.meeting: Meeting = store_samples.meeting("ask", room=store_samples.room())
        self.dates = [
            Occurrence(
                id=OccurrenceId(uuid7(START)),
                meeting=self.meeting.id,
                start=START + HOUR + n * WEEK,
                end=START + 2 * HOUR + n * WEEK,
                zone="Europe/Paris",
            )
            for n in range(3)
        ]

    async def keep(self) -> None:
        async with self.house.store() as work:
            await work.meetings.add(self.meeting, *self.dates)
            for one in self.dates:
                await arm(work, one, self.house.policy, START)

    async def invited(self, scope: Scope) -> Invitation:
        identity = InvitationId(uuid7(START))
        guest = Invitation(
            id=identity,
            meeting=self.meeting.id,
            scope=scope,
            invited_by=ALICE,
            created_at=START,
            digest=minter().digest(identity, 0, "k1"),
            key="k1",
            name="Léa Roux",
            email="lea@partenaire.example",
        )
        async with self.house.store() as work:
            await work.invitations.add(guest)
        return guest

    async def follow(self, guest: Invitation) -> View:
        """Follow the link now, and return what its page shows."""
        code = minter().code(guest.id, guest.number, guest.key)
        entered = await self.house.admissions.enter(code, name="Léa Roux", language="fr")
        assert entered is not None
        view = await self.house.admissions.arrive(entered.visit, entered.secret)
        assert view is not None
        return view

    async def seen(self, guest: Invitation) -> list[tuple[Standing, int]]:
        """Follow the link during each date, and after all; return the states and the dates."""
        shown = []
        for now in (*(one.start for one in self.dates), self.dates[-1].end + WEEK):
            await self.house.run_until(now)
            view = await self.follow(guest)
            shown.append((view.standing, [one.start for one in self.dates].index(view.start)))
        return shown


@pytest_asyncio.fixture(loop_scope="session")
async def series(house: House) -> Series:
    made = Series(house)
    await made.keep()
    return made


class TestWindows:
    async def test_a_guest_of_the_series_comes_in_on_each_date(self, series: Series):
        guest = await series.invited(WholeSeries())
        assert await series.seen(guest) == [
            (Standing.OPEN, 0),
            (Standing.OPEN, 1),
            (Standing.OPEN, 2),
            (Standing.OVER, 2),
        ]

    async def test_a_guest_of_named_dates_comes_in_on_those_alone(self, series: Series):
        first, _, third = series.dates
        guest = await series.invited(NamedOccurrences(frozenset({first.id, third.id})))
        assert await series.seen(guest) == [
            (Standing.OPEN, 0),
            (Standing.EARLY, 2),
            (Standing.OPEN, 2),
            (Standing.OVER, 2),
        ]

    async def test_between_two_dates_the_page_shows_the_next_one(self, series: Series):
        guest = await series.invited(WholeSeries())
        series.house.clock.at = series.dates[0].end + HOUR
        view = await series.follow(guest)
        assert (view.standing, view.start) == (Standing.EARLY, series.dates[1].start)

    async def test_a_cancelled_date_is_passed_over(self, series: Series):
        guest = await series.invited(WholeSeries())
        async with series.house.store() as work:
            await series.house.meetings.end(work, series.dates[0])
        series.house.clock.at = series.dates[0].start
        view = await series.follow(guest)
        assert (view.standing, view.start) == (Standing.EARLY, series.dates[1].start)

    async def test_a_title_of_its_own_is_shown_on_its_date(self, series: Series):
        guest = await series.invited(WholeSeries())
        first, second, _ = series.dates
        async with series.house.store() as work:
            await work.meetings.save_occurrence(replace(second, title="Bilan"))
        titles = []
        for now in (first.start, second.start):
            series.house.clock.at = now
            titles.append((await series.follow(guest)).title)
        assert titles == [series.meeting.title, "Bilan"]
        followed = await series.house.sentences("guest.followed")
        assert [one.parameters.get("title") for one in followed].count("Bilan") == 1


class TestSeats:
    async def test_each_date_asks_and_admits_anew(self, series: Series):
        house = series.house
        house.choose(mode=LIVEKIT)
        guest = await series.invited(WholeSeries())
        code = minter().code(guest.id, guest.number, guest.key)
        for date in series.dates[:2]:
            await house.run_until(date.start)
            entered = await house.admissions.enter(code, name="Léa Roux", language="fr")
            assert entered is not None
            view = await house.admissions.arrive(entered.visit, entered.secret)
            assert view is not None
            assert view.standing is Standing.WAITING, "last week's answer counts no more"
            await house.decided(entered.visit)
            async with house.store.reading() as work:
                (seat,) = await work.seats.of_occurrence(date.id)
                (question,) = await work.visits.of_occurrence(date.id)
                assert await work.questions.last(date.id) == 1
            assert (seat.visit, seat.held, question.number) == (entered.visit, True, 1)
            await house.run_until(date.end + 20 * MINUTE)
            async with house.store.reading() as work:
                (seat,) = await work.seats.of_occurrence(date.id)
            assert not seat.held
        assert len(await house.messages("guest.waits")) == 2

    async def test_a_question_of_another_date_lists_nobody_of_this_one(self, series: Series):
        """Two meetings in a row, the windows of which overlap."""
        house = series.house
        house.choose(mode=LIVEKIT)
        first, second, _ = series.dates
        second = replace(second, start=first.end, end=first.end + HOUR)
        async with house.store() as work:
            await work.meetings.save_occurrence(second)
        guest = await series.invited(WholeSeries())
        asked = []
        for now in (first.end - MINUTE, first.end):
            house.clock.at = now
            assert (await series.follow(guest)).standing is Standing.WAITING
            async with house.store.reading() as work:
                asked.append([one.occurrence for one in await work.questions.open(guest.id)])
        assert asked == [[first.id], [first.id, second.id]]
