"""Detects proxies that don't say who their clients are: then all guests count as one client.

Nothing fails by it, so nobody would look, until one guest's requests use up the limit of all.
"""

import structlog
from aiohttp import web

from federation.door.gate import HOOKS, SIGNALLING, Gate
from federation.door.metrics import BoundaryMetrics
from federation.door.networks import Doubt
from federation.door.settings import DoorOptions

log = structlog.get_logger()

_MOST = 16
"""Proxies that are logged, once each; names that a client can invent must not fill a log."""
_GUESTS = ("/j/", "/m/", "/h/", "/calendar/")
"""Paths of guests, hosts and agents: a proxy's health check asks others."""


class Doubts:
    """Counts each doubt, and logs it once for each network of proxies."""

    def __init__(self, settings: DoorOptions, gate: Gate, metrics: BoundaryMetrics) -> None:
        self._proxied = settings.secure  # TLS ends at the proxy; the door speaks plain http
        self._gate = gate
        self._metrics = metrics
        self._logged: set[tuple[Doubt, str]] = set()

    def look(self, request: web.Request) -> None:
        """Check what a request says of the proxies it came through."""
        if not self._proxied or request.path in (HOOKS, SIGNALLING):
            return  # the media server and its proxy don't come through the guests' proxy
        doubt = self._gate.origin(request).doubt
        if doubt is None or (doubt is Doubt.SILENT and not request.path.startswith(_GUESTS)):
            return
        self._metrics.doubted(doubt)
        key = doubt, self._gate.peer(request)
        if key not in self._logged and len(self._logged) < _MOST:
            self._logged.add(key)
            log.warning("door.proxy.doubted", doubt=doubt.value, proxy=key[1])
