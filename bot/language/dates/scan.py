"""All words of time of a folded line, wherever they stand.

Nothing is decided here: `settling.py` tells their meaning together.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, tzinfo
from functools import cache
from typing import TypeAlias

from bot.language.clock import (
    BETWEEN,
    RANGE,
    START,
    Form,
    Hour,
    Length,
    hour_of,
    length_at,
    range_of,
)
from bot.language.dates.day import Calendar, DayWords
from bot.language.dates.day_words import day_at
from bot.language.dates.first_words import FIRST_WORDS
from bot.language.dates.limit_words import Bound, besides_at, bound_at, exceptions_at, from_at
from bot.language.dates.rule_words import rule_at
from bot.language.dates.rules import MONTHLY
from bot.language.dates.time_patterns import (
    APART,
    BAD_HOUR,
    BARE_BETWEEN,
    CLOCK,
    CLOSE_RANGE,
    DAY_LIKE,
    DEADLINE,
    DELAY,
    DELAY_WORDED,
    DOT,
    DURATION,
    ENDS_AT,
    FIGURES,
    FROM_NOW,
    LEAD,
    LETTERS,
    NUMBERS_TO,
    OR,
    OTHER_ZONES,
    PART,
    PLACE,
    PRIME,
    SKIPPED,
    THIS_PART,
    TO_DAY,
    UNTIL_DAY,
)
from bot.language.dates.time_words import EndWords, HourWords, TimeWords
from bot.language.dates.vague import VAGUE, missing_day
from bot.language.dates.zone_names import iana_at
from bot.language.days import DAY, real_date
from bot.language.loose_hours import loose_hour_at
from bot.language.pieces import PARTS
from bot.language.refusals import Reason
from bot.language.zones import Zone, zone_at

_LEADS = 3
_SURE = 7
"""From then on `9h` is an hour rather than a length."""


def words_of(text: str, folded: str, calendar: Calendar, zone: tzinfo) -> TimeWords:
    """Return the words of time of a folded line; `text` is as long, as typed."""
    return _Scanning(text, folded, calendar, zone).done()


_MONTHS = 12


class _Scanning:
    def __init__(self, text: str, folded: str, calendar: Calendar, zone: tzinfo) -> None:
        self.text, self.folded, self.calendar, self.zone = text, folded, calendar, zone
        self.got = TimeWords()
        self.named = " time" in folded or "/" in folded

    def done(self) -> TimeWords:
        found = PLACE.search(self.folded)
        while found is not None:
            found = PLACE.search(self.folded, self._place(found.start()))
        return self.got

    def _place(self, at: int) -> int:
        """Read what begins at a place, small words before it included; return where it ends."""
        begins = at
        for _ in range(_LEADS):
            end = self._read(begins)
            if end is not None:
                opened = self.folded[end - 1] == ")" and self.folded[:at].endswith("(")
                self.got.spans.append((at - opened, end))
                return end
            end = self._deadline(begins)
            if end is not None:
                self.got.spans.append((at, end))
                return end
            lead = LEAD.match(self.folded, begins)
            if lead is None:
                break
            begins = lead.end()
        return at + 1

    def _deadline(self, at: int) -> int | None:
        """Read `avant vendredi 14h`, which is no time of a meeting."""
        found = DEADLINE.match(self.folded, at)
        end = None if found is None else self._read(found.end())
        if found is not None and end is not None:
            self.got.missing = self.got.missing or found[0]
        return end

    def _read(self, at: int) -> int | None:
        for reader in self._readers(at):
            end = reader(self, at)
            if end is not None and end > at:
                return end
        return None

    def _readers(self, at: int) -> tuple[Callable[["_Scanning", int], int | None], ...]:
        word = LETTERS.match(self.folded, at)
        if word is not None:
            known = _readers(word[0])
            return (*_SIGN_READERS[:1], *known) if self._names_zone(at) else known
        if not self.folded[at : at + 1].isdigit():
            return _SIGN_READERS
        return _HOUR_READERS if CLOCK.match(self.folded, at) else _DIGIT_READERS

    def _names_zone(self, at: int) -> bool:
        """Tell whether a word after a time may name a zone, whatever word it is."""
        return bool(self.got.spans) and (self.named or self.text[at : at + 3].isupper())

    def _after(self, at: int) -> bool:
        """Tell whether a place comes just after words of time."""
        if not self.got.spans:
            return False
        return not self.folded[self.got.spans[-1][1] : at].strip(" ,()-:;")

    # --- each kind of words ------------------------------------------------------------------

    def _zone(self, at: int) -> int | None:
        after = self._after(at)
        if not after and (self.got.zones or not self.folded.startswith(_ZONE_FIRST, at)):
            return None
        found = iana_at(self.folded, at) or zone_at(self.text, self.folded, at, self.zone)
        other = OTHER_ZONES.match(self.text, at) if found is None else None
        if other is not None:
            found = Zone(other.end(), None)
        if found is None or not (after or self._leads(found, at)):
            return None
        self.got.zones.append(found)
        return found.end

    def _leads(self, found: Zone, at: int) -> bool:
        """Tell whether a zone is before its hour: `heure de Paris 14h`, `(UTC) 14h`."""
        known = found.zone is not None and self.folded.startswith(_ZONE_FIRST, at)
        return known and START.match(self.folded, _skip(self.folded, found.end)) is not None

    def _bad(self, at: int) -> int | None:
        found = BAD_HOUR.match(self.folded, at)
        if found is None:
            return None
        self.got.unsaid = Reason.IMPOSSIBLE
        return found.end()

    def _or(self, at: int) -> int | None:
        found = OR.match(self.folded, at) if self._after(at) else None
        if found is None:
            return None
        known = len(self.got.spans)
        end = self._read(found.end())
        if end is None or len(self.got.spans) != known:
            return None
        self.got.either = True
        return end

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

    def _delay(self, at: int) -> int | None:
        found = DELAY.match(self.folded, at)
        if found is None and " from now" not in self.folded:
            return None
        begins = at if found is None else found.end()
        worded = DELAY_WORDED.match(self.folded, begins)
        if worded is not None and not worded[0].startswith("half"):
            step = (timedelta(minutes=75 if worded["quarter"] else 90), worded.end())
        else:
            read = length_at(self.folded, begins)
            if read is None:
                return None
            step = (read[0].span, read[1])
        now = FROM_NOW.match(self.folded, step[1])
        if found is None and now is None:
            return None
        self.got.delays.append(step[0])
        return step[1] if now is None else now.end()

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

    def _beside(self, at: int, end: int) -> bool:
        """Tell whether vague words are beside words of time, or before all others."""
        first = not self.folded[:at].strip(" ,") or LEAD.fullmatch(self.folded, 0, at)
        return bool(first) or self._after(at) or self._before_hour(end)

    def _ends(self, at: int) -> int | None:
        """Read `jusqu'à demain 18h`, `fin 15h45`."""
        found = UNTIL_DAY.match(self.folded, at) or ENDS_AT.match(self.folded, at)
        if found is None or self.got.ends:
            return None
        day = day_at(self.folded, found.end(), self.calendar)
        if self.got.rules and day is not None:
            return None  # how long it recurs
        begins = _skip(self.folded, found.end() if day is None else day.end)
        part = None
        named = THIS_PART.match(self.folded, begins)
        if named is not None and named["part"] in PARTS:
            part, begins = PARTS[named["part"]], _skip(self.folded, named.end())
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

    def _range(self, at: int) -> int | None:
        match = RANGE.match(self.folded, at) or BETWEEN.match(self.folded, at)
        hours = None if match is None else range_of(match)
        if match is not None and hours is not None:
            self.got.hours.append(HourWords(hours[0], hours[1], said=True, at=at))
            return match.end()
        bare = BARE_BETWEEN.match(self.folded, at)
        if bare is None and self._after(at):
            bare = CLOSE_RANGE.match(self.folded, at)
        if bare is None:
            return self._dotted_range(at)
        ends = [one for one in bare.groups() if one]
        numbers = [
            {"midi": 12, "noon": 12, "deux": 2, "two": 2, "une": 1}.get(one) or int(one)
            for one in ends
        ]
        first, last = (Hour(number, 0, Form.BARE) for number in numbers)
        if ends[0].isalpha():
            first = replace(first, form=Form.WORD)
        self.got.hours.append(HourWords(first, last, said=True, at=at))
        return bare.end()

    def _dotted_range(self, at: int) -> int | None:
        if not re.match(
            r"(?:de\s|from\s)?[0-9]{1,2}[.][0-5][0-9]\s?(?:-|\ba\b|\bto\b)\s?[0-9]",
            self.folded[at : at + 24],
        ):
            return None
        loose = loose_hour_at(self.folded, at, sure=False)
        if loose is None or loose[1] is None:
            return None
        self.got.hours.append(HourWords(loose[0], loose[1], said=True, at=at))
        return loose[2]

    def _length(self, at: int) -> int | None:
        said = DURATION.match(self.folded, at)
        begins = at if said is None else said.end()
        prime = PRIME.match(self.folded, begins)
        if prime is not None and self._after(at):
            length = Length(timedelta(minutes=int(prime["minutes"])), said=True)
            self.got.lengths.append((length, None))
            return prime.end()
        read = length_at(self.folded, begins)
        if read is None:
            return None
        length, end = read
        hour = None if said is not None else START.match(self.folded, at)
        as_hour = (
            None
            if hour is None
            else HourWords(hour_of(hour, "1"), said=hour["at"] is not None, at=at)
        )
        first = not self.got.hours or self._after_day(at)
        if as_hour is not None and first and self._rather_hour(as_hour):
            return None
        if hour is None or as_hour is None or length.said or length.sure:
            self.got.lengths.append((replace(length, said=True), None))
            return end
        if as_hour.start.form is not Form.LETTER or as_hour.said or as_hour.start.padded:
            return None
        self.got.lengths.append((length, as_hour))
        return max(end, hour.end())

    def _after_day(self, at: int) -> bool:
        """Tell whether the words just before name a day."""
        return (
            self._after(at)
            and self.got.days[-1:] != []
            and self.got.days[-1].end == self.got.spans[-1][1]
        )

    def _rather_hour(self, one: HourWords) -> bool:
        return one.start.form is Form.LETTER and (one.said or one.start.hour >= _SURE)

    def _hour(self, at: int) -> int | None:
        match = START.match(self.folded, at)
        if match is not None:
            hour, said = hour_of(match, "1"), match["at"] is not None
            if hour.form is not Form.BARE or said:
                self.got.hours.append(HourWords(hour, said=said, at=at))
                return self._with_minutes(hour, match.end())
        dot = DOT.match(self.folded, at)
        if dot is not None and (self._after(at) or dot[0][0].isalpha() or not at):
            return self._dotted(dot, at)
        figures = (
            FIGURES.match(self.folded, at)
            if self._after(at) or self.folded.startswith(("a ", "at "), at)
            else None
        )
        if figures is not None and not (
            figures["hour"] == "20" and figures["minute"] in ("26", "27", "28")
        ):
            self.got.hours.append(
                HourWords(
                    Hour(int(figures["hour"]), int(figures["minute"]), Form.COLON, padded=True),
                    said=True,
                    at=at,
                )
            )
            return figures.end()
        loose = loose_hour_at(self.folded, at, sure=self._after(at) and self._hourly(at))
        if loose is None or (
            self.folded[at].isdigit()
            and "ish" not in self.folded[at : loose[2]]
            and not re.search(r"[ap]\.?\s?m|o'clock|heure", self.folded[at : loose[2]])
        ):
            return None
        self.got.hours.append(HourWords(loose[0], loose[1], said=True, at=at))
        return loose[2]

    def _hourly(self, at: int) -> bool:
        """Tell whether a number in words after a time has a unit of hours."""
        return re.match(r"[a-z-]+\s(?:heures?|o'clock)", self.folded[at:]) is not None

    def _with_minutes(self, hour: Hour, end: int) -> int:
        """Return the end of an hour; with minutes apart it is refused."""
        apart = APART.match(self.folded, end) if hour.form is Form.LETTER else None
        if apart is None or hour.minute:
            return end
        self.got.unsaid = Reason.MINUTES_APART
        self.got.hours[-1] = replace(
            self.got.hours[-1], start=replace(hour, minute=int(apart["minutes"]))
        )
        return apart.end()

    def _dotted(self, dot: re.Match[str], at: int) -> int:
        hour, minute = int(dot[1]), int(dot[2])
        certain = minute > _MONTHS or not minute
        form = Form.COLON if certain else Form.BARE
        self.got.hours.append(HourWords(Hour(hour, minute, form), said=True, at=at))
        if not certain:
            self.got.unsaid = Reason.HOUR_AMBIGUOUS
        return dot.end()

    def _part(self, at: int) -> int | None:
        this = THIS_PART.match(self.folded, at)
        if this is not None:
            self.got.days.append(DayWords(this.end(), self.calendar.today))
            if this["part"] in PARTS:
                self.got.parts.append(PARTS[this["part"]])
            elif not re.match(r"[\s,]*(?:a\s|at\s)?[0-9]", self.folded[this.end() :]):
                self.got.hours.append(HourWords(Hour(12, 0, Form.WORD), said=True, at=at))
            return this.end()
        found = PART.match(self.folded, at)
        if found is None or not (self._after(at) or self._before_hour(found.end())):
            return None
        self.got.parts.append(PARTS[found["part"]])
        return found.end()

    def _before_hour(self, end: int) -> bool:
        match = START.match(self.folded, _skip(self.folded, end))
        return match is not None and (
            match["at"] is not None or hour_of(match, "1").form is not Form.BARE
        )

    def _skipped(self, at: int) -> int | None:
        found = SKIPPED.match(self.folded, at) if self._after(at) else None
        return None if found is None else found.end()


_ZONE_FIRST = ("heure", "utc", "gmt")
_Reader: TypeAlias = Callable[[_Scanning, int], int | None]


def _methods(*names: str) -> tuple[_Reader, ...]:
    return tuple(getattr(_Scanning, name) for name in names)


_HOUR_READERS = _methods("_bad", "_delay", "_range", "_length", "_hour")
_DIGIT_READERS = _methods("_bad", "_rule", "_delay", "_bound", "_day", "_range", "_length", "_hour")
_SIGN_READERS = _methods("_zone", "_or", "_hour")


@cache
def _readers(word: str) -> tuple[_Reader, ...]:
    """Return the readers of words that begin with this one, in their order."""
    return _methods(*(name for name, words in FIRST_WORDS.items() if word in words))


def _skip(text: str, at: int) -> int:
    return len(text) - len(text[at:].lstrip(" ,;("))
