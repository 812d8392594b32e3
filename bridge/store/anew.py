"""Starts on a database that was restored from a backup, without repeating what was done since.

The lost database did what this one still has to do: the homeserver's log would repeat each command
since the backup, and rooms, cards and mails would be made a second time.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, update

from bridge.domain.agenda import Kind
from bridge.domain.meeting import MeetingState
from bridge.store.tables import (
    agenda,
    inbox,
    mails,
    meetings,
    organiser_mails,
    outbox,
    positions,
)
from bridge.store.tx import Begin

_RESTORED = "restored"
_MADE_OUTSIDE = (Kind.CREATE, Kind.HAND, Kind.MAIL, Kind.CODE, Kind.DECLINE, Kind.ORGANISER)
"""Kinds that make something that can't be recognised later: rooms and mails. The others only repair
our own rows."""


_POSITIONS = delete(positions)
_INBOX = update(inbox).where(inbox.c.done_at.is_(None))
_OUTBOX = update(outbox).where(outbox.c.done_at.is_(None))
_AGENDA = delete(agenda).where(agenda.c.kind.in_(_MADE_OUTSIDE))
_ROOMS = delete(agenda).where(agenda.c.kind == Kind.ROOM, agenda.c.at <= bindparam("now"))
"""Those of later dates can't have been made."""
_ASKED = update(meetings).where(meetings.c.state == MeetingState.ASKED)
_HANDED = update(meetings).where(meetings.c.hand_to.is_not(None))
_MAILS = update(mails).where(mails.c.sent_at.is_(None), mails.c.failed.is_(None))
_TO_ORGANISERS = update(organiser_mails).where(
    organiser_mails.c.sent_at.is_(None), organiser_mails.c.failed.is_(None)
)
"""An acceptance is owed anew with the next change of its event."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Counts the work that was left to do and is dropped."""

    commands: int
    messages: int
    rooms: int
    mails: int


async def begin_from_now(begin: Begin) -> Dropped:
    """Read the homeserver's log from now on, and drop all work that was left to do.

    A meeting whose room was just being requested is treated as if Visio had never answered: an
    agent who wants its link asks for it again. A handover that was under way does not take place.
    """
    async with begin(long=True) as tx:
        over = {"done_at": tx.clock.now()}
        await tx.run(_POSITIONS)
        commands = await tx.run(_INBOX, {**over, "payload": None, "sealed": False})
        gone = {"facts": None, "taken_until": None, "failure": _RESTORED}
        messages = await tx.run(_OUTBOX, {**over, **gone})
        await tx.run(_AGENDA)
        await tx.run(_ROOMS, {"now": tx.clock.now()})
        rooms = await tx.run(_ASKED, {"state": MeetingState.UNCONFIRMED})
        await tx.run(_HANDED, dict.fromkeys(("hand_to", "hand_by", "hand_at", "hand_line")))
        unsent = await tx.run(_MAILS, {"failed": _RESTORED})
        unsent += await tx.run(_TO_ORGANISERS, {"failed": _RESTORED})
    return Dropped(commands, messages, rooms, unsent)
