"""The state of an instance of Visio: people, applications, rooms, sessions."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from string import ascii_lowercase
from uuid import uuid4

from jose import jwt
from jose.exceptions import JWTError

from bridge.clock import Clock
from tests.doubles.visio_lobby import Lobby, color_of
from tests.doubles.visio_media import Media
from tests.doubles.visio_options import OWN_ADDRESS, Options

ALL_SCOPES = ("rooms:create", "rooms:list", "rooms:retrieve", "rooms:update", "rooms:delete")
ISSUER = "lasuite-meet"


def new_slug() -> str:
    return "-".join("".join(secrets.choice(ascii_lowercase) for _ in range(n)) for n in (3, 4, 3))


def new_pin() -> str:
    return str(secrets.randbelow(9 * 10**9) + 10**9)


@dataclass
class User:
    email: str
    id: str = field(default_factory=lambda: str(uuid4()))
    active: bool = True


@dataclass
class Application:
    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = ALL_SCOPES
    domains: frozenset[str] = frozenset()
    """Compared as a whole; an empty set means all."""
    active: bool = True

    def speaks_for(self, email: str) -> bool:
        return not self.domains or email.rpartition("@")[2].lower() in self.domains


@dataclass
class Room:
    owner: str
    level: str
    configuration: dict[str, object]
    pin: str | None
    id: str = field(default_factory=lambda: str(uuid4()))
    slug: str = field(default_factory=new_slug)
    access: str = field(default_factory=lambda: str(uuid4()))
    """The id of its owner's role."""


class World:
    def __init__(
        self, clock: Clock, options: Options, *, users: Iterable[str], domains: Iterable[str]
    ) -> None:
        self.clock = clock
        self.options = options
        self.url = ""
        self.users = [User(email) for email in users]
        self.rooms: list[Room] = []
        self.sessions: dict[str, User] = {}
        self.knocks = Lobby(clock)
        self.media = Media(options, clock)
        self.polls: dict[str, list[datetime]] = {}
        self.tokens_minted = 0
        self.key = secrets.token_hex(32)
        self.applications: dict[str, Application] = {}
        self.domains = frozenset(domains)

    def add_application(
        self, client_id: str, secret: str, *, scopes: tuple[str, ...] = ALL_SCOPES
    ) -> Application:
        made = Application(client_id, secret, scopes, self.domains)
        self.applications[client_id] = made
        return made

    def users_called(self, email: str) -> list[User]:
        return [user for user in self.users if user.email.lower() == email.lower()]

    def base_url(self) -> str | None:
        base = self.options.base_url
        return self.url if base == OWN_ADDRESS else base

    def room(self, id_or_slug: str) -> Room | None:
        wanted = id_or_slug.lower()
        return next((room for room in self.rooms if wanted in (room.id, room.slug)), None)

    def mint(self, user: User, application: Application) -> str:
        self.tokens_minted += 1
        now = int(self.clock.now().timestamp())
        claims = {
            "client_id": application.client_id,
            "delegated": True,
            "iat": now,
            "exp": now + self.options.token_lifetime,
            "user_id": user.id,
            "iss": ISSUER,
            "scope": " ".join(application.scopes),
        }
        return jwt.encode(claims, self.key, algorithm="HS256")

    def claims(self, token: str) -> dict[str, object] | None:
        """Return the claims of a token that our key signed, expired or not."""
        options = {"verify_exp": False, "verify_aud": False}
        try:
            return jwt.decode(token, self.key, algorithms=["HS256"], options=options)
        except JWTError:
            return None

    def livekit(
        self,
        room: Room,
        *,
        identity: str,
        name: str,
        color: str | None = None,
        role: str | None = None,
    ) -> dict[str, str]:
        """Return all that the page needs to enter, with a token as the real service mints it."""
        now = int(self.clock.now().timestamp())
        claims = {
            "name": name,
            "video": _grants(room, admin=role in {"owner", "administrator"}),
            "attributes": {
                "color": color or color_of(identity),
                "room_role": role,
                "is_authenticated": "false" if role is None else "true",
            },
            "sub": identity,
            "iss": self.options.livekit_key,
            "nbf": now,
            "exp": now + 21_600,
        }
        token = jwt.encode(claims, self.options.livekit_secret, algorithm="HS256")
        return {"url": self.options.livekit_url, "room": room.id, "token": token}


def _grants(room: Room, *, admin: bool) -> dict[str, object]:
    everything = ["camera", "microphone", "screen_share", "screen_share_audio"]
    allowed = room.configuration.get("can_publish_sources", everything)
    return {
        "roomAdmin": admin,
        "roomJoin": True,
        "room": room.id,
        "canPublish": True,
        "canSubscribe": True,
        "canPublishData": True,
        "canPublishSources": everything if admin else allowed,
        "canUpdateOwnMetadata": False,
    }
