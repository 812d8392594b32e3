"""Browsers whose cookie was checked: they have a limit of their own.

Otherwise a guest who floods the door would starve all others behind the same address, those in a
meeting too. A request with an invented cookie counts for its network, like one without.
"""

from collections import OrderedDict
from collections.abc import Iterator

from aiohttp import web

from bridge.domain.codes import digest_of

_PREFIXES = ("visit-", "host-")
_LONGEST = 100
"""Characters of a cookie of ours, with its name; longer ones are not read."""


class Holders:
    """Remembers the newest checked cookies, as digests."""

    def __init__(self, *, secure: bool, remembered: int) -> None:
        mark = "__Host-" if secure else ""
        self._prefixes = tuple(f"{mark}{prefix}" for prefix in _PREFIXES)
        self._remembered = remembered
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def of(self, request: web.Request) -> bytes | None:
        """Return the digest that stands for the browser, `None` if no cookie of its was checked."""
        for pair in self._pairs(request):
            key = digest_of(pair)
            if key in self._known:
                self._known.move_to_end(key)
                return key
        return None

    def checked(self, request: web.Request, name: str) -> None:
        """Note that the request's cookie for the page `name` is the one that we gave."""
        for pair in self._pairs(request):
            if pair.partition("=")[0].endswith(f"-{name}"):
                self.gave(pair)

    def gave(self, pair: str) -> None:
        """Note a cookie that we give to a browser."""
        self._known[digest_of(pair)] = None
        if len(self._known) > self._remembered:
            self._known.popitem(last=False)

    def _pairs(self, request: web.Request) -> Iterator[str]:
        for part in request.headers.get("Cookie", "").split(";"):
            pair = part.strip()
            if pair.startswith(self._prefixes) and pair.isascii() and len(pair) <= _LONGEST:
                yield pair
