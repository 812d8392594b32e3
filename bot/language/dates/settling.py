"""The meaning of words of time together: one start and end, one zone, one recurrence, or a refusal.

Nothing is guessed: two days, two hours, an hour with two readings or a day without an hour are
refused, each with the likely meaning for the line that we offer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from bot.language.clock import Form, Hour, Length
from bot.language.dates.day import Calendar
from bot.language.dates.rules import Rule
from bot.language.dates.time_words import HourWords, TimeWords
from bot.language.dates.vague import likely_minutes
from bot.language.dates.zone_names import SEASONAL, in_season, named
from bot.language.days import DAY, coming
from bot.language.limits import AFTERNOON
from bot.language.moments import say, say_day, say_hour, say_length, today
from bot.language.pieces import PARTS, DayPart, Pieces
from bot.language.refusals import Here, Reason, misunderstood, time_refused
from bot.language.settle import Span, settle
from bridge.domain.series import Recurrence
from bridge.errors import Refused

TWO_YEARS = timedelta(days=731)
_EARLIEST_SURE = 7
_BARE_SURE = (9, 10, 11, 12)
"""Hours without a unit that are those of the morning, and noon: `at 9`."""
_MOST = 600
"""Occurrences: more are a mistake, or never meant."""


_NOTHING = Pieces()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Local times, and how they come again."""

    start: datetime | None = None
    end: datetime | None = None
    recurrence: Recurrence | None = None


