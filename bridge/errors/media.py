"""Failures of the media server."""

from bridge.errors.base import ParvisError, Refused


class MediaUnreachable(ParvisError):
    """The media server does not answer; the call is retried."""


class MediaAway(Refused):
    """Try again once the media server answers: a guest admitted now could not be ejected."""
