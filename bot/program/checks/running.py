"""The state that the process at the administration address reports."""

from collections.abc import Mapping

from aiohttp import ClientError, ClientSession

from bot.program.checks.findings import Finding, fail, ok, warn
from config.sections import AdminSettings


async def check(session: ClientSession, admin: AdminSettings) -> list[Finding]:
    """Ask whether it is ready; find nothing if none runs, or it runs on another machine."""
    try:
        async with session.get(f"http://{admin.host}:{admin.port}/readyz") as answer:
            said = await answer.json()
    except (ClientError, OSError, ValueError):
        return []
    if ailments := _named(said, "ailments"):
        return [fail("running", "unready", what=ailments)]
    if degraded := _named(said, "degraded"):
        return [warn("running", "degraded", what=degraded)]
    return [ok("running")]


def _named(said: object, what: str) -> str:
    names = said.get(what) if isinstance(said, Mapping) else None
    return ", ".join(map(str, names)) if isinstance(names, list) else ""
