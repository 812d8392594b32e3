"""A guest's place in a meeting: one browser, admitted, until the window closes."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.invitation import Standing, Visit
from bridge.domain.looks import AUTHENTICATED, COLOR, ROLE, Look, color_of
from bridge.ids import ActorId, InvitationId, OccurrenceId, SeatId, VisitId

RENEWABLE = timedelta(minutes=11)
"""How long a renewed token outlives the last sight of its bearer: 10 min and a minute's leeway.

The media server renews the token of whoever is connected and forgets nothing by itself
(docs/interop/livekit.md), so whoever was sent out is watched for as long.
"""
VISIO_REMEMBERS = timedelta(hours=6)
"""How long Visio lets somebody in again whom its host admitted (docs/interop/visio.md)."""
VISIO_TOKEN = timedelta(hours=6)
"""How long a token lasts that Visio gives."""
IDENTITY = "guest-"
ONE_OF_OURS = re.compile(rf"{IDENTITY}[0-9a-f-]{{36}}")
"""What we give out; anything else needs no look into the database, which may not take its text."""
PERHAPS_OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""With what we knock at Visio, and what Visio gives to others: only a look tells which."""
PATIENCE = timedelta(minutes=2)
"""How long a question to the salon stays without an answer before the organiser is called."""
ALTERED_WITHIN = timedelta(minutes=1)
"""Whose name or marks change a third time within this is put out."""
SAME_CHANGE = timedelta(seconds=0.5)
"""Two looks that overlap see one change twice; it counts once."""


class SeatEnd(StrEnum):
    """Why a seat is no longer held."""

    WINDOW = "window"
    MEETING = "meeting"
    """The meeting was ended or cancelled."""
    REVOKED = "revoked"
    REMOVED = "removed"
    """The host sent them out in Visio's own page."""
    ALTERED = "altered"
    """What others read of them was changed a third time within a minute."""
    REPLACED = "replaced"
    """Another device with the same link was admitted."""
    LAPSED = "lapsed"
    """Visio no longer knows that its host admitted them: the room emptied, or the host removed
    them. They knock again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What an admission gives: an identity of its own on the media server, used once."""

    id: SeatId
    visit: VisitId
    invitation: InvitationId
    occurrence: OccurrenceId
    room: str
    """The media server's name of the room, which is Visio's id of it."""
    identity: str = field(repr=False)
    admitted_at: datetime
    admitted_by: ActorId
    ended_at: datetime | None = None
    why: SeatEnd | None = None
    watched_until: datetime | None = None
    """Until when its bearer may come back with a renewed token.

    `None` while it is held, and until the media server has said that its bearer is out.
    """
    name: str | None = field(default=None, repr=False)
    """Others read this name of its bearer; `None` where it was given before that was kept."""
    color: str | None = None
    """Visio chose this colour for whom it admitted; `None` until that was seen."""
    altered_at: datetime | None = None
    """When its bearer's name or marks were last put back."""
    altered_before: datetime | None = None
    """When they were put back the time before that."""

    @property
    def held(self) -> bool:
        """Whether its bearer may be in the meeting."""
        return self.ended_at is None

    @property
    def leaving(self) -> bool:
        """Whether it ended and its bearer may still be inside: nobody has put them out yet."""
        return not self.held and self.watched_until is None

    @property
    def knocked(self) -> bool:
        """Whether Visio's host gave it, with a token of Visio's."""
        return not self.identity.startswith(IDENTITY)

    @property
    def look(self) -> Look:
        """How others are to see its bearer: nobody's guest has a role or an account."""
        chosen = self.color if self.knocked else color_of(self.identity)
        color = {} if chosen is None else {COLOR: chosen}
        return Look(self.name, {**color, ROLE: "", AUTHENTICATED: "false"})

    def altered(self, now: datetime) -> "Seat":
        """Return it after its bearer's name or marks were put back once more."""
        return replace(self, altered_at=now, altered_before=self.altered_at)

    def just_altered(self, now: datetime) -> bool:
        """Tell whether what is seen now may be the change that was put back already."""
        return self.altered_at is not None and now < self.altered_at + SAME_CHANGE

    def altered_often(self, now: datetime) -> bool:
        """Tell whether one more change of its bearer's name or marks is the third in a minute."""
        return self.altered_before is not None and now <= self.altered_before + ALTERED_WITHIN

    def ended(self, now: datetime, why: SeatEnd) -> "Seat":
        """Return it given up; what ended first stays the reason."""
        return replace(self, ended_at=now, why=why) if self.held else self

    def harmless(self, out: datetime) -> datetime:
        """Return when nothing that its bearer holds, or may still get, lets them in any more.

        `out` is when they were put out. Whoever was given a token of Visio's knows with which name
        to ask it for another.
        """
        if not self.knocked:
            return out + RENEWABLE
        return max(out, self.admitted_at + VISIO_REMEMBERS) + VISIO_TOKEN + RENEWABLE

    def returned(self, now: datetime) -> datetime:
        """Return until when it is watched since its bearer was in the room after the end."""
        still = now + RENEWABLE
        return still if self.watched_until is None else max(self.watched_until, still)

    def watched(self, now: datetime, *, gated: bool) -> bool:
        """Tell whether its bearer is to be looked for; through a gate nobody comes back."""
        if self.ended_at is None or self.leaving or not gated:
            return True
        return now < self.ended_at + RENEWABLE


def bearer(identity: str) -> str | None:
    """Return whose an identity is on the media server: a guest's, or `None` for anybody else's.

    Whoever joins with `publish=x` is there as `id#x` (docs/interop/livekit.md).
    """
    return identity.partition("#")[0] if identity.startswith(IDENTITY) else None


def perhaps(identity: str) -> str | None:
    """Return whose an identity is if it looks like one with which we knock at Visio."""
    whose = identity.partition("#")[0]
    return whose if PERHAPS_OURS.fullmatch(whose) else None


_LOST = {
    SeatEnd.REMOVED: Standing.REMOVED,
    SeatEnd.ALTERED: Standing.REMOVED,
    SeatEnd.REPLACED: Standing.REPLACED,
}


def seated(visit: Visit, seat: Seat | None) -> Standing:
    """Return what a visitor is told inside the window, where the salon admits.

    A seat that time or the organiser ended leads to nothing but a new question, should the
    meeting be extended.
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
    """Return why a seat ends where the link itself leads nowhere any more."""
    return _REASONS.get(standing, SeatEnd.WINDOW)
