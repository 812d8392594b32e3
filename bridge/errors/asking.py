"""Refusals of a person's request."""

from bridge.errors.base import Refused


class NotAllowed(Refused):
    """Ask somebody who has the right: `parameters["reason"]` names the rule."""


class Misunderstood(Refused):
    """Type the corrected example: `parameters["understood"]`, `parameters["example"]`."""


class TimeRefused(Refused):
    """Give a future time: `parameters["reason"]`, `parameters["example"]`."""


class IdentityUnresolved(Refused):
    """Ask the operator to enter your e-mail address (`identity.map`)."""


class SalonSilent(Refused):
    """Let Parvis write in the salon, or ask for the meeting in another."""


class LimitReached(Refused):
    """Type the line again from `parameters["at"]` on: `parameters["reason"]` names the rule."""
