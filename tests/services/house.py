"""Use cases on a real database, with fakes of everything outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bridge.domain.agenda import Due, Handler, Kind, backoff
from bridge.domain.authority import Membership
from bridge.domain.capability import merged
from bridge.domain.cause import Actor, Cause, Reply
from bridge.domain.codes import Minter
from bridge.domain.host import HostLink
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Edit, Message, Notice, OwnReaction, Prompt, Sentence
from bridge.domain.policy import Policy
from bridge.ids import EventId, HostId, SalonId, UserId, VisitId
from bridge.metrics import Metrics
from bridge.ports import Letter, UnitsOfWork
from bridge.services.enforcement.ejection import Ejections
from bridge.services.enforcement.host_removals import Removals
from bridge.services.enforcement.polling import Polling
from bridge.services.enforcement.sweep import Sweeps
from bridge.services.enforcement.webhooks import Hearing
from bridge.services.enforcement.wire import Enforcement
from bridge.services.invitations.drafts import Drafting, InvitationFacts
from bridge.services.invitations.invitations import Guest, Invitations, Invited, Terms
from bridge.services.invitations.mail import Letters
from bridge.services.invitations.wire import invitations
from bridge.services.meetings.attendance import Attendance
from bridge.services.meetings.lifecycle import MeetingRequest, Meetings
from bridge.services.meetings.visio_rooms import RoomMaking
from bridge.services.meetings.wire import meetings
from bridge.services.seats.decisions import Decided, Seats
from bridge.services.seats.end_warnings import Endings
from bridge.services.seats.knocking import Knocking
from bridge.services.seats.modes import Admitting, HostAdmits, SalonAdmits, VisioAdmits
from bridge.services.tools import Tools
from bridge.services.visits.arrivals import Admissions, Entered
from bridge.services.visits.code_mail import CodeFacts, CodeLetters
from bridge.services.visits.proofs import Proofs
from bridge.services.visits.wire import visits
from bridge.store.agenda import AgendaOutcome
from bridge.store.agenda import Claimable as Ripe
from bridge.store.message_rows import message_of
from bridge.store.tables import agenda, outbox
from bridge.store.work import Store
from tests.defaults import SETTINGS, default_policy
from tests.doubles.clocks import SetClock
from tests.doubles.ports import (
    FakeIdentities,
    FakeLobby,
    FakeMedia,
    FakePasses,
    FakePost,
    FakeVisio,
    FakeWebhooks,
)
from tests.services.admissions import held

START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
SALON = SalonId("!salon:agent.tchap")
ALICE = UserId("@alice:agent.tchap")
BOB = UserId("@bob:agent.tchap")
DOOR = "https://visio-externes.example"
MEDIA = "wss://media.example"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LEASE = timedelta(seconds=60)


def minter() -> Minter:
    return Minter({"k1": b"1" * 32, "k0": b"0" * 32}, "k1")


def compose(facts: InvitationFacts) -> Letter:
    """Put all facts of a mail into its text, for tests to read."""
    return Letter(
        to=facts.to,
        subject=facts.title,
        plain=facts.link,
        html=facts.inviter,
        message_id=facts.message_id,
    )


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
    works: UnitsOfWork | None = None
    """Instead of the store itself."""
    composed: list[InvitationFacts] = field(default_factory=list)
    pages: set[VisitId] = field(default_factory=set)
    """The visits with an open page."""

    def __post_init__(self) -> None:
        self.wire(self.works or self.store)

    def wire(self, works: UnitsOfWork) -> None:
        """Start a process on the same database and the same fakes."""
        self.tools = tools = Tools(works, self.clock, self.policy)
        self.making = RoomMaking(tools, self.visio, self.identities)
        self.meetings = Meetings(tools)
        self.invitations = Invitations(minter(), tools)
        self.admissions = Admissions(tools)
        self.ejections = Ejections(tools, self.media, self.metrics)
        self.sweeps = Sweeps(tools, self.ejections)
        self.seats = Seats(tools, self.ejections, self.passes, MEDIA)
        self.presences = Attendance(tools)
        self.polling = Polling(
            tools, self.sweeps, self.presences, lambda: self.clock.now().timestamp()
        )
        self.removals = Removals(tools)
        self.hearing = Hearing(FakeWebhooks(), self.removals, self.polling, tools)
        rooms = self.media if self.policy.mode.counts else None
        self.knocking = Knocking(tools, self.lobby, MEDIA, self.metrics, rooms)
        self.endings = Endings(
            tools=tools,
            media=self.media if self.policy.mode.ejects else None,
            meetings=self.meetings,
            invitations=self.invitations,
        )
        self.letters = Letters(
            tools=tools,
            post=self.post,
            compose=self._compose,
            drafting=Drafting(
                minter=minter(), policy=self.policy, door=DOOR, domain="parvis.example"
            ),
            identities=self.identities if self.shows_organiser else None,
            again=SETTINGS.mail.retry_unconfirmed,
        )
        self.proofs = Proofs(tools, minter())
        self.codes = CodeLetters(
            tools=tools,
            post=self.post,
            compose=compose_code,
            minter=minter(),
            domain="parvis.example",
            metrics=self.metrics,
        )

    @property
    def admitting(self) -> Admitting:
        """The admission mode at work, by the present policy."""
        mode = self.policy.mode
        held = Enforcement(self.ejections, self.polling, self.hearing) if mode.ejects else None
        if mode.knocks:
            return HostAdmits(knocking=self.knocking, endings=self.endings, enforcement=held)
        if held is None:
            return VisioAdmits()
        return SalonAdmits(
            tools=self.tools, seats=self.seats, endings=self.endings, enforcement=held
        )

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
        return merged(
            [
                meetings(self.tools, self.making, patience=timedelta()),
                invitations(self.letters, patience=timedelta()),
                visits(self.tools, self.codes, patience=timedelta()),
                self.admitting.capability(),
            ]
        ).handlers

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
