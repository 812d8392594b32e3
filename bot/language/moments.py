"""Converts local times and moments, and writes moments so that we can read them again."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.language.days import DAY
from bot.language.refusals import Here, Reason
from bridge.i18n import Language

MINUTES_OF_DAY = 24 * 60
_NIGHT = 7


def today(here: Here) -> date:
    """Return today's date in the zone of the line."""
    return here.now.astimezone(here.zone).date()


def local(day: date, minutes: int) -> datetime:
    """Return the naive local time of a day at `minutes` of the clock after midnight."""
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def utc(wall: datetime, zone: tzinfo) -> datetime:
    """Return the moment at which clocks in `zone` show `wall`."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def doubt(wall: datetime, zone: tzinfo) -> Reason | None:
    """Return why `wall` is no clear moment: clocks skip it (GAP), or show it twice (FOLD)."""
    if utc(wall, zone).astimezone(zone).replace(tzinfo=None) != wall:
        return Reason.GAP
    aware = wall.replace(tzinfo=zone)
    return Reason.FOLD if aware.utcoffset() != aware.replace(fold=1).utcoffset() else None


def clear_after(wall: datetime, zone: tzinfo, step: timedelta = timedelta(hours=1)) -> datetime:
    """Return `wall`, or the first later local time by `step` outside any clock change."""
    while doubt(wall, zone) is not None:
        wall += step
    return wall


def clear_from_tomorrow(minutes: int, here: Here) -> datetime:
    """Return that hour on the first day from tomorrow on that has it exactly once."""
    return clear_after(local(today(here) + DAY, minutes), here.zone, DAY)


def say(wall: datetime, here: Here) -> str:
    """Return a local time as one types it: "demain 14h30", or with its ISO date if further."""
    return typed(wall, now=here.now, zone=here.zone, language=here.language)


def typed(wall: datetime, *, now: datetime, zone: tzinfo, language: Language) -> str:
    """Return a local time as `say` does, `now` (aware) and `language` being given."""
    day = _typed_day(wall.date(), now.astimezone(zone).date(), language)
    hour = _typed_hour(60 * wall.hour + wall.minute, language)
    return f"{day} {hour}" if day else hour


def say_day(day: date, here: Here) -> str:
    """Return a day as one types it; nothing for today."""
    return _typed_day(day, today(here), here.language)


def _typed_day(day: date, today: date, language: Language) -> str:
    if day == today:
        return ""
    if day == today + DAY:
        return "demain" if language is Language.FR else "tomorrow"
    return day.isoformat()


def say_hour(minutes: int, here: Here) -> str:
    """Return an hour as one types it; early hours get two digits: `2h` may be anything."""
    return _typed_hour(minutes, here.language)


def _typed_hour(minutes: int, language: Language) -> str:
    hour, minute = divmod(minutes, 60)
    digits = f"{hour:02}" if hour < _NIGHT else f"{hour}"
    if language is not Language.FR:
        return f"{digits}:{minute:02}"
    return f"{digits}h{minute:02}" if minute else f"{digits}h"


def say_length(span: timedelta) -> str:
    """Return a length as one types it: `45min`, `2h`, `1h30`."""
    hours, minutes = divmod(round(span.total_seconds() / 60), 60)
    if not hours:
        return f"{minutes}min"
    return f"{hours}h{minutes:02}" if minutes else f"{hours}h"


def say_minutes(span: timedelta) -> str:
    """Return a length as people type it in minutes alone: `90min`."""
    return f"{round(span.total_seconds() / 60)}min"
