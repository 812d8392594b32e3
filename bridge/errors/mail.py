"""Failures of the mail server."""

from bridge.errors.base import ParvisError


class MailError(ParvisError):
    """A mail could not be sent."""


class MailRefused(MailError):
    """Correct the address: the mail server refuses it for good."""


class MailUnreachable(MailError):
    """Wait: the mail is stored and retried."""


class MailUnconfirmed(MailError):
    """Ask the recipient: the mail may have arrived; it is retried late and seldom."""


class InboxUnreachable(MailError):
    """Wait: mails stay in the box, and are read later."""


class IncomingUnreadable(MailError):
    """A mail that arrived is too large, has too many parts, or is none."""
