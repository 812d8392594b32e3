"""Use cases of the door on a real database."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from bridge.domain.codes import Minter, digest_of
from bridge.domain.invitation import Invitation, Standing
from bridge.domain.meeting import AccessLevel, Meeting, MeetingState, Occurrence, VisioRoom
from bridge.domain.message import Edit, Message, Notice, Prompt, Sentence, guest, phrase
from bridge.domain.scope import OneOccurrence
from bridge.ids import (
    EventId,
    InvitationId,
    MeetingId,
    OccurrenceId,
    SalonId,
    UserId,
    VisioRoomId,
    VisitId,
    uuid7,
)
from bridge.ports import UnitOfWork
from bridge.services.tools import Tools
from bridge.services.visits.arrivals import Admissions, Entered
from bridge.store.vault import Vault
from bridge.store.work import Store, open_store
from tests.defaults import default_policy
from tests.doubles.clocks import SetClock

pytestmark = pytest.mark.slow

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
START = NOW + timedelta(hours=1)
ORGANISER = UserId("@jean.dupont-beta.gouv.fr:agent.example")
MINTER = Minter({"k1": b"\x07" * 32}, "k1")
IDENTITY = InvitationId(uuid7(NOW))
CODE = MINTER.code(IDENTITY, 0, "k1")


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
async def store(migrated: Path, tmp_path: Path, clock: SetClock) -> AsyncIterator[Store]:
    url = f"sqlite:///{shutil.copy(migrated, tmp_path / 'parvis.db')}"
    vault = Vault({"v1": b"\x01" * 32}, "v1")
    async with open_store(url, vault=vault, clock=clock, upgrade=False) as store:
        yield store


@pytest.fixture
def admissions(store: Store, clock: SetClock) -> Admissions:
    return Admissions(Tools(store, clock, default_policy()))


@pytest.fixture
async def meeting(store: Store) -> Meeting:
    room = VisioRoom(
        id=VisioRoomId(uuid4()),
        slug="abc-defg-hij",
        url="https://visio.example/abc-defg-hij",
        level=AccessLevel.TRUSTED,
    )
    meeting = Meeting(
        id=MeetingId(uuid7(NOW)),
        salon=SalonId("!salon:agent.example"),
        organiser=ORGANISER,
        title="Point budget",
        source=EventId("$source"),
        level=AccessLevel.TRUSTED,
        state=MeetingState.READY,
        created_at=NOW,
        room=room,
        thread=EventId("$thread"),
    )
    occurrence = Occurrence(
        id=OccurrenceId(uuid7(NOW)),
        meeting=meeting.id,
        start=START,
        end=START + timedelta(hours=1),
        zone="Europe/Paris",
    )
    async with store() as work:
        await work.meetings.add(meeting, occurrence)
        await work.invitations.add(invitation_to(occurrence))
    return meeting


def invitation_to(occurrence: Occurrence) -> Invitation:
    return Invitation(
        id=IDENTITY,
        meeting=occurrence.meeting,
        scope=OneOccurrence(occurrence.id),
        invited_by=ORGANISER,
        created_at=NOW,
        key="k1",
        digest=MINTER.digest(IDENTITY, 0, "k1"),
        email="claire.martin@partenaire.example",
    )


async def invitation(store: Store) -> Invitation:
    async with store.reading() as work:
        found = await work.invitations.get(IDENTITY)
    assert found is not None
    return found


async def posted(store: Store, clock: SetClock, template: str = "guest.followed") -> list[Sentence]:
    """Let everything leave; return what announced a guest."""
    left: list[Message] = []
    while rows := await store.outbox.due(clock.now(), 100):
        for row in rows:
            left.append(row.message)
            await store.outbox.sent(row, EventId(f"${row.id}"), clock.now())
    sentences = [message for message in left if isinstance(message, Notice | Prompt | Edit)]
    return [message for message in sentences if message.template == template]


async def enter(admissions: Admissions, name: str = "Claire Martin") -> Entered:
    entered = await admissions.enter(CODE, name=name, language="fr")
    assert entered is not None
    return entered


async def follow(admissions: Admissions, visit: VisitId, secret: str) -> str | None:
    """Return where the visit's browser is sent."""
    view = await admissions.arrive(visit, secret)
    return None if view is None else view.room


async def test_a_known_code_opens_a_visit(admissions, store, meeting):
    entered = await enter(admissions)
    view = await admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert (view.standing, view.name, view.title) == (
        Standing.EARLY,
        "Claire Martin",
        meeting.title,
    )
    assert (view.start, view.zone, view.organiser) == (START, "Europe/Paris", ORGANISER)
    assert view.window.opens == START - timedelta(minutes=10)
    assert view.room is None
    assert (await invitation(store)).waiting_since == NOW
    assert entered.secret not in repr(entered)


async def test_waiting_is_noted_once_and_never_on_a_withdrawn_pass(
    admissions, store, clock, meeting
):
    await enter(admissions)
    clock.at += timedelta(minutes=5)
    await enter(admissions)
    first = await invitation(store)
    assert first.waiting_since == NOW
    async with store() as work:
        await work.invitations.save(replace(first, waiting_since=None, revoked_at=NOW))
    entered = await enter(admissions)
    assert (await invitation(store)).waiting_since is None
    view = await admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert view.standing is Standing.REVOKED


