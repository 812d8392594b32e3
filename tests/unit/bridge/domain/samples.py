"""A meeting from ten to eleven, and a guest."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bridge.domain.invitation import Invitation
from bridge.domain.meeting import AccessLevel, Meeting, MeetingState, Occurrence
from bridge.domain.scope import OneOccurrence
from bridge.ids import EventId, InvitationId, MeetingId, OccurrenceId, SalonId, UserId
from tests.defaults import default_policy

START = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
GRACES = default_policy().graces
ID = UUID("01a230d5-1280-7000-8000-000000000001")


def occurrence(**other: Any) -> Occurrence:
    values: dict[str, Any] = {
        "id": OccurrenceId(ID),
        "meeting": MeetingId(ID),
        "start": START,
        "end": END,
        "zone": "Europe/Paris",
    }
    return Occurrence(**values | other)


def meeting(**other: Any) -> Meeting:
    values: dict[str, Any] = {
        "id": MeetingId(ID),
        "salon": SalonId("!salon:agent.tchap"),
        "organiser": UserId("@alice:agent.tchap"),
        "title": "Budget",
        "source": EventId("$ask"),
        "level": AccessLevel.TRUSTED,
        "state": MeetingState.ASKED,
        "created_at": START,
    }
    return Meeting(**values | other)


def invitation(**other: Any) -> Invitation:
    values: dict[str, Any] = {
        "id": InvitationId(ID),
        "meeting": MeetingId(ID),
        "scope": OneOccurrence(OccurrenceId(ID)),
        "invited_by": UserId("@alice:agent.tchap"),
        "created_at": START,
        "digest": b"d" * 32,
        "key": "k1",
        "name": "Léa Roux",
        "email": "lea@partenaire.example",
    }
    return Invitation(**values | other)
