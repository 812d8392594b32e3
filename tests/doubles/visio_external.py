"""The double's external API: tokens, rooms."""

import re
from typing import Literal
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from tests.doubles.visio_http import (
    Endpoint,
    Guard,
    PageError,
    RefusalError,
    Result,
    detail,
    fields,
    json_object,
    mount,
)
from tests.doubles.visio_options import Introspection
from tests.doubles.visio_world import (
    ISSUER,
    Application,
    Room,
    User,
    World,
    new_pin,
)

ROOT = "/external-api/v1.0"
LEVELS = ("public", "trusted", "restricted")
PAGE_SIZE = 20
LONGEST_EMAIL = 320
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class RoomConfiguration(BaseModel):
    model_config = ConfigDict(extra="forbid")

    can_publish_sources: (
        list[Literal["camera", "microphone", "screen_share", "screen_share_audio"]] | None
    ) = None
    everyone_can_mute: bool | None = None


class External:
    def __init__(self, world: World) -> None:
        self._world = world

    def mount(self, app: web.Application) -> None:
        token = Endpoint(
            "POST, OPTIONS",
            {"POST": self._token, "OPTIONS": self._described},
            guard=self._enabled,
        )
        rooms = Endpoint(
            "GET, POST, HEAD, OPTIONS",
            {"GET": self._list, "POST": self._create},
            challenge="Bearer",
            guard=self._rights({"GET": "rooms:list", "POST": "rooms:create"}),
        )
        room = Endpoint(
            "GET, HEAD, OPTIONS",
            {"GET": self._retrieve},
            challenge="Bearer",
            guard=self._rights({"GET": "rooms:retrieve"}),
        )
        mount(app, f"{ROOT}/application/token/", token, "token")
        mount(app, f"{ROOT}/rooms/", rooms, "rooms")
        mount(app, f"{ROOT}/rooms/{{pk}}/", room, "room")

    def _enabled(self, _request: web.Request) -> None:
        if not self._world.options.external_enabled:
            raise PageError(404)

    # --- tokens ---

    async def _token(self, request: web.Request) -> Result:
        if not self._world.options.applications_enabled:
            raise RefusalError(404, detail("Not found."))
        claim = _claim(await json_object(request))
        application = self._application(claim)
        user = self._delegator(application, claim["scope"])
        body: dict[str, object] = {
            "access_token": self._world.mint(user, application),
            "token_type": "Bearer",
            "expires_in": self._world.options.token_lifetime,
        }
        if application.scopes:
            body["scope"] = " ".join(application.scopes)
        return Result(body)

    async def _described(self, _request: web.Request) -> Result:
        return Result({"renders": ["application/json"], "parses": ["application/json"]})

    def _application(self, claim: dict[str, str]) -> Application:
        application = self._world.applications.get(claim["client_id"])
        if application is None or application.client_secret != claim["client_secret"]:
            raise RefusalError(401, detail("Invalid credentials"))
        if not application.active:
            raise RefusalError(401, detail("Application is inactive"))
        return application

    def _delegator(self, application: Application, email: str) -> User:
        if len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email):
            raise RefusalError(400, {"error": "Scope should be a valid email address."})
        if not application.speaks_for(email):
            text = "This application is not authorized for this email domain."
            raise RefusalError(403, {"error": text})
        match self._world.users_called(email):
            case [user]:
                return user
            case []:
                return self._provisional(email)
        raise PageError(400)

    def _provisional(self, email: str) -> User:
        if not self._world.options.provisional_users:
            raise RefusalError(404, detail("User not found."))
        user = User(email)
        self._world.users.append(user)
        return user

    # --- who asks ---

    def _rights(self, needed: dict[str, str]) -> Guard:
        def guard(request: web.Request) -> None:
            self._enabled(request)
            _, scopes = self._bearer(request)
            if request.method == "OPTIONS":
                raise RefusalError(403, detail("Insufficient permissions. Required scope: None"))
            scope = needed.get(request.method)
            if scope is None:
                return
            if not scopes:
                raise RefusalError(403, detail("Insufficient permissions."))
            if scope not in scopes:
                text = f"Insufficient permissions. Required scope: {scope}"
                raise RefusalError(403, detail(text))

        return guard

    def _bearer(self, request: web.Request) -> tuple[User, frozenset[str]]:
        kind, *rest = request.headers.get("Authorization", "").split() or [""]
        if kind.lower() != "bearer":
            raise RefusalError(401, detail("Authentication credentials were not provided."))
        if len(rest) != 1:
            raise RefusalError(401, detail("Invalid token header."))
        claims = self._claims(rest[0])
        application = self._world.applications.get(str(claims.get("client_id")))
        if application is None:
            raise RefusalError(401, detail("Application not found."))
        if not application.active:
            raise RefusalError(401, detail("Application is disabled."))
        user = next((user for user in self._world.users if user.id == claims["user_id"]), None)
        if user is None:
            raise RefusalError(401, detail("User not found."))
        if not user.active:
            raise RefusalError(401, detail("User account is disabled."))
        return user, frozenset(str(claims["scope"]).split())

    def _claims(self, token: str) -> dict[str, object]:
        claims = self._world.claims(token)
        if claims is None:
            raise self._introspected()
        if claims["iss"] != ISSUER:
            raise RefusalError(401, detail("Invalid token."))
        if float(str(claims["exp"])) <= self._world.clock.now().timestamp():
            raise RefusalError(401, detail("Token expired."))
        return claims

    def _introspected(self) -> RefusalError | PageError:
        match self._world.options.introspection:
            case Introspection.UNREACHABLE:
                return PageError(500)
            case Introspection.INACTIVE:
                return PageError(400)
            case Introspection.UNCONFIGURED:
                return RefusalError(401, detail("Resource Server is improperly configured"))

    # --- rooms ---

    async def _create(self, request: web.Request) -> Result:
        user, _ = self._bearer(request)
        body = await json_object(request)
        options = self._world.options
        level, configuration = self._level(body), _configuration(body)
        pin = new_pin() if options.telephony else None
        room = Room(user.id, level, configuration, pin)
        self._world.rooms.append(room)
        shown = self._shown(room)
        return Result(shown, 201, {"Location": str(shown["url"])} if "url" in shown else {})

    def _level(self, body: dict[str, object]) -> str:
        options = self._world.options
        if "access_level" not in body or options.ignores_level:
            return options.default_level
        level = body["access_level"]
        if level is None:
            raise RefusalError(400, {"access_level": ["This field may not be null."]})
        if level not in LEVELS:
            raise RefusalError(400, {"access_level": [f'"{level}" is not a valid choice.']})
        allowed = options.public_allowed or options.default_level == "public"
        if level == "public" and not allowed:
            text = "Public rooms are disabled for the external API."
            raise RefusalError(400, {"access_level": [text]})
        return str(level)

    async def _list(self, request: web.Request) -> Result:
        user, _ = self._bearer(request)
        rooms = sorted((r for r in self._world.rooms if r.owner == user.id), key=lambda r: r.slug)
        pages = max(1, -(-len(rooms) // PAGE_SIZE))
        number = request.query.get("page", "1")
        if not number.isdigit() or not 1 <= int(number) <= pages:
            raise RefusalError(404, detail("Invalid page."))
        page = int(number)
        return Result(
            {
                "count": len(rooms),
                "next": self._page(page + 1) if page < pages else None,
                "previous": self._page(page - 1) if page > 1 else None,
                "results": [
                    self._shown(room) for room in rooms[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
                ],
            }
        )

    def _page(self, number: int) -> str:
        query = f"?page={number}" if number > 1 else ""
        return f"{self._world.url}{ROOT}/rooms/{query}"

    async def _retrieve(self, request: web.Request) -> Result:
        user, _ = self._bearer(request)
        pk = request.match_info["pk"]
        if not _is_uuid(pk):
            raise RefusalError(404, detail("Not found."))
        room = self._world.room(pk)
        if room is None:
            raise RefusalError(404, detail("No Room matches the given query."))
        if room.owner != user.id:
            raise RefusalError(403, detail("You do not have permission to perform this action."))
        return Result(self._shown(room))

    def _shown(self, room: Room) -> dict[str, object]:
        shown: dict[str, object] = {
            "id": room.id,
            "name": room.slug,
            "slug": room.slug,
            "access_level": room.level,
            "configuration": room.configuration,
        }
        if base := self._world.base_url():
            shown["url"] = f"{base}/{room.slug}"
        if number := self._world.options.telephony:
            shown["telephony"] = {
                "enabled": True,
                "phone_number": number,
                "pin_code": room.pin,
                "default_country": "FR",
            }
        return shown


def _claim(body: dict[str, object]) -> dict[str, str]:
    claim = fields(body, "client_id", "client_secret", "grant_type", "scope")
    if (grant := claim["grant_type"]) != "client_credentials":
        raise RefusalError(400, {"grant_type": [f'"{grant}" is not a valid choice.']})
    return claim


def _configuration(body: dict[str, object]) -> dict[str, object]:
    given = body.get("configuration", {})
    if given is None:
        raise RefusalError(400, {"configuration": ["This field may not be null."]})
    try:
        RoomConfiguration.model_validate(given)
    except ValidationError as error:
        found = [
            {**problem, "url": f"https://errors.pydantic.dev/2.13/v/{problem['type']}"}
            for problem in error.errors(include_url=False)
        ]
        raise RefusalError(400, {"configuration": _as_texts(found)}) from error
    assert isinstance(given, dict)
    return given


def _as_texts(value: object) -> object:
    """Turn every leaf of an error into a text."""
    if isinstance(value, dict):
        return {key: _as_texts(leaf) for key, leaf in value.items()}
    if isinstance(value, list | tuple):
        return [_as_texts(leaf) for leaf in value]
    return str(value)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
