"""Settings that do not follow their Tchap profile."""

from bot.program.checks.findings import Finding, warn
from config.settings import Settings

_NOTICES = ("organisation", "contact", "legal_url", "privacy_url", "accessibility_url")
"""Notices that a public service owes its users."""


async def check(settings: Settings) -> list[Finding]:
    """Check the settings alone; only for Tchap's profiles."""
    profile = settings.profile or ""
    if not profile.startswith("tchap-"):
        return []
    found = []
    server = settings.matrix.server
    if server not in settings.matrix.agents:
        found.append(warn("profile", "elsewhere", profile=profile, server=server))
    lacking = [f"door.{name}" for name in _NOTICES if not getattr(settings.door, name)]
    if lacking:
        found.append(warn("profile", "notices", profile=profile, keys=", ".join(lacking)))
    if not (settings.identity.map or settings.identity.map_file or settings.identity.rules):
        found.append(warn("profile", "nobody"))
    return found
