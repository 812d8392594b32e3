"""Reads `dates_fr.tsv` and `dates_en.tsv`, and compares readings with what they accept."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.language.dates.parsing import read_dates
from bot.language.dates.reading import Reading
from bot.program.phrases import recurrence_lines
from bridge.i18n import Language

FOLDER = Path(__file__).parent
COLUMNS = ["reference", "zone", "phrase", "accepted starts", "end", "recurrence"]


@dataclass(frozen=True)
class Phrase:
    """A phrase, when and where it is typed, and its one reading or its refusal."""

    language: Language
    now: datetime
    zone: str
    phrase: str
    accepted: tuple[str, ...]
    end: str
    recurrence: str

    @property
    def refused(self) -> bool:
        """Whether it has to be refused."""
        return self.accepted[0].startswith("refuse")

    def read(self, phrase: str | None = None) -> Reading:
        """Return its reading, or that of another phrase in its place."""
        text = self.phrase if phrase is None else phrase
        return read_dates(text, now=self.now, zone=self.zone, language=self.language)

    def is_right(self, reading: Reading) -> bool:
        """Tell whether a reading is what the phrase means."""
        if reading.refused is not None:
            return self.refused and self.accepted[0] in ("refuse", f"refuse:{reading.refused.code}")
        zone = "" if reading.zone == self.zone else f"@{reading.zone}"
        again = reading.recurrence
        lines = "" if again is None else recurrence_lines(again).replace("\n", " ")
        found = (_shown(reading.end), lines)
        return _shown(reading.start) + zone in self.accepted and found == (
            self.end,
            self.recurrence,
        )


def phrases(language: Language) -> list[Phrase]:
    """Return the phrases of a language. A row of another form raises ValueError."""
    text = (FOLDER / f"dates_{language.value}.tsv").read_text(encoding="utf-8")
    header, *rows = text.removesuffix("\n").split("\n")
    if header.split("\t") != COLUMNS:
        raise ValueError(header)
    return [_phrase(row, language) for row in rows]


def _phrase(row: str, language: Language) -> Phrase:
    reference, zone, phrase, accepted, end, recurrence = row.split("\t")
    now = datetime.fromisoformat(reference).replace(tzinfo=ZoneInfo(zone))
    return Phrase(language, now, zone, phrase, tuple(accepted.split("|")), end, recurrence)


def _shown(wall: datetime | None) -> str:
    return "" if wall is None else wall.isoformat(timespec="minutes")
