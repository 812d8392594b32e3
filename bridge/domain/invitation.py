"""One guest's personal pass to one meeting, and the visits made with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.guest_terms import GuestTerms
from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.names import without_civility
from bridge.domain.proof import TRIES, Proof
from bridge.domain.scope import OneOccurrence, Scope, covers, current
from bridge.domain.window import Graces, Phase, Window, window_of
from bridge.ids import ActorId, InvitationId, MeetingId, OccurrenceId, QuestionId, VisitId


class InvitationState(StrEnum):
    """The state of an invitation, as the organiser reads it."""

    CREATED = "created"
    WAITING = "waiting"
    ADMITTED = "admitted"
    ENDED = "ended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


LIVING = frozenset({InvitationState.CREATED, InvitationState.WAITING})
"""The states in which a link leads, or will lead, to the meeting."""


NOBODYS = b""
"""A digest that no secret has."""


class Assurance(StrEnum):
    """How reliably we know who the guest is; best first."""

    FEDERATED = "federated"
    SIGNED_IN = "signed-in"
    MATRIX = "matrix"
    MAIL_CODE = "mail-code"
    PIN = "pin"
    UNVERIFIED = "unverified"


class Delivery(StrEnum):
    """How the guest gets the link."""

    MAIL = "mail"
    DIRECT = "direct"
    """By direct message to the agent, who passes it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A personal pass. The link's code is derived when it is needed and stored nowhere."""

    id: InvitationId
    meeting: MeetingId
    scope: Scope
    """The occurrences into which the link leads."""
    invited_by: ActorId
    created_at: datetime
    digest: bytes = field(repr=False)
    """SHA-256 of the code, by which the door looks it up."""
    key: str
    """The key file from which the code derives."""
    number: int = 0
    """The number of the present link; with a higher number the older link is dead."""
    name: str = ""
    email: str = ""
    delivery: Delivery = Delivery.MAIL
    assurance: Assurance = Assurance.UNVERIFIED
    dated: OccurrenceId | None = None
    """With several dates, the one that `until`, `waiting_since`, `announced_at`, `takeovers` and
    `pin_tries` are about; on the others they are as in the beginning."""
    until: datetime | None = None
    """An end of its own, on one date."""
    waiting_since: datetime | None = None
    revoked_at: datetime | None = None
    announced_at: datetime | None = None
    mail_refused: bool = False
    takeovers: int = 0
    """How often a device took over from another that had been admitted with this link."""
    proof: Proof = Proof.NONE
    """The proof that its guest must give before the salon is asked."""
    pin_tries: int = 0
    """Wrong PINs typed with the present link."""
    terms: GuestTerms | None = None
    """The terms of a partner's person, where they differ from those of other guests."""

    def __post_init__(self) -> None:
        """Raise ValueError for an end of its own that is of no date."""
        several = not isinstance(self.scope, OneOccurrence)
        if self.until is not None and several and self.dated is None:
            raise ValueError("an invitation to several dates has an end of its own on one of them")

    @property
    def locked(self) -> bool:
        """Whether too many PINs were tried: only the next link leads in."""
        return self.proof is Proof.PIN and self.pin_tries >= TRIES

    @property
    def organisation(self) -> str:
        """The domain of the address, which is all we know of the organisation."""
        return self.email.rpartition("@")[2]

    @property
    def shown(self) -> str:
        """The name by which the salon knows the guest."""
        return self.name or self.email

    @property
    def forgotten(self) -> bool:
        """Whether its guest's data is erased: every guest has a name or an address."""
        return not self.shown

    def window(self, occurrence: Occurrence, graces: Graces) -> Window:
        """Return when this link leads into an occurrence: at no moment if it is not to it."""
        mine = isinstance(self.scope, OneOccurrence) or self.dated == occurrence.id
        allowed = graces if self.terms is None else self.terms.narrowed(graces)
        window = window_of(occurrence, allowed, self.until if mine else None)
        return window if self.covers(occurrence) else Window(window.opens, window.opens)

    def on(self, date: OccurrenceId) -> "Invitation":
        """Return it as it is on a date: what is counted for a link is counted for each date."""
        if isinstance(self.scope, OneOccurrence) or self.dated == date:
            return self
        return replace(
            self,
            dated=date,
            until=None,
            waiting_since=None,
            announced_at=None,
            takeovers=0,
            pin_tries=0,
        )

    def covers(self, occurrence: Occurrence) -> bool:
        """Tell whether it is to this occurrence, maybe among others."""
        return occurrence.meeting == self.meeting and covers(self.scope, occurrence.id)

    def leads_to(
        self, occurrences: Iterable[Occurrence], graces: Graces, now: datetime
    ) -> Occurrence | None:
        """Return the one of these occurrences to which the link leads now, if any.

        It is the one whose window is open; else the next one, else the last one.
        """
        return current(filter(self.covers, occurrences), lambda one: self.window(one, graces), now)

    def leads_until(self, occurrence: Occurrence, graces: Graces) -> datetime:
        """Return from when on this link leads nowhere: it closed, or was withdrawn before."""
        closes = self.window(occurrence, graces).closes
        return closes if self.revoked_at is None else min(self.revoked_at, closes)

    def state(self, occurrence: Occurrence, graces: Graces, now: datetime) -> InvitationState:
        """Return the present state; a person's decision takes precedence over the time."""
        if self.revoked_at is not None or not self.covers(occurrence):
            return InvitationState.REVOKED
        if occurrence.state is OccurrenceState.CANCELLED:
            return InvitationState.CANCELLED
        if occurrence.state is OccurrenceState.ENDED:
            return InvitationState.ENDED
        if self.window(occurrence, graces).phase(now) is Phase.AFTER:
            return InvitationState.EXPIRED
        return InvitationState.CREATED if self.waiting_since is None else InvitationState.WAITING

    def extended(
        self, by: timedelta, occurrence: Occurrence, graces: Graces, now: datetime
    ) -> "Invitation":
        """Return it with a later end of its own, counted from now if it is already over."""
        closes = self.window(occurrence, graces).closes
        return replace(self, until=max(closes, now) + by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One browser that followed a link and typed a name; it consumes nothing."""

    id: VisitId
    invitation: InvitationId
    occurrence: OccurrenceId
    """The occurrence to which the link led when it was followed."""
    digest: bytes = field(repr=False)
    """SHA-256 of the cookie's secret."""
    name: str
    language: str
    created_at: datetime
    followed_at: datetime | None = None
    asked_at: datetime | None = None
    """When the salon was asked to let this browser in."""
    question: QuestionId | None = None
    """The last question to the salon that listed it."""
    number: int = 0
    """Its number in such lists, unique among all devices of the meeting; 0: never listed."""
    seen_at: datetime | None = None
    """When its page last contacted the door while it waited, to within some seconds."""
    left_at: datetime | None = None
    """When its page was closed and it left the list; `None` while it is listed."""
    refused_at: datetime | None = None
    refused_by: ActorId | None = None
    knock: str | None = field(default=None, repr=False)
    """The identity with which we knock at Visio for it, also its identity on the media server."""
    proved: Proof | None = None
    """The proof that this browser has given besides the link."""

    @property
    def invalidated(self) -> bool:
        """Whether the next link has replaced its link: no browser is known by it any more."""
        return self.digest == NOBODYS


@dataclass(frozen=True, slots=True)
class VisitPlace:
    """The invitation and occurrence of a visit."""

    occurrence: OccurrenceId
    invitation: InvitationId


def meant(
    known: Sequence[Invitation], words: str
) -> tuple[Sequence[Invitation], Sequence[Invitation]]:
    """Return the guests whose address or name is `words`, and those who have `words` in either."""
    wanted = words.casefold().strip()
    if not wanted:
        return (), ()
    exact = [one for one in known if wanted in (one.email.casefold(), one.name.casefold())]
    part = without_civility(wanted)
    return exact, [one for one in known if part in f"{one.name} {one.email}".casefold()]


def has_namesake(one: Invitation, known: Sequence[Invitation]) -> bool:
    """Tell whether another guest has the same name: then only their addresses distinguish them."""
    name = one.name.casefold()
    return any(other.name.casefold() == name and other.id != one.id for other in known)


class Standing(StrEnum):
    """The state of a link's holder, which decides what the door shows them now."""

    EARLY = "early"
    OPEN = "open"
    OVER = "over"
    ENDED = "ended"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    PREPARING = "preparing"
    """The window is open, but Visio has not given a room yet."""
    PROVING = "proving"
    """A code or a PIN is still missing."""
    LOCKED = "locked"
    """Too many PINs were tried."""
    WAITING = "waiting"
    """The salon decides."""
    ADMITTED = "admitted"
    REFUSED = "refused"
    REMOVED = "removed"
    """The host removed them: they can't come back by themselves."""
    REPLACED = "replaced"
    """Another device with the same link was admitted."""


_DECIDED = {
    InvitationState.REVOKED: Standing.REVOKED,
    InvitationState.CANCELLED: Standing.CANCELLED,
    InvitationState.ENDED: Standing.ENDED,
    InvitationState.EXPIRED: Standing.OVER,
}


def standing(
    invitation: Invitation, occurrence: Occurrence, graces: Graces, now: datetime, *, ready: bool
) -> Standing:
    """Return a visitor's state; `ready`: the Visio room exists."""
    decided = _DECIDED.get(invitation.state(occurrence, graces, now))
    if decided is not None:
        return decided
    if invitation.window(occurrence, graces).phase(now) is Phase.BEFORE:
        return Standing.EARLY
    return Standing.OPEN if ready else Standing.PREPARING
