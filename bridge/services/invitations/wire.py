"""Invitations: guests' links leave by mail."""

from datetime import timedelta

from bridge.domain.agenda import Kind
from bridge.domain.capability import LONGEST, Capability
from bridge.services.invitations.mail import Letters


def invitations(letters: Letters, *, patience: timedelta) -> Capability:
    """Return what runs for invitations; `patience`: how long a mail may take to be taken."""
    return Capability(handlers={Kind.MAIL: letters.deliver}, limits={Kind.MAIL: patience + LONGEST})
