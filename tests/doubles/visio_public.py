"""The double's public API: what a browser sees, and the waiting room."""

from datetime import timedelta
from uuid import UUID, uuid4

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
from tests.doubles.visio_world import Room, User, World

ROOT = "/api/v1.0"
COOKIE = "lobbyParticipantId"
POLLS_A_MINUTE = 150
NOT_LOGGED_IN = "Authentication credentials were not provided."
NO_RIGHT = "You do not have permission to perform this action."


class Public:
    def __init__(self, world: World) -> None:
        self._world = world

    def mount(self, app: web.Application) -> None:
        rooms = Endpoint("GET, POST, HEAD, OPTIONS", {"GET": self._list})
        room = Endpoint(
            "GET, PUT, PATCH, DELETE, HEAD, OPTIONS", {"GET": self._retrieve}, guard=self._reader
        )
        lobby = Endpoint("POST, OPTIONS", {"POST": self._knock}, guard=self._throttle)
        waiting = Endpoint("GET, HEAD, OPTIONS", {"GET": self._waiting}, guard=self._host("GET"))
        enter = Endpoint("POST, OPTIONS", {"POST": self._enter}, guard=self._host("POST"))
        mount(app, f"{ROOT}/rooms/", rooms, "public-rooms")
        mount(app, f"{ROOT}/rooms/{{pk}}/", room, "public-room")
        mount(app, f"{ROOT}/rooms/{{pk}}/request-entry/", lobby, "lobby")
        mount(app, f"{ROOT}/rooms/{{pk}}/waiting-participants/", waiting, "waiting")
        mount(app, f"{ROOT}/rooms/{{pk}}/enter/", enter, "enter")

    # --- who asks ---

    def _user(self, request: web.Request) -> User | None:
        """Only a browser's session counts here; a bearer token makes nobody."""
        user = self._world.sessions.get(request.cookies.get("sessionid", ""))
        if user is not None and request.method not in {"GET", "HEAD", "OPTIONS"}:
            _check_csrf(request)
        return user

    def _reader(self, request: web.Request) -> None:
        if request.method in {"PUT", "PATCH", "DELETE"} and self._user(request) is None:
            raise RefusalError(401, detail(NOT_LOGGED_IN))

    def _host(self, method: str) -> Guard:
        def guard(request: web.Request) -> None:
            user = self._user(request)
            if user is None:
                raise RefusalError(401, detail(NOT_LOGGED_IN))
            if request.method == method and self._room(request).owner != user.id:
                raise RefusalError(403, detail(NO_RIGHT))

        return guard

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

    def _room(self, request: web.Request) -> Room:
        room = self._world.room(request.match_info["pk"])
        if room is None:
            raise RefusalError(404, detail("No Room matches the given query."))
        return room

    # --- rooms ---

    async def _list(self, request: web.Request) -> Result:
        user = self._user(request)
        mine = [room for room in self._world.rooms if user is not None and room.owner == user.id]
        results = [_shown(room) for room in mine]
        return Result({"count": len(mine), "next": None, "previous": None, "results": results})

    async def _retrieve(self, request: web.Request) -> Result:
        room, user = self._room(request), self._user(request)
        shown = _shown(room)
        if _walks_in(room, user):
            identity = user.id if user else str(uuid4())
            name = request.query.get("username") or (user.email if user else "Anonymous")
            shown["livekit"] = self._world.livekit(
                room, identity=identity, name=name, role=_role(room, user)
            )
            shown["pin_code"] = room.pin
        return Result(shown)

    # --- the waiting room ---

    async def _knock(self, request: web.Request) -> Result:
        username = fields(await json_object(request), "username")["username"]
        room, user = self._room(request), self._user(request)
        participant = request.cookies.get(COOKIE) or str(uuid4())
        if _walks_in(room, user):
            knock = self._world.knocks.bypass(participant, username)
        else:
            knock = self._world.knocks.poll(room, participant, username)
        livekit = None
        if knock.status == "accepted":
            livekit = self._world.livekit(
                room, identity=participant, name=username, color=knock.color
            )
        cookie = f"{COOKIE}={participant}; HttpOnly; Path=/; SameSite=Lax; Secure"
        return Result({**knock.shown(), "livekit": livekit}, headers={"Set-Cookie": cookie})

    async def _waiting(self, request: web.Request) -> Result:
        room = self._room(request)
        waiting = [] if room.level == "public" else self._world.knocks.waiting(room)
        return Result({"participants": [knock.shown() for knock in waiting]})

    async def _enter(self, request: web.Request) -> Result:
        participant, allow = _decision(await json_object(request))
        room = self._room(request)
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


def _check_csrf(request: web.Request) -> None:
    cookie = request.cookies.get("csrftoken")
    header = request.headers.get("X-CSRFToken")
    if cookie is None:
        raise RefusalError(403, detail("CSRF Failed: CSRF cookie not set."))
    if header is None:
        raise RefusalError(403, detail("CSRF Failed: CSRF token missing."))
    if header != cookie:
        text = "CSRF Failed: CSRF token from the 'X-Csrftoken' HTTP header incorrect."
        raise RefusalError(403, detail(text))
