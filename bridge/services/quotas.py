"""Limits on the load that an agent's commands, or a salon's, put on others.

We count the rows that the commands made, so that a restart forgets nothing. Commands of one agent,
and those of one salon, run one after the other: the router locks the agent's row, and a salon has
one lane.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.domain.cause import Cause
from bridge.domain.meeting import Meeting
from bridge.domain.message import moment, person
from bridge.domain.quota import HOUR, QuotaLimits, shortage
from bridge.errors import LimitReached, MeetingEchoed
from bridge.ids import ActorId, SalonId, UserId
from bridge.ports.work import HasInvitations, HasMeetings, HasOnce, MailsGuests
from bridge.services.naming import titled

_KNOWN = timedelta(days=30)
"""An address that the agent has invited within that time is not a fresh one."""
_ECHO = timedelta(minutes=1)
_AT_ONCE = timedelta(seconds=30)
"""Two people who ask for a meeting "now" within that time surely mean the same one."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """Checks limits before anything is written; raises LimitReached."""

    limits: QuotaLimits
    now: datetime

    async def meeting(
        self, work: HasMeetings, by: UserId, salon: SalonId | None, zone: str
    ) -> None:
        """Check that the agent may ask for one more meeting, and that the salon may have it."""
        since = self.now - HOUR
        mine = await work.meetings.asked_by(by, since)
        self._check("rooms", mine, 1, self.limits.rooms, zone)
        if salon is not None:
            ours = await work.meetings.asked_in(salon, since)
            self._check("salon-rooms", ours, 1, self.limits.salon_rooms, zone)

    async def guests(
        self, work: MailsGuests, cause: Cause, keys: Sequence[str], *, mails: int, zone: str
    ) -> None:
        """Check that the agent may invite all these people, and may have `mails` more mails sent.

        `keys` are case-folded addresses, or names of guests without an address.
        """
        since = self.now - HOUR
        lately = await work.invitations.invited_by(cause.by, since)
        if len({*keys, *lately}) > self.limits.addresses:  # perhaps not all of them are fresh
            await self._fresh(work, cause, keys, zone)
        sent = await work.mails.asked_by(cause.by, since)
        self._check("mails", sent, mails, self.limits.mails, zone)

    async def _fresh(
        self, work: HasInvitations, cause: Cause, keys: Sequence[str], zone: str
    ) -> None:
        known = await work.invitations.invited_by(cause.by, self.now - _KNOWN)
        lately = sorted(at for at in known.values() if at > self.now - HOUR)
        fresh = len(set(keys) - set(known))
        self._check("addresses", lately, fresh, self.limits.addresses, zone)

    async def mentioned(self, work: HasOnce, salon: SalonId, by: ActorId) -> None:
        """Check that the author has made no meeting here within the hour without typing the prefix.

        Other bots mention everybody they answer, Parvis too; any person can still type the prefix.
        """
        name = f"mentioned:{salon}:{by}"
        if not await work.once.claim(name, self.now, unless_after=self.now - HOUR):
            raise LimitReached(reason="mentioned")

    def _check(
        self, rule: str, spent: Sequence[datetime], asked: int, limit: int, zone: str
    ) -> None:
        short = shortage(spent, asked, limit=limit, now=self.now)
        if short is None:
            return
        parameters = {"limit": limit, "left": short.left, "asked": asked}
        if short.again is None:
            raise LimitReached(reason=f"{rule}-at-once", **parameters)
        raise LimitReached(reason=rule, at=moment(whole_minute(short.again), zone), **parameters)


async def check_echo(
    work: HasMeetings, meeting: Meeting, start: datetime | None, now: datetime
) -> None:
    """Raise MeetingEchoed if somebody else has just asked for this very meeting here.

    A bot that repeats every line of a salon would make each meeting twice; so would two colleagues
    who type at once. A request for a meeting "now" without a title means any that has just begun.
    """
    if meeting.salon is None:
        return
    lately = await work.meetings.lately_in(meeting.salon, asked_after=now - _ECHO, ending_after=now)
    for other, occurrence in lately:
        if other.organiser == meeting.organiser:
            continue
        same = other.title.casefold() == meeting.title.casefold()
        age = now - other.created_at
        at_once = start is None and occurrence.start == other.created_at
        parameters = {"organiser": person(other.organiser), "title": titled(other, occurrence)}
        if at_once and (age < _ECHO if same else not meeting.title and age <= _AT_ONCE):
            raise MeetingEchoed(reason="now", **parameters)
        if same and age < _ECHO and occurrence.start == start:
            raise MeetingEchoed(**parameters)


def whole_minute(at: datetime) -> datetime:
    """Return the next whole minute: a time that we show to the minute must not be too early."""
    floor = at.replace(second=0, microsecond=0)
    return floor if floor == at else floor + timedelta(minutes=1)
