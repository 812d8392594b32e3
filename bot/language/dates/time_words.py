"""The words of time of a line, as they are collected."""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.language.clock import Hour, Length
from bot.language.dates.day import DayWords
from bot.language.dates.limit_words import Bound, Exceptions
from bot.language.dates.rule_words import RuleWords
from bot.language.pieces import DayPart
from bot.language.refusals import Reason
from bot.language.zones import Zone


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
