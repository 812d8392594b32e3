"""A meeting as the event that a guest's calendar holds (RFC 5545), as our mails tell it (RFC 5546).

The wall time and the zone are what is told; a guest's calendar derives the moments, as we do.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from bridge.domain.series import Recurrence
from bridge.ids import InvitationId, OccurrenceId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftedDate:
    """A date of a series with another time than its rule gives; its times are naive, in its zone.

    It is in the series' mail as a second event of the same UID (RECURRENCE-ID).
    """

    original: datetime
    start: datetime
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestEvent:
    """One event of a guest's calendar: a meeting, a series, or one date of a series."""

    uid: str
    """Constant for the invitation's life (`uid_of`)."""
    start: datetime
    """Naive, in `zone`; its `fold` counts."""
    length: timedelta
    zone: str
    """An IANA name."""
    recurrence: Recurrence | None = None
    original: datetime | None = None
    """The start that the rule gives, naive, if the event is one date of a series alone."""
    shifted: tuple[ShiftedDate, ...] = ()
    sequence: int = 0
    """The SEQUENCE: higher than any that was told of `uid`, unless the same was told last."""
    organiser: UserId | None = None
    """The agent who organises it, once its guest was told another one."""

    @property
    def core(self) -> tuple[datetime, str, timedelta, str]:
        """Its times and its rule, without the exceptions: of which series it is."""
        rule = "" if self.recurrence is None else self.recurrence.rule
        return self.start, self.zone, self.length, rule

    def fingerprint(self, *, number: int, cancelled: bool) -> str:
        """Return a digest of what SEQUENCE counts: time, place, recurrence, cancellation.

        The place is the link, which changes with its `number`; another organiser counts too
        (RFC 5546 §3.2.2.6).
        """
        rule = self.recurrence
        said = [
            self.zone,
            self.start.isoformat(),
            str(self.start.fold),
            str(self.length),
            "" if self.original is None else self.original.isoformat(),
            "" if rule is None else rule.rule,
            *([] if rule is None else ["-", *map(datetime.isoformat, rule.without)]),
            *([] if rule is None else ["+", *map(datetime.isoformat, rule.besides)]),
            *(f"{one.original} {one.start} {one.length}" for one in self.shifted),
            str(number),
            str(cancelled),
            *([] if self.organiser is None else [self.organiser]),
        ]
        return sha256("\n".join(said).encode()).hexdigest()[:32]


def uid_of(
    invitation: InvitationId, domain: str, part: int = 0, date: OccurrenceId | None = None
) -> str:
    """Return the UID of an invitation's event.

    `part` counts the series into which "this and those that follow" has cut it: the first keeps
    its UID. `date` is for one date of several that is an event of its own.
    """
    if date is not None:
        return f"{invitation}.{date}@{domain}"
    return f"{invitation}-{part}@{domain}" if part else f"{invitation}@{domain}"


_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UID = re.compile(rf"({_UUID})(?:\.({_UUID})|-[0-9]{{1,4}})?@(.+)")


def invitation_of(uid: str, domain: str) -> tuple[InvitationId, OccurrenceId | None] | None:
    """Return the invitation whose event has a UID, and its date if that is an event of its own.

    `None`: it is no UID of ours. Some programs write UIDs in capitals.
    """
    found = _UID.fullmatch(uid.strip().lower())
    if found is None or found[3] != domain.lower():
        return None
    date = None if found[2] is None else OccurrenceId(UUID(found[2]))
    return InvitationId(UUID(found[1])), date


def walled(moment: datetime, zone: str) -> datetime:
    """Return the wall time of an aware moment in a zone: naive, with its `fold`."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def instant(wall: datetime, zone: str) -> datetime:
    """Return the moment of a naive wall time in a zone, in UTC."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