async def test_a_code_that_nobody_has_opens_nothing(admissions, store, meeting):
    assert await admissions.enter("A" * 22, name="C", language="fr") is None
    async with store() as work:
        held = await work.invitations.get(IDENTITY)
        assert held is not None
        digest = MINTER.digest(IDENTITY, 1, "k1")
        await work.invitations.save(replace(held, number=1, digest=digest))
    assert await admissions.enter(CODE, name="C", language="fr") is None


async def test_a_link_whose_guest_was_forgotten_is_one_that_nobody_has(
    admissions, store, clock, meeting
):
    """Else a name typed then would stay for ever: nothing comes to forget it any more."""
    entered = await enter(admissions)
    async with store() as work:
        await work.invitations.forget((await work.meetings.occurrences_of(meeting.id))[0].id)
    clock.at = START + timedelta(days=8)
    assert await admissions.enter(CODE, name="Claire Martin", language="fr") is None
    assert await admissions.arrive(entered.visit, entered.secret) is None
    async with store.reading() as work:
        assert await work.visits.count(IDENTITY) == 0


async def test_however_often_a_link_is_followed_its_newest_visits_are_kept(store, clock, meeting):
    admissions = Admissions(Tools(store, clock, default_policy(visits_per_invitation=3)))
    visits, kept = [], []
    for _ in range(5):
        clock.at += timedelta(seconds=1)
        visits.append(await enter(admissions))
        async with store.reading() as work:
            kept.append(await work.visits.count(IDENTITY))
    assert kept == [1, 2, 3, 3, 3]
    seen = [await admissions.arrive(one.visit, one.secret) is not None for one in visits]
    assert seen == [False, False, True, True, True]


async def test_a_link_replaced_at_that_very_moment_opens_nothing(store, clock, meeting):
    class Meanwhile:
        """A database in which somebody else writes between our reading and our writing."""

        reading = store.reading

        @asynccontextmanager
        async def __call__(self) -> AsyncIterator[UnitOfWork]:
            async with store() as work:
                held = await work.invitations.get(IDENTITY)
                digest = MINTER.digest(IDENTITY, 1, "k1")
                await work.invitations.save(replace(held, number=1, digest=digest))
            async with store() as work:
                yield work

    admissions = Admissions(Tools(Meanwhile(), clock, default_policy()))
    assert await admissions.enter(CODE, name="C", language="fr") is None


async def test_a_visit_is_seen_and_followed_by_its_own_secret_only(admissions, clock, meeting):
    entered = await enter(admissions)
    clock.at = START
    assert await admissions.arrive(entered.visit, "A" * 22) is None
    assert await follow(admissions, entered.visit, "A" * 22) is None
    nobody = VisitId(uuid7(NOW))
    assert await admissions.arrive(nobody, entered.secret) is None
    assert await follow(admissions, nobody, entered.secret) is None
    assert await admissions.read(nobody) is None


async def test_following_leads_to_visio_and_tells_the_salon(admissions, store, clock, meeting):
    entered = await enter(admissions)
    assert await follow(admissions, entered.visit, entered.secret) is None
    assert await posted(store, clock) == []
    clock.at = START - timedelta(minutes=10)
    url = await follow(admissions, entered.visit, entered.secret)
    assert url == "https://visio.example/abc-defg-hij?silentLogin=false&hideLogin=true"
    (message,) = await posted(store, clock)
    assert isinstance(message, Notice)
    assert message.template == "guest.followed"
    assert message.to.salon == meeting.salon
    assert message.mentions == (ORGANISER,)
    assert message.thread == "$thread"
    assert message.parameters["name"] == "Claire Martin"
    assert message.parameters["title"] == "Point budget"
    assert "claire.martin@partenaire.example" in repr(message.parameters["from"])
    assert "assurance.unverified" in repr(message.parameters["from"])
    async with store.reading() as work:
        visit = await work.visits.get(entered.visit)
    assert visit is not None
    assert visit.followed_at == clock.at


async def test_the_salon_hears_of_one_invitation_once_in_ten_minutes(
    admissions, store, clock, meeting
):
    visits = [await enter(admissions) for _ in range(3)]
    clock.at = START
    heard = []
    for minutes in (0, 1, 9, 10, 12, 19.9, 20):
        clock.at = START + timedelta(minutes=minutes)
        for visit in visits:
            assert await follow(admissions, visit.visit, visit.secret)
        heard += [minutes for _ in await posted(store, clock)]
    assert heard == [0, 10, 20]


