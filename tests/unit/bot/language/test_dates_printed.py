"""A reading that is written as one types it is read the same again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.language.dates.holiday import Holidays
from bot.language.dates.parsing import read_dates
from bot.language.dates.printed import typed_out
from bot.language.dates.reading import Reading
from bot.language.dates.rules import DAILY, MONTHLY, WEEKLY, YEARLY, Rule
from bridge.domain.series import Recurrence
from bridge.i18n import Language
from tests.corpus.phrases import phrases

ZONES = [
    "Europe/Paris",
    "America/Cayenne",
    "America/Martinique",
    "Indian/Reunion",
    "Pacific/Noumea",
    "Pacific/Auckland",
    "America/New_York",
    "UTC",
]
DAY = timedelta(days=1)
NOWS = st.datetimes(
    datetime.fromisoformat("2026-01-01"),
    datetime.fromisoformat("2029-12-31"),
    timezones=st.just(UTC),
)


def again(reading: Reading, now: datetime, salon: str, language: Language) -> Reading:
    typed = typed_out(reading, now=now, salon=salon, language=language)
    found = read_dates(typed, now=now, zone=salon, language=language)
    assert found.refused is None, (typed, found.refused)
    return replace(found, spans=reading.spans, named=reading.named)


def clear(wall: datetime, zone: str) -> bool:
    aware = wall.replace(tzinfo=ZoneInfo(zone))
    there = aware.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return there == wall and aware.utcoffset() == aware.replace(fold=1).utcoffset()


@st.composite
def starts(draw: st.DrawFn, now: datetime, zone: str) -> datetime:
    """A coming start, in minutes, that the clocks of its zone show once."""
    here = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)
    wall = here + timedelta(minutes=draw(st.integers(1, 700 * 24 * 60)))
    assume(clear(wall, zone))
    return wall


def ended(wall: datetime, minutes: int, zone: str) -> datetime:
    there = ZoneInfo(zone)
    end = wall.replace(tzinfo=there).astimezone(UTC) + timedelta(minutes=minutes)
    local = end.astimezone(there).replace(tzinfo=None)
    assume(clear(local, zone))
    return local


def test_a_date_that_is_over_here_is_today_in_the_zone_that_is_named():
    noon = datetime(2026, 1, 1, 11, tzinfo=UTC)
    reading = Reading(start=datetime(2026, 1, 1, 12, 1), end=None, zone="Europe/Paris", named=True)
    assert again(reading, noon, "Pacific/Auckland", Language.FR) == reading


@settings(max_examples=150)
@given(st.data(), NOWS, st.sampled_from(ZONES), st.sampled_from(ZONES), st.sampled_from(Language))
def test_one_date(data: st.DataObject, now: datetime, zone: str, salon: str, language: Language):
    start = data.draw(starts(now, zone))
    minutes = data.draw(st.none() | st.integers(1, 720))
    end = None if minutes is None else ended(start, minutes, zone)
    reading = Reading(start=start, end=end, zone=zone, named=zone != salon)
    assert again(reading, now, salon, language) == reading


WEEKDAYS = st.lists(st.integers(0, 6), min_size=1, max_size=6, unique=True).map(sorted).map(tuple)
DAYS = st.integers(1, 20).filter(lambda days: days not in (8, 15))
"""In French eight days are a week and fifteen are two: nobody can say the others."""
RULES = st.one_of(
    st.builds(Rule, every=st.just(DAILY), interval=DAYS),
    st.builds(Rule, every=st.just(WEEKLY), interval=st.integers(1, 6), weekdays=WEEKDAYS),
    st.builds(
        Rule,
        every=st.just(MONTHLY),
        interval=st.integers(1, 4),
        weekdays=st.integers(0, 6).map(lambda day: (day,)),
        nths=st.sampled_from([(1,), (2,), (3,), (4,), (-1,), (1, 3), (2, 4)]),
    ),
    st.builds(
        Rule,
        every=st.just(MONTHLY),
        interval=st.integers(1, 4),
        numbers=st.sampled_from([(1,), (15,), (28,), (-1,)]),
    ),
    st.builds(
        Rule,
        every=st.just(MONTHLY),
        weekdays=st.just((0, 1, 2, 3, 4)),
        place=st.sampled_from([1, -1]),
    ),
    st.builds(Rule, every=st.just(YEARLY)),
)


@st.composite
def recurring(draw: st.DrawFn, now: datetime, zone: str) -> Reading:
    """A reading with a rule that falls on its first day."""
    rule = draw(RULES)
    start = draw(starts(now, zone))
    day = rule.next(start.date())
    assert day is not None
    start = datetime.combine(day, start.time())
    assume(clear(start, zone))
    assume(not (rule.every == YEARLY and day.month == 2 and day.day == 29))
    days = [one for _, one in zip(range(30), rule.days(day, until=day + 700 * DAY), strict=False)]
    minutes = draw(st.none() | st.integers(1, 720))
    kind = draw(st.sampled_from(["", "until", "count"]))
    festive = draw(st.booleans()) and Holidays.of(zone).place is not None
    until = day + draw(st.integers(0, 600)) * DAY if kind == "until" else None
    if until is not None:
        days = [one for one in days if one <= until]
    out = set(draw(st.lists(st.sampled_from(days[1:]), max_size=3))) if len(days) > 1 else set()
    place = Holidays.of(zone).place if festive else None
    if festive:
        last = min(day + timedelta(days=731), until or date.max)
        festivals = set(Holidays.of(zone).between(day, last))
        assume(day not in festivals)
        out |= {one for one in festivals if rule.falls(one, day)}
    besides = draw(st.lists(st.integers(1, 300), max_size=1))
    count = draw(st.integers(2, 50)) if kind == "count" else None
    return Reading(
        start=start,
        end=None if minutes is None else ended(start, minutes, zone),
        zone=zone,
        recurrence=Recurrence(
            rule=rule.value(until=until, count=count),
            without=tuple(at(sorted(out), start.time())),
            besides=tuple(at([day + n * DAY for n in besides], start.time())),
            holidays=place,
        ),
    )


def at(days: Sequence[date], hour: time) -> list[datetime]:
    return [datetime.combine(day, hour) for day in days]


@settings(max_examples=200)
@given(st.data(), NOWS, st.sampled_from(ZONES), st.sampled_from(Language))
def test_a_recurrence(data: st.DataObject, now: datetime, zone: str, language: Language):
    reading = data.draw(recurring(now, zone))
    assert again(reading, now, zone, language) == reading


def test_every_reading_of_the_corpus():
    for language in Language:
        for one in phrases(language):
            reading = one.read()
            if reading.refused is None:
                assert again(reading, one.now, one.zone, language) == reading, one.phrase
