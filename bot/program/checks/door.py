"""The door, as guests reach it, and its ability to distinguish guests' addresses."""

import re
from contextlib import suppress
from http import HTTPStatus

from aiohttp import ClientConnectorCertificateError, ClientError, ClientSession

from bot.program.checks.findings import Finding, fail, ok, warn
from bot.program.checks.reasons import unreached
from config.sections import AdminSettings, DoorSettings

_DOUBTED = re.compile(
    r'^parvis_door_unnamed_total\{reason="(undeclared|silent|unreadable)"\} (?!0\.0$)', re.MULTILINE
)
"""A counter of the door that is not at zero (federation/door/doubts.py)."""


async def check(session: ClientSession, url: str) -> list[Finding]:
    """Request the one page that has no secret in its address."""
    try:
        async with session.get(f"{url}/robots.txt", allow_redirects=False) as answer:
            status = answer.status
            kind = answer.content_type
    except ClientConnectorCertificateError:
        return [fail("door", "certificate", url=url)]
    except (ClientError, OSError) as error:
        return [fail("door", "unreachable", url=url, **unreached(error))]
    if status != HTTPStatus.OK or kind != "text/plain":
        return [fail("door", "other", url=url, status=status)]
    return [ok("door", url=url)]


async def proxies(
    session: ClientSession, door: DoorSettings, admin: AdminSettings
) -> list[Finding]:
    """Warn of a proxy in front of the door that does not forward its clients' addresses.

    TLS ends at a proxy, since the door speaks plain http: with https and no declared proxy, all
    guests have one address. For declared ones we read the door's counters, if we can reach them.
    """
    if not door.public_url.startswith("https://"):
        return []
    if not door.trusted_proxies:
        return [warn("proxies", "none")]
    if any(network.prefixlen == 0 for network in door.trusted_proxies):
        return [warn("proxies", "everybody")]
    told = ""
    with suppress(ClientError, OSError):  # another check reports whether it answers
        async with session.get(f"{door.public_url}/robots.txt", allow_redirects=False):
            pass
    with suppress(ClientError, OSError, UnicodeError):  # it may run on another machine
        async with session.get(f"http://{admin.host}:{admin.port}/metrics") as answer:
            told = await answer.text()
    return [warn("proxies", doubt) for doubt in sorted(set(_DOUBTED.findall(told)))]
