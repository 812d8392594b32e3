"""The door, as a guest reaches it, and whether it can tell one guest's address from another's."""

import re
from contextlib import suppress
from http import HTTPStatus

from aiohttp import ClientConnectorCertificateError, ClientError, ClientSession

from bot.program.checks.findings import Finding, fail, ok, warn
from bot.program.checks.reasons import unreached
from config.model import AdminSettings, DoorSettings

_DOUBTED = re.compile(
    r'^parvis_door_unnamed_total\{reason="(undeclared|silent|unreadable)"\} (?!0\.0$)', re.MULTILINE
)
"""A counter of the door that is not at zero (federation/door/doubts.py)."""


async def check(session: ClientSession, url: str) -> list[Finding]:
    """Ask for the one page that has no secret in its address."""
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
    """Warn of a proxy in front of the door that does not tell it who its clients are.

    TLS ends at a proxy, since the door speaks plain http: with https and no proxy declared, all
    guests have one address. Of declared ones the door knows, where its counters can be read.
    """
    if not door.public_url.startswith("https://"):
        return []
    if not door.trusted_proxies:
        return [warn("proxies", "none")]
    told = ""
    with suppress(ClientError, OSError):  # whether it answers is another check's
        async with session.get(f"{door.public_url}/robots.txt", allow_redirects=False):
            pass
    with suppress(ClientError, OSError, UnicodeError):  # it may run on another machine
        async with session.get(f"http://{admin.host}:{admin.port}/metrics") as answer:
            told = await answer.text()
    return [warn("proxies", doubt) for doubt in sorted(set(_DOUBTED.findall(told)))]
