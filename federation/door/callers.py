"""Reads, from a proxy's headers, who is about to connect to the media server.

Nothing is verified here: the media server does that right after. A request that we can't read is
refused, since the server's own reader may be more lenient than ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from bridge.errors import TokenRefused
from bridge.services.enforcement.signalling_gate import Caller
from bridge.tokens import unverified_claims

URI = "X-Original-URI"
METHOD = "X-Original-Method"
TYPE = "X-Original-Content-Type"
"""The headers that the proxy passes on, besides `Authorization` (docs/operator.md)."""
_SCHEME = "Bearer "
_FORMS = ("application/x-www-form-urlencoded", "multipart/")
_MOST = 2


@dataclass(frozen=True, slots=True)
class MediaRequest:
    """A client's request to the media server."""

    callers: Sequence[Caller]
    """The caller of each token in it: the server takes `Authorization` first, then the first
    `access_token` that it can read, and we need not know which."""
    twice: bool
    """Whether it joins a second time, as `id#x`."""
    only_asks: bool
    """Whether it is a browser's preflight, which never has a token."""


def wish_of(request: web.Request) -> MediaRequest | None:
    """Return a client's request to the media server; `None` if that can't be told."""
    headers = request.headers
    if headers.get(TYPE, "").strip().lower().startswith(_FORMS):
        return None  # the server also looks for tokens in a form, which no proxy shows us
    query = parse_qsl(headers.get(URI, "").partition("?")[2], keep_blank_values=True)
    tokens = [value.removeprefix(_SCHEME) for value in headers.getall("Authorization", ())]
    tokens += [value for name, value in query if name == "access_token"]
    tokens = [token for token in tokens if token]
    if len(tokens) > _MOST:
        return None
    try:
        callers = [_caller(token) for token in tokens]
    except TokenRefused:
        return None
    twice = any(name == "publish" for name, _ in query)
    return MediaRequest(callers, twice, headers.get(METHOD) == "OPTIONS")


def _caller(token: str) -> Caller:
    """Read a token as the server does, which takes `jti` if there is no `sub`."""
    claims = unverified_claims(token)
    identity, video = claims.get("sub") or claims.get("jti"), claims.get("video")
    room = video.get("room") if isinstance(video, dict) else None
    return Caller(
        identity if isinstance(identity, str) else "", room if isinstance(room, str) else ""
    )
