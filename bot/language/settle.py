"""Settles the meaning of pieces of time together, or refuses them with an example that works.

We guess nothing: we refuse times that are past, fall in a clock change, have two readings or that
we do not read yet (docs/decisions/0007-command-line.md). Returned moments are aware, in UTC.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from bot.language.clock import Form, Hour, Length
from bot.language.days import DAY
from bot.language.limits import AFTERNOON, bounded, check_day, impossible, moment
from bot.language.moments import (
    MINUTES_OF_DAY,
    clear_after,
    doubt,
    local,
    say,
    say_day,
    say_hour,
    say_length,
    say_minutes,
    today,
)
from bot.language.pieces import DayPart, Pieces
from bot.language.refusals import UNTIL, Here, Reason, misunderstood, time_refused
from bridge.errors import Misunderstood
from bridge.i18n import Language

_NIGHT = 7
"""Below this, an hour such as `2h` alone is as likely a length."""
_NOON = 12
_LATE = 22
UNTIL_TYPED = {Language.FR: "jusqu'à", Language.EN: "until"}
_LIKELY = {DayPart.MORNING: 9 * 60, DayPart.EVENING: 18 * 60 + 30}


@dataclass(frozen=True, slots=True)
class Span:
    """The times of a meeting: `start` is `None` for now, `end` if not given."""

    start: datetime | None = None
    end: datetime | None = None


def settle(found: Pieces, here: Here) -> Span:
    """Return the meaning of the pieces. Raises TimeRefused, Misunderstood."""
    if found.end is None and found.end_day is not None:
        raise _no_time(found, found.end_day, here)
    if found.start is None:
        return _from_now(found, here)
    day = found.day or today(here)
    hour = found.start if found.start.possible else None
    minutes = AFTERNOON if hour is None else hour.minutes
    check_day(day, here, hour, _rest(found, minutes, here))
    wall = local(day, 0)
    hour = _start_hour(found.start, found, day, here)
    start = moment(day, hour, here, rest=_rest(found, hour.minutes, here))
    wall += timedelta(minutes=hour.minutes)
    words = "" if found.length is None else say(wall, here) + " "
    end: datetime | None = None
    if found.length is not None:
        _check_as_end(found.length, wall, here)
        end = start + _checked(found.length, here, words)
    if found.end is not None:
        if found.length is not None:
            raise _two_ends(found.length, here, words)
        end = _end_after(start, hour, found, here)
    return Span(start, end)


def until(found: Pieces, here: Here) -> datetime:
    """Return the moment of an end given by a day and an hour.

    Raises TimeRefused, Misunderstood.
    """
    if found.end is not None or found.end_day is not None or found.length is not None:
        raise misunderstood(Reason.UNTIL_UNREAD, here, moment=UNTIL[here.language], rest="")
    if found.start is None:
        raise _no_time(found, found.day or today(here), here)
    day = found.day or today(here)
    return moment(day, _sure(found.start, found, day, here), here, ends=True)


# --- without a start ------------------------------------------------------------------------


def _from_now(found: Pieces, here: Here) -> Span:
    if found.day is not None or found.part is not None:
        raise _no_time(found, found.day or today(here), here)
    end: datetime | None = None
    if found.length is not None:
        end = here.now.astimezone(UTC) + _checked(found.length, here, "")
    if found.end is not None:
        if found.length is not None:
            raise _two_ends(found.length, here, "")
        end = _end_from_now(found.end, found, here)
    return Span(None, end)


def _no_time(found: Pieces, day: date, here: Here) -> Misunderstood:
    check_day(day, here)
    likely = AFTERNOON if found.part is None else _LIKELY.get(found.part, AFTERNOON)
    later = _later(likely, found, here) if day == found.day == today(here) else None
    shown = say_day(max(day, today(here) + DAY) if later is None else day, here)
    likely, end = likely if later is None else later, found.end
    if end is not None and end.possible and end.minutes <= likely:
        likely = max(0, end.minutes - 60)
    rest = _rest(found, likely, here)
    return misunderstood(Reason.NO_TIME, here, day=shown, hour=say_hour(likely, here), rest=rest)


def _later(likely: int, found: Pieces, here: Here) -> int | None:
    """Return a coming hour of the named part of today; `None` if that part is over."""
    now = here.now.astimezone(here.zone)
    if found.end is not None:
        return None
    if likely > 60 * now.hour + now.minute:
        return likely
    holds = range(_LATE) if found.part is None else found.part.value[0]
    return 60 * (now.hour + 1) if now.hour + 1 in holds else None


def _end_from_now(end: Hour, found: Pieces, here: Here) -> datetime:
    day = found.end_day or today(here)
    hour = _sure_end(end, found, None, here)
    now = here.now.astimezone(UTC)
    if hour.possible and local(day, hour.minutes) < now.astimezone(here.zone).replace(tzinfo=None):
        raise time_refused(Reason.PAST_END, here)
    return now + bounded(moment(day, hour, here, ends=True) - now, here, "")


# --- hours ----------------------------------------------------------------------------------


def _start_hour(hour: Hour, found: Pieces, day: date, here: Here) -> Hour:
    alone = not found.said and found.day is None and found.part is None and found.end is None
    if alone and hour.form is Form.LETTER and hour.hour < _NIGHT and not hour.padded:
        span = timedelta(minutes=hour.minutes)
        if found.length is not None:
            span += found.length.span
        raise misunderstood(
            Reason.LENGTH_AMBIGUOUS, here, length=say_length(min(span, here.longest))
        )
    if hour.midnight:
        wall = clear_after(local(day + DAY, 0), here.zone)
        rest = _rest(found, 0, here)
        raise misunderstood(Reason.MIDNIGHT, here, moment=say(wall, here), rest=rest)
    return _sure(hour, found, day, here)


def _sure(hour: Hour, found: Pieces, day: date, here: Here) -> Hour:
    """Return the hour on 24 hours: `3h` in the afternoon is 15, we refuse `at 3` alone."""
    if not hour.possible or hour.form in (Form.HALVES, Form.WORD):
        return hour
    if found.part is not None:
        return _in_part(hour, found, day, here)
    if hour.form is Form.BARE and 0 < hour.hour <= _NOON:
        likely = hour.hour if hour.hour > _NIGHT else hour.hour + _NOON
        minutes = 60 * likely + hour.minute
        now = here.now.astimezone(here.zone).replace(tzinfo=None)
        comes = found.day is not None and local(day, minutes) > now
        shown = say_day(day if comes else max(day, today(here) + DAY), here)
        wanted = f"{shown} {say_hour(minutes, here)}".strip()
        raise misunderstood(
            Reason.HOUR_AMBIGUOUS, here, moment=wanted, rest=_rest(found, minutes, here)
        )
    return hour


def _sure_end(end: Hour, found: Pieces, start: datetime | None, here: Here) -> Hour:
    """Return an end on 24 hours; the refusal of `jusqu'à 6` offers the evening."""
    if end.form is Form.BARE and found.end_part is None and 0 < end.hour <= _NOON:
        now = here.now.astimezone(here.zone)
        earliest = now.hour if start is None else start.hour
        likely = 60 * (end.hour + (_NOON if end.hour <= max(_NIGHT, earliest) else 0))
        if start is None and likely + end.minute < 60 * now.hour + now.minute:
            raise time_refused(Reason.PAST_END, here)
        until = UNTIL_TYPED[here.language]
        hour = say_hour(likely + end.minute, here)
        wanted = f"{until} {hour}" if start is None else f"{say(start, here)}-{hour}"
        raise misunderstood(Reason.HOUR_AMBIGUOUS, here, moment=wanted, rest="")
    return _sure(end, replace(found, part=found.end_part), today(here), here)


def _in_part(hour: Hour, found: Pieces, day: date, here: Here) -> Hour:
    assert found.part is not None
    holds, shifts = found.part.value
    if hour.hour in shifts:
        return replace(hour, hour=hour.hour + _NOON)
    if hour.hour not in holds:
        raise impossible(day, here, _rest(found, AFTERNOON, here))
    return hour


# --- ends -----------------------------------------------------------------------------------


def _end_after(start: datetime, hour: Hour, found: Pieces, here: Here) -> datetime:
    assert found.end is not None
    began = start.astimezone(here.zone).replace(tzinfo=None)
    words = say(began, here) + " "
    day = found.end_day or began.date()
    end = _sure_end(found.end, found, began, here)
    shifts = found.part.value[1] if found.part is not None else range(0)
    if end.minutes <= hour.minutes and end.hour in shifts:
        end = replace(end, hour=end.hour + _NOON)
    check_day(day, here)
    if local(day, end.minutes) <= began:
        raise time_refused(Reason.END_BEFORE_START, here, start=words)
    return start + bounded(moment(day, end, here, ends=True) - start, here, words)


def _check_as_end(length: Length, wall: datetime, here: Here) -> None:
    """Refuse `9h 10h`: it may last ten hours, or until ten."""
    minutes = round(length.span.total_seconds() / 60)
    end = local(wall.date(), minutes)
    if (
        length.said
        or length.sure
        or not wall < end <= wall + here.longest
        or minutes >= MINUTES_OF_DAY
    ):
        return
    if doubt(end, here.zone) is None:
        raise misunderstood(
            Reason.END_AMBIGUOUS, here, start=say(wall, here), end=say_hour(minutes, here)
        )


def _checked(length: Length, here: Here, words: str) -> timedelta:
    if not length.span:
        raise time_refused(Reason.TOO_SHORT, here, start=words)
    return bounded(length.span, here, words)


def _two_ends(length: Length, here: Here, words: str) -> Misunderstood:
    return misunderstood(Reason.TWO_ENDS, here, start=words, length=say_minutes(length.span))


def _rest(found: Pieces, minutes: int, here: Here) -> str:
    """Return the end, retyped after a corrected start; empty if it is refused too."""
    if found.end is not None and found.end.possible and found.end_day in (None, found.day):
        end = _likely_end(found.end, found.end_part or found.part, minutes)
        span = timedelta(minutes=end - minutes)
        fits = timedelta(0) < span <= here.longest and found.length is None
        return f"-{say_hour(end, here)}" if fits else ""
    if found.length is not None and timedelta(0) < found.length.span <= here.longest:
        return f" {say_minutes(found.length.span)}"
    return ""


def _likely_end(end: Hour, part: DayPart | None, start: int) -> int:
    """Return an end in minutes of its day, after noon if the start is and it fits."""
    shifts = range(0) if part is None else part.value[1]
    bare = end.form is Form.BARE or end.hour in shifts
    later = end.minutes + 60 * _NOON
    return later if bare and end.minutes <= start < later < MINUTES_OF_DAY else end.minutes
