"""Reads at each start the membership that holders of host links and feeds have in their salons.

While the bot runs, the sync reports each change. Changes that an earlier program or another process
did not record are unknown until then, and an unknown holder may answer nobody from the host's page.
A feed shows others' meetings to nobody who left their salon.
"""

from uuid import uuid4

from bot.conversation.journal import DatabaseJournal
from bot.matrix.events import Batch, MembersChanged
from bridge.clock import Clock
from bridge.ids import EventId
from bridge.ports import UnitsOfWork


async def look_anew(works: UnitsOfWork, journal: DatabaseJournal, clock: Clock) -> None:
    """Record a change of members in the inbox for each salon with host links or readers of feeds.

    The inbox retries it until the homeserver answers.
    """
    async with works.reading() as work:
        salons = sorted({*await work.hosts.salons(), *await work.feeds.salons()})
    now = clock.now()
    changes = [
        MembersChanged(event=EventId(f"start:{uuid4()}"), salon=salon, sent_at=now)
        for salon in salons
    ]
    if changes:
        await journal.record(Batch(position=None, incoming=changes))
