"""The days to come of a series, as `parvis simulate` shows them, and its guest's calendar."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from bot.program.simulate import Shown, foreseen
from config.load import load
from tests.sandbox.story import Cast, expect
from tests.servers.smtp import Mail
from tests.spaces import as_typed

BEFORE = timedelta(minutes=10)
"""The time before a date at which its salon is reminded, and its door opens."""
_SHOWN = {"window-opens": "la porte ouvre", "reminder": "rappel au salon", "mail": "mail"}


@dataclass(frozen=True, slots=True)
class Coming:
    """The events to come of one meeting."""

    rows: Sequence[Shown]

    @property
    def words(self) -> str:
        """The openings, reminders and mails, a line each."""
        return "\n".join(
            f"{row.at:%d/%m %Hh%M}  {_SHOWN[row.what]}  {as_typed(row.text)}".strip()
            for row in self.rows
            if row.what in _SHOWN
        )

    def holds(self, dates: Iterable[datetime]) -> None:
        """Expect a reminder and an open door before each date, and at no other moment."""
        due = [date - BEFORE for date in dates]
        for what in ("reminder", "window-opens"):
            found = [row.at for row in self.rows if row.what == what]
            expect(found == due, f"{what} at {due}, not at {found}")

    def mails(self) -> list[str]:
        """Return the subjects of the mails to come."""
        return [as_typed(row.text) for row in self.rows if row.what == "mail"]


async def coming(cast: Cast, title: str, first: datetime, last: datetime) -> Coming:
    """Read what is to come of a meeting between two moments; nothing is sent."""
    settings = load(cast.world.parvis.settings)
    found = await foreseen(settings, first.isoformat(), last.isoformat())
    return Coming([row for row in found if row.title == title])


@dataclass(frozen=True, slots=True)
class Filed:
    """The event in a mail, as a calendar reads it."""

    event: Event

    @classmethod
    def of(cls, letter: Mail) -> "Filed":
        """Read the only event of a mail."""
        (event,) = Calendar.from_ical(letter.calendar() or "").walk("VEVENT")
        assert isinstance(event, Event)
        return cls(event)

    def text(self, name: str) -> str:
        """Return a property as the file has it."""
        told = self.event[name].to_ical()
        return told.decode() if isinstance(told, bytes) else str(told)

    def at(self, name: str) -> datetime:
        """Return a moment."""
        moment = self.event.decoded(name)
        assert isinstance(moment, datetime)
        return moment
