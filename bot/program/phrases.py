"""`parvis dates`: how phrases are read, as JSON or as sentences, without settings or a database."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from bot.language.dates.parsing import read_dates
from bot.language.dates.printed import typed_out
from bot.language.dates.reading import Reading
from bridge.clock import SystemClock
from bridge.domain.series import Recurrence
from bridge.i18n import Catalogue, Language


def known_zone(zone: str) -> bool:
    """Tell whether a zone is an IANA name."""
    return zone in available_timezones()


def moment_of(at: str | None, zone: str) -> datetime:
    """Return the local time `at` in a zone as a moment; now if none is given. Raises ValueError."""
    if at is None:
        return SystemClock().now()
    given = datetime.fromisoformat(at)
    return given if given.tzinfo else given.replace(tzinfo=ZoneInfo(zone))


def phrases_of(phrase: str | None, file: Path | None) -> Iterator[str]:
    """Yield the phrase, or each line of the file. Raises OSError."""
    if file is not None:
        yield from file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    elif phrase is not None:
        yield phrase


def as_json(reading: Reading) -> str:
    """Return a reading as one JSON object."""
    shown = {
        "start": _shown(reading.start),
        "end": _shown(reading.end),
        "recurrence": None if reading.recurrence is None else recurrence_lines(reading.recurrence),
        "zone": reading.zone,
        "spans": [list(one) for one in reading.spans],
        "refused": None if reading.refused is None else reading.refused.code,
    }
    return json.dumps(shown, ensure_ascii=False)


def _shown(wall: datetime | None) -> str | None:
    return None if wall is None else wall.isoformat(timespec="minutes")


def recurrence_lines(recurrence: Recurrence) -> str:
    """Return a recurrence as lines of RFC 5545 §3.8.5, in local times."""
    lines = [f"RRULE:{recurrence.rule}"]
    for name, days in (("EXDATE", recurrence.without), ("RDATE", recurrence.besides)):
        if days:
            lines.append(f"{name}:{_compact(days)}")
    return "\n".join(lines)


def _compact(days: Sequence[datetime]) -> str:
    return ",".join(f"{day:%Y%m%dT%H%M%S}" for day in days)


def as_text(
    reading: Reading, words: Catalogue, *, now: datetime, zone: str, language: Language
) -> str:
    """Return a reading as a sentence for people, with the date in full."""
    refused = reading.refused
    if refused is not None:
        return words.text(
            "cli.dates.refused", meant=refused.meant, code=refused.code, example=refused.example
        )
    typed = typed_out(reading, now=now, salon=zone, language=language)
    return words.text("cli.dates.read", when=typed) if typed else words.text("cli.dates.none")


def read_all(
    phrases: Iterator[str], *, now: datetime, zone: str, language: Language, alsace: bool
) -> Iterator[Reading]:
    """Yield the reading of each phrase."""
    for phrase in phrases:
        yield read_dates(phrase, now=now, zone=zone, language=language, alsace=alsace)
