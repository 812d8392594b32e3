"""Invitations: mails with guests' links."""

from datetime import timedelta

from bridge.domain.agenda import Kind
from bridge.domain.capability import LONGEST, Capability
from bridge.services.invitations.mail import Letters


def invitations(letters: Letters, *, patience: timedelta) -> Capability:
    """Return its handlers; `patience`: how long the mail server may take to accept a mail."""
    return Capability(handlers={Kind.MAIL: letters.deliver}, limits={Kind.MAIL: patience + LONGEST})
