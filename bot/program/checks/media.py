"""The media server: its address, our key, its clock, and the promises of the admission mode."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import uuid4

from aiohttp import ClientError, ClientSession
from pydantic import SecretStr

from bot.program.checks.clocks import SKEW, skew
from bot.program.checks.findings import Finding, Severity, fail, ok, warn
from bot.program.checks.reasons import unreached
from bridge.clock import Clock
from bridge.domain.seat import IDENTITY
from bridge.errors import MediaUnreachable
from bridge.livekit import LiveKitAccess
from bridge.ports import MediaRooms
from config.sections import GuestSettings, MediaSettings

NOWHERE = "parvis-check"
"""A room that does not exist: real ones are named by a UUID."""
HOOKS = "/hooks/livekit"
"""The door's path for the media server's webhooks."""
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_CONNECT = "/rtc/validate"
"""The path that tells whether a token may connect, without connecting it."""


async def way(media: MediaSettings) -> list[Finding]:
    """Report the admission mode, and what it does not enforce."""
    if media.keyed:
        return [ok("way", "livekit" if media.way == "livekit" else "knock-keyed")]
    return [warn("way", media.way)]


async def names(media: MediaSettings) -> list[Finding]:
    """Report whether others always read the name with which a guest was admitted."""
    if media.keyed:
        return [ok("names", "kept")]
    return [warn("names", "open" if media.way == "knock" else "typed")]


@dataclass(frozen=True, slots=True)
class LastWebhook:
    """The times of the media server's last webhooks to the door."""

    genuine: datetime | None = None
    foreign: datetime | None = None
    """The last one without a signature by our key: with another key, or from somebody else."""


async def hooks(
    told: LastWebhook | None, media: MediaSettings, door: str, *, clock: Clock
) -> list[Finding]:
    """Report whether the media server sends webhooks to the door, and with which key."""
    if told is None:
        return []
    if told.genuine is not None:
        minutes = round((clock.now() - told.genuine).total_seconds() / 60)
        return [ok("hooks", minutes=minutes)]
    if told.foreign is not None:
        return [warn("hooks", "foreign", key=media.key)]
    return [warn("hooks", "never", url=f"{door}{HOOKS}", key=media.key)]


async def proof(media: MediaSettings, guests: GuestSettings) -> list[Finding]:
    """Report the proof that guests show besides their link, and what it opens."""
    if not guests.waiting_room:
        return [ok("proof", "walk-in") if media.way == "livekit" else warn("proof", "in-visio")]
    match guests.proof:
        case "none":
            return [ok("proof", "none")]
        case "mail":
            return [ok("proof", "mail")]
        case "pin":
            return [ok("proof", "pin")]


async def check(
    rooms: MediaRooms | None, session: ClientSession, media: MediaSettings, *, clock: Clock
) -> list[Finding]:
    """Ask the API with our key, and try the address for browsers.

    Asks nothing if guests are sent to Visio, and not the API if we have no key.
    """
    if media.way == "redirect":
        return []
    public = media.url or media.api
    gate = _gate(session, f"http{public.removeprefix('ws').removeprefix('http')}", clock)
    if rooms is None:
        found, reached = await asyncio.gather(gate, _public(session, public))
        # Without a key we eject nobody, so without a gate nobody comes back either.
        told = [_claimed(found, media)] if media.gate or found.outcome is Severity.OK else []
        return [*told, reached]
    all_found = await asyncio.gather(
        _key(rooms, media.api),
        _clock(session, media.api, clock),
        gate,
        *([_public(session, media.url)] if media.url and media.api_url else []),
    )
    return [_claimed(one, media) for one in all_found]


def _claimed(found: Finding, media: MediaSettings) -> Finding:
    """Report a missing gate as a failure if the settings declare one."""
    if media.gate and (found.check, found.found) == ("media-gate", "open"):
        return fail("media-gate", "absent", **found.parameters)
    return found


async def _key(rooms: MediaRooms, url: str) -> Finding:
    try:
        await rooms.open_rooms([NOWHERE])
    except MediaUnreachable as error:
        status = error.parameters.get("status")
        if status in _REFUSALS:
            return fail("media", "refused", url=url, status=status)
        if status is None:
            return fail("media", "unreachable", url=url, **unreached(error))
        return fail("media", "other", url=url, status=status)
    return ok("media", url=url)


async def _clock(session: ClientSession, url: str, clock: Clock) -> Finding:
    """Compare clocks; if the server gives no date, the key's check reports the fault."""
    try:
        async with session.get(url, allow_redirects=False) as answer:
            found = skew(answer.headers.get("Date", ""), clock)
    except (ClientError, OSError):
        found = None
    if found is None:
        return warn("media-clock", "unknown")
    seconds = round(found.total_seconds())
    if found > SKEW:
        return fail("media-clock", "skewed", seconds=seconds)
    return ok("media-clock", seconds=seconds)


async def _gate(session: ClientSession, url: str, clock: Clock) -> Finding:
    """Connect as a guest without a seat: the gate answers 403, LiveKit 401, as no key signed it."""
    nobodys = LiveKitAccess(url, NOWHERE, SecretStr(secrets.token_hex(32)))
    claims = {"sub": f"{IDENTITY}{uuid4()}", "video": {"room": NOWHERE, "roomJoin": True}}
    token = nobodys.token(claims, now=clock.now(), life=timedelta(minutes=1))
    asked = {"access_token": token.get_secret_value()}
    try:
        async with session.get(url + _CONNECT, params=asked, allow_redirects=False) as answer:
            status = answer.status
    except (ClientError, OSError):
        return warn("media-gate", "unknown", url=url)
    if status == HTTPStatus.FORBIDDEN:
        return ok("media-gate", url=url)
    return warn("media-gate", "open" if status == HTTPStatus.UNAUTHORIZED else "unknown", url=url)


async def _public(session: ClientSession, url: str) -> Finding:
    """Request the address for browsers: any answer shows that network and certificate work."""
    try:
        async with session.get(f"http{url.removeprefix('ws')}", allow_redirects=False):
            return ok("media-url", url=url)
    except (ClientError, OSError) as error:
        return fail("media-url", "unreachable", url=url, **unreached(error))
