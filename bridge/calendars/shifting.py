"""By how much the dates of a series move when its start and its rule change."""

from datetime import timedelta

from bridge.domain.calendar_event import CalendarEvent, rule_parts
from bridge.domain.rules import RuleNotMoved, ended, moved_rule, parts_of

_TIMED = {"BYHOUR", "BYMINUTE", "BYSECOND"}
_PERIODS = {"DAILY": 1, "WEEKLY": 7}
"""Days after which a rule repeats itself; months have no such number."""


def shift_of(old: CalendarEvent, new: CalendarEvent) -> timedelta | None:
    """Return by how much later each date of a series is now; `None` if they are other dates.

    A series that only begins later, or at another hour, has the same days still. From Monday to
    Tuesday is one day, from Monday to Saturday two days back.
    """
    if old.recurrence is None or new.recurrence is None:
        return None
    if (old.zone, old.all_day) != (new.zone, new.all_day):
        return None
    parts = parts_of(old.recurrence.rule)
    by = {one for one in parts if one.startswith("BY")}
    apart = (new.start.date() - old.start.date()).days
    hours = new.start - old.start - timedelta(days=apart)
    if hours and by & _TIMED:
        return None
    days = _days(old, new, apart, parts["FREQ"] == "WEEKLY", bool(by))
    if days is None:
        return None
    interval = int(parts.get("INTERVAL", "1"))
    period = _PERIODS.get(parts["FREQ"], 0) * interval
    if interval > 1 and (((apart - days) % period) if period else apart):
        return None
    return hours + timedelta(days=days)


def _days(old: CalendarEvent, new: CalendarEvent, apart: int, weekly: bool, by: bool) -> int | None:
    """Return by how many days; `None` for another rule."""
    assert old.recurrence is not None
    assert new.recurrence is not None
    rule, wanted = old.recurrence.rule, bare(new.recurrence.rule, new.zone)
    if bare(rule, old.zone) == wanted and (by or not apart or "FREQ=DAILY" in wanted):
        return 0
    if not weekly:
        return None
    try:
        moved = moved_rule(rule, old.start, new.start)
    except RuleNotMoved:
        return None
    return (apart + 3) % 7 - 3 if bare(moved, old.zone) == wanted else None


def bare(rule: str, zone: str) -> list[str]:
    """Return the parts of a rule without its end."""
    return rule_parts(ended(rule), zone)
