"""Visio's external API: rooms in the name of an agent (docs/interop/visio.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog
from aiohttp import ClientSession
from pydantic import SecretStr

from bridge.clock import Clock
from bridge.domain.capability import Capability, PeriodicTask
from bridge.domain.meeting import AccessLevel, VisioRoom
from bridge.errors import (
    VisioError,
    VisioLevelRefused,
    VisioMisconfigured,
    VisioUnconfirmed,
    VisioUnreachable,
)
from bridge.http import Timeouts
from bridge.visio.answers import is_public_url, room_of
from bridge.visio.desk import MOST_WAITS, TokenDesk, seconds_to_wait, throttled
from bridge.visio.tokens import Lease, Token, TokenCache
from bridge.visio.wire import VisioAnswer, VisioWire

log = structlog.get_logger()

ROOMS = "/rooms/"
NOT_PASSED_ON = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)
"""A proxy's answers when Visio behind it is away: nearly always no room was made."""
NO_ROOM = ROOMS + "00000000-0000-4000-8000-000000000000/"
"""A room that does not exist: reading it shows whether a token is accepted, and nothing else."""

RENEW = timedelta(seconds=30)
"""How often we look which tokens run out soon: twice at least in the last minute of their use."""
MOST_REQUESTS = 10
"""The most requests of one creation: a token (three requests), the room, a proof that the token was
why it failed (five), the room again."""

