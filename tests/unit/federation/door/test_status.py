"""Waiting pages are told from memory what was read, until it changes."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

import pytest

from bridge.domain.invitation import Invitation, Visit
from bridge.domain.meeting import AccessLevel, Meeting, MeetingState, Occurrence
from bridge.domain.scope import OneOccurrence
from bridge.ids import (
    EventId,
    InvitationId,
    MeetingId,
    OccurrenceId,
    SalonId,
    UserId,
    VisitId,
)
from bridge.ports import UnitOfWork, UnitsOfWork
from bridge.services.tools import Tools
from bridge.services.visits.arrivals import Admissions
from bridge.services.visits.snapshot import Admission
from federation.door.status import LONGEST, OVERLAP, VisitCache, VisitSnapshot
from tests.defaults import default_policy

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
VISIT = "01a23179de0078f98814dde4b4ac60ac"
OTHER = "01a23179de0078f98814dde4b4ac60ad"
THIRD = "01a23179de0078f98814dde4b4ac60ae"


def admission() -> Admission:
    """A visit to a meeting from noon to one o'clock, whose door opens at ten to twelve."""
    meeting = Meeting(
        id=MeetingId(uuid4()),
        salon=SalonId("!salon:agent.example"),
        organiser=UserId("@alice:agent.example"),
        title="Point budget",
        source=EventId("$command"),
        level=AccessLevel.TRUSTED,
        state=MeetingState.ASKED,
        created_at=NOON,
    )
    occurrence = Occurrence(
        id=OccurrenceId(uuid4()),
        meeting=meeting.id,
        start=NOON,
        end=NOON + timedelta(hours=1),
        zone="Europe/Paris",
    )
    invitation = Invitation(
        id=InvitationId(uuid4()),
        meeting=meeting.id,
        scope=OneOccurrence(occurrence.id),
        invited_by=meeting.organiser,
        created_at=NOON,
        digest=b"",
        key="k1",
    )
    visit = Visit(
        id=VisitId(uuid4()),
        invitation=invitation.id,
        occurrence=occurrence.id,
        digest=b"0" * 32,
        name="Claire",
        language="fr",
        created_at=NOON,
    )
    return Admission(visit, invitation, meeting, occurrence, default_policy().graces)


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 12, 1, tzinfo=UTC)


