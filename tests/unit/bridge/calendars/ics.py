"""Calendar files for tests, as mails make them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar

from bridge.calendars.itip import CalendarUser, EventText, ItipMethod, Parties, invitation_file
from bridge.domain.event import GuestEvent
from bridge.i18n import Language
from tests.unit.bridge.mail.kit import LINK

wall = datetime.fromisoformat
"""Reads a time without a zone."""
STAMP = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
UID = "01990000-0000-7000-8000-000000000001@exemple.gouv.fr"
ALICE, LEA = "alice.martin@exemple.gouv.fr", "lea@partenaire.example"


def event(**changes: object) -> GuestEvent:
    given = {
        "uid": UID,
        "start": wall("2027-03-29T14:30"),
        "length": timedelta(minutes=45),
        "zone": "Europe/Paris",
        **changes,
    }
    return GuestEvent(**given)  # type: ignore[arg-type]


def text(**changes: object) -> EventText:
    given = {
        "language": Language.FR,
        "title": "Revue",
        "description": "Bonjour",
        "link": LINK,
        "stamp": STAMP,
        **changes,
    }
    return EventText(**given)  # type: ignore[arg-type]


PARTIES = Parties(
    organizer=CalendarUser(ALICE, "Alice Martin"),
    sent_by="visio@exemple.gouv.fr",
    guest=CalendarUser(LEA, "Léa Roux"),
)


def request(of: GuestEvent, **changes: object) -> bytes:
    """An invitation or an update."""
    return invitation_file(ItipMethod.REQUEST, of, text(**changes), PARTIES)


def cancel(of: GuestEvent, **changes: object) -> bytes:
    """A cancellation."""
    return invitation_file(ItipMethod.CANCEL, of, text(link="", **changes), PARTIES)


def opened(content: bytes | str) -> Any:
    """A file as icalendar reads it; its properties are of some thirty types."""
    return Calendar.from_ical(content)
