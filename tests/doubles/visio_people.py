"""Users of the double's public API: a browser's session identifies them, and nothing else."""

from aiohttp import web

from tests.doubles.visio_http import Guard, RefusalError, detail
from tests.doubles.visio_world import Room, User, World

NOT_LOGGED_IN = "Authentication credentials were not provided."
NO_RIGHT = "You do not have permission to perform this action."
NO_PRIVILEGE = "You must have privileges on room to perform this action."


class People:
    def __init__(self, world: World) -> None:
        self._world = world

    def user(self, request: web.Request) -> User | None:
        """Return the user of a browser's session; a bearer token identifies nobody here."""
        user = self._world.sessions.get(request.cookies.get("sessionid", ""))
        if user is not None and request.method not in {"GET", "HEAD", "OPTIONS"}:
            _check_csrf(request)
        return user

    def host(self, method: str) -> Guard:
        """Let only the room's owner use this method."""

        def guard(request: web.Request) -> None:
            user = self.user(request)
            if user is None:
                raise RefusalError(401, detail(NOT_LOGGED_IN))
            if request.method == method and self.room(request).owner != user.id:
                raise RefusalError(403, detail(NO_PRIVILEGE))

        return guard

    def room(self, request: web.Request) -> Room:
        room = self._world.room(request.match_info["pk"])
        if room is None:
            raise RefusalError(404, detail("No Room matches the given query."))
        return room


def _check_csrf(request: web.Request) -> None:
    cookie = request.cookies.get("csrftoken")
    header = request.headers.get("X-CSRFToken")
    if cookie is None:
        raise RefusalError(403, detail("CSRF Failed: CSRF cookie not set."))
    if header is None:
        raise RefusalError(403, detail("CSRF Failed: CSRF token missing."))
    if header != cookie:
        text = "CSRF Failed: CSRF token from the 'X-Csrftoken' HTTP header incorrect."
        raise RefusalError(403, detail(text))
