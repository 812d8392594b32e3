"""LiveKit's RoomService, as Twirp speaks it: a POST of JSON for each call."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Self

from aiohttp import ClientError, ClientSession, ClientTimeout
from pydantic import BaseModel, ConfigDict, ValidationError

from bridge.broken import Broken, parameters_of
from bridge.clock import Clock
from bridge.domain.looks import READ, Look
from bridge.domain.rights import ALL, Source, ordered
from bridge.errors import MediaUnreachable
from bridge.http import system_error
from bridge.livekit.access import LiveKitAccess
from bridge.livekit.grants import DELETE_ROOMS, LIST_ROOMS, VideoGrant, permission, rule
from bridge.ports import Participant
from bridge.vitals import Part, Vitals

SERVICE = "/twirp/livekit.RoomService/"
MAX_ANSWER = 16 << 20
"""Bytes: a room of hundreds, each with tracks in several layers, is megabytes of JSON."""
ADMIN_LIFE = timedelta(seconds=30)
CONNECT = 1.0
"""Seconds until connected. A poll each second needs to learn of a failure rather than wait."""
SECOND_TRY = 0.1
"""Seconds that the retry has at least."""

NOTHING_ALLOWED: Mapping[str, object] = {
    "can_subscribe": False,
    "can_publish": False,
    "can_publish_data": False,
    "can_update_metadata": False,
}


@dataclass(frozen=True, slots=True)
class Call:
    """A method of the service, and how many seconds its two tries may take together."""

    name: str
    patience: float


ROOMS = Call("ListRooms", 2.0)
PARTICIPANTS = Call("ListParticipants", 2.0)
UPDATE = Call("UpdateParticipant", 3.0)
REMOVE = Call("RemoveParticipant", 3.0)
DELETE = Call("DeleteRoom", 4.0)
HANDED_ON = 1.0
"""Seconds after which a call about a participant may have been lost with their connection."""


_HUMAN = ("STANDARD", "SIP", 0, 3)
"""Kinds of participants who are people; SIP is a telephone call. The others record or
transcribe."""


class _Answer(BaseModel):
    """Fields that we rely on are required; no error repeats a value."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @classmethod
    def read(cls, call: Call, body: bytes) -> Self:
        """Read an answer, or raise an error that it is not one."""
        try:
            return cls.model_validate_json(body)
        except ValidationError:
            other = f"{call.name}: not an answer of LiveKit's"
            raise MediaUnreachable(other, why=Broken.LANGUAGE) from None


class _Permission(_Answer):
    can_publish: bool = False
    can_publish_sources: list[str | int] = []
    hidden: bool = False
    recorder: bool = False
    agent: bool = False


class _Person(_Answer):
    identity: str
    name: str = ""
    kind: str | int = "STANDARD"
    attributes: dict[str, str] = {}
    permission: _Permission | None = None

    @property
    def human(self) -> bool:
        """Whether this participant is a person, by whatever means they take part."""
        may = self.permission or _Permission()
        return self.kind in _HUMAN and not (may.hidden or may.recorder or may.agent)

    @property
    def sources(self) -> frozenset[Source]:
        """The sources that they may send; where none is named, all."""
        may = self.permission
        if may is None or not (may.can_publish and may.can_publish_sources):
            return ALL if may is None or may.can_publish else frozenset()
        return frozenset(one for one in Source if one.value.upper() in may.can_publish_sources)

    @property
    def participant(self) -> Participant:
        """The participant as the port describes them."""
        read = {key: value for key in READ if (value := self.attributes.get(key))}
        return Participant(
            self.identity, self.name, person=self.human, sources=self.sources, attributes=read
        )


class _People(_Answer):
    participants: list[_Person]


class _Room(_Answer):
    name: str
    metadata: str = ""


class _Rooms(_Answer):
    rooms: list[_Room]


class _Unanswered(MediaUnreachable):
    """The deadline passed before an answer came."""


