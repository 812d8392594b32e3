"""The address of the media server's webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.services.enforcement.webhooks import Hearing, WebhookWorth
from federation.door.answers import Answers
from federation.door.forms import FormRefused, read_body
from federation.door.gate import HOOKS
from federation.door.hints import Hints
from federation.door.metrics import DoorMetrics

_TYPE = "application/webhook+json"
_NO_STORE = {"Cache-Control": "no-store"}


async def unheard(request: web.Request) -> web.Response:
    """Accept webhooks without reading them, if we hold no key of the media server.

    After an error it would send the same again, and each would be a line in the log.
    """
    del request
    return web.Response(status=202, headers=_NO_STORE)


@dataclass(frozen=True, slots=True)
class HookViews:
    """The handler of `/hooks/livekit`."""

    answers: Answers
    metrics: DoorMetrics
    hearing: Hearing
    hints: Hints
    patience: float
    """Seconds that a body may take to arrive."""

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the route."""
        return (web.post(HOOKS, self.hear),)

    async def hear(self, request: web.Request) -> web.Response:
        """Answer 204 to a webhook that our key signed, 202 to others, which only cause a poll."""
        if request.content_type != _TYPE or "Content-Encoding" in request.headers:
            return self.answers.problem(request, 415)
        try:
            body = await read_body(request, self.patience)
        except FormRefused as error:
            self.metrics.refused("form")
            self.hints.anything()  # a real webhook may be too long for us
            return self.answers.problem(request, error.status)
        heard = await self.hearing.hear(request.headers.get("Authorization", ""), body)
        self.metrics.hook(heard.worth)
        if heard.worth is WebhookWorth.FOREIGN:
            self.hints.anything()
            return web.Response(status=202, headers=_NO_STORE)
        if heard.room is not None:
            self.hints.room(heard.room)
        return web.Response(status=204, headers=_NO_STORE)
