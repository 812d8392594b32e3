"""Visio's token endpoint: we authenticate there, and name the user to act for."""

import asyncio
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import structlog
from pydantic import SecretStr

from bridge.broken import Broken
from bridge.clock import Clock
from bridge.errors import (
    VisioError,
    VisioMisconfigured,
    VisioNotDelegated,
    VisioUnconfirmed,
    VisioUnknownAgent,
    VisioUnreachable,
)
from bridge.visio.answers import token_of
from bridge.visio.tokens import Token
from bridge.visio.wire import VisioAnswer, VisioWire

log = structlog.get_logger()

PATH = "/application/token/"
CREATE = "rooms:create"
NOBODY = "nobody"
"""Not an e-mail address: Visio looks at the user only after it accepted the secret."""
PASSING = (HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY)
"""Temporary refusals: two first requests for one new user end in a 409."""
PATIENCE = 5.0
"""Seconds that a throttled request waits; a longer wait is left to the caller."""
MOST_WAITS = 2 * PATIENCE
"""Seconds that one creation may wait so: for its token, and for a second one in its place."""


class TokenDesk:
    """Mints tokens. Nothing exists before one is used, so every failure is safe to retry."""

    def __init__(self, wire: VisioWire, client_id: str, secret: SecretStr, *, clock: Clock) -> None:
        self._wire = wire
        self._client_id = client_id
        self._secret = secret
        self._clock = clock

    async def mint(self, user: str) -> Token:
        """Return a new token to act for the e-mail `user`."""
        _, token = await self._granted(user)
        return token

    async def mint_to_create(self, user: str) -> Token:
        """Return a new token that allows creating rooms, or raise the error that prevents it."""
        scopes, token = await self._granted(user)
        if CREATE not in scopes:
            raise VisioMisconfigured(
                "the application lacks a scope", scope=CREATE, why=Broken.SCOPE
            )
        return token

    async def probe(self) -> None:
        """Raise the error that would prevent getting a token for anybody."""
        answer = await self._patiently(NOBODY)
        if answer.status != HTTPStatus.BAD_REQUEST or "error" not in (answer.data or ()):
            raise await self._refusal(answer)

    async def _granted(self, user: str) -> tuple[frozenset[str], Token]:
        asked_at = self._clock.now()
        answer = await self._patiently(user)
        if not answer.ok:
            raise await self._refusal(answer)
        grant = token_of(answer.body)
        if grant is None:
            raise VisioUnreachable("token endpoint: not an answer of Visio's", why=Broken.LANGUAGE)
        log.info("visio.token_minted", lifetime=grant.lifetime)
        lifetime = timedelta(seconds=grant.lifetime)
        return grant.scopes, Token.minted(grant.access_token, at=asked_at, lifetime=lifetime)

    async def _patiently(self, user: str) -> VisioAnswer:
        """Ask, and once more if the answer names a short delay (today only a proxy does)."""
        answer = await self._ask(self._claim(user))
        if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
            return answer
        delay = seconds_to_wait(answer.retry_after, now=self._clock.now())
        if delay is None or delay > PATIENCE:
            return answer
        await asyncio.sleep(delay)
        return await self._ask(self._claim(user))

    def _claim(self, user: str) -> dict[str, str]:
        return {
            "client_id": self._client_id,
            "client_secret": self._secret.get_secret_value(),
            "grant_type": "client_credentials",
            "scope": user,
        }

    async def _ask(self, claim: dict[str, str]) -> VisioAnswer:
        try:
            return await self._wire.ask("POST", PATH, json=claim)
        except VisioUnconfirmed as error:
            raise VisioUnreachable(f"token endpoint: {error}", **error.parameters) from error

    async def _refusal(self, answer: VisioAnswer) -> VisioError:
        """Return the error that a status other than 2xx means."""
        where = f"token endpoint answered {answer.status}"
        data = answer.data
        named = data is not None and "error" in data
        match answer.status:
            case HTTPStatus.BAD_REQUEST if named:
                return VisioUnknownAgent(f"{where}: not an e-mail address to Visio")
            case HTTPStatus.FORBIDDEN if named:
                return VisioNotDelegated(where)
            case HTTPStatus.NOT_FOUND if data is not None and await self._is_open():
                return VisioUnknownAgent(where)
            case HTTPStatus.TOO_MANY_REQUESTS:
                return throttled(where, answer, now=self._clock.now())
        if answer.broken or answer.status in PASSING:
            return VisioUnreachable(where, status=answer.status)
        return VisioMisconfigured(where, status=answer.status)

    async def _is_open(self) -> bool:
        """Tell an unknown user from applications switched off: both are a 404 in JSON.

        If applications are on, Visio refuses an empty claim before it looks at anything else.
        """
        try:
            return (await self._ask({})).status != HTTPStatus.NOT_FOUND
        except VisioUnreachable:
            return True


def throttled(where: str, answer: VisioAnswer, *, now: datetime) -> VisioUnreachable:
    """Return the error for a 429, with the seconds to wait if it names them."""
    return VisioUnreachable(where, retry_after=seconds_to_wait(answer.retry_after, now=now))


def seconds_to_wait(retry_after: str | None, *, now: datetime) -> float | None:
    """Read a Retry-After: seconds or a date (RFC 9110 §10.2.3); None if it can't be read."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        return max((parsedate_to_datetime(retry_after) - now).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):  # TypeError: a date without a zone
        return None
