"""Meetings that are over leave the searches for those that go on and those to come."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.services.tools import Tools

NOTE_AT = 7
"""The minute of each hour at which it is noted."""
_LEEWAY = timedelta(hours=1)
"""How much later than guests' links close: the clocks of several processes differ."""


@dataclass(frozen=True, slots=True)
class Over:
    """Notes the meetings that are over, of which nothing but the passing of time tells."""

    tools: Tools

    async def note(self, now: datetime) -> None:
        """Note them in short transactions, so that nobody waits for long."""
        before = now - self.tools.policy.graces.after - _LEEWAY
        more = True
        while more:
            async with self.tools.works() as work:
                more = await work.meetings.note_over(ended_before=before)
            await asyncio.sleep(0)
