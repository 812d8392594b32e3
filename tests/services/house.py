"""Use cases on a real database, with fakes of everything outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bridge.domain.agenda import Due, Handler, Kind, backoff
from bridge.domain.audit import AuditRecord
from bridge.domain.audit_check import check
from bridge.domain.authority import Membership
from bridge.domain.cause import Actor, Cause, Reply
from bridge.domain.host import HostLink
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Edit, Message, Notice, OwnReaction, Prompt, Sentence
from bridge.domain.policy import Policy
from bridge.ids import EventId, HostId, SalonId, UserId, VisitId
from bridge.metrics import Metrics
from bridge.ports import CalendarFile, Letter, UnitsOfWork
from bridge.services.calendars.wire import CalendarWorld
from bridge.services.enforcement.ejection import Ejections
from bridge.services.enforcement.host_removals import Removals
from bridge.services.enforcement.polling import Polling
from bridge.services.enforcement.sweep import Sweeps
from bridge.services.enforcement.webhooks import Hearing
from bridge.services.incoming.wire import PostOffice
from bridge.services.invitations.drafts import InvitationFacts
from bridge.services.invitations.invitations import Guest, Invitations, Invited, Terms
from bridge.services.meetings.attendance import Attendance
from bridge.services.meetings.lifecycle import MeetingRequest, Meetings
from bridge.services.meetings.visio_rooms import RoomMaking
from bridge.services.seats.decisions import Decided, Seats
from bridge.services.seats.end_warnings import Endings
from bridge.services.seats.knocking import Knocking
from bridge.services.series.changes import Changes
from bridge.services.series.planning import Planning
from bridge.services.tools import Tools
from bridge.services.visits.arrivals import Admissions, Entered
from bridge.services.visits.code_mail import CodeFacts
from bridge.services.visits.proofs import Proofs
from bridge.store.agenda import AgendaOutcome
from bridge.store.agenda import Claimable as Ripe
from bridge.store.message_rows import message_of
from bridge.store.tables import agenda, outbox
from bridge.store.work import Store
from tests.defaults import default_policy
from tests.doubles.clocks import SetClock
from tests.doubles.ports import (
    FakeIdentities,
    FakeLobby,
    FakeMedia,
    FakePasses,
    FakePost,
    FakeVisio,
)
from tests.services.admissions import held
from tests.wiring import (
    MEDIA,
    Lobby,
    Media,
    admitting,
    carrying,
    codes,
    endings_of,
    enforcement_of,
    knocking_of,
    letters,
    minter,
    seats_of,
    work,
)

START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
SALON = SalonId("!salon:agent.tchap")
ALICE = UserId("@alice:agent.tchap")
BOB = UserId("@bob:agent.tchap")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LEASE = timedelta(seconds=60)


def compose(facts: InvitationFacts) -> Letter:
    """Put all facts of a mail into its text, for tests to read."""
    return Letter(
        to=facts.to,
        subject=facts.title,
        plain=facts.link,
        html=facts.inviter,
        message_id=facts.message_id,
        calendars=_calendars(facts),
    )


def _calendars(facts: InvitationFacts) -> tuple[CalendarFile, ...]:
    """Give a mail its calendar file, empty, where a real one has it."""
    if facts.event is None or not facts.organizer:
        return ()
    return (CalendarFile("REQUEST" if facts.kind.leads else "CANCEL", "invite.ics", b""),)


def compose_code(facts: CodeFacts) -> Letter:
    """Put the code into the mail's text, for tests to type."""
    return Letter(
        to=facts.to,
        subject=facts.title,
        plain=facts.code,
        html=str(facts.minutes),
        message_id=facts.message_id,
    )


def said(
    event: str = "ask",
    *,
    by: UserId = ALICE,
    salon: SalonId = SALON,
    at: datetime | None = None,
    level: int = 0,
    present: bool = True,
    outside: bool = False,
    elsewhere: Mapping[SalonId, Membership] | None = None,
    **place: Any,
) -> Cause:
    """Return the cause of a line in a salon; `place` has fields of `Reply`."""
    line = EventId(f"${event}")
    known = {**(elsewhere or {}), salon: Membership(present, level)}
    return Cause(
        key=line,
        actor=Actor(name=by, outside=outside, memberships=known),
        at=at,
        reply=Reply(salon=salon, line=line, event=line, **place),
    )


