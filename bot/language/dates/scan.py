"""All words of time of a folded line, wherever they stand, as they are collected.

Nothing is decided here: `settling.py` tells what they mean together.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta, tzinfo
from functools import cache

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
from bot.language.dates.day_words import Calendar, DayWords, day_at
from bot.language.dates.first_words import FIRST_WORDS
from bot.language.dates.repeat_words import (
    Bound,
    Exceptions,
    RuleWords,
    besides_at,
    bound_at,
    exceptions_at,
    from_at,
    rule_at,
)
from bot.language.dates.rules import MONTHLY
from bot.language.dates.vague import VAGUE, missing_day
from bot.language.dates.zone_names import iana_at
from bot.language.days import DAY, real_date
from bot.language.loose_hours import loose_hour_at
from bot.language.pieces import PARTS, DayPart
from bot.language.refusals import Reason
from bot.language.text import any_of
from bot.language.zones import Zone, zone_at

_PLACE = re.compile(
    r"(?<![^\W_])(?<![0-9][.,:/])[^\W_]|@(?=\s?[0-9])|(?<=[0-9]t)[0-9](?=[0-9]?:[0-9])"
)
_LEAD = re.compile(
    r"(?:(?:le|la|les|the|on|of|du|de|des|pour|for|a|at|from|by|vers|et|and|is|est|commence|debut|starts?)\s|l'|d'|(?:date|heure|time|when|quand)\s?:\s?)"
)
"""Small words that belong to the words of time after them, and to nothing without."""
_LETTERS = re.compile(r"[a-z]+")
_CLOCK = re.compile(r"[0-9]{1,2}(?:h(?!e|o)|:)")
_LEADS = 3
_SURE = 7
"""From then on `9h` is an hour rather than a length."""
_PART = re.compile(
    rf"(?:(?:au|en|in\sthe|dans\s(?:la|l'|le)|du|de\sl'|de\sla|le|l'|en\sdebut\sd[e'])\s?)?(?P<part>{any_of(PARTS)})(?![\w'-])"
)
_THIS_PART = re.compile(rf"(?:ce|cet|cette|this)\s(?P<part>{any_of(PARTS)}|midi|noon)(?![\w'-])")
_SKIPPED = re.compile(
    r"(?:environ|pile|precises?|tapantes?|sharp|o'clock|max(?:imum)?|about|approx|heures?\spile)(?![\w'])"
)
_OR = re.compile(r"(?:ou\sbien|ou\salors|ou|or\selse|or|sinon|voire)\s(?=\w)|/\s(?=[0-9])")
_DELAY = re.compile(r"(?:dans|in)\s(?:environ\s|about\s)?")
_FROM_NOW = re.compile(r"\s(?:from\snow)(?![\w'-])")
_DELAY_WORDED = re.compile(
    r"(?:une?|an?|1)\s(?:heure|hour)\s(?:(?:et|and)\s(?:demie|a\shalf)|(?:et|and)\s(?:a\s)?(?P<quarter>quart|quarter))|half\san\shour"
)
_DURATION = re.compile(r"(?:duree|duration|dure|lasts?|lasting)\s?:?\s?(?:de\s)?")
_UNTIL_DAY = re.compile(r"(?:jusqu(?:['\s]?(?:au?|en)|e)|until|till)\s(?:le\s|the\s)?")
_TO_DAY = re.compile(r"\s(?:au|to|until|till|jusqu'au)\s(?:the\s|le\s)?")
_NUMBERS_TO = re.compile(
    r"(?:le\s|the\s)?(?P<day>[0-9]{1,2})(?:er|st|nd|rd|th)?\s(?:au|to|till|until|jusqu'au)\s(?:the\s)?(?=[0-9]{1,2}(?:er|st|nd|rd|th)?\s[a-z])"
)
_ENDS_AT = re.compile(
    r"(?:fin|finit|se\stermine|ends?|ending)\s(?:prevue?\s)?(?=(?:a\s|at\s|vers\s)?[0-9])"
)
_PRIME = re.compile(r"(?P<minutes>[0-9]{1,3})'(?![\w'])")
_DOT = re.compile(r"(?:(?:a|at|de|from)\s)?([0-9]{1,2})\.([0-5][0-9])(?![\w.:/]|\s?[ap]\.?m)")
_BARE_BETWEEN = re.compile(
    r"(?:(?:de|from)\s(?P<a>[0-9]{1,2})\s?(?:a|to|-)\s?(?P<b>[0-9]{1,2})|(?:entre|between)\s(?P<c>[0-9]{1,2}|midi|noon)\s(?:et|and)\s(?P<d>[0-9]{1,2}|deux|two|une))(?![\w:/.]|\s?(?:h|pers|jours|days|[ap]\.?m))"
)
_CLOSE_RANGE = re.compile(
    r"(?P<a>[0-9]{1,2})\s?-\s?(?P<b>[0-9]{1,2})(?![\w:./-]|\s?(?:h|[ap]\.?m))"
)
_BAD_HOUR = re.compile(
    r"(?:(?:a|at)\s)?[0-9]{3,4}\s?h(?![\w'])|[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?!\w)|[0-9]{1,2}h(?:[6-9][0-9])(?!\w)|[0-9]{1,2}:[6-9][0-9](?!\w)"
)
_FIGURES = re.compile(
    r"(?:(?:a|at)\s)?(?P<hour>[01][0-9]|2[0-3])(?P<minute>[0-5][0-9])(?![\w:./-])"
)


@dataclass(frozen=True, slots=True)
class HourWords:
    """An hour, with the end of its range; `said`: a preposition shows that it is one."""

    start: Hour
    last: Hour | None = None
    said: bool = False
    at: int = 0


@dataclass(frozen=True, slots=True)
class EndWords:
    """The end that `jusqu'à` gives: a day, or an hour, or both."""

    day: DayWords | None = None
    hour: Hour | None = None
    part: DayPart | None = None


@dataclass(slots=True)
class TimeWords:
    """The words of time of a line."""

    spans: list[tuple[int, int]] = field(default_factory=list)
    days: list[DayWords] = field(default_factory=list)
    hours: list[HourWords] = field(default_factory=list)
    lengths: list[tuple[Length, HourWords | None]] = field(default_factory=list)
    """Those that may be an hour too, with that hour."""
    parts: list[DayPart] = field(default_factory=list)
    delays: list[timedelta] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    rules: list[RuleWords] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)
    froms: list[DayWords] = field(default_factory=list)
    without: list[Exceptions] = field(default_factory=list)
    besides: list[DayWords] = field(default_factory=list)
    ends: list[EndWords] = field(default_factory=list)
    vague: str = ""
    """TimeWords for a part of the day, without an hour."""
    missing: str = ""
    """TimeWords for several days: which one?"""
    counts: list[tuple[int, int]] = field(default_factory=list)
    """`10 fois`: words of time only beside a recurrence."""
    unsaid: Reason | None = None
    """TimeWords that are no time: an hour with seconds, one above 24."""
    either: bool = False
    """There is "or" before a time."""

    @property
    def timed(self) -> bool:
        """Whether words of time were found so far."""
        return bool(self.spans)


def words_of(text: str, folded: str, calendar: Calendar, zone: tzinfo) -> TimeWords:
    """Return the words of time of a folded line; `text` is as long, as typed."""
    return _Scanning(text, folded, calendar, zone).done()


class _Scanning:
    def __init__(self, text: str, folded: str, calendar: Calendar, zone: tzinfo) -> None:
        self.text, self.folded, self.calendar, self.zone = text, folded, calendar, zone
        self.got = TimeWords()
        self.named = " time" in folded or "/" in folded

    def done(self) -> TimeWords:
        at = 0
        for found in _PLACE.finditer(self.folded):
            if found.start() >= at:
                at = self._place(found.start())
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
            lead = _LEAD.match(self.folded, begins)
            if lead is None:
                break
            begins = lead.end()
        return at + 1

    def _read(self, at: int) -> int | None:
        for reader in self._readers(at):
            end = reader(self, at)
            if end is not None and end > at:
                return end
        return None

    def _readers(self, at: int) -> tuple[Callable[["_Scanning", int], int | None], ...]:
        word = _LETTERS.match(self.folded, at)
        if word is not None:
            known = _readers(word[0])
            return (_Scanning._zone, *known) if self.named and self.got.spans else known
        if not self.folded[at : at + 1].isdigit():
            return _SIGN_READERS
        return _HOUR_READERS if _CLOCK.match(self.folded, at) else _DIGIT_READERS

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
        if found is None or not (after or self._leads(found, at)):
            return None
        self.got.zones.append(found)
        return found.end

    def _leads(self, found: Zone, at: int) -> bool:
        """Tell whether a zone is before its hour: `heure de Paris 14h`, `(UTC) 14h`."""
        known = found.zone is not None and self.folded.startswith(_ZONE_FIRST, at)
        return known and START.match(self.folded, _skip(self.folded, found.end)) is not None

    def _bad(self, at: int) -> int | None:
        found = _BAD_HOUR.match(self.folded, at)
        if found is None:
            return None
        self.got.unsaid = Reason.IMPOSSIBLE
        return found.end()

    def _or(self, at: int) -> int | None:
        found = _OR.match(self.folded, at) if self._after(at) else None
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
        found = _DELAY.match(self.folded, at)
        if found is None and " from now" not in self.folded:
            return None
        begins = at if found is None else found.end()
        worded = _DELAY_WORDED.match(self.folded, begins)
        if worded is not None and not worded[0].startswith("half"):
            step = (timedelta(minutes=75 if worded["quarter"] else 90), worded.end())
        else:
            read = length_at(self.folded, begins)
            if read is None:
                return None
            step = (read[0].span, read[1])
        now = _FROM_NOW.match(self.folded, step[1])
        if found is None and now is None:
            return None
        self.got.delays.append(step[0])
        return step[1] if now is None else now.end()

    def _day_range(self, at: int) -> int | None:
        """Read "du 1er décembre au 30 juin": when a recurrence begins and ends."""
        if not self.folded.startswith(("du ", "from ", "entre le ", "between "), at):
            return None
        begins = self.folded.index(" ", at) + 1
        both = _NUMBERS_TO.match(self.folded, begins)
        if both is not None:
            return self._numbers_to(both)
        first = day_at(self.folded, begins, self.calendar) or day_at(
            self.folded, at + 1, self.calendar
        )
        to = None if first is None else _TO_DAY.match(self.folded, first.end)
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
        first = not self.folded[:at].strip(" ,") or _LEAD.fullmatch(self.folded, 0, at)
        return bool(first) or self._after(at) or self._before_hour(end)

    def _ends(self, at: int) -> int | None:
        """Read `jusqu'à demain 18h`, `fin 15h45`."""
        found = _UNTIL_DAY.match(self.folded, at) or _ENDS_AT.match(self.folded, at)
        if found is None or self.got.ends:
            return None
        day = day_at(self.folded, found.end(), self.calendar)
        if self.got.rules and day is not None:
            return None  # how long it recurs
        begins = _skip(self.folded, found.end() if day is None else day.end)
        part = None
        named = _THIS_PART.match(self.folded, begins)
        if named is not None and named["part"] in PARTS:
            part, begins = PARTS[named["part"]], _skip(self.folded, named.end())
        elif day is not None and day.part:
            part = PARTS[day.part]
        match = START.match(self.folded, begins)
        if match is None or (day is None and _DAY_LIKE.match(self.folded, begins)):
            return None if named is None else None
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
        bare = _BARE_BETWEEN.match(self.folded, at)
        if bare is None and self._after(at):
            bare = _CLOSE_RANGE.match(self.folded, at)
        if bare is None:
            dotted = self._dotted_range(at)
            return dotted
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
        said = _DURATION.match(self.folded, at)
        begins = at if said is None else said.end()
        prime = _PRIME.match(self.folded, begins)
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
        return end if end >= hour.end() else hour.end()

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
                return match.end()
        dot = _DOT.match(self.folded, at)
        if dot is not None and (self._after(at) or dot[0][0].isalpha() or not at):
            return self._dotted(dot, at)
        figures = (
            _FIGURES.match(self.folded, at)
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
        if (
            loose is None
            or self.folded[at].isdigit()
            and "ish" not in self.folded[at : loose[2]]
            and not re.search(r"[ap]\.?\s?m|o'clock|heure", self.folded[at : loose[2]])
        ):
            return None
        self.got.hours.append(HourWords(loose[0], loose[1], said=True, at=at))
        return loose[2]

    def _hourly(self, at: int) -> bool:
        """Tell whether a number in words after a time has a unit of hours."""
        return re.match(r"[a-z-]+\s(?:heures?|o'clock)", self.folded[at:]) is not None

    def _dotted(self, dot: re.Match[str], at: int) -> int:
        hour, minute = int(dot[1]), int(dot[2])
        certain = minute > 12 or not minute
        form = Form.COLON if certain else Form.BARE
        self.got.hours.append(HourWords(Hour(hour, minute, form), said=True, at=at))
        if not certain:
            self.got.unsaid = Reason.HOUR_AMBIGUOUS
        return dot.end()

    def _part(self, at: int) -> int | None:
        this = _THIS_PART.match(self.folded, at)
        if this is not None:
            self.got.days.append(DayWords(this.end(), self.calendar.today))
            if this["part"] in PARTS:
                self.got.parts.append(PARTS[this["part"]])
            elif not re.match(r"[\s,]*(?:a\s|at\s)?[0-9]", self.folded[this.end() :]):
                self.got.hours.append(HourWords(Hour(12, 0, Form.WORD), said=True, at=at))
            return this.end()
        found = _PART.match(self.folded, at)
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
        found = _SKIPPED.match(self.folded, at) if self._after(at) else None
        return None if found is None else found.end()


_ZONE_FIRST = ("heure", "utc", "gmt")
_HOUR_READERS = (
    _Scanning._bad, _Scanning._delay, _Scanning._range, _Scanning._length, _Scanning._hour,
)  # fmt: skip
_DIGIT_READERS = (
    _Scanning._bad, _Scanning._rule, _Scanning._delay, _Scanning._bound, _Scanning._day,
    _Scanning._range, _Scanning._length, _Scanning._hour,
)  # fmt: skip
_SIGN_READERS = (_Scanning._zone, _Scanning._or, _Scanning._hour)


@cache
def _readers(word: str) -> tuple[Callable[[_Scanning, int], int | None], ...]:
    """Return the readers of words that begin with this one, in their order."""
    return tuple(getattr(_Scanning, name) for name, words in FIRST_WORDS.items() if word in words)


_DAY_LIKE = re.compile(
    r"[0-9]{1,2}(?:er)?[\s/.-](?:[0-9]|jan|f[ev]|mar|avr|apr|mai|may|jui|jun|jul|ao|aug|sep|oct|nov|dec)"
)


def _skip(text: str, at: int) -> int:
    return len(text) - len(text[at:].lstrip(" ,;("))