class LiveKitRooms:
    """Lists participants, ejects them, closes rooms; implements the port `MediaRooms`.

    Every call may be made twice, so a call is retried once, at once, when the connection broke or
    the server failed; both tries share one deadline. No error holds a token or any part of an
    answer: the server's answer to a bad token repeats it.
    """

    def __init__(
        self,
        session: ClientSession,
        access: LiveKitAccess,
        clock: Clock,
        *,
        vitals: Vitals | None = None,
    ) -> None:
        """Take a session opened with `max_body=MAX_ANSWER`; `vitals` records how each call ends."""
        self._session = session
        self._vitals = vitals or Vitals(clock)
        self._access = access
        self._clock = clock
        self._root = access.api_url.rstrip("/") + SERVICE

    async def participants(self, room: str) -> Sequence[Participant]:
        """Return the participants of a room; a room that does not exist has none."""
        body = await self._call(PARTICIPANTS, {"room": room}, rule(room))
        people = () if body is None else _People.read(PARTICIPANTS, body).participants
        return tuple(one.participant for one in people)

    async def open_rooms(self, names: Sequence[str]) -> Collection[str]:
        """Return which of these rooms exist, with one call."""
        if not names:  # to the server, no name means every room
            return frozenset()
        body = await self._call(ROOMS, {"names": list(names)}, LIST_ROOMS)
        rooms = () if body is None else _Rooms.read(ROOMS, body).rooms
        return frozenset(room.name for room in rooms).intersection(names)

    async def metadata(self, room: str) -> str:
        """Return the metadata that Visio's server wrote on a room; empty if there is no room."""
        body = await self._call(ROOMS, {"names": [room]}, LIST_ROOMS)
        rooms = () if body is None else _Rooms.read(ROOMS, body).rooms
        return next((one.metadata for one in rooms if one.name == room), "")

    async def silence(self, room: str, identity: str) -> bool:
        """Take every permission away, at once; `False` if the room has no such participant."""
        return await self._about(UPDATE, room, identity, permission=NOTHING_ALLOWED)

    async def limit(self, room: str, identity: str, sources: Collection[Source]) -> bool:
        """Let a guest send no more than `sources`; `False` if the room has no such participant.

        Their other rights stay as in the pass with which they came.
        """
        return await self._about(UPDATE, room, identity, permission=permission(ordered(sources)))

    async def restore(self, room: str, identity: str, look: Look) -> bool:
        """Restore how others see a participant; `False` if the room has no such participant.

        The server leaves alone what is not named, permissions too.
        """
        name = {} if look.name is None else {"name": look.name}
        attributes = dict(look.attributes)
        return await self._about(UPDATE, room, identity, attributes=attributes, **name)

    async def remove(self, room: str, identity: str) -> bool:
        """Cut one connection; `False` if the room has no such participant.

        After a first try whose answer was lost, `False` may also mean that it worked.
        """
        return await self._about(REMOVE, room, identity)

    async def close(self, room: str) -> None:
        """Delete a room with everybody in it; a room that is already gone is no error."""
        await self._call(DELETE, {"room": room}, DELETE_ROOMS)

    async def _about(self, call: Call, room: str, identity: str, **more: object) -> bool:
        """Make a call about one participant; `False` if the room has none of that identity.

        The server forwards it to the participant's connection. If that ends just then, no answer
        comes for seconds (docs/interop/livekit.md): so we look up whether they are still there, and
        if they are we make the call once more.
        """
        body = {"room": room, "identity": identity, **more}
        try:
            first = replace(call, patience=HANDED_ON)
            return await self._call(first, body, rule(room)) is not None
        except _Unanswered:
            there = await self.participants(room)
        if identity not in (one.identity for one in there):
            return False
        try:
            return await self._call(call, body, rule(room)) is not None
        except _Unanswered as error:
            # The status that a gateway would give: the server is there, the connection does not
            # answer.
            raise MediaUnreachable(str(error), status=HTTPStatus.GATEWAY_TIMEOUT) from None

    async def _call(
        self, call: Call, body: Mapping[str, object], grant: VideoGrant
    ) -> bytes | None:
        """Return the answer's body; None if the server says that there is no such thing."""
        with self._vitals.watching(Part.MEDIA, MediaUnreachable):
            return await self._answered(call, body, grant)

    async def _answered(
        self, call: Call, body: Mapping[str, object], grant: VideoGrant
    ) -> bytes | None:
        try:
            status, answer = await self._twice(call, body, grant)
        # aiohttp's errors are not chained: they hold the request's headers.
        except TimeoutError:
            raise _Unanswered(f"{call.name}: TimeoutError") from None
        except (ClientError, OSError) as error:
            told = f"{call.name}: {type(error).__name__}"
            raise MediaUnreachable(told, **parameters_of(error)) from system_error(error)
        if status == HTTPStatus.OK:
            return answer
        if status == HTTPStatus.NOT_FOUND and _code(answer) == "not_found":
            return None
        raise MediaUnreachable(f"{call.name} answered {status}", status=status)

    async def _twice(
        self, call: Call, body: Mapping[str, object], grant: VideoGrant
    ) -> tuple[int, bytes]:
        """Make a call; retry it in the time left if the connection broke or the server failed."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + call.patience
        try:
            status, answer = await self._once(call, body, grant, call.patience)
            if status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return status, answer
        except TimeoutError:
            raise
        except (ClientError, OSError):
            pass
        return await self._once(call, body, grant, max(deadline - clock(), SECOND_TRY))

    async def _once(
        self, call: Call, body: Mapping[str, object], grant: VideoGrant, seconds: float
    ) -> tuple[int, bytes]:
        token = self._access.token({"video": grant}, now=self._clock.now(), life=ADMIN_LIFE)
        async with self._session.post(
            self._root + call.name,
            json=body,
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
            timeout=ClientTimeout(total=seconds, connect=CONNECT),
            allow_redirects=False,
        ) as answer:
            return answer.status, await answer.read()


def _code(body: bytes) -> object:
    """Return Twirp's code of an error; a 404 without one is not LiveKit's."""
    try:
        error = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return error.get("code") if isinstance(error, dict) else None
