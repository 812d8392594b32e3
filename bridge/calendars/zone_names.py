"""The IANA zone that a calendar means: by its name, by Windows' name for it, or by its rules."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bridge.calendars.content import Component
from bridge.domain.rules import WEEK, parts_of

UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/GMT", "GMT", "Zulu", "Etc/Zulu", "Z", "Etc/UCT"})
_LIKELY = ("Europe/Paris", "Indian/Reunion", "America/Martinique", "America/Cayenne")
"""Tried first, of several zones that keep the same time."""
_NOT_ZONES = frozenset({"localtime", "posixrules", "Factory"})
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
_DAY = re.compile(r"([+-]?\d{1,2})([A-Z]{2})")
_LOCAL = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})")
_SAMPLES = 24
"""Moments of a year at which two zones are compared, besides those around changes."""
_NEAR = timedelta(minutes=30)


def named_zone(name: str) -> str | None:
    """Return the IANA name of a zone; that of another vendor is read too. `None` if it is none."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415

    plain = name.strip().strip('"')
    if plain in UTC_NAMES:
        return "UTC"
    if plain in WINDOWS_TO_OLSON:
        return WINDOWS_TO_OLSON[plain]
    segments = [one for one in plain.split("/") if one]
    for begin in range(max(0, len(segments) - 3), len(segments)):
        found = "/".join(segments[begin:])
        if (plain == found or plain.startswith("/")) and _exists(found):
            return found
    return None


@lru_cache(maxsize=512)
def _exists(name: str) -> bool:
    if name in _NOT_ZONES or name.startswith(("posix/", "right/")):
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):  # a folder of zones is an OSError
        return False
    return True


def zone_of(name: str, told: Mapping[str, Component], year: int, default: str) -> str:
    """Return the zone that `name` means in a text whose VTIMEZONEs are `told`.

    A zone that nobody knows keeps the time of the default one: its clocks are the reader's.
    """
    found = named_zone(name)
    part = told.get(name)
    if found is not None or part is None:
        return found or default
    for hint in ("X-LIC-LOCATION", "TZURL"):
        line = part.first(hint)
        if line is not None and (found := named_zone(_tail(line.value))) is not None:
            return found
    turns = _turns(part)
    return (turns and _like(tuple(turns), year, default)) or default


def _tail(value: str) -> str:
    """Return a name, of a URL its path."""
    return value if "://" not in value else "/" + value.partition("://")[2].removesuffix(".ics")


@dataclass(frozen=True, slots=True)
class _Turn:
    """An observance: a change of clocks, once or each year."""

    onset: datetime
    before: timedelta
    after: timedelta
    month: int = 0
    """Zero: it comes once."""
    week: int = 0
    weekday: int = 0
    days: tuple[int, ...] = ()
    """The dates of which the one with the weekday is meant, instead of a week."""
    until: int = 9999

    def last(self, at: datetime) -> datetime | None:
        """Return the last moment up to `at` at which it came, both naive UTC."""
        if not self.month:
            come = [self.onset]
        else:
            years = range(min(at.year, self.until), min(at.year, self.until) - 2, -1)
            come = [self._in(year) for year in years if year >= self.onset.year]
        return max((one - self.before for one in come if one - self.before <= at), default=None)

    def _in(self, year: int) -> datetime:
        clock = self.onset.time()
        if self.days:
            dates = [datetime(year, self.month, one) for one in self.days]  # noqa: DTZ001
            day = next(one for one in dates if one.weekday() == self.weekday)
        elif self.week > 0:
            first = datetime(year, self.month, 1)  # noqa: DTZ001
            ahead = (self.weekday - first.weekday()) % 7
            day = first + timedelta(days=ahead + 7 * (self.week - 1))
        else:
            nxt = datetime(year + self.month // 12, self.month % 12 + 1, 1)  # noqa: DTZ001
            last = nxt - timedelta(days=1)
            back = (last.weekday() - self.weekday) % 7
            day = last - timedelta(days=back + 7 * (-self.week - 1))
        return datetime.combine(day.date(), clock)


def _turns(part: Component) -> Sequence[_Turn]:
    """Return a zone's observances; none if one of them has a form that we don't read."""
    found = []
    for one in (*part.parts("STANDARD"), *part.parts("DAYLIGHT")):
        texts = {
            name: line.value
            for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE")
            if (line := one.first(name)) is not None
        }
        try:
            found.append(_turn(texts))
        except (KeyError, ValueError, IndexError):
            return ()
    return found


def _turn(texts: Mapping[str, str]) -> _Turn:
    local = _LOCAL.match(texts["DTSTART"])
    if local is None:
        raise ValueError(texts["DTSTART"])
    onset = datetime(*map(int, local.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    before, after = _offset(texts["TZOFFSETFROM"]), _offset(texts["TZOFFSETTO"])
    if "RRULE" not in texts:
        return _Turn(onset, before, after)
    rule = parts_of(texts["RRULE"])
    if rule["FREQ"] != "YEARLY" or rule.get("INTERVAL", "1") != "1" or "COUNT" in rule:
        raise ValueError(rule)
    month = int(rule["BYMONTH"])
    until = int(rule.get("UNTIL", "9999")[:4])
    if not 1 <= month <= 12:  # noqa: PLR2004
        raise ValueError(rule)
    if "BYMONTHDAY" in rule:
        days = tuple(int(one) for one in rule["BYMONTHDAY"].split(","))
        if len(days) != 7 or not 1 <= min(days) <= max(days) <= 31:  # noqa: PLR2004
            raise ValueError(rule)
        weekday = WEEK.index(rule["BYDAY"])
        return _Turn(onset, before, after, month, 0, weekday, days, until)
    day = _DAY.fullmatch(rule["BYDAY"])
    if day is None or not 1 <= abs(int(day[1])) <= 5:  # noqa: PLR2004
        raise ValueError(rule)
    return _Turn(onset, before, after, month, int(day[1]), WEEK.index(day[2]), until=until)


def _offset(text: str) -> timedelta:
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    size = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -size if found[1] == "-" else size


@lru_cache(maxsize=256)
def _like(turns: tuple[_Turn, ...], year: int, default: str) -> str | None:
    """Return the first zone that keeps the same time all over a year, of those that are likely."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415

    begin = datetime(year, 1, 1, 12)  # noqa: DTZ001 - naive UTC
    moments = [begin + timedelta(days=at * 366 / _SAMPLES) for at in range(_SAMPLES)]
    changes = [one.last(moments[-1]) for one in turns]
    moments += [at + by for at in changes if at is not None for by in (-_NEAR, _NEAR)]
    kept = [_kept(turns, at) for at in moments]
    fixed = (f"Etc/GMT{-hours:+d}" for hours in range(-12, 15) if hours)
    for name in (default, *_LIKELY, "UTC", *dict.fromkeys(WINDOWS_TO_OLSON.values()), *fixed):
        zone = ZoneInfo(name)
        same = (
            at.replace(tzinfo=UTC).astimezone(zone).utcoffset() == offset
            for at, offset in zip(moments, kept, strict=True)
        )
        if all(same):
            return name
    return None


def _kept(turns: Sequence[_Turn], at: datetime) -> timedelta:
    """Return the offset that is kept at a moment."""
    come = [(last, one.after) for one in turns if (last := one.last(at)) is not None]
    return max(come)[1] if come else min(turns, key=lambda one: one.onset).before
