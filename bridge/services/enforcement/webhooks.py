"""LiveKit webhooks: they trigger an early poll and report removals by the host.

We believe nothing else that they say, and nothing at all without a signature by our key.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.ports import Webhooks
from bridge.services.enforcement.host_removals import Removals
from bridge.services.enforcement.polling import Polling
from bridge.services.tools import Tools

GENUINE, FOREIGN = "media.hook", "media.hook-foreign"
"""Names under which we record that a webhook arrived (`bridge.ports.Once`)."""
NOTED = timedelta(minutes=1)
"""How often we record it."""
_REMEMBERED = 10_000
"""Ids of webhooks: the server retries a failed one for minutes."""


class WebhookWorth(StrEnum):
    """The worth of a webhook."""

    GENUINE = "genuine"
    AGAIN = "again"
    """We have handled it before."""
    FOREIGN = "foreign"
    """Another key signed it, or none."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The result of handling a webhook."""

    worth: WebhookWorth
    room: str | None = None
    """A room where somebody may have come or gone."""


@dataclass(slots=True)
class Hearing:
    """Handles webhooks. Repeats and their order make no difference."""

    webhooks: Webhooks
    removals: Removals
    polling: Polling
    """Polls the rooms that a webhook names."""
    tools: Tools
    _known: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _noted: dict[str, datetime] = field(default_factory=dict)

    async def hear(self, token: str, body: bytes) -> Heard:
        """Handle a webhook, given the token that signs it."""
        now = self.tools.now()
        hook = self.webhooks.read(token, body, now)
        await self._note(FOREIGN if hook is None else GENUINE, now)
        if hook is None:
            return Heard(WebhookWorth.FOREIGN)
        if hook.id in self._known:
            return Heard(WebhookWorth.AGAIN)
        if hook.removed is not None:
            await self.removals.by_host(hook.room, hook.removed)
        self._remember(hook.id)  # only now: the server may retry one that failed
        return Heard(WebhookWorth.GENUINE, hook.room if hook.moves else None)

    def _remember(self, told: str) -> None:
        self._known[told] = None
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def _note(self, name: str, now: datetime) -> None:
        """Record, for `parvis check`, that a webhook arrived; rarely, as this is a write."""
        last = self._noted.get(name)
        if last is not None and now - last < NOTED:
            return
        self._noted[name] = now
        async with self.tools.works() as work:
            await work.once.claim(name, now, unless_after=now - NOTED)
