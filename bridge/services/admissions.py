"""What a guest's link does: a visit, its state, the way to the meeting.

Nothing here needs a key: codes and cookies are only ever digested. Everything is read when it is
used, so that what an organiser extends, moves or withdraws acts at once.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from bridge.clock import Clock
from bridge.domain.agenda import Due, Kind
from bridge.domain.codes import digest_of
from bridge.domain.invitation import Assurance, Invitation, Standing, Visit, standing
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Facts, Message, person, phrase
from bridge.domain.policy import Policy, Way
from bridge.domain.proof import Proof
from bridge.domain.seat import PATIENCE, Seat, seated
from bridge.domain.window import Graces, Window
from bridge.ids import OccurrenceId, UserId, VisitId, uuid7
from bridge.ports import Work, Works
from bridge.services.cards import refresh_card

YES, NO = "✅", "❌"
"""The reactions with which a salon answers."""
_SECRET = 16
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_PARAMETERS = "silentLogin=false&hideLogin=true"
"""Without them Visio first sends everybody through the agents' sign-in, there and back."""


_SHOWN = {Proof.MAIL: Assurance.MAIL_CODE, Proof.PIN: Assurance.PIN}


class People(Protocol):
    """Knows people by the name others know them by."""

    async def name(self, user: UserId) -> str:
        """Return a name to show; never an address."""
        ...


@dataclass(frozen=True, slots=True)
class Entered:
    """A visit that was opened, and the secret that its browser keeps in a cookie."""

    visit: VisitId
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the holder of a known code may know at this moment."""

    standing: Standing
    name: str
    language: str
    title: str
    start: datetime
    end: datetime
    zone: str
    window: Window
    organiser: UserId
    room: str | None = field(default=None, repr=False)
    """Where the meeting is, only while the door is open."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A visit with all it depends on, as read from the database."""

    visit: Visit
    invitation: Invitation
    meeting: Meeting
    occurrence: Occurrence
    graces: Graces
    way: Way = Way.REDIRECT
    seat: Seat | None = None
    """The last one this visit was given."""

    def belongs_to(self, secret: str) -> bool:
        """Tell whether `secret` is that of the visit's cookie."""
        return compare_digest(self.visit.digest, digest_of(secret))

    @property
    def window(self) -> Window:
        """When this guest's link works."""
        return self.invitation.window(self.occurrence, self.graces)

    def link(self, now: datetime) -> Standing:
        """Return where the link leads at `now`, whoever follows it."""
        ready = self.meeting.room is not None
        return standing(self.invitation, self.occurrence, self.graces, now, ready=ready)

    def standing(self, now: datetime) -> Standing:
        """Return what the guest is told at `now`."""
        stands = self.link(now)
        if stands is not Standing.OPEN:
            return stands
        if self.visit.estranged and not (self.seat is not None and self.seat.held):
            return Standing.REVOKED  # a seat would be nobody's, and take that of the next link
        if self.owes is not None:
            return Standing.LOCKED if self.invitation.locked else Standing.PROVING
        return seated(self.visit, self.seat) if self.way.ours else stands

    @property
    def owes(self) -> Proof | None:
        """What is still to be shown; nothing by who was let in."""
        asked = self.invitation.proof
        held = self.seat is not None and self.seat.held
        return None if asked in (Proof.NONE, self.visit.proved) or held else asked

    @property
    def assurance(self) -> Assurance:
        """How well we know who this browser's person is: a mail that was sent proves nothing."""
        known = self.invitation.assurance
        shown = None if self.visit.proved is None else _SHOWN.get(self.visit.proved)
        return shown if shown is not None and known is Assurance.UNVERIFIED else known

    @property
    def knocks(self) -> str | None:
        """With which identity we knock at Visio; that of a seat which ended is used up."""
        seat, knock = self.seat, self.visit.knock
        spent = seat is not None and not seat.held and seat.identity == knock
        return None if spent else knock

    @property
    def answered(self) -> datetime:
        """When the last answer about this visit lost its worth, long ago where there is none."""
        seat = self.seat
        return _LONG_AGO if seat is None or seat.ended_at is None else seat.ended_at

    @property
    def asked(self) -> bool:
        """Whether the salon was asked about this visit and its answer still counts."""
        return self.visit.asked_at is not None and self.visit.asked_at > self.answered

    @property
    def unanswered(self) -> bool:
        """Whether the salon was asked and has neither let this visit in nor turned it away."""
        held = self.seat is not None and self.seat.held
        return self.asked and not held and self.visit.refused_at is None

    def room(self) -> str | None:
        """Return the room's address as guests use it."""
        return None if self.meeting.room is None else _for_guests(self.meeting.room.url)

    def view(self, now: datetime) -> View:
        """Return what the guest may know at `now`."""
        stands = self.standing(now)
        return View(
            standing=stands,
            name=self.visit.name,
            language=self.visit.language,
            title=self.meeting.title,
            start=self.occurrence.start,
            end=self.occurrence.end,
            zone=self.occurrence.zone,
            window=self.window,
            organiser=self.meeting.organiser,
            room=self.room() if stands is Standing.OPEN else None,
        )


