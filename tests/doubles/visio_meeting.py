"""The double's public API inside a meeting: acts of participants and hosts on each other."""

from collections.abc import Mapping

from aiohttp import web

from tests.doubles.visio_http import (
    Endpoint,
    Guard,
    RefusalError,
    Result,
    detail,
    fields,
    json_object,
    mount,
)
from tests.doubles.visio_media import AbsentError, FailedError
from tests.doubles.visio_people import NO_RIGHT, People
from tests.doubles.visio_world import Room, World

ROOT = "/api/v1.0"
DONE = Result({"status": "success"})
LONGEST = 255
NOTHING_TO_UPDATE = (
    "At least one of the following fields must be provided: metadata, attributes, permission, name."
)


class Meeting:
    """`rename` and `toggle-hand` take only a participant's own token, and act on nobody else."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._people = People(world)

    def mount(self, app: web.Application) -> None:
        views = {
            "rename": (self._rename, None),
            "toggle-hand": (self._hand, None),
            "mute-participant": (self._mute, None),
            "remove-participant": (self._remove, self._people.host("POST")),
            "update-participant": (self._update, self._people.host("POST")),
        }
        for name, (view, guard) in views.items():
            found: Guard | None = guard
            endpoint = Endpoint("POST, OPTIONS", {"POST": view}, guard=found)
            mount(app, f"{ROOT}/rooms/{{pk}}/{name}/", endpoint, name)

    async def _rename(self, request: web.Request) -> Result:
        room, identity = self._bearer(request)
        body = await json_object(request)
        name = fields(body, "name")["name"]
        if len(name) > LONGEST:
            text = f"Ensure this field has no more than {LONGEST} characters."
            raise RefusalError(400, {"name": [text]})
        return await self._changed(room, identity, name=name)

    async def _hand(self, request: web.Request) -> Result:
        room, identity = self._bearer(request)
        body = await json_object(request)
        raised = body.get("raised")
        if not isinstance(raised, bool):
            text = "Must be a valid boolean." if "raised" in body else "This field is required."
            raise RefusalError(400, {"raised": [text]})
        since = self._world.clock.now().isoformat() if raised else ""
        return await self._changed(room, identity, attributes={"handRaisedAt": since})

    async def _mute(self, request: web.Request) -> Result:
        room, caller = self._may_mute(request)
        wanted = fields(await json_object(request), "participant_identity", "track_sid")
        if caller is not None and not await self._world.media.present(room.id, caller):
            raise RefusalError(403, {"error": "Could not verify caller presence"})
        try:
            await self._world.media.mute(
                room.id, wanted["participant_identity"], wanted["track_sid"]
            )
        except AbsentError:
            raise _absent() from None
        except FailedError:
            raise RefusalError(500, {"error": "Failed to mute participant"}) from None
        return DONE

    async def _remove(self, request: web.Request) -> Result:
        room = self._people.room(request)
        identity = fields(await json_object(request), "participant_identity")[
            "participant_identity"
        ]
        self._world.knocks.forget(room, identity)
        try:
            await self._world.media.remove(room.id, identity)
        except AbsentError:
            raise _absent() from None
        return DONE

    async def _update(self, request: web.Request) -> Result:
        room = self._people.room(request)
        body = await json_object(request)
        identity = fields(body, "participant_identity")["participant_identity"]
        what = {key: body[key] for key in ("name", "attributes", "permission") if body.get(key)}
        if not what:
            raise RefusalError(400, {"non_field_errors": [NOTHING_TO_UPDATE]})
        return await self._changed(room, identity, **what)

    async def _changed(self, room: Room, identity: str, **what: object) -> Result:
        try:
            await self._world.media.update(room.id, identity, **what)
        except AbsentError:
            raise _absent() from None
        except FailedError:
            raise RefusalError(500, {"error": "Failed to update participant"}) from None
        return DONE

    def _bearer(self, request: web.Request) -> tuple[Room, str]:
        """Return the room and the participant of the token: nothing else says who asks."""
        claims = self._world.media.claims(request.headers.get("Authorization", ""))
        room = self._people.room(request)
        if _room_of(claims) != room.id:
            raise RefusalError(403, detail(NO_RIGHT))
        return room, str(claims.get("sub", ""))

    def _may_mute(self, request: web.Request) -> tuple[Room, str | None]:
        """Return the room, and the token's participant: anybody there, unless the host forbids."""
        if "Authorization" in request.headers or "sessionid" not in request.cookies:
            room, caller = self._bearer(request)
            if room.configuration.get("everyone_can_mute", True) is False:
                raise RefusalError(403, detail(NO_RIGHT))
            return room, caller
        room, user = self._people.room(request), self._people.user(request)
        if user is None or room.owner != user.id:
            raise RefusalError(403, detail(NO_RIGHT))
        return room, None


def _room_of(claims: Mapping[str, object]) -> object:
    video = claims.get("video")
    return video.get("room") if isinstance(video, dict) else None


def _absent() -> RefusalError:
    return RefusalError(404, {"error": "Participant not found"})
