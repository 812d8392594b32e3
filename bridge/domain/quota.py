"""Quotas: how much one person, or one salon, may cost others in a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaLimits:
    """The most that may be asked for in an hour.

    `lines` in ten minutes, `reminders`, `welcome` and `topics` at all.
    """

    rooms: int
    """Meetings, by one agent."""
    salon_rooms: int
    """Meetings, in one salon."""
    addresses: int
    """Guests whom this agent had not invited before."""
    mails: int
    """Mails that this agent's commands send, resent links included."""
    lines: int
    """Lines of one agent that are answered."""
    reminders: int
    """Reminders of one agent that are to come."""
    welcome: int
    """Characters of a salon's line on its guests' page; 0: none may have one."""
    topics: int
    """Characters of a meeting's topics; 0: none may have any."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """The reason why a request is over its quota."""

    left: int
    """How many would still be allowed."""
    again: datetime | None
    """When all of them are; `None` if that is more than is ever allowed at once."""


def shortage(
    spent: Sequence[datetime], asked: int, *, limit: int, now: datetime
) -> Shortage | None:
    """Return the shortage, `None` if `asked` is allowed.

    `spent` are the moments of the uses in the hour before `now`, in order.
    """
    left = max(limit - len(spent), 0)
    if asked <= left:
        return None
    if asked > limit:
        return Shortage(left, None)
    too_many = len(spent) + asked - limit
    return Shortage(left, max(spent[too_many - 1] + HOUR, now))


@dataclass(frozen=True, slots=True)
class Pace:
    """`most` at once, then one each `period / most` (a leaky bucket stored as one moment)."""

    most: int
    period: timedelta = timedelta(minutes=10)

    @property
    def every(self) -> timedelta:
        """How long one use takes to be forgotten."""
        return self.period / self.most

    def again(self, full: datetime | None, now: datetime) -> datetime | None:
        """Return when one more is allowed, `None` for now.

        `full` is when all earlier uses are forgotten.
        """
        earliest = now if full is None else full - self.period + self.every
        return None if earliest <= now else earliest

    def taken(self, full: datetime | None, now: datetime) -> datetime:
        """Return when all uses are forgotten, with one more made now."""
        return max(full or now, now) + self.every
