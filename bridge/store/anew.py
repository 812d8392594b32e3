"""A database that was put back from a backup, begun with as though its last day were over.

What it still has to do was done by the database that was lost: the homeserver's log would tell
each command since the backup again, and rooms, cards and mails would be made a second time.
"""

from dataclasses import dataclass

from sqlalchemy import delete, update

from bridge.domain.agenda import Kind
from bridge.domain.meeting import MeetingState
from bridge.store.tables import agenda, inbox, mails, meetings, outbox, positions
from bridge.store.tx import Begin

_RESTORED = "restored"
_MADE_OUTSIDE = (Kind.CREATE, Kind.MAIL, Kind.CODE)
"""What the agenda makes where it can't be recognised: rooms and mails. The rest mends our rows."""


_POSITIONS = delete(positions)
_INBOX = update(inbox).where(inbox.c.done_at.is_(None))
_OUTBOX = update(outbox).where(outbox.c.done_at.is_(None))
_AGENDA = delete(agenda).where(agenda.c.kind.in_(_MADE_OUTSIDE))
_ASKED = update(meetings).where(meetings.c.state == MeetingState.ASKED)
_MAILS = update(mails).where(mails.c.sent_at.is_(None), mails.c.failed.is_(None))


@dataclass(frozen=True, slots=True)
class Dropped:
    """How much was left to do, and will not be done."""

    commands: int
    messages: int
    rooms: int
    mails: int


async def begin_from_now(begin: Begin) -> Dropped:
    """Have the homeserver's log heard from now on, and do nothing that was left to do.

    A meeting whose room was just being asked for is as one of which Visio told nothing: whoever
    wants its link asks for it again.
    """
    async with begin() as tx:
        over = {"done_at": tx.clock.now()}
        await tx.run(_POSITIONS)
        commands = await tx.run(_INBOX, {**over, "payload": None, "sealed": False})
        gone = {"facts": None, "taken_until": None, "failure": _RESTORED}
        messages = await tx.run(_OUTBOX, {**over, **gone})
        await tx.run(_AGENDA)
        rooms = await tx.run(_ASKED, {"state": MeetingState.UNCONFIRMED})
        unsent = await tx.run(_MAILS, {"failed": _RESTORED})
    return Dropped(commands, messages, rooms, unsent)
