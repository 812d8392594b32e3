"""Failures of the video platform."""

from bridge.errors.base import ParvisError


class VisioError(ParvisError):
    """The video platform did not do what we asked."""


class VisioUnknownAgent(VisioError):
    """Log in to Visio once with ProConnect, then ask again."""


class VisioNotDelegated(VisioError):
    """Ask Visio's operator to delegate this e-mail domain to Parvis's application."""


class VisioLevelRefused(VisioError):
    """Choose another access level: this instance refuses the one asked for."""


class VisioMisconfigured(VisioError):
    """Run `parvis check`: the credentials, the scopes or a switch of the instance are wrong."""


class VisioUnreachable(VisioError):
    """Nothing was sent, or a proxy answered in Visio's place (`parameters["asked"]`).

    The request is stored and retried automatically.
    """


class VisioUnconfirmed(VisioError):
    """Visio may or may not have acted: only a person may decide to ask again."""
