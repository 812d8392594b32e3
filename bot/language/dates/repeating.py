"""The meaning of words of recurrence: one rule, its first day, and the days left out."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.language.dates.day import DayWords
from bot.language.dates.limit_words import Bound, span_end
from bot.language.dates.rule_words import LAST_SURE
from bot.language.dates.rules import DAILY, MONTHLY, WEEKLY, YEARLY, Rule
from bot.language.dates.settling import Meaning, Settling
from bot.language.days import DAY
from bot.language.limits import AFTERNOON, FURTHEST, check_day
from bot.language.moments import say_day, say_hour
from bot.language.pieces import DayPart
from bot.language.refusals import Reason, misunderstood, time_refused
from bot.language.settle import settle
from bridge.domain.series import Recurrence
from bridge.errors import Refused

TWO_YEARS = timedelta(days=731)
"""So far ahead public holidays are left out; later ones are added as time passes."""


class Repeating(Settling):
    """A decision that may be about a recurrence."""

    def repeated(self) -> Meaning:
        """Return the meaning of words of recurrence. Raises TimeRefused, Misunderstood."""
        rule = self._merged()
        first = self._first(rule)
        rule = self.rule = self._without_weekdays(self._filled(rule, first))
        self._check_hours()
        if self.words.missing or self.words.delays:
            raise self.fault(Reason.DAY_MISSING, rule.next(first))
        if self.words.besides and any(one.fault for one in self.words.besides):
            raise self.fault(
                self.words.besides[0].fault or Reason.DAY_MISSING, self.words.besides[0].meant
            )
        if any(one.unread for one in self.words.without):
            raise self._unread(rule)
        if self.pieces.end_day is not None and self.pieces.end is None:
            self.pieces = replace(self.pieces, end_day=None)
        bound = self._bound()
        begins = self._begins(rule, first, bound)
        if self.pieces.start is None:
            raise self._no_hour(begins)
        return self._recurring(rule, begins, bound)

    def _unread(self, rule: Rule) -> Refused:
        return misunderstood(
            Reason.RECURRENCE, self.here, line=self._line(rule.next(self.calendar.today + DAY))
        )

    def _no_hour(self, day: date) -> Refused:
        part = self.pieces.part
        minutes = (
            {DayPart.MORNING: 9 * 60, DayPart.EVENING: 18 * 60 + 30}.get(part, AFTERNOON)
            if part
            else AFTERNOON
        )
        later = max(day, self.calendar.today + DAY)
        return misunderstood(
            Reason.NO_TIME,
            self.here,
            day=say_day(later, self.here),
            hour=say_hour(minutes, self.here),
            rest="",
        )

    def _merged(self) -> Rule:
        """Return one rule of all words of recurrence. Raises Misunderstood."""
        rules = self.words.rules
        for one in rules:
            if one.rule is None:
                self.rule = one.meant
                day = one.meant.next(self.calendar.today + DAY) if one.meant else None
                self.rule = one.meant if one.meant and not one.meant.open else None
                raise misunderstood(
                    Reason.RECURRENCE, self.here, line=self._line(day or self.calendar.today + DAY)
                )
        found = [one.rule for one in rules if one.rule is not None]
        merged = found[0]
        for other in found[1:]:
            both = _both(merged, other)
            if both is None:
                raise misunderstood(
                    Reason.RECURRENCE, self.here, line=self._line(self.calendar.today + DAY)
                )
            merged = both
        return merged

    def _first(self, rule: Rule) -> date:
        """Return the day from which on it recurs; of days that only name weekdays, today."""
        words = self.words
        if words.froms:
            return self._from(words.froms[0])
        firsts = {one.likely for one in words.days if one.likely is not None}
        if rule.open and words.days and all(one.weekday for one in words.days):
            return self.calendar.today
        if rule.every == MONTHLY and rule.open and len(firsts) == 1:
            return firsts.pop()
        if len(firsts) > 1:
            raise self._several()
        if not firsts:
            return self.calendar.today
        day = firsts.pop()
        if not rule.open and rule.next(day) != day:
            raise self.fault(Reason.TIMES_SEVERAL, rule.next(self.calendar.today))
        return day

    def _from(self, one: DayWords) -> date:
        others = {each.day for each in self.words.days if not each.weekday}
        if one.day is None or (others and others != {one.day}):
            raise self._several()
        return max(one.day, self.calendar.today)

    def _filled(self, rule: Rule, first: date) -> Rule:
        """Return a rule with its days: "every week" on the weekday that is named beside it."""
        if not rule.open or rule.every == YEARLY:
            if rule.every == YEARLY and not (self.words.days or self.words.froms):
                raise self.fault(Reason.DAY_MISSING, first)
            return rule
        named = (one.likely for one in self.words.days if one.weekday)
        names = tuple(sorted({day.weekday() for day in named if day is not None}))
        certain = self.words.froms or any(not one.weekday for one in self.words.days)
        if rule.every == WEEKLY and (names or certain):
            return replace(rule, weekdays=names or (first.weekday(),))
        if rule.every == MONTHLY and certain:
            if first.day > LAST_SURE:
                raise misunderstood(Reason.RECURRENCE, self.here, line=self._line(first))
            return replace(rule, numbers=(first.day,))
        raise self.fault(Reason.DAY_MISSING, first + DAY)

    def _without_weekdays(self, rule: Rule) -> Rule:
        weekdays = {day for one in self.words.without for day in one.weekdays}
        months = {month for one in self.words.without for month in one.months}
        if months:
            rule = replace(rule, months=tuple(sorted(set(rule.months or range(1, 13)) - months)))
        if not weekdays:
            return rule
        if rule.every == DAILY and rule.interval == 1:
            return replace(rule, every=WEEKLY, weekdays=tuple(sorted(set(range(7)) - weekdays)))
        left = tuple(day for day in rule.weekdays if day not in weekdays)
        if rule.every != WEEKLY or not left:
            raise self._unread(rule)
        return replace(rule, weekdays=left)

    def _bound(self) -> Bound | None:
        bounds = self.words.bounds
        if len(bounds) > 1:
            raise self._several()
        if bounds and bounds[0].fault is not None:
            raise self.fault(bounds[0].fault, None)
        return bounds[0] if bounds else None

    def _begins(self, rule: Rule, first: date, bound: Bound | None) -> date:
        """Return the first day of a rule, be it left out or not."""
        begins = rule.next(first)
        if begins is not None and begins == self.calendar.today and self._is_over():
            begins = rule.next(begins + DAY)
        if begins is None or begins > self.calendar.today + FURTHEST:
            raise self.fault(Reason.DAY_MISSING, None)
        if bound is not None and bound.until is not None and bound.until < begins:
            raise time_refused(Reason.END_BEFORE_START, self.here, start=f"{self._line(begins)} ")
        return begins

    def _is_over(self) -> bool:
        hour = self.pieces.start
        if hour is None or not hour.possible:
            return False
        now = self.here.now.astimezone(self.here.zone)
        part = self.pieces.part
        shift = 12 if part is not None and hour.hour in part.value[1] else 0
        return hour.minutes + 60 * shift < 60 * now.hour + now.minute

    def _recurring(self, rule: Rule, begins: date, bound: Bound | None) -> Meaning:
        until = None if bound is None else bound.until
        if bound is not None and bound.span is not None:
            until = span_end(begins, bound.span)
        out = self._left_out(begins, until)
        days = rule.days(begins, until=min(begins + TWO_YEARS, until or date.max))
        kept = next((day for day in days if day not in out), None)
        if kept is None:
            raise self._unread(rule)
        self.pieces = replace(self.pieces, day=kept)
        check_day(kept, self.here)
        span = self._local(settle(self.pieces, self.here))
        assert span.start is not None
        at = span.start.time()
        listed = {day for one in self.words.without for day in one.days}
        left = (day for day in out if day > kept and (day in listed or rule.falls(day, begins)))
        recurrence = Recurrence(
            rule=rule.value(until=until, count=None if bound is None else bound.count),
            without=tuple(datetime.combine(day, at) for day in sorted(left)),
            besides=tuple(
                sorted(datetime.combine(one.day, at) for one in self.words.besides if one.day)
            ),
            holidays=self.calendar.holidays.place if self._festive else None,
        )
        return Meaning(start=span.start, end=span.end, recurrence=recurrence)

    @property
    def _festive(self) -> bool:
        """Whether public holidays are left out.

        Working days leave them out without a word, where the zone's holidays are known.
        """
        if any(one.working for one in self.words.rules) and self.calendar.holidays.place:
            return True
        return any(one.holidays for one in self.words.without)

    def _left_out(self, begins: date, until: date | None) -> set[date]:
        """Return the days left out: those named, and public holidays two years ahead."""
        out = {day for one in self.words.without for day in one.days}
        if not self._festive:
            return out
        if self.calendar.holidays.place is None:
            raise misunderstood(Reason.RECURRENCE, self.here, line=self._line(begins))
        last = min(begins + TWO_YEARS, until or date.max)
        return out | set(self.calendar.holidays.between(begins, last))


def _both(one: Rule, other: Rule) -> Rule | None:
    """Return the rule that two words of recurrence give together."""
    if one == other:
        return one
    for first, second in ((one, other), (other, one)):
        if (
            first.every == DAILY
            and first.interval == 1
            and second.every == WEEKLY
            and not second.open
        ):
            return second
        if first.open and first.every == second.every and second.interval == 1:
            return replace(second, interval=first.interval)
    if one.every == other.every == WEEKLY and one.interval == other.interval:
        return replace(one, weekdays=tuple(sorted({*one.weekdays, *other.weekdays})))
    return None
