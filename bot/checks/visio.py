"""Visio: our application, and acting for an agent. Nothing is created."""

from bot.checks.findings import Finding, fail, ok, warn
from bridge.errors import VisioError
from bridge.ports import VisioRooms


async def check(rooms: VisioRooms, agent: str | None) -> list[Finding]:
    """Ask for a token for `agent`, or for nobody in particular."""
    try:
        await rooms.probe(agent)
    except VisioError as error:
        return [fail("visio", error.code, detail=str(error))]
    return [ok("visio", "delegated")] if agent else [ok("visio"), warn("visio", "nobody")]
