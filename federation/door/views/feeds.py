"""Feeds: calendars that programs read, again and again, by a private address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import format_datetime

from aiohttp import web

from bridge.services.feeds.reading import FeedReading, FeedState
from federation.door.answers import Answers
from federation.door.boundary import busy
from federation.door.feeds import CALENDAR, FeedFiles
from federation.door.gate import FEEDS, Gate
from federation.door.metrics import DoorMetrics


@dataclass(frozen=True, slots=True)
class FeedViews:
    """The handler of `/feed/….ics`."""

    answers: Answers
    gate: Gate
    metrics: DoorMetrics
    reading: FeedReading
    files: FeedFiles

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes; calendars ask by HEAD too."""
        return (web.get(f"{FEEDS}{{code:[A-Za-z0-9_-]{{22}}}}.ics", self.give),)

    async def give(self, request: web.Request) -> web.Response:
        """Give a feed, or say that it has not changed, without making it."""
        code = request.match_info["code"]
        wait = self.gate.reads(request, code)
        state = None if wait else await self.reading.state(code)
        if state is None:
            wait = wait or self.gate.lost(request)
            if wait:
                self.metrics.refused("rate")
                return busy(self.answers, request, wait)
            return self.answers.problem(request, 404)
        headers = _headers(state)
        if _is_known(request, state.version):
            return web.Response(status=304, headers=headers)
        body = await self.files.file(state)
        return web.Response(body=body, headers={"Content-Type": CALENDAR, **headers})


def _headers(state: FeedState) -> Mapping[str, str]:
    return {
        "ETag": f'"{state.version}"',
        # For people: a feed also changes when a date is too old to be shown, so only the ETag
        # says that it has not.
        "Last-Modified": format_datetime(state.changed_at, usegmt=True),
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'inline; filename="visio.ics"',
    }


def _is_known(request: web.Request, version: str) -> bool:
    """Tell whether the client has this version; a proxy that packs it makes its ETag weak."""
    known = request.if_none_match or ()
    return any(one.value in (version, "*") for one in known)
