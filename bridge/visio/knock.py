"""Visio's waiting room, entered in a guest's name (docs/interop/visio.md).

A knock that is repeated with the same identity is the same knock, so it may always be sent again:
the caller does so each second, and a broken connection is retried once at once.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from aiohttp import ClientError, ClientSession
from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, ValidationError

from bridge.clock import Clock
from bridge.errors import VisioMisconfigured, VisioUnreachable
from bridge.http import Timeouts, system_error
from bridge.ids import VisioRoomId
from bridge.ports import Knock, LobbyEntry
from bridge.visio.answers import bearer
from bridge.visio.desk import throttled
from bridge.visio.wire import HEADERS, VisioAnswer

PUBLIC_API = "/api/v1.0"
NO_ROOM = "00000000-0000-4000-8000-000000000000"
COOKIE = "lobbyParticipantId"
PATIENCE = Timeouts(connect=2.0, total=4.0)
"""Visio forgets a guest who has not knocked for three seconds: a later answer is worth little."""
MAX_ANSWER = 1 << 16
_PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443}


class _Answer(BaseModel):
    """Unknown fields are ignored, and values never repeated in an error: one is a token."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Media(_Answer):
    url: str
    room: str
    token: Annotated[SecretStr, BeforeValidator(bearer)]


class _Entry(_Answer):
    id: UUID
    status: LobbyEntry
    livekit: _Media | None = None


class VisioWaitingRoom:
    """Knocks at Visio; implements the port `WaitingRoom`. Knocking needs no credentials."""

    def __init__(
        self,
        session: ClientSession,
        base_url: str,
        media_url: str,
        *,
        clock: Clock,
        timeouts: Timeouts = PATIENCE,
    ) -> None:
        """Take `media_url`, to which guests' pages may connect: Visio must name no other."""
        self._session = session
        self._root = f"{base_url.rstrip('/')}{PUBLIC_API}/rooms"
        self._media = _place(urlsplit(media_url))
        self._clock = clock
        self._timeouts = timeouts

    async def knock(self, room: VisioRoomId, identity: str, name: str) -> Knock:
        """Knock, or keep knocking, and return Visio's answer.

        Raises VisioUnreachable, with `parameters["retry_after"]` if Visio asked for a pause, and
        VisioMisconfigured for an error that waiting does not mend.
        """
        # Set by hand: it is a Secure cookie, and the connection to Visio may be private and without
        # TLS.
        cookie = {"Cookie": f"{COOKIE}={identity}"}
        answer = await self._ask("POST", f"/{room}/request-entry/", {"username": name}, cookie)
        self._check(answer)
        entry = _read(answer.body)
        if entry is None or str(entry.id) != identity:
            # Another id: a proxy dropped our cookie, and each knock would be another person.
            raise VisioMisconfigured("waiting room: no answer to this knock", status=answer.status)
        if entry.status is not LobbyEntry.ACCEPTED:
            return Knock(entry.status)
        return self._accepted(entry.livekit, room)

    async def probe(self) -> None:
        """Read a room that does not exist: raise the error that would prevent knocking."""
        answer = await self._ask("GET", f"/{NO_ROOM}/", None, {})
        if answer.status == HTTPStatus.NOT_FOUND and answer.data is not None:
            return
        if answer.ok and answer.data is not None:
            return  # the instance lets people into rooms that nobody created
        self._check(answer)
        raise VisioMisconfigured(f"public API answered {answer.status}", status=answer.status)

    def _accepted(self, media: _Media | None, room: VisioRoomId) -> Knock:
        if media is None or media.room != str(room):
            raise VisioMisconfigured("waiting room: accepted, without the way to this room")
        try:
            elsewhere = _place(urlsplit(media.url)) != self._media
        except ValueError:
            elsewhere = True
        if elsewhere:
            raise VisioMisconfigured("waiting room: another media server than media.url")
        return Knock(LobbyEntry.ACCEPTED, media.url, media.token)

    def _check(self, answer: VisioAnswer) -> None:
        """Raise the error that the status means, unless it is a success."""
        where = f"waiting room answered {answer.status}"
        if answer.ok:
            return
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise throttled(where, answer, now=self._clock.now())
        if answer.broken:
            raise VisioUnreachable(where, status=answer.status)
        raise VisioMisconfigured(where, status=answer.status)

    async def _ask(
        self, method: str, path: str, json: object, headers: Mapping[str, str]
    ) -> VisioAnswer:
        """Send a request, and retry it once if the connection broke before an answer came."""
        try:
            async with asyncio.timeout(self._timeouts.total):
                try:
                    return await self._once(method, path, json, headers)
                except TimeoutError:
                    raise
                except (ClientError, OSError):
                    return await self._once(method, path, json, headers)
        except (ClientError, OSError) as error:  # TimeoutError is an OSError
            # aiohttp's errors are not chained: they hold the request's headers, and its cookie.
            raise VisioUnreachable(f"waiting room: {type(error).__name__}") from system_error(error)

    async def _once(
        self, method: str, path: str, json: object, headers: Mapping[str, str]
    ) -> VisioAnswer:
        async with self._session.request(
            method,
            self._root + path,
            json=json,
            headers={**HEADERS, **headers},
            timeout=self._timeouts.for_aiohttp(),
            allow_redirects=False,
        ) as answer:
            return VisioAnswer(
                answer.status, await answer.read(), answer.headers.get("Retry-After")
            )


def _read(body: bytes) -> _Entry | None:
    try:
        return _Entry.model_validate_json(body)
    except ValidationError:
        return None


def _place(parts: SplitResult) -> tuple[bool, str | None, int | None]:
    """Return the origin of an address; `wss` and `https` are one. Raises ValueError."""
    secure = parts.scheme in ("wss", "https")
    return secure, parts.hostname, parts.port or _PORTS.get(parts.scheme)
