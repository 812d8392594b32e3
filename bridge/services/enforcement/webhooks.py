"""What the media server tells: a reason to look sooner, and who was put out by the host.

Nothing else is believed of it, and of what our key does not vouch for nothing at all.
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
"""Under which names it is noted that something was told (`bridge.ports.Once`)."""
NOTED = timedelta(minutes=1)
"""How often that is noted."""
_REMEMBERED = 10_000
"""Ids: the server tries for minutes to tell what it could not."""


class WebhookWorth(StrEnum):
    """What something told is good for."""

    GENUINE = "genuine"
    AGAIN = "again"
    """It was told before."""
    FOREIGN = "foreign"
    """Another key, or nobody, vouches for it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of something told."""

    worth: WebhookWorth
    room: str | None = None
    """Where somebody may have come or gone."""


@dataclass(slots=True)
class Hearing:
    """Hears the media server. What it says twice, or in another order, makes no difference."""

    webhooks: Webhooks
    removals: Removals
    polling: Polling
    """What looks, where there is reason to."""
    tools: Tools
    _known: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _noted: dict[str, datetime] = field(default_factory=dict)

    async def hear(self, token: str, body: bytes) -> Heard:
        """Take something told, with what vouches for it."""
        now = self.tools.now()
        hook = self.webhooks.read(token, body, now)
        await self._note(FOREIGN if hook is None else GENUINE, now)
        if hook is None:
            return Heard(WebhookWorth.FOREIGN)
        if hook.id in self._known:
            return Heard(WebhookWorth.AGAIN)
        if hook.removed is not None:
            await self.removals.by_host(hook.room, hook.removed)
        self._remember(hook.id)  # only now: what failed may be told again
        return Heard(WebhookWorth.GENUINE, hook.room if hook.moves else None)

    def _remember(self, told: str) -> None:
        self._known[told] = None
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def _note(self, name: str, now: datetime) -> None:
        """Note, for `parvis check`, that something was told; once in a while, as it is a write."""
        last = self._noted.get(name)
        if last is not None and now - last < NOTED:
            return
        self._noted[name] = now
        async with self.tools.works() as work:
            await work.once.claim(name, now, unless_after=now - NOTED)