@dataclass(slots=True)
class Settling:
    """The state of a decision: the draft of an offered line has what a refusal does not concern."""

    words: TimeWords
    here: Here
    calendar: Calendar
    rule: Rule | None = None
    pieces: Pieces = _NOTHING
    told: tuple[list[HourWords], list[Length]] | None = None
    """The hours and lengths, once they are told apart."""

    # --- zones ------------------------------------------------------------------------------

    def zone(self) -> str | None:
        """Return the zone that the words name; `None` if they name none. Raises Misunderstood."""
        if not self.words.zones:
            return None
        zones = {named(one.zone) if one.zone else None for one in self.words.zones}
        if len(zones) > 1:
            raise self._several()
        name = zones.pop()
        if name is None:
            self.pieces = self._pieces()
            line = self._line(self._any_day() or self.calendar.today)
            raise misunderstood(Reason.ZONE_UNKNOWN, self.here, line=line, zone=str(self.here.zone))
        season = self.words.zones[0].name
        return SEASONAL[season][0] if season in SEASONAL else name

    def check_zone(self, salon: date, start: datetime | None) -> None:
        """Refuse a day that differs between the zones, and an abbreviation out of its season."""
        if start is None or not self.words.zones:
            return
        names = {one.name for one in self.words.zones} & set(SEASONAL)
        if any(not in_season(name, start) for name in names):
            raise misunderstood(
                Reason.ZONE, self.here, line=say(start, self.here), zone=str(self.here.zone)
            )
        relative = not self.words.days or any(day.relative for day in self.words.days)
        if relative and salon != today(self.here):
            meant = say(start, self.here)
            raise misunderstood(Reason.DAY_AMBIGUOUS, self.here, line=meant)

    # --- what is refused ----------------------------------------------------------------------

    def _several(self) -> Refused:
        return misunderstood(Reason.TIMES_SEVERAL, self.here, line=self._line(self.pieces.day))

    def _line(self, day: date | None) -> str:
        """Return the line that is likely meant, with its hour, or an hour of the afternoon."""
        pieces = replace(self.pieces, day=day)
        if day is not None and pieces.start is None:
            minutes = likely_minutes(self.words.vague) or AFTERNOON
            pieces = replace(pieces, start=Hour(*divmod(minutes, 60), Form.COLON), part=None)
        try:
            return written(settle(pieces, self.here), self.here)
        except Refused as refusal:
            return str(refusal.parameters["example"]).removeprefix(self.here.lead).strip()

    def fault(self, reason: Reason, meant: date | None) -> Refused:
        """Return the refusal of a day, with the likely one in its line."""
        later = max(meant or self.calendar.today, self.calendar.today + DAY)
        if reason is Reason.PAST and meant is not None and meant <= self.calendar.today:
            meant = later
        line = self._line(meant or later)
        if reason in (Reason.PAST, Reason.IMPOSSIBLE):
            return time_refused(reason, self.here, moment=line, rest="")
        if reason is Reason.WEEKDAY and meant is not None:
            names = {"weekday": _NAMES[self.here.language.value][meant.weekday()]}
            return misunderstood(reason, self.here, line=line, date=meant.isoformat(), **names)
        return misunderstood(reason, self.here, line=line)

    # --- times ------------------------------------------------------------------------------

    def meaning(self) -> Meaning:
        """Return the meaning of the words. Raises TimeRefused, Misunderstood."""
        words = self.words
        self.pieces = self._pieces()
        self._check()
        if words.rules:
            return self.repeated()
        day = self._one_day()
        if day is not None:
            self.pieces = replace(self.pieces, day=day)
        self._check_hours()
        if words.missing:
            raise self.fault(Reason.DAY_MISSING, day or self._missing())
        bounds = [one for one in words.bounds if one.count is None]
        if words.delays:
            return self._delayed()
        if any(one.span for one in bounds) or (bounds and words.froms):
            raise self.fault(
                Reason.DAY_MISSING, day or (words.froms[0].likely if words.froms else None)
            )
        if words.froms:
            raise self.fault(Reason.DAY_MISSING, words.froms[0].likely)
        if bounds:
            if bounds[0].fault is not None:
                raise self.fault(bounds[0].fault, bounds[0].until)
            self.pieces = replace(self.pieces, end_day=bounds[0].until)
        if words.vague and self.pieces.start is None:
            raise self._hourless(day)
        return self._local(settle(self.pieces, self.here))

    def repeated(self) -> Meaning:
        """Return the meaning of words of recurrence. Raises TimeRefused, Misunderstood."""
        raise NotImplementedError

    def _missing(self) -> date:
        return coming({0}, self.calendar.today)

    def _hourless(self, day: date | None) -> Refused:
        now = self.here.now.astimezone(self.here.zone)
        minutes = likely_minutes(self.words.vague) or AFTERNOON
        day = day or self.calendar.today
        if day == self.calendar.today and minutes <= 60 * now.hour + now.minute:
            day += DAY
        shown = say_day(day, self.here)
        hour = say_hour(minutes, self.here)
        return misunderstood(Reason.NO_TIME, self.here, day=shown, hour=hour, rest="")

    def _check(self) -> None:
        words = self.words
        if words.unsaid is Reason.IMPOSSIBLE:
            day = words.days[0].likely if words.days else None
            raise self.fault(Reason.IMPOSSIBLE, day or self.calendar.today + DAY)
        if words.unsaid is not None:
            line = self._line(self._any_day())
            raise misunderstood(words.unsaid, self.here, moment=line, line=line, rest="")
        if not words.rules and self._hours_differ():
            self.pieces = replace(self.pieces, day=self._any_day())
            raise self._several()
        for one in (*words.days, *words.froms):
            recurs = bool(words.rules) and one.weekday
            if one.fault is not None and not recurs:
                raise self.fault(one.fault, one.meant)
        for end in words.ends:
            if end.day is not None and end.day.fault is not None:
                raise self.fault(end.day.fault, end.day.meant)
        if words.either:
            self.pieces = replace(self.pieces, day=self._any_day())
            raise self._several()

    def _hours_differ(self) -> bool:
        """Tell whether there are two days, with two hours or as two weekdays."""
        if len(self.words.days) <= 1:
            return False
        days = {one.likely for one in self.words.days}
        weekdays = all(one.weekday for one in self.words.days)
        return len(days) > 1 and (weekdays or len(_distinct(self.words.hours)) > 1)

    def _any_day(self) -> date | None:
        return self.words.days[0].likely if self.words.days else None

    def _one_day(self) -> date | None:
        if len(self.words.days) <= 1:
            return self._any_day()
        days = {one.day for one in self.words.days if one.day is not None}
        dates = {one.day for one in self.words.days if one.day is not None and not one.weekday}
        names = {
            one.day.weekday() for one in self.words.days if one.day is not None and one.weekday
        }
        if len(dates) == 1:
            day = next(iter(dates))
            if names and names != {day.weekday()}:
                raise self.fault(Reason.WEEKDAY, day)
            return day
        if len(days) > 1:
            self.pieces = replace(self.pieces, day=min(days))
            raise self._several()
        return next(iter(days), None)

    def _pieces(self) -> Pieces:
        """Return hours, lengths and ends as pieces. Raises Misunderstood if there are several."""
        hours, lengths = self._hours_and_lengths()
        part = self._part()
        start = hours[0] if hours else None
        last = None if start is None else start.last
        end = self.words.ends[0] if self.words.ends else None
        return Pieces(
            part=part,
            start=None if start is None else self._sure(start.start, part),
            said=start is not None and (start.said or bool(self.words.rules)),
            end=last if last is not None else None if end is None else end.hour,
            end_day=None if end is None or last is not None or end.day is None else end.day.likely,
            end_part=None if end is None else end.part,
            length=lengths[0] if lengths else None,
        )

    def _part(self) -> DayPart | None:
        parts = [
            *self.words.parts,
            *(PARTS[one.part] for one in self.words.rules if one.part in PARTS),
        ]
        return parts[0] if parts else None

    def _hours_and_lengths(self) -> tuple[list[HourWords], list[Length]]:
        if self.told is None:
            self.told = self._told()
        return self.told

    def _told(self) -> tuple[list[HourWords], list[Length]]:
        words = self.words
        hours = _distinct(words.hours)
        if hours:
            return hours, _unlike([one for one, _ in words.lengths])
        lengths = list(words.lengths)
        for place, (_, hour) in enumerate(lengths):
            alone = len(lengths) == 1
            if hour is not None and (alone or hour.start.hour >= _EARLIEST_SURE):
                others = [one for n, (one, _) in enumerate(lengths) if n != place]
                return [hour], _unlike(others)
        return [], _unlike([one for one, _ in lengths])

    def _check_hours(self) -> None:
        """Refuse two hours, or two lengths. Raises Misunderstood."""
        hours, lengths = self._hours_and_lengths()
        if len(hours) > 1:
            raise self._several()
        if len(lengths) > 1:
            self.pieces = replace(self.pieces, length=lengths[0])
            raise self._several()
        if hours and hours[0].last is not None and self.words.ends:
            raise self._several()

    def _sure(self, hour: Hour, part: DayPart | None) -> Hour:
        """Return an hour in the form that tells whether it is certain."""
        if part is not None:
            return replace(hour, form=Form.LETTER) if hour.form is Form.HALVES else hour
        if hour.form is Form.BARE and hour.hour in _BARE_SURE and not hour.minute:
            return replace(hour, form=Form.COLON)
        early = 0 < hour.hour < _EARLIEST_SURE and not hour.padded
        if early and hour.form in (Form.LETTER, Form.COLON):
            alone = hour.form is Form.LETTER and not (self.words.days or self.words.rules)
            said = any(one.said for one in self.words.hours)
            return hour if alone and not said else replace(hour, form=Form.BARE)
        return hour

    def _local(self, span: Span) -> Meaning:
        zone = self.here.zone
        walls = [
            None if one is None else one.astimezone(zone).replace(tzinfo=None)
            for one in (span.start, span.end)
        ]
        return Meaning(start=walls[0], end=walls[1])

    def _delayed(self) -> Meaning:
        words, zone = self.words, self.here.zone
        delay = words.delays[0]
        if len(words.delays) > 1 or words.days or self.pieces.start is not None:
            self.pieces = replace(self.pieces, day=self._any_day())
            raise self._several()
        if not delay:
            raise time_refused(Reason.TOO_SHORT, self.here, start="")
        start = (self.here.now.astimezone(UTC) + delay + timedelta(seconds=59)).replace(
            second=0, microsecond=0
        )
        wall = start.astimezone(zone).replace(tzinfo=None)
        if self.pieces.length is None and self.pieces.end is None:
            return self._local(Span(start))
        first = Hour(wall.hour, wall.minute, Form.COLON, padded=True)
        return self._local(
            settle(
                replace(self.pieces, day=wall.date(), start=first, said=True, part=None), self.here
            )
        )


_NAMES = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def _distinct(hours: Sequence[HourWords]) -> list[HourWords]:
    if len(hours) <= 1:
        return list(hours)
    found: list[HourWords] = []
    for hour in hours:
        if not any(
            (hour.start.minutes, hour.last) == (one.start.minutes, one.last) for one in found
        ):
            found.append(hour)
    return found


def _unlike(lengths: Sequence[Length]) -> list[Length]:
    if len(lengths) <= 1:
        return list(lengths)
    spans: dict[timedelta, Length] = {}
    for one in lengths:
        spans.setdefault(one.span, one)
    return list(spans.values())


def written(span: Span, here: Here) -> str:
    """Return a time as one types it, with its length."""
    if span.start is None:
        return "" if span.end is None else f"{say_length(span.end - here.now.astimezone(UTC))}"
    wall = span.start.astimezone(here.zone).replace(tzinfo=None)
    if span.end is None:
        return say(wall, here)
    return f"{say(wall, here)} {round((span.end - span.start) / timedelta(minutes=1))}min"