async def admission_of(work: Work, identity: VisitId, policy: Policy) -> Admission | None:
    """Return a visit with all it depends on, for a transaction that only reads."""
    visit = await work.visits.get(identity)
    invitation = None if visit is None else await work.invitations.get(visit.invitation)
    if visit is None or invitation is None:
        return None
    meeting = await work.meetings.get(invitation.meeting)
    occurrence = await work.meetings.occurrence(invitation.occurrence)
    assert meeting is not None
    assert occurrence is not None
    seat = await work.seats.of_visit(identity) if policy.way.ours else None
    return Admission(visit, invitation, meeting, occurrence, policy.graces, policy.way, seat)


async def admission_held(work: Work, identity: VisitId, policy: Policy) -> Admission | None:
    """Return a visit with all it depends on, held from the top down.

    Transactions that hold the same rows in another order than each other wait for each other for
    ever (docs/decisions/0012-order-of-locks.md).
    """
    place = await work.visits.place(identity)
    if place is None:
        return None
    both = await work.meetings.both(place.occurrence)
    invitation = await work.invitations.get(place.invitation)
    visit = await work.visits.get(identity)  # may be gone by now: nothing was held
    seat = await work.seats.of_visit(identity) if policy.way.ours else None
    assert both is not None
    assert invitation is not None
    return Admission(visit, invitation, *both, policy.graces, policy.way, seat) if visit else None


async def admissions_of(work: Work, identity: OccurrenceId, policy: Policy) -> Sequence[Admission]:
    """Return all visits to an occurrence with all they depend on."""
    occurrence = await work.meetings.occurrence(identity)
    meeting = None if occurrence is None else await work.meetings.get(occurrence.meeting)
    if occurrence is None or meeting is None:
        return []
    visits = await work.visits.of_occurrence(identity)
    invitations = {one.id: one for one in await work.invitations.of_occurrence(identity)}
    ours = policy.way.ours
    seats = {one.visit: one for one in await work.seats.of_occurrence(identity)} if ours else {}
    return [
        Admission(
            visit,
            invitations[visit.invitation],
            meeting,
            occurrence,
            policy.graces,
            policy.way,
            seats.get(visit.id),
        )
        for visit in visits
    ]


