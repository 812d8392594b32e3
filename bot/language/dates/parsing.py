"""Reads dates in words anywhere in a line, in French and English (docs/decisions/0038-dates.md)."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.language.dates.day_words import Calendar
from bot.language.dates.holiday import Holidays
from bot.language.dates.printed import typed_out
from bot.language.dates.reading import Reading, Unclear
from bot.language.dates.rules import Rule
from bot.language.dates.scan import TimeWords, words_of
from bot.language.dates.settling import Settling
from bot.language.dates.shadow import Shadow, shadow_of
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.text import BLANK, EDGES, normal, quoted
from bot.language.timelike import timelike
from bridge.domain.series import Recurrence
from bridge.errors import Refused
from bridge.i18n import Language

LONGEST = timedelta(hours=12)
_DEEPEST = 2


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
        settling = Settling(words, replace(here, typed=_said(text, places)), calendar)
        key = self.zone
        try:
            named = settling.zone()
            key = named or key
            if named is not None:
                settling.here = replace(settling.here, zone=ZoneInfo(key))
                settling.calendar = self._calendar(settling.here)
            meaning = settling.meaning()
            settling.check_zone(calendar.today, meaning.start)
            self._check_rest(shadow, spans, settling.here, text)
        except Refused as refusal:
            return self._refused(refusal, text, places, key, settling.rule, depth)
        return Reading(
            start=meaning.start,
            end=meaning.end,
            recurrence=meaning.recurrence,
            zone=key,
            named=named is not None,
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
        place = timelike(rest)
        if place is not None:
            first, last = shadow.span(*place)
            raise misunderstood(Reason.DATE_UNKNOWN, here, text[first:last], line="")

    def _refused(
        self,
        refusal: Refused,
        text: str,
        places: tuple[tuple[int, int], ...],
        zone: str,
        rule: Rule | None,
        depth: int,
    ) -> Reading:
        reason = str(refusal.parameters["reason"])
        mend = partial(self._mended, refusal, text, places, zone, rule, depth)
        unclear = Unclear(code=reason, meant=str(refusal.parameters["understood"]), mend=mend)
        return Reading(zone=zone, spans=places, refused=unclear)

    def _mended(
        self,
        refusal: Refused,
        text: str,
        places: tuple[tuple[int, int], ...],
        zone: str,
        rule: Rule | None,
        depth: int,
    ) -> str:
        """Return a whole line that works, with the other words of the one typed."""
        if depth >= _DEEPEST:
            return ""
        rest = _rest(text, places)
        unread = refusal.parameters["reason"] == Reason.DATE_UNKNOWN
        if unread:
            kept = self.read("".join(text[start:end] + " " for start, end in places), depth + 1)
            line = "" if kept.refused or not places else self._typed(kept)
            return f"{line} {quoted(rest)}".strip()
        meant = self._elsewhere(zone).read(str(refusal.parameters["example"]), depth + 1)
        if meant.refused is not None or (meant.start is None and meant.end is None):
            tomorrow = "demain 14h30" if self.language is Language.FR else "tomorrow 14:30"
            meant = self._elsewhere(zone).read(tomorrow, depth + 1)
        if rule is not None and meant.start is not None and not rule.open:
            meant = self._repeated(meant, rule)
        line = self._typed(replace(meant, named=zone != self.zone))
        loose = timelike(shadow_of(rest).text) is not None
        return f"{line} {quoted(rest) if loose else rest}".strip()

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


def _spans(words: TimeWords) -> list[tuple[int, int]]:
    """Return the places of words of time; a number of times is one only beside a recurrence."""
    if words.rules:
        return words.spans
    return [one for one in words.spans if not any(one[1] == end for _, end in words.counts)]


def _said(text: str, places: tuple[tuple[int, int], ...]) -> str:
    return " ".join(text[start:end].strip() for start, end in places)


def _rest(text: str, places: tuple[tuple[int, int], ...]) -> str:
    """Return the words that are no time, as typed."""
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return normal(text).strip(EDGES + "()").strip()
