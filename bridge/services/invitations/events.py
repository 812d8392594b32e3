"""The event of a guest's calendar: an invitation's UID, and its meeting in wall time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

from bridge.domain.event import GuestEvent, ShiftedDate, uid_of, walled
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Occurrence
from bridge.domain.rules import ended
from bridge.domain.scope import OneOccurrence
from bridge.domain.series import Recurrence, Series
from bridge.domain.told import differs, length_of, told_recurrence


def date_event(invitation: Invitation, occurrence: Occurrence, domain: str) -> GuestEvent:
    """Return one date as an event of its own."""
    only = isinstance(invitation.scope, OneOccurrence)
    return GuestEvent(
        uid=uid_of(invitation.id, domain, date=None if only else occurrence.id),
        start=walled(occurrence.start, occurrence.zone),
        length=length_of(occurrence),
        zone=occurrence.zone,
    )


def exception(series: GuestEvent, occurrence: Occurrence) -> GuestEvent:
    """Return one date as an exception of the series that the guest has."""
    return GuestEvent(
        uid=series.uid,
        start=walled(occurrence.start, occurrence.zone),
        length=length_of(occurrence),
        zone=occurrence.zone,
        original=occurrence.original,
    )


def series_event(
    invitation: Invitation, series: Series, dates: Sequence[Occurrence], domain: str
) -> GuestEvent:
    """Return a series as an event: its rule, what it leaves out, and dates with another time."""
    return GuestEvent(
        uid=uid_of(invitation.id, domain),
        start=series.start,
        length=series.length,
        zone=series.zone,
        recurrence=told_recurrence(series, dates),
        shifted=tuple(
            ShiftedDate(original=one.original, start=one.wall_start, length=length_of(one))
            for one in dates
            if one.original is not None and not one.void and differs(one, series)
        ),
    )


def continued(
    event: GuestEvent, told: GuestEvent | None, invitation: Invitation, domain: str
) -> tuple[GuestEvent, GuestEvent | None]:
    """Return a series as its guest gets it after the one that was `told`, and the end of that one.

    It keeps its UID while it has dates from the same first one on, or none of the told ones stays.
    Otherwise the told one ends, and another UID begins ("this and those that follow").
    """
    if told is None:
        return event, None
    if event.start <= told.start or told.recurrence is None:
        return replace(event, uid=told.uid), None
    last = event.start - timedelta(seconds=1)
    known = told.recurrence
    cut = Recurrence(
        rule=ended(known.rule, until=last),
        without=tuple(one for one in known.without if one <= last),
        besides=tuple(one for one in known.besides if one <= last),
    )
    shifted = tuple(one for one in told.shifted if one.original <= last)
    uids = (uid_of(invitation.id, domain, part) for part in count())
    next(uid for uid in uids if uid == told.uid)
    return replace(event, uid=next(uids)), replace(told, recurrence=cut, shifted=shifted)
