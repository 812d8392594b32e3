"""The event of a guest's calendar: an invitation's UID, and its meeting in wall time."""

from datetime import datetime

from bridge.domain.event import GuestEvent, ShiftedDate, uid_of, walled
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Occurrence
from bridge.domain.series import Series


def event_of(
    invitation: Invitation,
    occurrence: Occurrence,
    domain: str,
    *,
    original: datetime | None = None,
) -> GuestEvent:
    """Return one date as an event.

    `original`: the start that its series' rule gives, naive, if the guest has the series.
    """
    zone = occurrence.zone
    return GuestEvent(
        uid=uid_of(invitation.id, domain),
        start=walled(occurrence.start, zone),
        length=occurrence.due_end - occurrence.start,
        zone=zone,
        original=original,
    )


def series_event(
    invitation: Invitation,
    series: Series,
    domain: str,
    *,
    shifted: tuple[ShiftedDate, ...] = (),
    part: int = 0,
) -> GuestEvent:
    """Return a series as an event: its rule, what it leaves out, and its shifted dates.

    `part` is as for `uid_of`.
    """
    return GuestEvent(
        uid=uid_of(invitation.id, domain, part),
        start=series.start,
        length=series.length,
        zone=series.zone,
        recurrence=series.recurrence,
        shifted=shifted,
    )
