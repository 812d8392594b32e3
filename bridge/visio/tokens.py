"""Access tokens, one per user we act for. A new one costs Visio 0.3 s of processor time."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from bridge.clock import Clock
from bridge.errors import VisioError

FRESH_SHARE = 0.8
"""The part of its life during which a token is used: clocks differ and requests take time."""
MOST_TOKENS = 1000
AHEAD = timedelta(minutes=1)
"""How long before the end of its use an active user's token is minted anew."""
MOST_AHEAD = 20
"""The most tokens minted ahead at one time."""


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and the moments between which we use it."""

    value: SecretStr
    minted_at: datetime
    use_until: datetime

    @classmethod
    def minted(cls, value: SecretStr, *, at: datetime, lifetime: timedelta) -> "Token":
        """Return a token requested at `at`, which Visio says is valid for `lifetime`."""
        return cls(value, at, at + lifetime * FRESH_SHARE)

    def usable(self, now: datetime) -> bool:
        """Tell whether to use it now; a clock set back makes it unusable rather than immortal."""
        return self.minted_at <= now < self.use_until


@dataclass(frozen=True, slots=True)
class Lease:
    """A token handed out, and whether it was used before: then its refusal proves little."""

    token: Token
    cached: bool


class TokenCache:
    """Keep the most recent users' tokens; mint once if several callers need the same one."""

    def __init__(
        self,
        mint: Callable[[str], Awaitable[Token]],
        clock: Clock,
        *,
        most: int = MOST_TOKENS,
    ) -> None:
        self._mint = mint
        self._clock = clock
        self._most = most
        self._tokens: OrderedDict[str, Token] = OrderedDict()
        self._active: set[str] = set()
        """Users who needed their token again since it was minted."""
        self._flights: dict[str, asyncio.Future[Token]] = {}

    async def lease(self, user: str) -> Lease:
        """Return a token for `user`, minted unless a usable one is cached."""
        while True:
            if (kept := self._kept(user)) is not None:
                self._active.add(user)
                return Lease(kept, cached=True)
            flight = self._flights.get(user)
            if flight is None:
                return Lease(await self._lead(user), cached=False)
            await asyncio.wait([flight])
            if not flight.cancelled():  # its leader gave up: the next caller leads
                return Lease(flight.result(), cached=False)

    def drop(self, user: str, token: Token) -> None:
        """Forget `token`, unless another has replaced it meanwhile."""
        if self._tokens.get(user) is token:
            del self._tokens[user]
            self._active.discard(user)

    async def renew(self) -> None:
        """Mint the next tokens of active users before theirs run out: then nobody waits for one.

        A token that is not needed again lapses, so a user who stops costs one mint more. An error
        is left to the next request, which mints as for anybody.
        """
        now = self._clock.now()
        soon = [user for user in self._active if self._runs_out(user, now)][:MOST_AHEAD]
        for user in soon:
            self._active.discard(user)
            if user not in self._flights:
                with suppress(VisioError):
                    await self._lead(user)

    def _runs_out(self, user: str, now: datetime) -> bool:
        token = self._tokens.get(user)
        if token is None or not token.usable(now):
            return False
        half = token.minted_at + (token.use_until - token.minted_at) / 2
        return now >= max(half, token.use_until - AHEAD)

    def _kept(self, user: str) -> Token | None:
        token = self._tokens.get(user)
        if token is None or not token.usable(self._clock.now()):
            return None
        self._tokens.move_to_end(user)
        return token

    async def _lead(self, user: str) -> Token:
        flight = asyncio.get_running_loop().create_future()
        self._flights[user] = flight
        try:
            token = await self._mint(user)
        except asyncio.CancelledError:
            flight.cancel()
            raise
        except BaseException as error:
            flight.set_exception(error)
            flight.exception()  # marks it retrieved: nobody may be waiting for it
            raise
        else:
            flight.set_result(token)
            self._keep(user, token)
            return token
        finally:
            del self._flights[user]

    def _keep(self, user: str, token: Token) -> None:
        self._tokens[user] = token
        self._tokens.move_to_end(user)
        while len(self._tokens) > self._most:
            gone, _ = self._tokens.popitem(last=False)
            self._active.discard(gone)
