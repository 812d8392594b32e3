"""Words of days: a day, when a recurrence begins and ends, and what it leaves out."""

import re

from bot.language.clock import (
    START,
    hour_of,
)
from bot.language.dates.day import DayWords
from bot.language.dates.day_words import day_at
from bot.language.dates.limit_words import Bound, besides_at, bound_at, exceptions_at, from_at
from bot.language.dates.rule_words import rule_at
from bot.language.dates.rules import MONTHLY
from bot.language.dates.scanner import Scanner, skip
from bot.language.dates.time_patterns import (
    DAY_LIKE,
    ENDS_AT,
    NUMBERS_TO,
    THIS_PART,
    TO_DAY,
    UNTIL_DAY,
)
from bot.language.dates.time_words import EndWords
from bot.language.dates.vague import VAGUE, missing_day
from bot.language.days import DAY, real_date
from bot.language.pieces import PARTS
from bot.language.refusals import Reason


class DayScanner(Scanner):
    """Reads words of days, each from a place on; returns where they end."""

    def _rule(self, at: int) -> int | None:
        monthly = any(one.rule is not None and one.rule.every == MONTHLY for one in self.got.rules)
        found = rule_at(self.folded, at, monthly=monthly)
        if found is None:
            return None
        self.got.rules.append(found)
        return found.end

    def _except(self, at: int) -> int | None:
        found = exceptions_at(self.folded, at, self.calendar)
        if found is None or not (self.got.rules or found.holidays or found.days):
            return None
        self.got.without.append(found)
        return found.end

    def _day_range(self, at: int) -> int | None:
        """Read "du 1er décembre au 30 juin": when a recurrence begins and ends."""
        if not self.folded.startswith(("du ", "from ", "entre le ", "between "), at):
            return None
        begins = self.folded.index(" ", at) + 1
        both = NUMBERS_TO.match(self.folded, begins)
        if both is not None:
            return self._numbers_to(both)
        first = day_at(self.folded, begins, self.calendar) or day_at(
            self.folded, at + 1, self.calendar
        )
        to = None if first is None else TO_DAY.match(self.folded, first.end)
        bound = None if to is None else bound_at(self.folded, to.start() + 1, self.calendar)
        if to is not None and bound is None:
            last = day_at(self.folded, to.end(), self.calendar)
            bound = None if last is None else Bound(last.end, until=last.likely, fault=last.fault)
        if first is None or bound is None:
            return None
        self.got.froms.append(first)
        self.got.bounds.append(bound)
        return bound.end

    def _numbers_to(self, both: re.Match[str]) -> int | None:
        """Read "du 3 au 5 décembre"."""
        last = day_at(self.folded, both.end(), self.calendar)
        if last is None or last.day is None:
            return None
        month = last.day if int(both["day"]) <= last.day.day else last.day.replace(day=1) - DAY
        first = real_date(month.year, month.month, int(both["day"]))
        fault = (
            Reason.IMPOSSIBLE
            if first is None
            else Reason.PAST
            if first < self.calendar.today
            else None
        )
        self.got.froms.append(DayWords(last.end, first, fault, last.day, relative=False))
        self.got.bounds.append(Bound(last.end, until=last.day))
        return last.end

    def _ends(self, at: int) -> int | None:
        """Read `jusqu'à demain 18h`, `fin 15h45`."""
        found = UNTIL_DAY.match(self.folded, at) or ENDS_AT.match(self.folded, at)
        if found is None or self.got.ends:
            return None
        day = day_at(self.folded, found.end(), self.calendar)
        if self.got.rules and day is not None:
            return None  # how long it recurs
        begins = skip(self.folded, found.end() if day is None else day.end)
        part = None
        named = THIS_PART.match(self.folded, begins)
        if named is not None and named["part"] in PARTS:
            part, begins = PARTS[named["part"]], skip(self.folded, named.end())
        elif day is not None and day.part:
            part = PARTS[day.part]
        match = START.match(self.folded, begins)
        if match is None or (day is None and DAY_LIKE.match(self.folded, begins)):
            return None
        self.got.ends.append(EndWords(day, hour_of(match, "1"), part))
        return match.end()

    def _bound(self, at: int) -> int | None:
        found = bound_at(self.folded, at, self.calendar)
        if found is None:
            return None
        self.got.bounds.append(found)
        if found.count is not None:
            self.got.counts.append((at, found.end))
        return found.end

    def _from(self, at: int) -> int | None:
        found = from_at(self.folded, at, self.calendar)
        if found is None:
            return None
        self.got.froms.append(found)
        return found.end

    def _besides(self, at: int) -> int | None:
        found = besides_at(self.folded, at, self.calendar) if self.got.rules else None
        if found is None:
            return None
        self.got.besides.append(found)
        return found.end

    def _day(self, at: int) -> int | None:
        found = day_at(self.folded, at, self.calendar)
        if found is None or (not self._after(at) and self._is_known(found)):
            return None
        self.got.days.append(found)
        if found.part:
            self.got.parts.append(PARTS[found.part])
        return found.end + (self.folded.startswith("t", found.end) and found.relative is False)

    def _is_known(self, day: DayWords) -> bool:
        """Tell whether a day was named before: apart from it, it is a title's: `Bilan demain`."""
        return any(one.likely == day.likely and one.weekday == day.weekday for one in self.got.days)

    def _vague(self, at: int) -> int | None:
        found = VAGUE.match(self.folded, at)
        if found is None or not self._beside(at, found.end()):
            return None
        self.got.vague = self.got.vague or found[0]
        part = next((one for name, one in PARTS.items() if name in found[0]), None)
        if part is not None:
            self.got.parts.append(part)
        return found.end()

    def _missing(self, at: int) -> int | None:
        end = missing_day(self.folded, at)
        if end is None or not self._beside(at, end):
            return None
        self.got.missing = self.got.missing or self.folded[at:end]
        return end
