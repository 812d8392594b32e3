"""The moments at which an occurrence's card changes by itself, and its guests are erased."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.admission import AdmissionMode
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.seat import VISIO_REMEMBERS
from bridge.domain.window import Graces, window_of


@dataclass(frozen=True, slots=True)
class Course:
    """The moments of an occurrence, in order; an ended or cancelled one has only the last."""

    opening: tuple[datetime, ...]
    """When the links open, and the meeting begins."""
    closing: tuple[datetime, ...]
    """When the meeting ends and the links close; some guests' earlier or later than others'."""
    last: datetime
    """When no guest can come in any more."""


def course_of(occurrence: Occurrence, invitations: Iterable[Invitation], graces: Graces) -> Course:
    """Return the course of an occurrence with these guests."""
    window = window_of(occurrence, graces)
    if occurrence.state is not OccurrenceState.PLANNED:
        return Course((), (), window.closes)
    alive = [one for one in invitations if one.revoked_at is None]
    closes = {window.closes, *(one.window(occurrence, graces).closes for one in alive)}
    return Course(
        opening=(window.opens, occurrence.start),
        closing=tuple(sorted({occurrence.end, *closes})),
        last=max(closes),
    )


def stays_until(
    occurrence: Occurrence, invitations: Iterable[Invitation], mode: AdmissionMode
) -> datetime | None:
    """Return until when guests of a closed meeting may stay in Visio, if nothing ejects them."""
    closed = occurrence.state is not OccurrenceState.PLANNED
    if not closed or mode.ejects or not any(one.waiting_since for one in invitations):
        return None
    return occurrence.end + VISIO_REMEMBERS


def following(moments: Sequence[datetime], now: datetime) -> datetime | None:
    """Return the first of these moments that is still to come."""
    return min((moment for moment in moments if moment > now), default=None)