STRICTNESS: Mapping[AccessLevel, int] = {
    AccessLevel.PUBLIC: 0,
    AccessLevel.TRUSTED: 1,
    AccessLevel.RESTRICTED: 2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisioAccess:
    """An instance's addresses, and our credentials. The secret acts for every agent: guard it."""

    base_url: str
    """The external API's address, without its path."""
    public_url: str
    """The address for people, and the base of a room's address if Visio leaves it out."""
    client_id: str
    client_secret: SecretStr

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError("base_url: an http(s) address is needed")
        if not is_public_url(self.public_url):
            raise ValueError("public_url: an https address is needed")


class VisioClient:
    """Creates rooms; implements the port `VisioRooms`.

    A POST is sent once. It is sent a second time only if the first certainly made no room: Visio
    has no idempotency key, and an orphan room can neither be found again nor deleted. An answer
    that a proxy gives in Visio's place is left to the caller, who retries later and a limited
    number of times.
    """

    def __init__(
        self,
        session: ClientSession,
        access: VisioAccess,
        *,
        clock: Clock,
        timeouts: Timeouts | None = None,
    ) -> None:
        """Take a session opened with `reuse=False`, or a lost POST is somewhat more likely."""
        limits = timeouts or Timeouts()
        self.longest = timedelta(seconds=MOST_REQUESTS * limits.total + MOST_WAITS)
        """How long a creation may take, however slowly Visio answers."""
        self._wire = VisioWire(session, access.base_url, limits)
        self._desk = TokenDesk(self._wire, access.client_id, access.client_secret, clock=clock)
        self._tokens = TokenCache(self._desk.mint, clock)
        self._public_url = access.public_url.rstrip("/")
        self._clock = clock

    async def create(self, agent_email: str, level: AccessLevel) -> VisioRoom:
        """Create a room that belongs to the agent.

        Raise VisioUnconfirmed if a room may exist; after any other VisioError none does, except
        after VisioLevelRefused with `parameters["got"]`, where one exists that nobody uses, and
        perhaps after VisioUnreachable with `parameters["asked"]`.
        """
        user = _key(agent_email)
        lease = await self._tokens.lease(user)
        return self._room(await self._answer(user, lease, level), level)

    async def probe(self, agent_email: str | None) -> None:
        """Raise what would prevent creating a room for the agent; for anybody, if None."""
        if agent_email is None:
            await self._desk.probe()
            return
        token = await self._desk.mint_to_create(_key(agent_email))
        # A disabled account gets a token too; so does everybody if no token is understood.
        if not await self._opens(token):
            raise VisioMisconfigured("rooms endpoint refuses a new token")

    def capability(self) -> Capability:
        """Return its periodic task: active agents' next tokens are minted before they need them."""

        async def renew(_: datetime) -> None:
            await self._tokens.renew()

        return Capability(periodic=[PeriodicTask("visio.tokens", RENEW, renew)])

    async def _answer(self, user: str, lease: Lease, level: AccessLevel) -> VisioAnswer:
        """Post, and once more if the token was the reason for the answer."""
        answer = await self._post(lease.token, level)
        if answer.status in NOT_PASSED_ON:
            # The retry asks for a token first: that makes nothing, and shows whether Visio is back.
            self._tokens.drop(user, lease.token)
            return answer
        if lease.cached and await self._token_was_why(user, lease.token, answer):
            log.info("visio.token_rejected", status=answer.status)
            lease = await self._renewed(user, lease.token)
            answer = await self._post(lease.token, level)
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            self._tokens.drop(user, lease.token)
        return answer

    async def _post(self, token: Token, level: AccessLevel) -> VisioAnswer:
        bearer = token.value.get_secret_value()
        return await self._wire.ask(
            "POST", ROOMS, json={"access_level": level.value}, bearer=bearer
        )

    async def _renewed(self, user: str, token: Token) -> Lease:
        self._tokens.drop(user, token)
        return await self._tokens.lease(user)

    async def _token_was_why(self, user: str, token: Token, answer: VisioAnswer) -> bool:
        """Tell whether the token alone explains the answer: then no room was made.

        401 (expired, switched off), 403 (a scope granted since it was minted) and 400 without JSON
        (its signature is unknown since a key rotation) come before Visio looks at the request. A
        500 has two readings, so it needs a proof.
        """
        match answer.status:
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                return True
            case HTTPStatus.BAD_REQUEST:
                return answer.data is None
        return answer.broken and await self._is_dead(user, token)

    async def _is_dead(self, user: str, token: Token) -> bool:
        """Prove by reading that `token` fails where a new one works.

        After a rotation of Visio's signing key, if its introspection is out of reach, an old token
        makes every request a 500, before the view runs. If it fails alike on a harmless GET that a
        new token passes, it failed the POST too. Otherwise nobody knows.
        """
        try:
            new = await self._renewed(user, token)
            return not await self._opens(token) and await self._opens(new.token)
        except VisioError as error:
            raise VisioUnconfirmed(f"rooms endpoint failed, then: {error}") from error

    async def _opens(self, token: Token) -> bool:
        """Tell whether Visio knows the token's user: it went on to check rights, or the room."""
        answer = await self._wire.ask("GET", NO_ROOM, bearer=token.value.get_secret_value())
        known = (HTTPStatus.OK, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
        return answer.status in known and answer.data is not None

    def _room(self, answer: VisioAnswer, level: AccessLevel) -> VisioRoom:
        """Return the room, or raise the error that the status means."""
        where = f"rooms endpoint answered {answer.status}"
        if answer.ok:
            return self._created(answer, level)
        if answer.status in NOT_PASSED_ON:
            wait = seconds_to_wait(answer.retry_after, now=self._clock.now())
            raise VisioUnreachable(where, asked=True, retry_after=wait)
        if answer.broken:
            raise VisioUnconfirmed(where)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise throttled(where, answer, now=self._clock.now())
        if answer.status == HTTPStatus.BAD_REQUEST and "access_level" in (answer.data or ()):
            raise VisioLevelRefused(where, asked=level)
        raise VisioMisconfigured(where, status=answer.status)

    def _created(self, answer: VisioAnswer, level: AccessLevel) -> VisioRoom:
        parsed = room_of(answer.body)
        if parsed is None:
            raise VisioUnconfirmed("rooms endpoint: created, but the answer can't be used")
        room = parsed.room(self._public_url)
        log.info("visio.room_created", room=str(room.id), level=room.level.value)
        # Before 1.17 Visio silently ignored the level that was asked for.
        if STRICTNESS[room.level] < STRICTNESS[level]:
            raise VisioLevelRefused("another level was given", asked=level, got=room.level)
        return room


def _key(email: str) -> str:
    """Visio compares addresses without their case or surrounding spaces."""
    return email.strip().lower()
