"""The request of the media server's proxy before it lets anybody connect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from aiohttp import web

from bridge.services.enforcement.signalling_gate import Signalling
from federation.door.answers import Answers
from federation.door.callers import wish_of
from federation.door.gate import SIGNALLING, of_our_proxy

_PASS: Mapping[str, str] = MappingProxyType({"Cache-Control": "no-store"})
_REFUSED: Mapping[str, str] = MappingProxyType(
    # If the proxy forwards it to the guest's page, that may read it.
    {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
)


@dataclass(frozen=True, slots=True)
class SignallingViews:
    """The handler of `/media/gate`."""

    answers: Answers
    signalling: Signalling

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the route."""
        return (web.get(SIGNALLING, self.judge, allow_head=False),)

    async def judge(self, request: web.Request) -> web.Response:
        """Answer 204 to let a client connect, 403 to keep it out; outside there is no such page.

        A request without a token is refused too, except a browser's preflight.
        """
        if not of_our_proxy(request):
            return self.answers.problem(request, 404)
        wish = wish_of(request)
        if wish is None or not (wish.callers or wish.only_asks):
            return web.Response(status=403, headers=_REFUSED)
        for caller in wish.callers:
            if not await self.signalling.lets_in(caller, twice=wish.twice):
                return web.Response(status=403, headers=_REFUSED)
        return web.Response(status=204, headers=_PASS)
