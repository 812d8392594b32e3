"""How much each network may ask: every limit of the door in one place."""

from collections.abc import Hashable

from aiohttp import web

from bridge.domain.codes import digest_of
from federation.door.limits import Limiter
from federation.door.networks import Networks
from federation.door.settings import DoorSettings, Rate

SIGNALLING = "/media/gate"
"""What the media server's proxy asks about everybody who connects."""
HOOKS = "/hooks/livekit"
"""Where the media server tells what happens in its rooms: all of them, so it tells a lot."""
_HOOKS = Rate(6000, 60)


def of_our_proxy(request: web.Request) -> bool:
    """Tell whether the media server's proxy asks this.

    Whatever comes from outside went through the proxy in front of the door, which says for whom
    it asks; the other one must not (docs/operator.md).
    """
    return request.path == SIGNALLING and "X-Forwarded-For" not in request.headers


class Gate:
    """Counts by network, and for a form by link too. Every answer is seconds to wait, 0 to go on.

    One link is limited within one network only: a scanner that tries it elsewhere, however often,
    locks nobody out.
    """

    def __init__(self, settings: DoorSettings) -> None:
        limits = settings.limits
        self._networks = Networks(settings.trusted_proxies, settings.forwarded_hops)
        self._remembered = limits.networks
        self._requests = self._limiter(limits.requests)
        self._questions = self._limiter(limits.requests)
        self._hooks = self._limiter(_HOOKS)
        self._entries = self._limiter(limits.entries)
        self._repeats = self._limiter(limits.entries)
        self._per_code = self._limiter(limits.per_code)
        self._misses = self._limiter(limits.misses)

    def _limiter(self, rate: Rate) -> Limiter:
        return Limiter(rate, remembered=self._remembered)

    def asks(self, request: web.Request) -> float:
        """Count any request; what waiting pages ask is counted apart, and keeps nobody out.

        So is what the media server tells. What its proxy asks is not counted: all who meet are
        behind its one address.
        """
        if of_our_proxy(request):
            return 0.0
        return self._limiter_of(request.path).take(self.network(request))

    def _limiter_of(self, path: str) -> Limiter:
        if path == HOOKS:
            return self._hooks
        return self._questions if path.endswith(("/status", "/events")) else self._requests

    def network(self, request: web.Request) -> str:
        """Return which network asks, as everything here counts them."""
        return self._networks.of(request)

    def sends(self, request: web.Request) -> float:
        """Count a form, unless its network guessed too many links."""
        network = self._networks.of(request)
        return self._misses.wait(network) or self._entries.take(network)

    def repeats(self, request: web.Request, page: str) -> float:
        """Count a form of a page that holds a cookie, for that page alone.

        A meeting's guests may be behind one address, and all ask at once when the media server
        is back.
        """
        return self._repeats.take((self._networks.of(request), page))

    def enters(self, request: web.Request, code: str) -> float:
        """Count a form that is well filled in, for the link it is sent to."""
        key: Hashable = (self._networks.of(request), digest_of(code))
        return self._per_code.take(key)

    def missed(self, request: web.Request) -> None:
        """Count a form for a link that nobody has."""
        self._misses.take(self._networks.of(request))
