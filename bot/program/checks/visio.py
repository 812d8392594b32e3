"""Visio: our application's access, also in an agent's name. Nothing is created."""

from bot.program.checks.findings import Finding, fail, ok, warn
from bot.program.checks.reasons import unreached
from bridge.errors import VisioError, VisioUnreachable
from bridge.visio import VisioClient, VisioWaitingRoom


async def check(rooms: VisioClient, agent: str | None) -> list[Finding]:
    """Ask for a token for `agent`, or for nobody in particular."""
    try:
        await rooms.probe(agent)
    except VisioError as error:
        return [fail("visio", error.code, **unreached(error))]
    return [ok("visio", "delegated")] if agent else [ok("visio"), warn("visio", "nobody")]


async def lobby(lobby: VisioWaitingRoom | None, url: str) -> list[Finding]:
    """Check that the waiting room answers; ask nothing if we do not knock."""
    if lobby is None:
        return []
    try:
        await lobby.probe()
    except VisioUnreachable as error:
        return [fail("knock", "unreachable", url=url, **unreached(error))]
    except VisioError as error:
        return [fail("knock", "refused", url=url, **unreached(error))]
    return [ok("knock", url=url)]
