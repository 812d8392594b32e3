"""Values to keep, and a clock that goes when told."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.domain.audit import AuditKeys
from bridge.domain.invitation import Assurance, Delivery, Invitation, Visit
from bridge.domain.mail import Mail
from bridge.domain.meeting import (
    AccessLevel,
    Meeting,
    MeetingState,
    Occurrence,
    Phone,
    VisioRoom,
)
from bridge.domain.message import Edit, MessageRef, Notice, Parameters, Priority, ToSalon
from bridge.domain.proof import Proof
from bridge.domain.scope import OneOccurrence
from bridge.ids import (
    EventId,
    InvitationId,
    MailId,
    MeetingId,
    OccurrenceId,
    SalonId,
    UserId,
    VisioRoomId,
    VisitId,
    uuid7,
)
from bridge.store.vault import Vault

START = datetime(2026, 12, 1, 9, 0, 0, 123456, tzinfo=UTC)
SALON = SalonId("!salon:agent.tchap")
ORGANISER = UserId("@camille:agent.tchap")


def vault() -> Vault:
    return Vault({"k1": b"k" * 32}, "k1")


def audit_keys() -> AuditKeys:
    return AuditKeys({"0001": b"a" * 32}, "0001")


def event(name: str = "") -> EventId:
    return EventId(f"${name or secrets.token_hex(8)}")


def room() -> VisioRoom:
    return VisioRoom(
        id=VisioRoomId(uuid7(START)),
        slug="abc-defg-hij",
        url="https://visio.example/abc-defg-hij",
        level=AccessLevel.TRUSTED,
        phone=Phone("+33 1 23 45 67 89", "987 654"),
    )


def meeting(source: str = "", *, salon: SalonId = SALON, room: VisioRoom | None = None) -> Meeting:
    return Meeting(
        id=MeetingId(uuid7(START)),
        salon=salon,
        organiser=ORGANISER,
        title="Point d’étape",
        source=event(source),
        level=AccessLevel.TRUSTED,
        state=MeetingState.ASKED if room is None else MeetingState.READY,
        created_at=START,
        room=room,
        thread=event("thread"),
        state_changes=2,
    )


def occurrence(of: Meeting, *, hours: float = 1, card: EventId | None = None) -> Occurrence:
    start = START + timedelta(hours=hours)
    return Occurrence(
        id=OccurrenceId(uuid7(START)),
        meeting=of.id,
        start=start,
        end=start + timedelta(hours=1),
        zone="Europe/Paris",
        card=card,
        sequence=3,
    )


def invitation(to: Occurrence, *, email: str = "alex@partenaire.example") -> Invitation:
    return Invitation(
        id=InvitationId(uuid7(START)),
        meeting=to.meeting,
        scope=OneOccurrence(to.id),
        invited_by=ORGANISER,
        created_at=START,
        digest=secrets.token_bytes(32),
        key="k1",
        number=1,
        name="Alex Martin",
        email=email,
        delivery=Delivery.DIRECT,
        assurance=Assurance.MAIL_CODE,
        until=START + timedelta(hours=4),
        waiting_since=START,
        announced_at=None,
        mail_refused=True,
        proof=Proof.PIN,
        pin_tries=2,
    )


def visit(of: Invitation) -> Visit:
    assert isinstance(of.scope, OneOccurrence)
    return Visit(
        id=VisitId(uuid7(START)),
        invitation=of.id,
        occurrence=of.scope.occurrence,
        digest=secrets.token_bytes(32),
        name="Alex M.",
        language="fr",
        created_at=START,
    )


def mail(of: Invitation) -> Mail:
    return Mail(id=MailId(uuid7(START)), invitation=of.id, number=1, asked_at=START)


PARAMETERS: Parameters = {"title": "Point d’étape", "n": 3, "list": [1, {"a": None}]}


def message(idempotency_key: str, *, salon: SalonId = SALON, **more: Any) -> Notice:
    """Return a notice, with whatever a test cares about."""
    more = {"to": ToSalon(salon=salon), "template": "told", "parameters": PARAMETERS, **more}
    return Notice(idempotency_key=idempotency_key, **more)


def edit(idempotency_key: str, *, of: str = "told", title: str = "") -> Edit:
    """Return an edit of another message."""
    return Edit(
        idempotency_key=idempotency_key,
        to=ToSalon(salon=SALON),
        of=MessageRef(of),
        template="told",
        parameters={**PARAMETERS, "title": title},
        priority=Priority.EDIT,
    )