class Counting:
    """A database with one admission for every visit, which counts and answers when told to."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.held: Admission | None = admission()
        self.reads = self.checks = 0
        self.changes: list[tuple[float, OccurrenceId]] = []
        self.answer, self.check = asyncio.Event(), asyncio.Event()
        self.check.set()
        self.visits = self.invitations = self.meetings = self

    async def get(self, identity: object) -> object:
        if self.held is None or identity == self.held.invitation.id:
            self.reads += self.held is None
            return self.held and self.held.invitation
        if identity == self.held.meeting.id:
            return self.held.meeting
        self.reads += 1
        await self.answer.wait()
        return self.held.visit

    async def occurrence(self, identity: object) -> object:
        del identity
        assert self.held is not None
        return self.held.occurrence

    async def touched(self, *, within: timedelta) -> dict[OccurrenceId, float]:
        self.checks += 1
        since = self.watch.seconds - within.total_seconds()
        changed = {one: moment for moment, one in self.changes if moment >= since}
        await self.check.wait()
        return changed

    def change(self) -> None:
        assert self.held is not None
        self.changes.append((self.watch.seconds, self.held.occurrence.id))

    @asynccontextmanager
    async def reading(self):
        yield cast("UnitOfWork", self)


def cache(database: Counting, remembered: int = 10) -> VisitCache:
    admissions = Admissions(Tools(cast("UnitsOfWork", database), database.watch, default_policy()))
    return VisitCache(admissions, remembered=remembered, now=database.watch)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def database(watch: Watch) -> Counting:
    database = Counting(watch)
    database.answer.set()
    return database


async def test_all_who_ask_at_once_wait_for_one_reading(database: Counting):
    database.answer.clear()
    asked = cache(database)
    waiting = [asyncio.create_task(asked.get(VISIT)) for _ in range(50)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    database.answer.set()
    told = await asyncio.gather(*waiting[1:])
    assert database.reads == 1
    assert all(one is told[0] for one in told)


async def test_what_was_read_is_told_until_something_changes(database: Counting, watch: Watch):
    asked = cache(database)
    for watch.seconds in (0.0, 0.99, 30.0, 90.0, 150.0):
        await asked.get(VISIT)
    assert database.reads == 1
    database.change()
    watch.seconds = 150.99
    await asked.get(VISIT)
    assert database.reads == 1
    watch.seconds = 151.0
    await asked.get(VISIT)
    assert database.reads == 2


async def test_one_change_is_read_once(database: Counting, watch: Watch):
    """It is found by every check until its overlap is over."""
    asked = cache(database)
    await asked.get(VISIT)
    database.change()
    for watch.seconds in (1.0, 2.0, 3.0):
        await asked.get(VISIT)
    assert (database.checks, database.reads) == (3, 2)
    database.change()
    for watch.seconds in (4.0, 5.0):
        await asked.get(VISIT)
    assert database.reads == 3


async def test_a_change_is_looked_for_anew_while_another_question_is_under_way(
    database: Counting, watch: Watch
):
    """One that began before the change was committed may not have seen it."""
    asked = cache(database)
    heard: list[object] = []
    asked.on_change(heard.append)
    await asked.get(VISIT)
    watch.seconds = 1.0
    database.check.clear()
    asking = asyncio.create_task(asked.get(VISIT))
    await settle()
    database.change()
    looking = asyncio.create_task(asked.look())
    await settle()
    database.check.set()
    await asyncio.gather(asking, looking)
    assert database.held is not None
    assert heard == [set(), {database.held.occurrence.id}]


async def test_whether_something_changed_is_asked_once_a_second_for_all(
    database: Counting, watch: Watch
):
    asked = cache(database)
    await asyncio.gather(asked.get(VISIT), asked.get(OTHER))
    assert database.checks == 0
    watch.seconds = 15.0
    await asyncio.gather(*(asked.get(visit) for visit in [VISIT, OTHER] * 20))
    watch.seconds = 15.9
    await asked.get(OTHER)
    assert (database.checks, database.reads) == (1, 2)


async def test_what_was_told_of_other_meetings_stays(database: Counting):
    asked = cache(database)
    await asked.get(VISIT)
    database.changes.append((0.0, OccurrenceId(uuid4())))
    database.watch.seconds = 1.0
    await asked.get(VISIT)
    assert (database.checks, database.reads) == (1, 1)


async def test_a_change_that_was_committed_late_is_found(database: Counting, watch: Watch):
    asked = cache(database)
    await asked.get(VISIT)
    watch.seconds = 20.0
    await asked.get(VISIT)
    assert database.held is not None
    database.changes.append((20.0 - 0.9 * OVERLAP, database.held.occurrence.id))
    watch.seconds = 21.0
    await asked.get(VISIT)
    assert database.reads == 2


async def test_a_change_while_a_visit_is_read_is_not_missed(database: Counting, watch: Watch):
    """Read before a change, handed over after the check that found it."""
    asked = cache(database)
    await asked.get(OTHER)
    database.answer.clear()
    slow = asyncio.create_task(asked.get(VISIT))
    await settle()
    database.change()
    watch.seconds = 1.0
    database.change()
    other = asyncio.create_task(asked.get(OTHER))
    await settle()
    database.answer.set()
    await asyncio.gather(slow, other)
    reads = database.reads
    await asked.get(VISIT)
    assert database.reads == reads + 1


async def test_a_check_that_took_long_proves_nothing(database: Counting, watch: Watch):
    asked = cache(database)
    await asked.get(VISIT)
    watch.seconds = 1.0
    database.check.clear()
    asking = asyncio.create_task(asked.get(VISIT))
    await settle()
    watch.seconds += OVERLAP
    database.check.set()
    await asking
    assert database.reads == 2


async def test_a_visit_is_read_again_in_the_end(database: Counting, watch: Watch):
    asked = cache(database)
    await asked.get(VISIT)
    watch.seconds = LONGEST
    await asked.get(VISIT)
    assert database.reads == 2


async def test_an_unknown_visit_is_not_remembered(database: Counting):
    database.held = None
    asked = cache(database)
    assert (await asked.get(VISIT)).admission is None
    database.held = admission()
    assert (await asked.get(VISIT)).admission is not None


async def test_what_is_remembered_is_bounded_by_who_asked_last(database: Counting):
    asked = cache(database, remembered=2)
    await asked.get(VISIT)
    await asked.get(OTHER)
    await asked.get(VISIT)
    await asked.get(THIRD)
    assert database.reads == 3
    await asked.get(VISIT)
    assert database.reads == 3
    await asked.get(OTHER)
    assert database.reads == 4


def test_what_a_page_is_told_changes_at_the_very_moment_the_door_opens_and_closes():
    read = admission()
    told = VisitSnapshot(read, since=0.0)
    opens, closes = read.window.opens, read.window.closes
    moments = [
        (opens - timedelta(milliseconds=1500), "early", 1.5),
        (opens - timedelta(milliseconds=1), "early", 0.001),
        (opens, "preparing", 0.0),
        (closes - timedelta(milliseconds=1), "preparing", 0.0),
        (closes, "over", 0.0),
        (closes + timedelta(days=1), "over", 0.0),
    ]
    for now, state, left in moments:
        said = json.loads(told.body(read, now))
        assert (said["state"], said["opens_in"]) == (state, left)
        assert said["stamp"].startswith(f"{state}.")
        assert said["opens_at"] == "2026-12-01T11:50:00Z"
