"""What the holders of host links are in their salons is looked up at each start.

The sync tells of each change while the bot runs. What an earlier program or another process did not
note, nobody knows until then, and who is unknown may answer nobody from the host's page.
"""

from uuid import uuid4

from bot.conversation.journal import DatabaseJournal
from bot.matrix.events import Batch, MembersChanged
from bridge.clock import Clock
from bridge.ids import EventId
from bridge.ports import UnitsOfWork


async def look_anew(works: UnitsOfWork, journal: DatabaseJournal, clock: Clock) -> None:
    """Have each salon with host links read as though its members had changed.

    It goes through the inbox, and so is tried until the homeserver answers.
    """
    async with works.reading() as work:
        salons = await work.hosts.salons()
    now = clock.now()
    changes = [
        MembersChanged(event=EventId(f"start:{uuid4()}"), salon=salon, sent_at=now)
        for salon in salons
    ]
    if changes:
        await journal.record(Batch(position=None, incoming=changes))
