"""The question to an agent which of their calendars a salon gets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from bridge.ids import CalendarId, SalonId

MOST_ASKED_ABOUT = 3
"""The most calendars that a reaction chooses among; others are named in a line."""
_KEY = re.compile(
    r"salon-calendar:(?P<line>[^ ]+) (?P<salon>[^ ]+) (?P<calendars>[\da-f]{32}(?:,[\da-f]{32})*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarQuestion:
    """The calendars that a message offers for a salon.

    The message's idempotency key says it: it needs no row of its own, and names no calendar.
    """

    line: str
    """The line that asked."""
    salon: SalonId
    calendars: Sequence[CalendarId]

    @property
    def key(self) -> str:
        """The idempotency key of its message."""
        return f"salon-calendar:{self.line} {self.salon} {','.join(o.hex for o in self.calendars)}"


def question_in(key: str | None) -> CalendarQuestion | None:
    """Return the question of a message with this idempotency key; `None` if it asks none."""
    found = None if key is None else _KEY.fullmatch(key)
    if found is None:
        return None
    calendars = [CalendarId(UUID(one)) for one in found["calendars"].split(",")]
    return CalendarQuestion(
        line=found["line"], salon=SalonId(found["salon"]), calendars=tuple(calendars)
    )