@dataclass(frozen=True, slots=True)
class Admissions:
    """Use cases of the door."""

    works: Works
    clock: Clock
    policy: Policy

    async def enter(self, code: str, *, name: str, language: str) -> Entered | None:
        """Open a visit for the holder of a code; `None` for a code nobody has, or no longer has.

        It consumes nothing, so a mail scanner that submits the form costs its guest nothing. An
        unknown code never waits for, nor holds up, anybody who writes.
        """
        digest = digest_of(code)
        most = self.policy.visits_per_invitation
        async with self.works.reading() as work:
            invitation = await work.invitations.by_digest(digest)
            if invitation is None or invitation.forgotten:
                return None
            full = await work.visits.count(invitation.id) >= most
        secret = secrets.token_urlsafe(_SECRET)
        now = self.clock.now()
        async with self.works() as work:
            invitation = await work.invitations.by_digest(digest)
            if invitation is None or invitation.forgotten:
                return None
            if full:
                await work.visits.keep(invitation.id, newest=most - 1)
            visit = Visit(
                id=VisitId(uuid7(now)),
                invitation=invitation.id,
                digest=digest_of(secret),
                name=name,
                language=language,
                created_at=now,
            )
            await work.visits.add(visit)
            if invitation.waiting_since is None and invitation.revoked_at is None:
                await work.invitations.waits(invitation.id, now)
        return Entered(visit.id, secret)

    async def read(self, visit: VisitId) -> Admission | None:
        """Return a visit with all it depends on; whose it is remains to be checked."""
        async with self.works.reading() as work:
            return await admission_of(work, visit, self.policy)

    async def read_all(self, occurrence: OccurrenceId) -> Sequence[Admission]:
        """Return all visits to an occurrence, as `read` does each; they cost no more than one."""
        async with self.works.reading() as work:
            return await admissions_of(work, occurrence, self.policy)

    async def touched(self, within: timedelta) -> Mapping[OccurrenceId, datetime]:
        """Return of which occurrences guests are told other things since so long ago, and when."""
        async with self.works.reading() as work:
            return await work.meetings.touched(within=within)

    async def arrive(self, visit: VisitId, secret: str) -> View | None:
        """Return what the visit's own browser may know now, `None` for anybody else.

        While the door is open, note the visit and tell the salon. It hears of one invitation at
        most once per `policy.announce_every`, however many browsers follow it and however often.
        """
        admission = await self.read(visit)
        if admission is None or not admission.belongs_to(secret):
            return None
        now = self.clock.now()
        view = admission.view(now)
        knocks = view.standing is Standing.WAITING and admission.way is Way.KNOCK
        if view.standing is Standing.WAITING and not knocks and not admission.asked:
            async with self.works() as work:
                held = await admission_held(work, visit, self.policy)
                if held is not None and held.standing(now) is Standing.WAITING:
                    await self._ask(work, held, now)
        in_visio = knocks or view.standing is Standing.OPEN
        if in_visio and not self._known(admission, now):
            async with self.works() as work:
                await self._announce(work, admission, now)
                await work.visits.followed(visit, now)
        return view

    def _known(self, admission: Admission, now: datetime) -> bool:
        """Tell whether this arrival is no news: reloading a page waits for nobody who writes."""
        told = admission.invitation.announced_at
        followed = admission.visit.followed_at is not None
        return followed and told is not None and told > now - self.policy.announce_every

    async def _ask(self, work: Work, admission: Admission, now: datetime) -> None:
        """Ask the salon about a visitor who waits: once, and again after a seat has ended."""
        visit, meeting = admission.visit, admission.meeting
        asked = await work.visits.asks(visit.id, now, unless_after=admission.answered)
        if not asked:
            return
        facts = about(admission, device=await work.visits.device(visit))
        notice = Message(
            dedupe=f"asks:{visit.id}:{now.isoformat()}",
            template="guest.waits",
            salon=meeting.salon,
            rings=(meeting.organiser,),
            thread=meeting.thread,
            about_visit=visit.id,
            facts=facts,
        )
        await work.outbox.post(notice)
        first = min(now + PATIENCE, admission.window.closes)
        await work.agenda.plan([Due(Kind.ASKED, str(visit.id), first)])
        for key in (YES, NO):
            dedupe = f"{notice.dedupe}:{key}"
            answer = replace(
                notice, dedupe=dedupe, template="guest.answer", rings=(), facts={"key": key}
            )
            await work.outbox.post(answer)
        await refresh_card(work, admission.occurrence.id)

    async def _announce(self, work: Work, admission: Admission, now: datetime) -> None:
        invitation, meeting = admission.invitation, admission.meeting
        every = self.policy.announce_every
        told = await work.invitations.announce(invitation.id, now=now, unless_after=now - every)
        if not told:
            return
        bucket = int(now.timestamp() // every.total_seconds())
        await work.outbox.post(
            Message(
                dedupe=f"announce:{invitation.id}:{invitation.number}:{bucket}",
                template="guest.knocks" if admission.way is Way.KNOCK else "guest.followed",
                salon=meeting.salon,
                rings=(meeting.organiser,),
                thread=meeting.thread,
                facts={**about(admission), "organiser": person(meeting.organiser)},
            )
        )
        await refresh_card(work, invitation.occurrence)


def about(admission: Admission, *, device: int = 1) -> Facts:
    """Return what a salon or its organiser is told of somebody who waits at the door.

    `device`: the how many-th it is that asks with the same link.
    """
    key, facts = known_as(admission)
    whence = phrase(key, {**facts, "assurance": phrase(f"assurance.{admission.assurance}")})
    if device > 1:
        whence = phrase("guest.device", {"number": device, "from": whence})
    return {
        "name": admission.visit.name,
        "from": whence,
        "title": admission.meeting.title or phrase("meeting.untitled"),
    }


def known_as(admission: Admission) -> tuple[str, dict[str, str]]:
    """Return which sentence tells who a visitor is, and its facts besides `{assurance}`.

    Never more than they have shown.
    """
    invitation = admission.invitation
    if admission.assurance is Assurance.MAIL_CODE:
        return "guest.verified", {"organisation": invitation.organisation}
    if not invitation.email:
        return "guest.passed-on", {"guest": invitation.shown}
    return "guest.mailed", {"email": invitation.email}


def _for_guests(url: str) -> str:
    parts = urlsplit(url)
    query = f"{parts.query}&{_PARAMETERS}" if parts.query else _PARAMETERS
    return urlunsplit(parts._replace(query=query))
