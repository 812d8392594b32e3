"""French and English: catalogues of sentences by key, and the formatting of dates.

A key names a sentence (`invite.sent`); both catalogues have the same keys with the same
placeholders (tests/unit/bridge/test_i18n.py). They are gettext files that Babel reads at start, so
that no compile step stands between a translator and the result. French then gets its no-break
spaces (`bridge.french`).
"""

import gettext
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from math import ceil
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bridge.french import elided, spaced


class Language(StrEnum):
    """The languages that Parvis speaks, French first."""

    FR = "fr"
    EN = "en"


_LOCALES = {Language.FR: "fr_FR", Language.EN: "en_GB"}
_CLOCK = {Language.FR: "HH'h'mm", Language.EN: "HH:mm"}
_HOUR = 60
_MINUTE = 60
_TENTH = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All sentences of one language."""

    language: Language
    translations: gettext.GNUTranslations

    def text(self, key: str, /, **parameters: object) -> str:
        """Return the sentence `key` with its placeholders filled from `parameters`.

        Raises KeyError for a key that no catalogue has: a mistake of ours, found by a test.
        """
        found = self.sentence(key, parameters=parameters)
        return found.format(**parameters) if parameters else found

    def sentence(
        self, key: str, n: int | None = None, parameters: Mapping[str, object] | None = None
    ) -> str:
        """Return the sentence `key` with its placeholders unfilled; for `n` in its number.

        It suits the `parameters` that will fill it. Raises KeyError as `text` does.
        """
        if n is None:
            found = self.translations.gettext(key)
            if found == key:  # Debian 12's Python finds no sentence so that has a plural
                found = self.translations.ngettext(key, f"{key}.plural", 1)
        else:
            found = self.translations.ngettext(key, f"{key}.plural", n)
        if found in (key, f"{key}.plural"):
            raise KeyError(key)
        return elided(found, parameters) if parameters and self.language is Language.FR else found

    def count(self, key: str, n: int, /, **parameters: object) -> str:
        """Return the singular or plural sentence `key` for `n`, which fills `{n}`."""
        return self.sentence(key, n, parameters).format(n=n, **parameters)

    def when(self, start: datetime, end: datetime | None, zone: str) -> str:
        """Return a date with its weekday, its times and, in words, their zone.

        `start` and `end` are aware; `zone` is an IANA name: "mardi 1er décembre 2026, 14h30–15h30
        (heure de Paris)". An end that equals the start is left out.
        """
        return self._when(start, end, zone, self.zone(zone))

    def ahead(self, start: datetime, end: datetime, zone: str, other: str | None = None) -> str:
        """Return the same with the zone's offset from UTC then, and the times of `other` if any.

        "… (heure de Paris, UTC+1 ; 10h30–11h30 à Cayenne)". The day is told again where it is
        another one there.
        """
        told = self.text("date.offset", zone=self.zone(zone), offset=utc_offset(start, zone))
        if other is not None:
            told = self.text(
                "date.beside", zone=told, other=self._elsewhere(start, end, zone, other)
            )
        return self._when(start, end, zone, told)

    def _when(self, start: datetime, end: datetime | None, zone: str, told: str) -> str:
        day, times = self.date(start, zone), self.times(start, end, zone)
        return self.text("date.when", day=day, times=times, zone=told)

    def times(self, start: datetime, end: datetime | None, zone: str) -> str:
        """Return the times alone, with a later end's own day: "14h30–15h30"."""
        times = self.time(start, zone)
        if end is None or end <= start:
            return times
        last = self.time(end, zone)
        if end.astimezone(ZoneInfo(zone)).date() != start.astimezone(ZoneInfo(zone)).date():
            last = f"{self.date(end, zone)}, {last}"
        return f"{times}–{last}"

    def _elsewhere(self, start: datetime, end: datetime, zone: str, other: str) -> str:
        here, there = (start.astimezone(ZoneInfo(one)).date() for one in (zone, other))
        words = {"times": self.times(start, end, other), "city": self._city(other)}
        if here == there:
            return self.text("date.elsewhere", **words)
        return self.text("date.elsewhere-on", day=self._short_day(start, other), **words)

    def date(self, moment: datetime, zone: str) -> str:
        """Return weekday, day, month and year of an aware moment in `zone`."""
        local = moment.astimezone(ZoneInfo(zone))
        written = format_date(local, "full", locale=_LOCALES[self.language])
        # CLDR writes "1 décembre"; French has "1er" for the first and for no other day.
        first = local.day == 1 and self.language is Language.FR
        return written.replace(" 1 ", " 1er ", 1) if first else written

    def time(self, moment: datetime, zone: str) -> str:
        """Return hours and minutes of an aware moment in `zone`, on 24 hours."""
        local = moment.astimezone(ZoneInfo(zone))
        return format_time(local, _CLOCK[self.language], locale=_LOCALES[self.language])

    def short(self, moment: datetime, zone: str, now: datetime) -> str:
        """Return the time alone if `moment` is today in `zone`, else with day and month."""
        local = moment.astimezone(ZoneInfo(zone))
        if local.date() == now.astimezone(ZoneInfo(zone)).date():
            return self.time(moment, zone)
        day = self._short_day(moment, zone)
        return self.text("date.day-time", day=day, time=self.time(moment, zone))

    def _short_day(self, moment: datetime, zone: str) -> str:
        local = moment.astimezone(ZoneInfo(zone))
        return format_skeleton("MMMEd", local, locale=_LOCALES[self.language])

    def between(self, start: datetime, end: datetime, zone: str, now: datetime) -> str:
        """Return a period with its preposition, naming each day that isn't today once.

        "de 14h20 à 15h45", "le jeu. 3 déc. de 08h50 à 10h00", "de 23h50 à 01h15 le mer. 2 déc.".
        """
        place = ZoneInfo(zone)
        first, last, today = (at.astimezone(place).date() for at in (start, end, now))
        times = {"start": self.time(start, zone), "end": self.time(end, zone)}
        if first == last:
            key = "date.between" if first == today else "date.between-on"
            return self.text(key, day=self._short_day(start, zone), **times)
        if first == today:
            return self.text("date.between-until", day=self._short_day(end, zone), **times)
        days = {"first": self._short_day(start, zone), "last": self._short_day(end, zone)}
        return self.text("date.between-days", **days, **times)

    def zone(self, zone: str) -> str:
        """Return a zone in words: "heure de Paris"."""
        return self.text("date.zone", city=self._city(zone))

    def _city(self, zone: str) -> str:
        return get_timezone_location(ZoneInfo(zone), _LOCALES[self.language], return_city=True)

    def span(self, length: timedelta) -> str:
        """Return a duration in hours and minutes: "1 h 30", "45 min"; a short one in seconds."""
        seconds = round(length.total_seconds())
        if 0 < seconds < _MINUTE:
            return f"{seconds} s"
        minutes = round(length.total_seconds() / 60)
        hours, rest = divmod(minutes, _HOUR)
        if not hours:
            return f"{rest} min"
        return f"{hours} h {rest:02}" if rest else f"{hours} h"

    def number(self, many: int) -> str:
        """Return a large number: "3 200"."""
        return format_decimal(many, locale=_LOCALES[self.language])

    def seconds(self, length: timedelta) -> str:
        """Return a measured time, rounded up: "1,3 s"."""
        tenths = max(ceil(length / _TENTH), 1)
        return f"{format_decimal(tenths / 10, '0.0', locale=_LOCALES[self.language])} s"


