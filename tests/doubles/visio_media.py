"""The double's calls to its media server, with Visio's key: over Twirp, as the real service."""

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout
from jose import jwt
from jose.exceptions import JWTError

from bridge.clock import Clock
from tests.doubles.visio_http import PageError, RefusalError, detail
from tests.doubles.visio_options import Options

PATIENCE = ClientTimeout(total=5)
WAITING = {"type": "participantWaiting"}


class AbsentError(Exception):
    """The room has no such participant, or there is no such room."""


class FailedError(Exception):
    """LiveKit answered with another error."""


class Media:
    """Calls of LiveKit's API; without its address (`Options.livekit_api`) the room is empty."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock

    def claims(self, header: str) -> dict[str, object]:
        """Return the claims of a media token that Visio's key signed, renewed ones too."""
        parts = header.split()
        if not parts:
            raise RefusalError(403, detail("Authentication credentials were not provided."))
        if len(parts) != 2 or parts[0].lower() != "bearer":
            raise RefusalError(403, detail("Authorization header must be: Bearer <token>"))
        key = self._options.livekit_secret
        try:
            found = jwt.decode(parts[1], key, algorithms=["HS256"], options={"verify_aud": False})
        except JWTError as error:
            why = str(error).rstrip(".")
            raise RefusalError(403, detail(f"Invalid LiveKit token: {why}")) from error
        if found.get("iss") != self._options.livekit_key:
            raise RefusalError(403, detail("Invalid LiveKit token: Invalid issuer"))
        return found

    async def present(self, room: str, identity: str) -> bool:
        """Tell whether a participant is in a room."""
        try:
            await self._call("GetParticipant", room, identity=identity)
        except AbsentError:
            return False
        return True

    async def update(self, room: str, identity: str, **more: object) -> None:
        """Change a participant; the real service writes `null` as their metadata each time."""
        await self._call("UpdateParticipant", room, identity=identity, metadata="null", **more)

    async def mute(self, room: str, identity: str, track: str) -> None:
        """Mute a track."""
        await self._call("MutePublishedTrack", room, identity=identity, track_sid=track, muted=True)

    async def remove(self, room: str, identity: str) -> None:
        """Remove a participant."""
        await self._call("RemoveParticipant", room, identity=identity)

    async def waits(self, room: str) -> None:
        """Tell everybody in the room, if anybody is there, that a new person waits.

        As in the real service, an error of LiveKit's is no reason to refuse a knock.
        """
        if self._options.livekit_api is None:
            return
        status, found = await self._ask("ListRooms", room, {"names": [room]}, {"roomList": True})
        if status == HTTPStatus.OK and found.get("rooms"):
            data = base64.b64encode(json.dumps(WAITING).encode()).decode()
            await self._ask("SendData", room, {"room": room, "data": data, "kind": "RELIABLE"})

    async def _call(self, method: str, room: str, **body: object) -> None:
        if self._options.livekit_api is None:
            raise AbsentError
        status, _ = await self._ask(method, room, {"room": room, **body})
        if status == HTTPStatus.NOT_FOUND:
            raise AbsentError
        if status != HTTPStatus.OK:
            raise FailedError

    async def _ask(
        self,
        method: str,
        room: str,
        body: Mapping[str, object],
        grant: Mapping[str, object] | None = None,
    ) -> tuple[int, dict[str, object]]:
        url = f"{self._options.livekit_api}/twirp/livekit.RoomService/{method}"
        token = self._token(grant or {"roomAdmin": True, "room": room})
        try:
            async with (
                ClientSession(timeout=PATIENCE) as session,
                session.post(url, json=body, headers={"Authorization": f"Bearer {token}"}) as found,
            ):
                return found.status, await found.json()
        except (ClientError, OSError) as error:
            raise PageError(500) from error

    def _token(self, video: Mapping[str, object]) -> str:
        now = int(self._clock.now().timestamp())
        claims = {"iss": self._options.livekit_key, "nbf": now, "exp": now + 60, "video": video}
        return jwt.encode(claims, self._options.livekit_secret, algorithm="HS256")