async def test_another_name_is_news_which_edits_what_was_told(admissions, store, clock, meeting):
    clock.at = START
    names = ("Premier Venu", "premier venu", "Second Autre", *(f"Invité {n}" for n in range(9)))
    edits = []
    for name in names:
        entered = await enter(admissions, name)
        clock.at += timedelta(seconds=5)
        assert await follow(admissions, entered.visit, entered.secret)
        edits += await posted(store, clock, "guest.names")
    assert len(edits) == 5, "names are limited, and of the others it is said that there are some"
    second, last = edits[0], edits[-1]
    rows = [
        guest(one, meeting.salon, phrase("guest.row.name", {"name": one}))
        for one in (names[0], *names[2:6])
    ]
    assert second.parameters["names"] == rows[:2]
    assert last.parameters["names"] == [*rows, phrase("guest.row.others")]
    assert {one.mentions for one in edits} == {()}
    async with store.reading() as work:
        first = await work.outbox.event_of(second.coalesce_key)
    assert first is not None, "what it edits is the notice that left"


async def test_the_next_link_of_an_invitation_is_news_at_once(admissions, store, clock, meeting):
    clock.at = START
    first = await enter(admissions)
    assert await follow(admissions, first.visit, first.secret)
    assert len(await posted(store, clock)) == 1
    async with store() as work:
        held = await work.invitations.get(IDENTITY)
        digest = MINTER.digest(IDENTITY, 1, "k1")
        await work.invitations.save(replace(held, number=1, digest=digest, announced_at=None))
    code = MINTER.code(IDENTITY, 1, "k1")
    again = await admissions.enter(code, name="Claire Martin", language="fr")
    assert await follow(admissions, again.visit, again.secret)
    assert len(await posted(store, clock)) == 1


async def test_a_link_that_was_passed_on_says_so(admissions, store, clock, meeting):
    async with store() as work:
        held = await work.invitations.get(IDENTITY)
        assert held is not None
        await work.invitations.save(replace(held, name="Claire", email=""))
    entered = await enter(admissions)
    clock.at = START
    assert await follow(admissions, entered.visit, entered.secret)
    (message,) = await posted(store, clock)
    assert "guest.passed-on" in repr(message.parameters["from"])


async def test_coming_back_waits_for_nobody_who_writes(admissions, store, clock, meeting):
    entered = await enter(admissions)
    clock.at = START
    assert await follow(admissions, entered.visit, entered.secret)
    async with store() as work:
        await work.visits.followed(entered.visit, NOW)
        async with asyncio.timeout(2):
            assert await follow(admissions, entered.visit, entered.secret)


async def test_who_follows_at_the_same_moment_is_announced_once(admissions, store, clock, meeting):
    visits = [await enter(admissions) for _ in range(8)]
    clock.at = START
    urls = await asyncio.gather(*(follow(admissions, one.visit, one.secret) for one in visits))
    assert all(urls)
    assert len(await posted(store, clock)) == 1


@pytest.mark.parametrize(
    ("moment", "standing"),
    [
        (START - timedelta(minutes=10, microseconds=1), Standing.EARLY),
        (START - timedelta(minutes=10), Standing.OPEN),
        (START + timedelta(minutes=75) - timedelta(microseconds=1), Standing.OPEN),
        (START + timedelta(minutes=75), Standing.OVER),
    ],
)
async def test_the_address_is_known_inside_the_window_only(
    admissions, clock, meeting, moment, standing
):
    entered = await enter(admissions)
    clock.at = moment
    view = await admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert view.standing is standing
    assert (view.room is not None) == (standing is Standing.OPEN)
    assert bool(await follow(admissions, entered.visit, entered.secret)) == (view.room is not None)
    assert "visio.example" not in repr(view)


async def test_a_room_address_keeps_its_own_parameters(admissions, store, clock, meeting):
    async with store() as work:
        room = replace(meeting.room, url="https://visio.example/abc?x=1#here")
        await work.meetings.save(replace(meeting, room=room))
    entered = await enter(admissions)
    clock.at = START
    url = await follow(admissions, entered.visit, entered.secret)
    assert url == "https://visio.example/abc?x=1&silentLogin=false&hideLogin=true#here"


async def test_without_a_room_the_meeting_is_being_prepared(admissions, store, clock, meeting):
    async with store() as work:
        await work.meetings.save(replace(meeting, room=None, state=MeetingState.ASKED))
    entered = await enter(admissions)
    clock.at = START
    view = await admissions.arrive(entered.visit, entered.secret)
    assert view is not None
    assert view.standing is Standing.PREPARING
    assert await follow(admissions, entered.visit, entered.secret) is None
    admission = await admissions.read(entered.visit)
    assert admission is not None
    assert admission.room() is None


async def test_looking_something_up_waits_for_no_writer(admissions, store, meeting):
    entered = await enter(admissions)
    async with store() as work:
        await work.visits.followed(entered.visit, NOW)
        async with asyncio.timeout(2):
            assert await admissions.enter("A" * 22, name="C", language="fr") is None
            assert await admissions.arrive(entered.visit, entered.secret)


async def test_nothing_kept_of_a_visit_opens_it(admissions, store, meeting):
    entered = await enter(admissions)
    async with store.reading() as work:
        visit = await work.visits.get(entered.visit)
    assert visit is not None
    assert visit.digest == digest_of(entered.secret)
    assert entered.secret not in repr(visit)
