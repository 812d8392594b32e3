"""Visio: our application, and acting for an agent. Nothing is created."""

from bot.checks.findings import Finding, fail, ok, warn
from bot.checks.reasons import unreached
from bridge.errors import VisioError, VisioUnreachable
from bridge.visio import VisioClient, VisioWaitingRoom


async def check(rooms: VisioClient, agent: str | None) -> list[Finding]:
    """Ask for a token for `agent`, or for nobody in particular."""
    try:
        await rooms.probe(agent)
    except VisioError as error:
        return [fail("visio", error.code, detail=str(error), **unreached(error))]
    return [ok("visio", "delegated")] if agent else [ok("visio"), warn("visio", "nobody")]


async def lobby(lobby: VisioWaitingRoom | None, url: str) -> list[Finding]:
    """Look whether the waiting room answers; nothing is asked where we do not knock."""
    if lobby is None:
        return []
    try:
        await lobby.probe()
    except VisioUnreachable as error:
        return [fail("knock", "unreachable", url=url, **unreached(error))]
    except VisioError as error:
        return [fail("knock", "refused", url=url, detail=str(error))]
    return [ok("knock", url=url)]