@dataclass
class House:
    """The services of one process, with helpers that read the database."""

    store: Store
    clock: SetClock
    visio: FakeVisio = field(default_factory=FakeVisio)
    post: FakePost = field(default_factory=FakePost)
    media: FakeMedia = field(default_factory=FakeMedia)
    passes: FakePasses = field(default_factory=FakePasses)
    lobby: FakeLobby = field(default_factory=FakeLobby)
    identities: FakeIdentities = field(
        default_factory=lambda: FakeIdentities(
            {ALICE: "alice@beta.gouv.fr", BOB: "bob@beta.gouv.fr"}
        )
    )
    policy: Policy = field(default_factory=default_policy)
    metrics: Metrics = field(default_factory=Metrics)
    shows_organiser: bool = True
    """Whether guests may read their inviter's address."""
    organizer: str | None = None
    """Where guests' calendars answer if the organiser's address is not theirs to read."""
    answers_to: str | None = None
    """Our box, if guests' calendars answer there."""
    works: UnitsOfWork | None = None
    """Instead of the store itself."""
    calendars: CalendarWorld | None = None
    """If calendars are kept in step."""
    office: PostOffice | None = None
    """If a box is read."""
    beside: Mapping[Kind, Handler] = field(default_factory=dict)
    """Handlers of a part that only some houses have."""
    composed: list[InvitationFacts] = field(default_factory=list)
    pages: set[VisitId] = field(default_factory=set)
    """The visits with an open page."""

    def __post_init__(self) -> None:
        self.wire(self.works or self.store)

    def wire(self, works: UnitsOfWork) -> None:
        """Start a process on the same database and the same fakes."""
        self.tools = tools = Tools(works, self.clock, self.policy)
        self.meetings = Meetings(tools)
        self.carrying = carrying(tools)
        self.planning = Planning(self.meetings, self.carrying)
        self.changes = Changes(self.meetings, self.carrying)
        self.invitations = Invitations(minter(), tools)
        self.admissions = Admissions(tools)
        self.proofs = Proofs(tools, minter())
        self.removals = Removals(tools)
        self.admitting = admitting(
            tools,
            media=Media(self.media, self.passes, MEDIA),
            lobby=Lobby(self.lobby, MEDIA),
            metrics=self.metrics,
            monotonic=lambda: self.clock.now().timestamp(),
        )
        self.making = RoomMaking(tools, self.visio, self.identities)
        shown = self.identities if self.shows_organiser else None
        self.letters = letters(
            tools,
            self.post,
            self._compose,
            identities=shown,
            organizer=self.organizer,
            answers_to=self.answers_to,
        )
        self.codes = codes(tools, self.post, compose_code, self.metrics)

    async def audited(self) -> list[AuditRecord]:
        """Return the audit's records, linked and checked."""
        ledger = self.store.audit
        assert ledger is not None
        await ledger.chain(self.clock.now())
        found = await ledger.linked(most=10_000)
        assert check(found, await ledger.waiting(), ledger.keys).sound
        return list(found)

    @property
    def seats(self) -> Seats:
        """If the salon admits."""
        return seats_of(self.admitting)

    @property
    def knocking(self) -> Knocking:
        """If Visio's host admits."""
        return knocking_of(self.admitting)

    @property
    def endings(self) -> Endings:
        return endings_of(self.admitting)

    @property
    def ejections(self) -> Ejections:
        return enforcement_of(self.admitting).ejections

    @property
    def hearing(self) -> Hearing:
        return enforcement_of(self.admitting).hearing

    @property
    def polling(self) -> Polling:
        return enforcement_of(self.admitting).polling

    @property
    def sweeps(self) -> Sweeps:
        return self.polling.sweeps

    @property
    def presences(self) -> Attendance:
        return self.polling.presences

    def _compose(self, facts: InvitationFacts) -> Letter:
        self.composed.append(facts)
        return compose(facts)

    def choose(self, **choices: Any) -> None:
        """Change the policy."""
        self.policy = replace(self.policy, **choices)
        self.wire(self.works or self.store)

    # --- playing --------------------------------------------------------------------------------

    async def visited(self, invited: Invited, name: str = "Léa Roux") -> Entered:
        """Follow a guest's link, type a name, and wait."""
        one = invited.invitation
        code = minter().code(one.id, one.number, one.key)
        entered = await self.admissions.enter(code, name=name, language="fr")
        assert entered is not None
        await self.admissions.arrive(entered.visit, entered.secret)
        self.pages.add(entered.visit)
        return entered

    async def decided(self, visit: VisitId, *, admit: bool = True, by: UserId = BOB) -> Decided:
        """Answer from the salon."""
        async with self.store() as work:
            return await self.seats.decide(
                work, await held(work, visit, self.tools.policy), admit=admit, by=by
            )

    async def asked(
        self, cause: Cause | None = None, *, title: str = "Budget", **wanted: Any
    ) -> None:
        """Ask for a meeting; the agenda has not run yet."""
        async with self.store() as work:
            await self.meetings.ask(work, cause or said(), MeetingRequest(title=title, **wanted))

    async def met(
        self, event: str = "ask", *, start: datetime | None = None, **more: Any
    ) -> tuple[Meeting, Occurrence]:
        """Ask for a meeting and make its room."""
        await self.asked(said(event, **more), start=start, title=f"Budget {event}")
        await self.run_due()
        return await self.of(event)

    async def invited(
        self, *guests: Guest, event: str = "invite", to: str = "ask", **terms: Any
    ) -> list[Invited]:
        """Invite guests; no mail is sent yet."""
        async with self.store() as work:
            about = await work.meetings.by_card(EventId(f"${to}"))
            assert about is not None
            return await self.invitations.invite(work, said(event), about, guests, Terms(**terms))

    def handlers(self) -> Mapping[Kind, Handler]:
        """Return the agenda's handlers."""
        done = work(
            self.tools,
            making=self.making,
            letters=self.letters,
            codes=self.codes,
            mode=self.admitting,
            metrics=self.metrics,
            calendars=self.calendars,
            office=self.office,
        )
        return {**done.handlers, **self.beside}

    async def run_due(self) -> int:
        """Run the rows due at this moment, as an engine does; return their number."""
        ran = 0
        while True:
            async with self.store() as work:
                claimed = await work.agenda.claim(
                    Ripe(list(Kind)), now=self.clock.now(), limit=1, lease=LEASE
                )
            if not claimed:
                return ran
            (one,) = claimed
            ran += 1
            try:
                outcome = AgendaOutcome(one, at=await self.handlers()[one.due.kind](one.due))
            except Exception:  # noqa: BLE001 - as an engine does
                outcome = AgendaOutcome(one, retry_at=self.clock.now() + backoff(one.due.attempts))
            async with self.store() as work:
                await work.agenda.settle([outcome])

    async def shown(self) -> list[Message]:
        """Send the waiting messages, and return them."""
        left = []
        while rows := await self.store.outbox.due(self.clock.now(), 10):
            for row in rows:
                await self.store.outbox.sent(row, EventId(f"$sent-{row.id}"), self.clock.now())
                left.append(row.message)
        return left

    async def run_until(self, moment: datetime) -> None:
        """Move time to `moment`, and run each due row at its time."""
        await self.run_due()
        while (due := await self.next_due()) is not None and due <= moment:
            self.clock.at = max(due, self.clock.at)
            await self.look_at_pages()
            await self.run_due()
        self.clock.at = moment
        await self.look_at_pages()

    async def look_at_pages(self) -> None:
        """Record the open pages, as a door does all the time."""
        async with self.store() as work:
            await work.visits.seen(sorted(self.pages), self.clock.now())

    # --- looking --------------------------------------------------------------------------------

    async def next_due(self) -> datetime | None:
        async with self.store.reading() as work:
            return await work.agenda.next(Ripe(list(Kind)))

    async def event_of(self, idempotency_key: str) -> EventId:
        """Return the event of a sent message."""
        found = await self.store.outbox.event_of(idempotency_key)
        assert found is not None
        return found

    async def of(self, event: str = "ask") -> tuple[Meeting, Occurrence]:
        """Return the meeting that a command asked for."""
        async with self.store.reading() as work:
            found = await work.meetings.by_card(EventId(f"${event}"))
        assert found is not None
        return found

    async def hosts(self, salon: SalonId = SALON) -> Sequence[HostLink]:
        """Return the links to the host's page of a salon's meetings."""
        async with self.store.reading() as work:
            return await work.hosts.of_salon(salon)

    async def stands(self, host: HostId, membership: Membership) -> None:
        """Change the homeserver's state of a link's holder."""
        async with self.store() as work:
            await work.hosts.stand(host, membership)

    async def guests(self, event: str = "ask") -> Sequence[Invitation]:
        """Return the invitations to a meeting."""
        _, occurrence = await self.of(event)
        async with self.store.reading() as work:
            return await work.invitations.of_occurrence(occurrence.id)

    async def messages(self, template: str | None = None) -> list[Message]:
        """Return the unsent messages, in the order of their posting."""
        async with self.store.begin(writing=False) as tx:
            rows = await tx.connection.execute(
                select(outbox).where(outbox.c.done_at.is_(None)).order_by(outbox.c.seq)
            )
            found = [message_of(row, tx.vault) for row in rows]
        return [one for one in found if template in (None, one.template)]

    async def sentences(self, template: str) -> list[Sentence]:
        """Return the unsent messages with this sentence."""
        found = await self.messages(template)
        sentences = [one for one in found if isinstance(one, Notice | Prompt | Edit)]
        assert len(sentences) == len(found)
        return sentences

    async def reactions(self) -> list[OwnReaction]:
        """Return our own reactions that are not sent yet."""
        return [one for one in await self.messages() if isinstance(one, OwnReaction)]

    async def planned(self) -> dict[tuple[Kind, str], datetime]:
        """Return the agenda's rows."""
        async with self.store.begin(writing=False) as tx:
            rows = (await tx.connection.execute(select(agenda))).all()
        return {(row.kind, row.key): row.at for row in rows}

    def due(self, kind: Kind, key: object) -> Due:
        """Return a due row, for calling a handler by hand."""
        return Due(kind, str(key), self.clock.now())
