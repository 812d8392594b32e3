"""When an account of a calendar server is looked at again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol
from zoneinfo import ZoneInfo

from bridge.ids import CalendarAccountId

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_SHORTLY = timedelta(minutes=15)
_JITTER = 0.2
_RESTED = timedelta(minutes=1)
"""Within this the accounts of a host come back that was left alone."""


class PolledAccount(Protocol):
    """As much of an account as its next poll depends on."""

    @property
    def id(self) -> CalendarAccountId: ...  # noqa: D102

    @property
    def failures(self) -> int: ...  # noqa: D102

    @property
    def changed_at(self) -> datetime | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPace:
    """How often calendars are looked at."""

    soon: timedelta
    """While somebody changes something."""
    busy: timedelta
    """In working hours, if something changed within a day."""
    idle: timedelta
    """In working hours otherwise."""
    night: timedelta
    """At night and at weekends, and at most."""
    zone: str
    """IANA name of the zone of the working hours, Monday to Friday from 7 to 20."""


def next_poll(account: PolledAccount, pace: PollPace, now: datetime) -> datetime:
    """Return when an account that was just looked at is looked at again.

    Each account has a part of its own in the interval, so that thousands never come together.
    """
    return now + _spread(_pause(account, pace, now), account, now)


def after_failure(account: PolledAccount, pace: PollPace, now: datetime) -> datetime:
    """Return when an account whose server failed is looked at again: later each time."""
    first = timedelta(minutes=1)
    pause = min(first * (1 << min(account.failures, 12)), 6 * _HOUR)
    return now + _spread(max(pause, min(pace.soon, first)), account, now)


def after_rest(account: PolledAccount, until: datetime, now: datetime) -> datetime:
    """Return when an account whose host is left alone is looked at: not all at one moment."""
    return until + _RESTED * _part(account, now)


def _pause(account: PolledAccount, pace: PollPace, now: datetime) -> timedelta:
    changed = account.changed_at
    if changed is not None and now - changed < _SHORTLY:
        return pace.soon
    if not _works(now, pace.zone):
        return pace.night
    if changed is not None and now - changed < _DAY:
        return pace.busy
    return pace.idle


def _works(now: datetime, zone: str) -> bool:
    local = now.astimezone(ZoneInfo(zone))
    return local.weekday() < 5 and 7 <= local.hour < 20  # noqa: PLR2004 - as the docstring says


def _spread(pause: timedelta, account: PolledAccount, now: datetime) -> timedelta:
    """Return a pause that differs from account to account and from time to time, by a fifth."""
    return pause * (1 - _JITTER + 2 * _JITTER * _part(account, now))


def _part(account: PolledAccount, now: datetime) -> float:
    """Return a number from 0 to 1 that differs from account to account and from time to time."""
    seed = sha256(f"{account.id} {now.isoformat()}".encode()).digest()
    return int.from_bytes(seed[:4]) / 2**32
