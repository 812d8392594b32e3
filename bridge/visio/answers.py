"""Visio's answers, read with suspicion: fields we rely on are checked, others tolerated."""

import ipaddress
import re
from typing import Annotated
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
)
from yarl import URL

from bridge.domain.meeting import AccessLevel, Phone, VisioRoom
from bridge.ids import VisioRoomId

LONGEST_URL = 2000
LONGEST_LIFE = 86_400
BEARER = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")
"""RFC 6750 §2.1; anything else could break out of the header."""
PHONE = re.compile(r"\+?[0-9][0-9 ().-]{2,30}")
PIN = re.compile(r"[0-9]{4,16}")

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{3}-[a-z0-9]{4}-[a-z0-9]{3}\z")]
"""The only form of a room's name that the route of Visio's page knows."""


def bearer(value: object) -> object:
    """Return a value that is safe in a header. Raises ValueError, without repeating it."""
    if isinstance(value, str) and BEARER.fullmatch(value):
        return value
    raise ValueError("not a bearer token")


class _Answer(BaseModel):
    """Unknown fields are ignored, and values never repeated in an error: they may be secrets."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class TokenAnswer(_Answer):
    """An answer of the token endpoint. `scope` is absent when the application has none."""

    access_token: Annotated[SecretStr, BeforeValidator(bearer)]
    expires_in: Annotated[int, Field(strict=True, ge=1)]
    scope: object = ""

    @property
    def lifetime(self) -> int:
        """Seconds, at most a day."""
        return min(self.expires_in, LONGEST_LIFE)

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes of the token."""
        return frozenset(self.scope.split() if isinstance(self.scope, str) else ())


class RoomAnswer(_Answer):
    """An answer of the rooms endpoint. `url` and `telephony` depend on the deployment."""

    id: UUID
    slug: Slug
    access_level: AccessLevel
    url: object = None
    telephony: object = None

    def room(self, public_url: str) -> VisioRoom:
        """Return our view of it; build the address where theirs is not usable."""
        url = self.url if is_public_url(self.url) else f"{public_url}/{self.slug}"
        return VisioRoom(
            id=VisioRoomId(self.id),
            slug=self.slug,
            url=str(url),
            level=self.access_level,
            phone=_phone(self.telephony),
        )


def token_of(body: bytes) -> TokenAnswer | None:
    """Return the token in `body`, or None if there is none."""
    try:
        return TokenAnswer.model_validate_json(body)
    except ValidationError:
        return None


def room_of(body: bytes) -> RoomAnswer | None:
    """Return the room in `body`, or None if there is none."""
    try:
        return RoomAnswer.model_validate_json(body)
    except ValidationError:
        return None


def is_public_url(url: object) -> bool:
    """Tell whether we may send people to `url`: https, or loopback for a sandbox; no password."""
    if not isinstance(url, str) or len(url) > LONGEST_URL or not url.isascii() or " " in url:
        return False
    if not url.isprintable():
        return False
    try:
        parsed = URL(url)
        host = parsed.host
        parsed.port  # noqa: B018 - reading it validates it
    except (ValueError, IndexError):  # IndexError: yarl on brackets before an `@`
        return False
    if not host or parsed.user is not None or parsed.password is not None:
        return False
    return parsed.scheme == "https" or (parsed.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _phone(telephony: object) -> Phone | None:
    """Return the way in by phone; rooms created before telephony was on have no PIN."""
    if not isinstance(telephony, dict) or telephony.get("enabled") is not True:
        return None
    number, pin = telephony.get("phone_number"), telephony.get("pin_code")
    if not isinstance(number, str) or not isinstance(pin, str):
        return None
    if not PHONE.fullmatch(number) or not PIN.fullmatch(pin):
        return None
    return Phone(number, pin)
