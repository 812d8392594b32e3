"""A guest's place in a meeting: one browser, admitted, until the window closes."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.invitation import Standing, Visit
from bridge.domain.looks import AUTHENTICATED, COLOR, ROLE, Look, color_of
from bridge.ids import ActorId, InvitationId, OccurrenceId, SeatId, VisitId

RENEWABLE = timedelta(minutes=11)
"""How long a renewed token outlives the last sight of its guest: 10 min and a minute's leeway.

The media server renews every connected participant's token and forgets nothing by itself
(docs/interop/livekit.md), so an ejected guest is watched for as long.
"""
VISIO_REMEMBERS = timedelta(hours=6)
"""How long Visio lets a guest in again whom its host admitted (docs/interop/visio.md)."""
VISIO_TOKEN = timedelta(hours=6)
"""The lifetime of a token that Visio gives."""
IDENTITY = "guest-"
ONE_OF_OURS = re.compile(rf"{IDENTITY}[0-9a-f-]{{36}}")
"""The identities that we issue; no other is looked up in the database, which may not take its
text."""
PERHAPS_OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The form of identities with which we knock at Visio, and that Visio gives to others: only a
lookup tells them apart."""
PATIENCE = timedelta(minutes=2)
"""How long a question to the salon stays unanswered before the organiser is called."""
ALTERED_WITHIN = timedelta(minutes=1)
"""A guest whose name or marks change a third time within this is ejected."""
SAME_CHANGE = timedelta(seconds=0.5)
"""Two polls that overlap see one change twice; it counts once."""


class SeatEnd(StrEnum):
    """The reason why a seat is no longer held."""

    WINDOW = "window"
    MEETING = "meeting"
    """The meeting was ended or cancelled."""
    REVOKED = "revoked"
    REMOVED = "removed"
    """The host removed them in Visio's own page."""
    ALTERED = "altered"
    """Their name or marks, as others read them, were changed a third time within a minute."""
    REPLACED = "replaced"
    """Another device with the same link was admitted."""
    LAPSED = "lapsed"
    """Visio no longer knows that its host admitted them: the room emptied, or the host removed
    them. They knock again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """The right that an admission gives: an identity of its own on the media server, used once."""

    id: SeatId
    visit: VisitId
    invitation: InvitationId
    occurrence: OccurrenceId
    room: str
    """The room's name on the media server, which is Visio's id of it."""
    identity: str = field(repr=False)
    admitted_at: datetime
    admitted_by: ActorId
    ended_at: datetime | None = None
    why: SeatEnd | None = None
    watched_until: datetime | None = None
    """Until when its guest may come back with a renewed token.

    `None` while it is held, and until the media server has said that its guest is out.
    """
    name: str | None = field(default=None, repr=False)
    """Its guest's name as others read it; `None` if the seat is older than this field."""
    color: str | None = None
    """The colour that Visio chose when its host admitted the guest; `None` until it was seen."""
    altered_at: datetime | None = None
    """When its guest's name or marks were last restored."""
    altered_before: datetime | None = None
    """When they were restored the time before that."""

    @property
    def held(self) -> bool:
        """Whether its guest may be in the meeting."""
        return self.ended_at is None

    @property
    def pending_ejection(self) -> bool:
        """Whether it ended and its guest may still be inside: nobody has ejected them yet."""
        return not self.held and self.watched_until is None

    @property
    def knocked(self) -> bool:
        """Whether Visio's host admitted its guest, with a token of Visio's."""
        return not self.identity.startswith(IDENTITY)

    @property
    def look(self) -> Look:
        """How others are to see its guest: no guest has a role or an account."""
        chosen = self.color if self.knocked else color_of(self.identity)
        color = {} if chosen is None else {COLOR: chosen}
        return Look(self.name, {**color, ROLE: "", AUTHENTICATED: "false"})

    def altered(self, now: datetime) -> "Seat":
        """Return it after its guest's name or marks were restored once more."""
        return replace(self, altered_at=now, altered_before=self.altered_at)

    def just_altered(self, now: datetime) -> bool:
        """Tell whether a change seen now may be the one that was already restored."""
        return self.altered_at is not None and now < self.altered_at + SAME_CHANGE

    def altered_often(self, now: datetime) -> bool:
        """Tell whether one more change of its guest's name or marks is the third in a minute."""
        return self.altered_before is not None and now <= self.altered_before + ALTERED_WITHIN

    def ended(self, now: datetime, why: SeatEnd) -> "Seat":
        """Return it ended; the first reason stays."""
        return replace(self, ended_at=now, why=why) if self.held else self

    def tokens_expire_at(self, out: datetime) -> datetime:
        """Return when every token the guest holds or could still obtain has expired.

        `out` is when they were ejected. A guest who was given a token of Visio's knows the identity
        with which to ask it for another.
        """
        if not self.knocked:
            return out + RENEWABLE
        return max(out, self.admitted_at + VISIO_REMEMBERS) + VISIO_TOKEN + RENEWABLE

    def returned(self, now: datetime) -> datetime:
        """Return until when it is watched, since its guest was in the room after the end."""
        still = now + RENEWABLE
        return still if self.watched_until is None else max(self.watched_until, still)

    def watched(self, now: datetime, *, gated: bool) -> bool:
        """Tell whether its guest is to be looked for; a gate lets nobody come back."""
        if self.ended_at is None or self.pending_ejection or not gated:
            return True
        return now < self.ended_at + RENEWABLE


def bearer(identity: str) -> str | None:
    """Return the identity of a guest on the media server, or `None` for anybody else's.

    A participant who joins with `publish=x` appears as `id#x` (docs/interop/livekit.md).
    """
    return identity.partition("#")[0] if identity.startswith(IDENTITY) else None


def perhaps(identity: str) -> str | None:
    """Return a participant's identity if it has the form of those with which we knock."""
    whose = identity.partition("#")[0]
    return whose if PERHAPS_OURS.fullmatch(whose) else None


_LOST = {
    SeatEnd.REMOVED: Standing.REMOVED,
    SeatEnd.ALTERED: Standing.REMOVED,
    SeatEnd.REPLACED: Standing.REPLACED,
}


def seated(visit: Visit, seat: Seat | None) -> Standing:
    """Return a visitor's state inside the window, if the salon admits.

    A seat that time or the organiser ended leads only to a new question, if the meeting is
    extended.
    """
    if seat is not None and seat.held:
        return Standing.ADMITTED
    lost = None if seat is None or seat.why is None else _LOST.get(seat.why)
    if lost is not None:
        return lost
    return Standing.WAITING if visit.refused_at is None else Standing.REFUSED


_REASONS = {
    Standing.REVOKED: SeatEnd.REVOKED,
    Standing.ENDED: SeatEnd.MEETING,
    Standing.CANCELLED: SeatEnd.MEETING,
}


def reason_of(standing: Standing) -> SeatEnd:
    """Return the reason for which a seat ends when the link itself leads nowhere any more."""
    return _REASONS.get(standing, SeatEnd.WINDOW)