def utc_offset(moment: datetime, zone: str) -> str:
    """Return a zone's offset from UTC at an aware moment: "UTC+1", "UTC−3", "UTC+5:30"."""
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    minutes = 0 if offset is None else round(offset.total_seconds() / _MINUTE)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), _HOUR)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"


@cache
def _load(language: Language) -> gettext.GNUTranslations:
    merged: gettext.GNUTranslations | None = None
    folder = resources.files("bridge") / "locales" / language.value
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".po"):
            continue
        catalogue = read_po(io.BytesIO(entry.read_bytes()), locale=_LOCALES[language])
        if language is Language.FR:
            _print_french(catalogue)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        translations = gettext.GNUTranslations(compiled)
        if merged is not None:
            translations.add_fallback(merged)
        merged = translations
    if merged is None:
        raise FileNotFoundError(folder)
    return merged


def _print_french(catalogue: Catalog) -> None:
    """Insert the no-break spaces, which nobody types into a catalogue."""
    for message in catalogue:
        if message.id:  # the first is the file's header
            message.string = _each_form(message.string)


def _each_form(string: str | Sequence[str] | None) -> str | tuple[str, ...]:
    return spaced(string) if isinstance(string, str) else tuple(map(spaced, string or ()))


def catalogues() -> Mapping[Language, Catalogue]:
    """Return every language's catalogue; each process reads the files once."""
    return {language: Catalogue(language, _load(language)) for language in Language}
