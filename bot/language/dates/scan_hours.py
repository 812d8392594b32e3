"""Words of hours: a start, a range, a length, a delay, a part of the day."""

import re
from dataclasses import replace
from datetime import timedelta

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
from bot.language.dates.day import DayWords
from bot.language.dates.scanner import Scanner
from bot.language.dates.time_patterns import (
    APART,
    BAD_HOUR,
    BARE_BETWEEN,
    CLOSE_RANGE,
    DELAY,
    DELAY_WORDED,
    DOT,
    DURATION,
    FIGURES,
    FROM_NOW,
    PART,
    PRIME,
    SKIPPED,
    THIS_PART,
)
from bot.language.dates.time_words import HourWords
from bot.language.loose_hours import loose_hour_at
from bot.language.pieces import PARTS
from bot.language.refusals import Reason

_SURE = 7
"""From then on `9h` is an hour rather than a length."""
_MONTHS = 12


class HourScanner(Scanner):
    """Reads words of hours, each from a place on; returns where they end."""

    def _bad(self, at: int) -> int | None:
        found = BAD_HOUR.match(self.folded, at)
        if found is None:
            return None
        self.got.unsaid = Reason.IMPOSSIBLE
        return found.end()

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

    def _skipped(self, at: int) -> int | None:
        found = SKIPPED.match(self.folded, at) if self._after(at) else None
        return None if found is None else found.end()
