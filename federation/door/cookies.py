"""One cookie per visit, so that two links in one browser stay two visits."""

import re
from collections.abc import Sequence
from uuid import UUID

from aiohttp import web

from bridge.ids import VisitId

_SECRET = re.compile(r"[A-Za-z0-9_-]{22}")
_KEPT = 12
"""A browser that opened more links than this forgets the oldest; header lines have a limit."""
_LASTS = 31 * 24 * 3600


class Cookies:
    """Reads and writes secrets of visits or hosts; `secure` adds attributes that need https."""

    def __init__(self, *, secure: bool, of: str = "visit", lasts: int = _LASTS) -> None:
        """Take the seconds for which a browser keeps them."""
        self._secure = secure
        self._lasts = lasts
        self._prefix = f"__Host-{of}-" if secure else f"{of}-"

    def read(self, request: web.Request, visit: str) -> str | None:
        """Return the secret this browser holds for a visit, named by its 32 digits."""
        wanted = f"{self._prefix}{visit}="
        for part in request.headers.get("Cookie", "").split(";"):
            pair = part.strip()
            if pair.startswith(wanted):
                secret = pair.removeprefix(wanted)
                return secret if _SECRET.fullmatch(secret) else None
        return None

    def held(self, request: web.Request) -> Sequence[tuple[VisitId, str]]:
        """Return the visits whose secrets this browser holds, newest first."""
        pairs = request.headers.get("Cookie", "").split(";")
        names = {pair.strip().partition("=")[0] for pair in pairs}
        visits = sorted((name for name in names if self._ours(name)), reverse=True)
        named = [name.removeprefix(self._prefix) for name in visits[:_KEPT]]
        found = [(visit_of(one), self.read(request, one)) for one in named]
        return [(visit, secret) for visit, secret in found if secret is not None]

    def pair(self, visit: UUID, secret: str) -> str:
        """Return the cookie of a visit as a browser sends it."""
        return f"{self._prefix}{visit.hex}={secret}"

    def write(self, request: web.Request, response: web.Response, visit: UUID, secret: str) -> None:
        """Give the browser a visit's secret, and delete those of its oldest visits."""
        response.set_cookie(
            f"{self._prefix}{visit.hex}",
            secret,
            max_age=self._lasts,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )
        for name in self._old(request):
            self._delete(response, name)

    def forget(self, response: web.Response, visit: UUID) -> None:
        """Delete a visit's secret in the browser."""
        self._delete(response, f"{self._prefix}{visit.hex}")

    def _delete(self, response: web.Response, name: str) -> None:
        response.del_cookie(name, path="/", secure=self._secure, httponly=True, samesite="Lax")

    def _old(self, request: web.Request) -> list[str]:
        pairs = request.headers.get("Cookie", "").split(";")
        names = (pair.strip().partition("=")[0] for pair in pairs)
        ours = sorted({name for name in names if self._ours(name)})
        return ours[: max(0, len(ours) - _KEPT + 1)]

    def _ours(self, name: str) -> bool:
        if not name.startswith(self._prefix):
            return False
        return re.fullmatch(r"[0-9a-f]{32}", name.removeprefix(self._prefix)) is not None


def visit_of(text: str) -> VisitId:
    """Return the visit named by the 32 hexadecimal digits of an address."""
    return VisitId(UUID(hex=text))
