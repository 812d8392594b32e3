"""Reads dates in words anywhere in a line, in French and English (docs/decisions/0038-dates.md)."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.language.dates.day import Calendar
from bot.language.dates.holiday import Holidays
from bot.language.dates.printed import typed_out
from bot.language.dates.reading import Reading, Unclear
from bot.language.dates.repeating import Repeating
from bot.language.dates.rules import Rule
from bot.language.dates.scan import words_of
from bot.language.dates.shadow import Shadow, shadow_of
from bot.language.dates.time_words import TimeWords
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.text import BLANK, EDGES, normal, quoted
from bot.language.timelike import timelike
from bridge.domain.names import LONGEST_NAME, clean_words
from bridge.domain.series import Recurrence
from bridge.errors import Refused
from bridge.i18n import Language

LONGEST = timedelta(hours=12)
_DEEPEST = 2
_LEFT = re.compile(
    rf"\b(every|each|chaque|tous\sles|toutes\sles|sauf|except|hormis|hors|jusqu'\w+|until)\s?{BLANK}"
)


def read_dates(
    text: str,
    *,
    now: datetime,
    zone: str,
    language: Language,
    longest: timedelta = LONGEST,
    alsace: bool = False,
) -> Reading:
    """Return the meaning of all words of time in a line; nothing certain is refused, with a line.

    `now` is aware, `zone` an IANA name: the salon's. `alsace`: its holidays are those of
    Alsace-Moselle.
    """
    context = _Context(now=now, zone=zone, language=language, longest=longest, alsace=alsace)
    return context.read(text, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unread:
    """A line that is refused: the places of its words of time, and what is known of them."""

    text: str
    places: tuple[tuple[int, int], ...]
    zone: str
    rule: Rule | None
    depth: int


def _relative(words: TimeWords) -> bool:
    """Tell whether a time has no day, or one that depends on the present day."""
    return not words.days or any(day.relative for day in words.days)


class _Context:
    """The context of a line, and the reader of it."""

    def __init__(
        self, *, now: datetime, zone: str, language: Language, longest: timedelta, alsace: bool
    ) -> None:
        self.now, self.zone, self.language = now, zone, language
        self.longest, self.alsace = longest, alsace

    def read(self, text: str, depth: int) -> Reading:
        """Return the reading of a line, `depth` being how many lines were offered before it."""
        shadow = shadow_of(text)
        here = self._here(self.zone)
        calendar = self._calendar(here)
        words = words_of(shadow.typed(text), shadow.text, calendar, here.zone)
        spans = _spans(words)
        places = tuple(shadow.span(*one) for one in spans)
        settling = Repeating(words, here, calendar)
        key = self.zone
        try:
            named = settling.zone()
            key = named or key
            if named is not None:
                settling.here = replace(settling.here, zone=ZoneInfo(key))
                settling.calendar = self._calendar(settling.here)
            if settling.calendar.today != calendar.today and not _relative(words):
                # A date that is over here may be today there.
                there = settling.calendar
                settling.words = words_of(shadow.typed(text), shadow.text, there, here.zone)
            meaning = settling.meaning()
            settling.check_zone(calendar.today, meaning.start)
            self._check_rest(shadow, spans, settling.here, text)
        except Refused as refusal:
            line = _Unread(text=text, places=places, zone=key, rule=settling.rule, depth=depth)
            return self._refused(refusal, line)
        return Reading(
            start=meaning.start,
            end=meaning.end,
            recurrence=meaning.recurrence,
            zone=key,
            named=named is not None,
            dated=bool(words.days or words.froms or words.delays or words.rules),
            spans=places,
        )

    def _here(self, zone: str) -> Here:
        return Here(
            now=self.now, zone=ZoneInfo(zone), language=self.language, longest=self.longest, lead=""
        )

    def _calendar(self, here: Here) -> Calendar:
        today = here.now.astimezone(here.zone).date()
        holidays = Holidays.of(self.zone, alsace=self.alsace)
        return Calendar(today, self.language is Language.EN, holidays)

    def _check_rest(
        self, shadow: Shadow, spans: list[tuple[int, int]], here: Here, text: str
    ) -> None:
        """Refuse words that look like a time, and were not read. Raises Misunderstood."""
        rest = shadow.text
        for start, end in spans:
            rest = rest[:start] + BLANK * (end - start) + rest[end:]
        if not any(map(str.isalnum, rest)):
            return
        place = timelike(rest) or _left_at(rest)
        if place is not None:
            first, last = shadow.span(*place)
            raise misunderstood(Reason.DATE_UNKNOWN, here, text[first:last], line="")

    def _refused(self, refusal: Refused, line: "_Unread") -> Reading:
        unclear = Unclear(
            code=str(refusal.parameters["reason"]),
            meant=str(refusal.parameters["understood"]) or _shown(line),
            mend=partial(self._mended, refusal, line),
        )
        return Reading(zone=line.zone, spans=line.places, refused=unclear)

    def _mended(self, refusal: Refused, line: "_Unread") -> str:
        """Return a whole line that works, with the other words of the one typed."""
        if line.depth >= _DEEPEST:
            return ""
        rest = _rest(line.text, line.places)
        if refusal.parameters["reason"] == Reason.DATE_UNKNOWN:
            kept = self.read(_said(line.text, line.places), line.depth + 1)
            typed = "" if kept.refused or not line.places else self._typed(kept)
            return f"{typed} {quoted(rest)}".strip()
        meant = self._likely(str(refusal.parameters["example"]), line)
        if line.rule is not None and meant.start is not None and not line.rule.open:
            meant = self._repeated(meant, line.rule)
        typed = self._typed(replace(meant, named=line.zone != self.zone))
        loose = timelike(shadow_of(rest).text) is not None
        return f"{typed} {quoted(rest) if loose else rest}".strip()

    def _likely(self, example: str, line: "_Unread") -> Reading:
        """Return the reading of an example in the zone of a line; else that of tomorrow."""
        there = self._elsewhere(line.zone)
        meant = there.read(example, line.depth + 1)
        if meant.refused is None and (meant.start, meant.end) != (None, None):
            return meant
        tomorrow = "demain 14h30" if self.language is Language.FR else "tomorrow 14:30"
        return there.read(tomorrow, line.depth + 1)

    def _repeated(self, meant: Reading, rule: Rule) -> Reading:
        assert meant.start is not None
        first = rule.next(meant.start.date())
        if first is None:
            return meant
        by = first - meant.start.date()
        end = None if meant.end is None else meant.end + by
        recurrence = Recurrence(rule=rule.value())
        return replace(meant, start=meant.start + by, end=end, recurrence=recurrence)

    def _typed(self, reading: Reading) -> str:
        return typed_out(reading, now=self.now, salon=self.zone, language=self.language)

    def _elsewhere(self, zone: str) -> "_Context":
        return _Context(
            now=self.now,
            zone=zone,
            language=self.language,
            longest=self.longest,
            alsace=self.alsace,
        )


def _left_at(rest: str) -> tuple[int, int] | None:
    """Return the place of a word that belongs to words of time, and was not read with them."""
    found = _LEFT.search(rest)
    return None if found is None else found.span(1)


def _spans(words: TimeWords) -> list[tuple[int, int]]:
    """Return the places of words of time; a number of times is one only beside a recurrence."""
    if words.rules:
        return words.spans
    return [one for one in words.spans if not any(one[1] == end for _, end in words.counts)]


def _shown(line: _Unread) -> str:
    """Return the words of time of a line, safe to show."""
    return clean_words(_said(line.text, line.places), LONGEST_NAME)


def _said(text: str, places: tuple[tuple[int, int], ...]) -> str:
    return " ".join(text[start:end].strip() for start, end in places)


def _rest(text: str, places: tuple[tuple[int, int], ...]) -> str:
    """Return the words that are no time, as typed."""
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return normal(text).strip(EDGES + "()").strip()
