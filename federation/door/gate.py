"""Rate limits: how much each network may ask of the door, in one place."""

from collections.abc import Hashable

from aiohttp import web

from bridge.domain.codes import LinkState, digest_of
from federation.door.holders import Holders
from federation.door.limits import Limiter
from federation.door.networks import FORWARDED, Networks, RequestOrigin
from federation.door.settings import DoorOptions, Rate

SIGNALLING = "/media/gate"
"""The path that the media server's proxy asks about every connection."""
HOOKS = "/hooks/livekit"
"""The path of the media server's webhooks: they report all its rooms, so they are many."""
_HOOKS = Rate(6000, 60)
_TRIES = Rate(6000, 60)
"""Forms for links from one network, good and bad: each costs only a lookup by digest."""
_LINKS = ("/j/", "/h/", "/calendar/")
FEEDS = "/feed/"
"""The beginning of the paths of feeds, which calendars ask all the time."""
READS = Rate(600, 3600)
"""Requests for one feed from one network: a whole office may have subscribed to it."""
LOST = Rate(60, 600)
"""Requests from one network for feeds that nobody has: guesses, and calendars that still ask."""


def of_our_proxy(request: web.Request) -> bool:
    """Tell whether the media server's proxy sends this.

    A request from outside came through the door's own proxy, which names the client; the media
    server's proxy must not (docs/operator.md).
    """
    return request.path == SIGNALLING and FORWARDED not in request.headers


class Gate:
    """Counts by network, and for a form by link too. Every answer is seconds to wait, 0 to go on.

    A browser that holds something of ours, a good link or a page's cookie, is limited by that: its
    neighbours' requests, guesses or floods don't lock it out. One link is limited within one
    network only: a scanner that tries it elsewhere, however often, locks nobody out.
    """

    def __init__(self, settings: DoorOptions) -> None:
        limits = settings.limits
        self._networks = Networks(settings.trusted_proxies, settings.forwarded_hops)
        self._remembered = limits.networks
        self.holders = Holders(secure=settings.secure, remembered=limits.networks)
        self._requests = self._limiter(limits.requests)
        self._questions = self._limiter(limits.requests)
        self._hooks = self._limiter(_HOOKS)
        self._tries = self._limiter(_TRIES)
        self._entries = self._limiter(limits.entries)
        self._repeats = self._limiter(limits.entries)
        self._per_code = self._limiter(limits.per_code)
        self._misses = self._limiter(limits.misses)
        self._calendars = self._limiter(limits.requests)
        self._reads = self._limiter(READS)
        self._lost = self._limiter(LOST)

    def _limiter(self, rate: Rate) -> Limiter:
        return Limiter(rate, remembered=self._remembered)

    def asks(self, request: web.Request) -> float:
        """Count any request; those of waiting pages are counted apart, and lock nobody out.

        So are webhooks, calendars, and forms for links. A browser with a cookie that was checked
        has an allowance of its own. Requests of the media server's proxy are not counted: all
        participants are behind its one address.
        """
        if of_our_proxy(request):
            return 0.0
        key: Hashable = self.network(request)
        limiter = self._limiter_of(request)
        if limiter in (self._requests, self._questions):
            key = self.holders.of(request) or key
        return limiter.take(key)

    def _limiter_of(self, request: web.Request) -> Limiter:
        path = request.path
        if path == HOOKS:
            return self._hooks
        if path.startswith(FEEDS):
            return self._calendars
        if request.method == "POST" and path.startswith(_LINKS):
            return self._tries
        return self._questions if path.endswith(("/status", "/events")) else self._requests

    def origin(self, request: web.Request) -> RequestOrigin:
        """Return where a request comes from, and any doubt about it."""
        return self._networks.of(request)

    def network(self, request: web.Request) -> str:
        """Return the network of a request, as all limits here count it."""
        return self.origin(request).network

    def peer(self, request: web.Request) -> str:
        """Return the network of the peer that connected, which may be a proxy."""
        return Networks((), 1).of(request).network

    def sends(self, request: web.Request, link: LinkState) -> float:
        """Count a form for a link, which was looked up; for a link that nobody has, only check.

        Bad links count against their network once they are judged, and never against a good link:
        guests do not answer for others behind their address.
        """
        network = self.network(request)
        if link is LinkState.KNOWN:
            return self._entries.take(network)
        return self._misses.wait(network) if link is LinkState.UNKNOWN else 0.0

    def repeats(self, request: web.Request, page: str) -> float:
        """Count a form of a page that holds a cookie, for that page alone.

        A meeting's guests may be behind one address, and all ask at once when the media server is
        back.
        """
        return self._repeats.take((self.network(request), page))

    def enters(self, request: web.Request, code: str) -> float:
        """Count a form that is filled in correctly, for the link to which it is sent."""
        key: Hashable = (self.network(request), digest_of(code))
        return self._per_code.take(key)

    def missed(self, request: web.Request) -> None:
        """Count a form for a link that nobody has."""
        self._misses.take(self.network(request))

    def reads(self, request: web.Request, code: str) -> float:
        """Count a request for a feed, for this feed in this network."""
        return self._reads.take((self.network(request), digest_of(code)))

    def lost(self, request: web.Request) -> float:
        """Count a request for a feed that nobody has; it never counts against another feed."""
        return self._lost.take(self.network(request))
