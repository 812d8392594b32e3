"""Invitations: mails with guests' links, and answers to the times that guests propose."""

from datetime import timedelta

from bridge.domain.agenda import Kind
from bridge.domain.capability import LONGEST, Capability
from bridge.services.invitations.declining import ComposeDecline, Declines
from bridge.services.invitations.mail import Letters


def invitations(
    letters: Letters, compose_decline: ComposeDecline, *, patience: timedelta
) -> Capability:
    """Return its handlers; `patience`: how long the mail server may take to accept a mail."""
    return Capability(
        handlers={
            Kind.MAIL: letters.deliver,
            Kind.DECLINE: Declines(letters, compose_decline).answer,
        },
        limits=dict.fromkeys((Kind.MAIL, Kind.DECLINE), patience + LONGEST),
    )
