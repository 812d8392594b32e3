"""The double's public API: a browser's pages and requests, and the waiting room."""

from datetime import timedelta
from uuid import UUID, uuid4

from aiohttp import web

from tests.doubles.visio_http import (
    Endpoint,
    RefusalError,
    Result,
    detail,
    fields,
    json_object,
    mount,
)
from tests.doubles.visio_people import NOT_LOGGED_IN, People
from tests.doubles.visio_world import Room, User, World

ROOT = "/api/v1.0"
COOKIE = "lobbyParticipantId"
POLLS_A_MINUTE = 150


class Public:
    def __init__(self, world: World) -> None:
        self._world = world
        self._people = People(world)

    def mount(self, app: web.Application) -> None:
        rooms = Endpoint("GET, POST, HEAD, OPTIONS", {"GET": self._list})
        room = Endpoint(
            "GET, PUT, PATCH, DELETE, HEAD, OPTIONS", {"GET": self._retrieve}, guard=self._reader
        )
        lobby = Endpoint("POST, OPTIONS", {"POST": self._knock}, guard=self._throttle)
        waiting = Endpoint(
            "GET, HEAD, OPTIONS", {"GET": self._waiting}, guard=self._people.host("GET")
        )
        enter = Endpoint("POST, OPTIONS", {"POST": self._enter}, guard=self._people.host("POST"))
        mount(app, f"{ROOT}/rooms/", rooms, "public-rooms")
        mount(app, f"{ROOT}/rooms/{{pk}}/", room, "public-room")
        mount(app, f"{ROOT}/rooms/{{pk}}/request-entry/", lobby, "lobby")
        mount(app, f"{ROOT}/rooms/{{pk}}/waiting-participants/", waiting, "waiting")
        mount(app, f"{ROOT}/rooms/{{pk}}/enter/", enter, "enter")

    # --- who asks ---

    def _reader(self, request: web.Request) -> None:
        if request.method in {"PUT", "PATCH", "DELETE"} and self._people.user(request) is None:
            raise RefusalError(401, detail(NOT_LOGGED_IN))

    def _throttle(self, request: web.Request) -> None:
        """Count the polls of a cookie; without one they are not counted."""
        if (who := request.cookies.get(COOKIE)) is None:
            return
        now, minute = self._world.clock.now(), timedelta(minutes=1)
        polls = [poll for poll in self._world.polls.get(who, []) if poll > now - minute]
        if len(polls) >= POLLS_A_MINUTE:
            wait = max(1, round((polls[0] + minute - now).total_seconds()))
            text = f"Request was throttled. Expected available in {wait} seconds."
            raise RefusalError(429, detail(text), {"Retry-After": str(wait)})
        self._world.polls[who] = [*polls, now]

    # --- rooms ---

    async def _list(self, request: web.Request) -> Result:
        user = self._people.user(request)
        mine = [room for room in self._world.rooms if user is not None and room.owner == user.id]
        results = [_shown(room) for room in mine]
        return Result({"count": len(mine), "next": None, "previous": None, "results": results})

    async def _retrieve(self, request: web.Request) -> Result:
        room, user = self._people.room(request), self._people.user(request)
        shown = _shown(room)
        if _walks_in(room, user):
            identity = user.id if user else str(uuid4())
            name = request.query.get("username") or (user.email if user else "Anonymous")
            shown["livekit"] = self._world.livekit(
                room, identity=identity, name=name, role=_role(room, user)
            )
            shown["pin_code"] = room.pin
        if user is not None and _role(room, user) is not None:
            shown["accesses"] = [_access(room, user)]
        return Result(shown)

    # --- the waiting room ---

    async def _knock(self, request: web.Request) -> Result:
        username = fields(await json_object(request), "username")["username"]
        room, user = self._people.room(request), self._people.user(request)
        participant = request.cookies.get(COOKIE) or str(uuid4())
        if _walks_in(room, user):
            knock = self._world.knocks.bypass(participant, username)
        else:
            if not self._world.knocks.knows(room, participant):
                await self._world.media.waits(room.id)
            knock = self._world.knocks.poll(room, participant, username)
        livekit = None
        if knock.status == "accepted":
            livekit = self._world.livekit(
                room, identity=participant, name=username, color=knock.color
            )
        cookie = f"{COOKIE}={participant}; HttpOnly; Path=/; SameSite=Lax; Secure"
        return Result({**knock.shown(), "livekit": livekit}, headers={"Set-Cookie": cookie})

    async def _waiting(self, request: web.Request) -> Result:
        room = self._people.room(request)
        waiting = [] if room.level == "public" else self._world.knocks.waiting(room)
        return Result({"participants": [knock.shown() for knock in waiting]})

    async def _enter(self, request: web.Request) -> Result:
        participant, allow = _decision(await json_object(request))
        room = self._people.room(request)
        if room.level == "public":
            raise RefusalError(404, {"message": "Room has no lobby system."})
        if not self._world.knocks.decide(room, participant, allow=allow):
            raise RefusalError(404, {"message": "Participant not found."})
        return Result({"message": "Participant was updated."})


def _shown(room: Room) -> dict[str, object]:
    return {
        "id": room.id,
        "name": room.slug,
        "slug": room.slug,
        "configuration": room.configuration,
        "access_level": room.level,
    }


def _access(room: Room, user: User) -> dict[str, object]:
    """Return the owner's role in the form that its owner reads."""
    unknown = ("full_name", "short_name", "timezone", "language")
    defaults = ("default_room_access_level", "default_room_configuration")
    person: dict[str, object] = {"id": user.id, "email": user.email}
    person.update(dict.fromkeys((*unknown, *defaults)))
    return {"id": room.access, "user": person, "resource": room.id, "role": "owner"}


def _walks_in(room: Room, user: User | None) -> bool:
    match room.level:
        case "public":
            return True
        case "trusted":
            return user is not None
        case _:
            return _role(room, user) is not None


def _role(room: Room, user: User | None) -> str | None:
    return "owner" if user is not None and room.owner == user.id else None


def _decision(body: dict[str, object]) -> tuple[str, bool]:
    wrong: dict[str, list[str]] = {}
    for name in ("participant_id", "allow_entry"):
        if name not in body:
            wrong[name] = ["This field is required."]
    participant, allow = body.get("participant_id"), body.get("allow_entry")
    if "participant_id" in body and not _is_uuid(participant):
        wrong["participant_id"] = ["Must be a valid UUID."]
    if "allow_entry" in body and not isinstance(allow, bool):
        wrong["allow_entry"] = ["Must be a valid boolean."]
    if wrong:
        raise RefusalError(400, wrong)
    return str(participant), bool(allow)


def _is_uuid(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True
