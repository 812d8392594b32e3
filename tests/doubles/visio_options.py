"""The double's switches: the settings of an instance."""

from dataclasses import dataclass
from enum import StrEnum

OWN_ADDRESS = "own"


class Introspection(StrEnum):
    """The answer to a token that the application key did not sign."""

    UNREACHABLE = "unreachable"
    """500, HTML."""
    INACTIVE = "inactive"
    """400, HTML."""
    UNCONFIGURED = "unconfigured"
    """401, JSON."""


@dataclass
class Options:
    """The settings of an instance that change its answers; each may change while it runs."""

    base_url: str | None = OWN_ADDRESS
    """APPLICATION_BASE_URL; None leaves `url` out of the rooms."""
    telephony: str | None = None
    """The number to call; None is off."""
    public_allowed: bool = False
    default_level: str = "trusted"
    ignores_level: bool = False
    """Whether it ignores the level, as before 1.17."""
    external_enabled: bool = True
    applications_enabled: bool = True
    provisional_users: bool = False
    token_lifetime: int = 3600
    introspection: Introspection = Introspection.UNREACHABLE
    livekit_url: str = "ws://127.0.0.1:7880"
    livekit_key: str = "devkey"
    livekit_secret: str = "secret-of-the-double-secret-of-the-double"
    livekit_api: str | None = None
    """The address of its API; without it nobody is ever in a meeting."""
