"""Admission: a visit with all it depends on, and the facts that its guest and the salon may know.

Everything is read when it is used, so that an organiser's extension, move or withdrawal acts at
once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest
from urllib.parse import urlsplit, urlunsplit

from bridge.domain.admission import REDIRECT, AdmissionMode
from bridge.domain.answer import Answer
from bridge.domain.codes import digest_of
from bridge.domain.invitation import Assurance, Invitation, Standing, Visit, standing
from bridge.domain.looks import marked
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Parameter, Parameters, guest, phrase
from bridge.domain.policy import Policy
from bridge.domain.proof import Proof
from bridge.domain.seat import Seat, SeatEnd, seated
from bridge.domain.window import Graces, Window
from bridge.ids import OccurrenceId, UserId, VisitId
from bridge.ports.work import ReadsVisits
from bridge.services.naming import titled

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_PARAMETERS = "silentLogin=false&hideLogin=true"
"""Without them Visio first sends everybody through the agents' sign-in, there and back."""
_SHOWN = {Proof.MAIL: Assurance.MAIL_CODE, Proof.PIN: Assurance.PIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The facts that the holder of a known code may know at this moment."""

    standing: Standing
    name: str
    language: str
    title: str
    start: datetime
    end: datetime
    zone: str
    window: Window
    organiser: UserId
    welcome: str = ""
    """The words of the salon that invites, for guests who may come in now or later."""
    topics: str = field(default="", repr=False)
    """The meeting's, for the same guests."""
    room: str | None = field(default=None, repr=False)
    """The meeting's address, only while the door is open."""
    answer: Answer | None = None
    """Their answer to the question whether they come, while they may still give one."""
    altered: bool = False
    """They were ejected because their name or marks kept changing."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A visit with all it depends on, as read from the database."""

    visit: Visit
    invitation: Invitation
    meeting: Meeting
    occurrence: Occurrence
    graces: Graces
    mode: AdmissionMode = REDIRECT
    seat: Seat | None = None
    """The last seat of this visit."""

    @property
    def host(self) -> UserId:
        """The agent to call when this guest waits; in Visio only the room's owner can admit."""
        room = self.occurrence.room_in(self.meeting)
        owner = None if room is None or self.mode.asks_salon else room.owner
        return owner or self.meeting.organiser

    def belongs_to(self, secret: str) -> bool:
        """Tell whether `secret` is the one in the visit's cookie."""
        return compare_digest(self.visit.digest, digest_of(secret))

    @property
    def title(self) -> str:
        """The title that the guest reads."""
        return self.occurrence.titled(self.meeting)

    @property
    def window(self) -> Window:
        """When this guest's link works."""
        return self.invitation.window(self.occurrence, self.graces)

    def link(self, now: datetime) -> Standing:
        """Return the link's standing at `now`, for anybody who follows it."""
        ready = self.occurrence.room_in(self.meeting) is not None
        return standing(self.invitation, self.occurrence, self.graces, now, ready=ready)

    def standing(self, now: datetime) -> Standing:
        """Return the standing that the guest is told at `now`."""
        stands = self.link(now)
        if stands is not Standing.OPEN:
            return stands
        if self.visit.invalidated and not (self.seat is not None and self.seat.held):
            return Standing.REVOKED  # a seat would take that of the next link's guest
        if self.owes is not None:
            return Standing.LOCKED if self.invitation.locked else Standing.PROVING
        return seated(self.visit, self.seat) if self.mode.ours else stands

    @property
    def owes(self) -> Proof | None:
        """The proof still to show; none for a guest who was let in."""
        asked = self.invitation.proof
        held = self.seat is not None and self.seat.held
        return None if asked in (Proof.NONE, self.visit.proved) or held else asked

    @property
    def assurance(self) -> Assurance:
        """How well we know the person at this browser: a mail that we sent proves nothing."""
        known = self.invitation.assurance
        shown = None if self.visit.proved is None else _SHOWN.get(self.visit.proved)
        return shown if shown is not None and known is Assurance.UNVERIFIED else known

    @property
    def knocks(self) -> str | None:
        """The identity with which we knock at Visio; that of an ended seat is used up."""
        seat, knock = self.seat, self.visit.knock
        spent = seat is not None and not seat.held and seat.identity == knock
        return None if spent else knock

    @property
    def answered(self) -> datetime:
        """When the last answer about this visit stopped counting; long ago if there is none."""
        seat = self.seat
        return _LONG_AGO if seat is None or seat.ended_at is None else seat.ended_at

    @property
    def asked(self) -> bool:
        """Whether the salon was asked about this visit since its last answer stopped counting."""
        return self.visit.asked_at is not None and self.visit.asked_at > self.answered

    @property
    def altered(self) -> bool:
        """Whether their last seat ended because their name or marks kept changing."""
        return self.seat is not None and self.seat.why is SeatEnd.ALTERED

    def room(self) -> str | None:
        """Return the room's address as guests use it."""
        room = self.occurrence.room_in(self.meeting)
        return None if room is None else _for_guests(room.url)

    def view(self, now: datetime) -> View:
        """Return the facts that the guest may know at `now`."""
        stands = self.standing(now)
        return View(
            standing=stands,
            name=self.visit.name,
            language=self.visit.language,
            title=self.title,
            start=self.occurrence.start,
            end=self.occurrence.end,
            zone=self.occurrence.zone,
            window=self.window,
            organiser=self.host,
            room=self.room() if stands is Standing.OPEN else None,
            altered=stands is Standing.REMOVED and self.altered,
        )


async def admission_of(work: ReadsVisits, identity: VisitId, policy: Policy) -> Admission | None:
    """Return a visit with all it depends on, for a transaction that only reads."""
    visit = await work.visits.get(identity)
    invitation = None if visit is None else await work.invitations.get(visit.invitation)
    if visit is None or invitation is None:
        return None
    meeting = await work.meetings.get(invitation.meeting)
    occurrence = await work.meetings.occurrence(visit.occurrence)
    assert meeting is not None
    assert occurrence is not None
    seat = await work.seats.of_visit(identity) if policy.mode.ours else None
    dated = invitation.on(visit.occurrence)
    return Admission(visit, dated, meeting, occurrence, policy.graces, policy.mode, seat)


async def admission_held(work: ReadsVisits, identity: VisitId, policy: Policy) -> Admission | None:
    """Return a visit with all it depends on, locked from the top down.

    Two transactions that lock the same rows in different orders wait for each other for ever
    (docs/decisions/0012-order-of-locks.md).
    """
    place = await work.visits.place(identity)
    if place is None:
        return None
    both = await work.meetings.both(place.occurrence)
    invitation = await work.invitations.get(place.invitation)
    visit = await work.visits.get(identity)  # may be gone by now: nothing was locked
    seat = await work.seats.of_visit(identity) if policy.mode.ours else None
    assert both is not None
    assert invitation is not None
    if visit is None:
        return None
    meeting, occurrence = both
    dated = invitation.on(occurrence.id)
    return Admission(visit, dated, meeting, occurrence, policy.graces, policy.mode, seat)


async def admissions_of(
    work: ReadsVisits, identity: OccurrenceId, policy: Policy
) -> Sequence[Admission]:
    """Return all visits to an occurrence with all they depend on."""
    occurrence = await work.meetings.occurrence(identity)
    meeting = None if occurrence is None else await work.meetings.get(occurrence.meeting)
    if occurrence is None or meeting is None:
        return []
    visits = await work.visits.of_occurrence(identity)
    invitations = {one.id: one for one in await work.invitations.of_occurrence(identity)}
    ours = policy.mode.ours
    seats = {one.visit: one for one in await work.seats.of_occurrence(identity)} if ours else {}
    return [
        Admission(
            visit,
            invitations[visit.invitation],
            meeting,
            occurrence,
            policy.graces,
            policy.mode,
            seats.get(visit.id),
        )
        for visit in visits
    ]


def about(admission: Admission, *, other: bool = False) -> Parameters:
    """Return the parameters of sentences about a guest at the door, for the salon or organiser.

    `other`: another device with the same link is inside, and would lose its seat to this one.
    """
    name = admission.visit.name
    return {
        "name": name,
        "from": guest(name, admission.meeting.salon, whence(admission, other=other)),
        "title": titled(admission.meeting, admission.occurrence),
    }


def whence(admission: Admission, *, other: bool = False) -> Parameter:
    """Return the phrase that says how a guest came by their link, and how well we know them."""
    key, parameters = known_as(admission)
    told = phrase(key, {**parameters, "assurance": phrase(f"assurance.{admission.assurance}")})
    return phrase("guest.device", {"from": told}) if other else told


def shown(admission: Admission) -> str:
    """Return a guest's name as everybody in the meeting reads it, with the mark that we add."""
    return marked(admission.visit.name, admission.invitation.organisation)


def known_as(admission: Admission) -> tuple[str, dict[str, str]]:
    """Return the sentence that identifies a guest, and its parameters besides `{assurance}`.

    It never says more than they have shown.
    """
    invitation = admission.invitation
    if admission.assurance is Assurance.FEDERATED:
        return "guest.vouched", {"guest": invitation.shown}
    if admission.assurance is Assurance.MAIL_CODE:
        return "guest.verified", {"email": invitation.email}
    if not invitation.email:
        return "guest.passed-on", {"guest": invitation.shown}
    return "guest.mailed", {"email": invitation.email}


def _for_guests(url: str) -> str:
    parts = urlsplit(url)
    query = f"{parts.query}&{_PARAMETERS}" if parts.query else _PARAMETERS
    return urlunsplit(parts._replace(query=query))
