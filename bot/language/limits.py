"""The limits of a time: not past, not in a clock change, not too far ahead and not too long.

Each refusal's example is the nearest valid time. Returned moments are aware, in UTC.
"""

from datetime import date, datetime, timedelta

from bot.language.clock import Hour
from bot.language.days import DAY
from bot.language.moments import (
    MINUTES_OF_DAY,
    clear_after,
    clear_from_tomorrow,
    doubt,
    local,
    say,
    today,
    utc,
)
from bot.language.refusals import Here, Reason, time_refused
from bridge.errors import TimeRefused

FURTHEST = timedelta(days=730)
"""Beyond it a mistyped year is more likely than a meeting."""
AFTERNOON = 14 * 60 + 30


def moment(day: date, hour: Hour, here: Here, *, rest: str = "", ends: bool = False) -> datetime:
    """Return the moment of an hour on a future day; an end may be 24:00.

    `rest` follows the hour in the example. Raises TimeRefused.
    """
    if not (hour.possible or (ends and hour.minutes == MINUTES_OF_DAY)):
        raise impossible(day, here, rest)
    check_day(day, here, hour, rest)
    wall = local(day, hour.minutes)
    found = utc(wall, here.zone)
    if found < here.now.replace(second=0, microsecond=0):
        raise _past(here, hour.minutes, rest)
    reason = doubt(wall, here.zone)
    if reason is not None:
        raise time_refused(reason, here, moment=say(clear_after(wall, here.zone), here), rest=rest)
    return found


def check_day(day: date, here: Here, hour: Hour | None = None, rest: str = "") -> None:
    """Refuse a day that is past or absurdly far."""
    if day < today(here):
        raise _past(here, AFTERNOON if hour is None else hour.minutes, rest)
    if day > today(here) + FURTHEST:
        minutes = AFTERNOON if hour is None else hour.minutes % MINUTES_OF_DAY
        wall = clear_from_tomorrow(minutes, here)
        raise time_refused(Reason.TOO_FAR, here, moment=say(wall, here), rest=rest)


def _to_come(day: date, here: Here) -> date:
    """Return the day, or the next one that isn't too far."""
    tomorrow = today(here) + DAY
    return day if tomorrow < day <= today(here) + FURTHEST else tomorrow


def impossible(day: date, here: Here, rest: str = "") -> TimeRefused:
    """Return the refusal of an impossible hour, with an example on the same day."""
    wall = local(_to_come(day, here), AFTERNOON)
    return time_refused(Reason.IMPOSSIBLE, here, moment=say(wall, here), rest=rest)


def _past(here: Here, minutes: int, rest: str = "") -> TimeRefused:
    """Return the refusal of a past time, with the same hour tomorrow as its example."""
    wall = clear_from_tomorrow(minutes % MINUTES_OF_DAY, here)
    return time_refused(Reason.PAST, here, moment=say(wall, here), rest=rest)


def bounded(span: timedelta, here: Here, words: str) -> timedelta:
    """Return a length; refuse one beyond the longest meeting, with `words` before its example."""
    if span > here.longest:
        raise too_long(here, words)
    return span


def too_long(here: Here, words: str = "") -> TimeRefused:
    """Return the refusal of a length beyond the longest meeting."""
    hours = f"{here.longest.total_seconds() / 3600:g}"
    return time_refused(Reason.TOO_LONG, here, start=words, hours=hours)
