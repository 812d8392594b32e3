"""The text of a rule (RFC 5545 §3.3.10): its parts, its end, and the same rule on other days."""

from collections.abc import Mapping
from datetime import datetime, timedelta

WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LOCAL = "%Y%m%dT%H%M%S"
_TIMED = {"BYHOUR", "BYMINUTE", "BYSECOND"}
_SHORTEST = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
_LONGEST = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
_SKIPS = 8
"""Of so many months or years one may have the date: leap days, a fifth Monday."""
_FAR = 160 * 366
"""Days: nobody plans further ahead."""
_ENDS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}


class RuleNotMoved(Exception):
    """On another day or at another hour this rule would be another one, which a person must say."""


def parts_of(rule: str) -> dict[str, str]:
    """Return a rule's parts by their names. Raises ValueError unless each has one value."""
    parts: dict[str, str] = {}
    for part in rule.split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name.upper() in parts:
            raise ValueError(f"no part of a rule: {part[:40]!r}")
        parts[name.upper()] = value.upper()
    return parts


def rule_of(parts: Mapping[str, str]) -> str:
    """Return the text of a rule with these parts."""
    return ";".join(f"{name}={value}" for name, value in parts.items())


def local_text(wall: datetime) -> str:
    """Return a naive time as RFC 5545 writes it."""
    return wall.strftime(_LOCAL)


def local_time(text: str) -> datetime:
    """Return the naive time that a text of RFC 5545 says; of a day alone, its last second.

    A "Z" at its end is not read: all times of our rules are local. Raises ValueError.
    """
    plain = text.removesuffix("Z")
    return datetime.strptime(plain if "T" in plain else f"{plain}T235959", _LOCAL)  # noqa: DTZ007


def until_of(rule: str) -> datetime | None:
    """Return the last moment of a rule, on its own clock; `None` if it has none."""
    until = parts_of(rule).get("UNTIL")
    return None if until is None else local_time(until)


def finite(rule: str) -> bool:
    """Tell whether a rule ends."""
    return not {"COUNT", "UNTIL"}.isdisjoint(parts_of(rule))


def latest(rule: str, start: datetime) -> datetime | None:
    """Return a time that no date of a rule from `start` on is after; `None` if it has no end."""
    parts, until = parts_of(rule), until_of(rule)
    if until is not None or "COUNT" not in parts:
        return until
    times = int(parts["COUNT"]) * int(parts.get("INTERVAL", "1"))
    skips = _SKIPS if parts["FREQ"] in ("MONTHLY", "YEARLY") else 1
    days = times * _LONGEST[parts["FREQ"]] * skips
    return start + timedelta(days=min(days, _FAR))


def about(rule: str, days: int) -> float:
    """Return about how many dates a rule has in so many days."""
    parts = parts_of(rule)
    named = parts.get("BYDAY", "").split(",")
    times = len(named) if parts["FREQ"] != "DAILY" else 1
    if parts["FREQ"] == "MONTHLY" and named[0].isalpha():
        times *= 5
    return days * times / (_SHORTEST[parts["FREQ"]] * int(parts.get("INTERVAL", "1")))


def ended(rule: str, *, until: datetime | None = None, count: int | None = None) -> str:
    """Return a rule with another end, or with none."""
    parts = {key: one for key, one in parts_of(rule).items() if key not in ("COUNT", "UNTIL")}
    if until is not None:
        parts["UNTIL"] = local_text(until)
    if count is not None:
        parts["COUNT"] = str(count)
    return rule_of(parts)


def moved_rule(rule: str, old: datetime, new: datetime) -> str:
    """Return the rule of a series whose start `old` becomes `new`; its end stays as it is.

    Days of the week move with the start, and a month's day becomes that of the new start: "the
    first Tuesday" becomes "the second Monday". Raises RuleNotMoved where more than one reading
    would do.
    """
    parts = parts_of(rule)
    if old == new:
        return rule
    if not _TIMED.isdisjoint(parts):
        raise RuleNotMoved(rule)
    days = (new.date() - old.date()).days
    by = parts.keys() - _ENDS
    if not days or not by:
        return rule
    if parts["FREQ"] in ("DAILY", "WEEKLY") and by == {"BYDAY"}:
        return rule_of(_on_other_days(parts, days))
    if parts["FREQ"] in ("MONTHLY", "YEARLY"):
        return rule_of(parts | _same_place(parts, by, old, new))
    raise RuleNotMoved(rule)


def _on_other_days(parts: Mapping[str, str], days: int) -> dict[str, str]:
    """Move weekdays, and with them the day on which a week begins: so each other week stays so."""

    def later(day: str) -> str:
        return WEEK[(WEEK.index(day) + days) % len(WEEK)]

    named = [later(day) for day in parts["BYDAY"].split(",")]
    moved = {**parts, "BYDAY": ",".join(sorted(named, key=WEEK.index))}
    if int(parts.get("INTERVAL", "1")) > 1:
        moved["WKST"] = later(parts.get("WKST", "MO"))
    return moved


def _same_place(
    parts: Mapping[str, str], by: set[str], old: datetime, new: datetime
) -> dict[str, str]:
    """Return the parts that say the new start's place in its month, as they said the old one's."""
    if any("," in parts[one] for one in by) or not by <= {"BYDAY", "BYMONTHDAY", "BYMONTH"}:
        raise RuleNotMoved(parts)
    moved: dict[str, str] = {}
    if "BYMONTH" in by:
        moved["BYMONTH"] = str(new.month)
    if "BYMONTHDAY" in by and "BYDAY" not in by:
        moved["BYMONTHDAY"] = _month_day(parts["BYMONTHDAY"], new)
    elif "BYDAY" in by and "BYMONTHDAY" not in by and len(parts["BYDAY"]) > 2:  # noqa: PLR2004 - 1TU
        moved["BYDAY"] = _place_in_month(parts["BYDAY"], new)
    else:
        raise RuleNotMoved(parts)
    if parts["FREQ"] == "YEARLY" and "BYMONTH" not in by and new.month != old.month:
        raise RuleNotMoved(parts)
    return moved


def _month_day(said: str, new: datetime) -> str:
    if not said.startswith("-"):
        return str(new.day)
    return str(-_days_left(new))


def _place_in_month(said: str, new: datetime) -> str:
    day = WEEK[new.weekday()]
    if said.startswith("-"):
        return f"-{(_days_left(new) - 1) // 7 + 1}{day}"
    return f"{(new.day - 1) // 7 + 1}{day}"


def _days_left(day: datetime) -> int:
    """Return which day of its month it is, counted from the end: 1 for the last one."""
    next_month = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (next_month.date() - day.date()).days
