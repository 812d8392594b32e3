"""The times that lines of an event say, as wall times of zones, and the lines that say them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.calendars.content import Component, ContentLine, quoted
from bridge.calendars.zone_names import zone_of
from bridge.domain.event import instant, walled
from bridge.domain.wall import DAY

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z)?)?")
_DURATION = re.compile(
    r"([+-])?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8})S)?)?"
)
_LAST_SECOND = 59


@dataclass(frozen=True, slots=True)
class Told:
    """A time as a line says it."""

    wall: datetime
    """Naive, in `zone`; of a day, midnight."""
    zone: str
    day: bool = False
    """Whether it is a day alone."""

    @property
    def moment(self) -> datetime:
        """The moment, in UTC."""
        return instant(self.wall, self.zone)

    def wall_in(self, zone: str, day: datetime | None = None) -> datetime:
        """Return it as a wall time of a zone; of a day alone, that day at the hour of `day`."""
        if self.day:
            return self.wall if day is None else datetime.combine(self.wall, day.time())
        return self.wall if zone == self.zone else walled(self.moment, zone)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Reads the times of one object."""

    default: str
    """The zone of times that name none."""
    told: Mapping[str, Component]
    """The object's VTIMEZONEs, by the names that it has for them."""

    def times(self, line: ContentLine) -> Iterator[Told]:
        """Return the times of a line; of a period, its start. What is none is left out."""
        named = line.parameter("TZID")
        for one in line.value.split(","):
            found = _TIME.fullmatch(one.partition("/")[0].strip().upper())
            if found is None:
                continue
            parts = [int(each or 0) for each in found.groups()[:6]]
            parts[5] = min(parts[5], _LAST_SECOND)  # a leap second
            if not EARLIEST_YEAR <= parts[0] <= LATEST_YEAR:
                continue
            try:
                wall = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001
            except ValueError:
                continue
            if found[4] is None:
                yield Told(wall, self.default, day=True)
            elif found[7]:
                yield Told(wall, "UTC")
            else:
                yield Told(wall, self._zone(named, wall.year))

    def time(self, part: Component, name: str) -> Told | None:
        """Return the time of a property of a component."""
        line = part.first(name)
        return None if line is None else next(self.times(line), None)

    def _zone(self, named: str, year: int) -> str:
        return zone_of(named, self.told, year, self.default) if named else self.default

    def length(self, part: Component, start: Told, without: timedelta | None = None) -> timedelta:
        """Return how long a component's event lasts; `without` if it says nothing of it."""
        end = self.time(part, "DTEND")
        line = part.first("DURATION")
        least = DAY if start.day else timedelta()
        if end is not None:
            if start.day:
                return max(least, end.wall_in(start.zone).date() - start.wall.date())
            if end.day or "TZID" not in _head(part, "DTEND"):
                end = Told(end.wall, end.zone if end.zone == "UTC" and not end.day else start.zone)
            return max(least, end.moment - start.moment)
        length = None if line is None else duration(line.value)
        if length is None:
            return least if without is None else without
        return max(least, length)


def _head(part: Component, name: str) -> str:
    line = part.first(name)
    return "" if line is None else line.text.partition(":")[0].upper()


def duration(text: str) -> timedelta | None:
    """Return a duration (RFC 5545 §3.3.6); `None` if it is none."""
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None:
        return None
    weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups()[1:])
    size = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -size if found[1] == "-" else size


@dataclass(frozen=True, slots=True)
class Spelling:
    """Writes times as one object does."""

    zone: str
    named: str
    """The object's name for the zone."""
    all_day: bool = False

    def line(self, name: str, *walls: datetime, utc: bool = False) -> ContentLine:
        """Return the line that says wall times; `utc`: as moments."""
        if self.all_day and all(one.time() == datetime.min.time() for one in walls):
            return ContentLine(f"{name};VALUE=DATE:{','.join(f'{one:%Y%m%d}' for one in walls)}")
        if utc or self.zone == "UTC" or any(one.fold for one in walls):
            told = ",".join(f"{instant(one, self.zone):%Y%m%dT%H%M%SZ}" for one in walls)
            return ContentLine(f"{name}:{told}")
        told = ",".join(f"{one:%Y%m%dT%H%M%S}" for one in walls)
        return ContentLine(f"{name};TZID={quoted(self.named)}:{told}")

    def span(self, start: datetime, length: timedelta, *, single: bool) -> list[ContentLine]:
        """Return DTSTART and what says the length.

        An hour that comes twice can't be told in its zone: of a series, which must be, the length
        is told instead of the end.
        """
        if self.all_day and start.time() == datetime.min.time() and not length % DAY:
            return [self.line("DTSTART", start), self.line("DTEND", start + max(length, DAY))]
        end = walled(instant(start, self.zone) + length, self.zone)
        timed = Spelling(self.zone, self.named)
        if not length:
            return [timed.line("DTSTART", start)]
        if end.fold and not start.fold and not single:
            seconds = int(length.total_seconds())
            return [timed.line("DTSTART", start), ContentLine(f"DURATION:PT{seconds}S")]
        utc = bool(start.fold or end.fold)
        return [timed.line("DTSTART", start, utc=utc), timed.line("DTEND", end, utc=utc)]
