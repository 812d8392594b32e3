"""The values that the program makes from the default settings."""

from dataclasses import replace
from typing import Any

from bot.program import app
from bot.program.values import policy_of
from bridge.domain.policy import Policy
from bridge.domain.quota import QuotaLimits
from config.settings import Settings
from federation.door.settings import DoorLimits, DoorOptions

SETTINGS = Settings.model_validate(
    {
        "matrix": {"homeserver": "https://matrix.example", "user": "@visio:agents.example"},
        "visio": {"url": "https://visio.example", "client_id": "parvis", "secret": "s3cret" * 6},
        "door": {"public_url": "https://door.example"},
        "mail": {"sender": "visio@example.org"},
    }
)
"""Only what has no default is given."""


def default_policy(**choices: Any) -> Policy:
    """Return the policy of the default settings but for these choices."""
    return replace(policy_of(SETTINGS), **choices)


def quota_limits(**choices: int) -> QuotaLimits:
    """Return the limits of agents of the default settings but for these choices."""
    return replace(default_policy().limits, **choices)


def door_limits(**choices: Any) -> DoorLimits:
    """Return the limits of the door of the default settings but for these choices."""
    return replace(app.door_limits(SETTINGS), **choices)


def door_options(**choices: Any) -> DoorOptions:
    """Return the door of the default settings but for these choices."""
    return replace(app.door_options(SETTINGS), **choices)
