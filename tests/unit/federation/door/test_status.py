"""Waiting pages share what is read, for a second."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

from bridge.domain.invitation import Invitation, Visit
from bridge.domain.meeting import AccessLevel, Meeting, MeetingState, Occurrence
from bridge.domain.policy import Policy
from bridge.ids import (
    EventId,
    InvitationId,
    MeetingId,
    OccurrenceId,
    SalonId,
    UserId,
    VisitId,
)
from bridge.ports import Work, Works
from bridge.services.admissions import Admission, Admissions
from federation.door.status import Recent, Told

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
VISIT = "01a23179de0078f98814dde4b4ac60ac"
OTHER = "01a23179de0078f98814dde4b4ac60ad"


class Counting:
    """A database without visits, which counts who asks and answers when told to."""

    def __init__(self) -> None:
        self.reads = 0
        self.answer = asyncio.Event()
        self.visits = self

    async def get(self, visit: object) -> None:
        del visit
        self.reads += 1
        await self.answer.wait()

    @asynccontextmanager
    async def reading(self):
        yield cast("Work", self)


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 12, 1, tzinfo=UTC)


def recent(database: Counting, watch: Watch, remembered: int = 10) -> Recent:
    admissions = Admissions(cast("Works", database), watch, Policy())
    return Recent(admissions, remembered=remembered, now=watch)


async def test_all_who_ask_at_once_wait_for_one_reading():
    database, watch = Counting(), Watch()
    asked = recent(database, watch)
    waiting = [asyncio.create_task(asked.get(VISIT)) for _ in range(50)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    database.answer.set()
    told = await asyncio.gather(*waiting[1:])
    assert database.reads == 1
    assert all(one is told[0] for one in told)


async def test_what_was_read_is_told_again_for_a_second():
    database, watch = Counting(), Watch()
    database.answer.set()
    asked = recent(database, watch)
    await asked.get(VISIT)
    watch.seconds = 0.99
    await asked.get(VISIT)
    assert database.reads == 1
    watch.seconds = 1.0
    await asked.get(VISIT)
    assert database.reads == 2


async def test_the_second_counts_from_when_reading_began():
    database, watch = Counting(), Watch()
    asked = recent(database, watch)
    waiting = asyncio.create_task(asked.get(VISIT))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    watch.seconds = 5.0
    database.answer.set()
    await waiting
    await asked.get(VISIT)
    assert database.reads == 2


async def test_what_is_remembered_is_bounded():
    database, watch = Counting(), Watch()
    database.answer.set()
    asked = recent(database, watch, remembered=1)
    await asked.get(VISIT)
    await asked.get(OTHER)
    await asked.get(VISIT)
    assert database.reads == 3


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
        occurrence=occurrence.id,
        invited_by=meeting.organiser,
        created_at=NOON,
        digest=b"",
        key="k1",
    )
    visit = Visit(
        id=VisitId(uuid4()),
        invitation=invitation.id,
        digest=b"",
        name="Claire",
        language="fr",
        created_at=NOON,
    )
    return Admission(visit, invitation, meeting, occurrence, Policy().graces)


def test_what_a_page_is_told_changes_at_the_very_moment_the_door_opens_and_closes():
    read = admission()
    told = Told(read, since=0.0)
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
