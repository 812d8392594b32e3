"""Rules that would keep a process busy, or fill its memory."""

from datetime import datetime, timedelta

from bridge.domain.series import Recurrence, Series
from bridge.ids import MeetingId, uuid7
from tests.contract.store_samples import START

MONDAY = datetime(2027, 3, 22, 9)
DAY = timedelta(days=1)
MANY = tuple(MONDAY + timedelta(minutes=n) for n in range(20_000))


def series(
    rule: str,
    *,
    start: datetime = MONDAY,
    without: tuple[datetime, ...] = (),
    besides: tuple[datetime, ...] = (),
) -> Series:
    return Series(
        meeting=MeetingId(uuid7(START)),
        start=start,
        length=timedelta(hours=1),
        zone="Europe/Paris",
        recurrence=Recurrence(rule=rule, without=without, besides=besides),
    )


SIXTY = ",".join(map(str, range(60)))
BOMBS = {
    "an interval of none": series("FREQ=DAILY;INTERVAL=0"),
    "an interval below": series("FREQ=DAILY;INTERVAL=-1"),
    "an interval of many digits": series(f"FREQ=DAILY;INTERVAL={'9' * 1500}"),
    "each second": series("FREQ=SECONDLY"),
    "each minute": series("FREQ=MINUTELY"),
    "each hour": series("FREQ=HOURLY"),
    "each second of a day": series(f"FREQ=DAILY;BYMINUTE={SIXTY};BYSECOND={SIXTY}"),
    "each minute of some hours": series(f"FREQ=WEEKLY;BYHOUR=1,2;BYMINUTE={SIXTY}"),
    "from the year 1": series("FREQ=DAILY", start=datetime(1, 1, 1)),
    "from 1970": series("FREQ=DAILY", start=datetime(1970, 1, 1)),
    "from the last year": series("FREQ=DAILY", start=datetime(9999, 1, 1)),
    "a million times": series("FREQ=DAILY;COUNT=1000000"),
    "many exceptions": series("FREQ=DAILY", without=MANY),
    "many dates besides": series("FREQ=DAILY", besides=MANY),
    "a long text": series("FREQ=DAILY;BYMONTHDAY=" + ",".join(["1"] * 4_000_000)),
    "no rule": series("x"),
    "the same twice": series("FREQ=DAILY;FREQ=SECONDLY"),
    "an unknown part": series("FREQ=DAILY;BYEASTER=0"),
    "no numbers": series("FREQ=DAILY;BYMONTHDAY=" + ";" * 500),
}
RUNS_AWAY = series("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
"""It passes, and never has a date."""
