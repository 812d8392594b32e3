"""Agents say themselves, in a direct message, that the mails of their address are theirs."""

import re
from dataclasses import dataclass
from uuid import UUID

from bridge.domain.mailed import InviterAddress, MailedEvent
from bridge.ids import EventId, MailSenderId, SalonId, UserId
from bridge.ports import UnitOfWork
from bridge.services.tools import Tools

YES, NO = "📨", "🚫"
"""The reactions by which an agent says whether such mails are theirs."""
KIND = "event-mailed"
"""Names the rows of the inbox that `hand` leaves."""
_QUESTION = re.compile(r"mail-sender:([0-9a-f-]{36}):.*")


def question_key(sender: InviterAddress) -> str:
    """Return the idempotency key of the question about an address: one for each asking."""
    return f"mail-sender:{sender.id}:{sender.asked_at.isoformat()}"


def sender_of(key: str) -> MailSenderId | None:
    """Return the address that a question's key is about; `None`: it is another message's."""
    found = _QUESTION.fullmatch(key)
    return None if found is None else MailSenderId(UUID(found[1]))


async def hand(work: UnitOfWork, event: MailedEvent, bot: UserId, cause: str) -> None:
    """Leave an event in the inbox of the bot, which alone knows what its owner may do now."""
    identity = EventId(f"mailed:{event.id}:{cause}")
    payload = {
        "event": identity,
        "salon": "",
        "sent_at": event.changed_at.isoformat(),
        "owner": event.owner,
        "mailed": str(event.id),
    }
    await work.inbox.leave(identity, account=bot, salon=SalonId(""), kind=KIND, payload=payload)


@dataclass(frozen=True, slots=True)
class MailSenders:
    """Use cases on the addresses from which agents invite us."""

    tools: Tools
    bot: UserId
    """The installation's first account."""

    async def say(
        self, work: UnitOfWork, owner: UserId, sender: MailSenderId, *, allowed: bool, cause: str
    ) -> int | None:
        """Keep whether mails of an address are its agent's; events that waited go on, or go.

        Return how many waited; `None` if it was said before.
        """
        known = await work.mailed.sender(sender)
        if known is not None and known.allowed is allowed:
            return None
        asked_at = self.tools.now() if known is None else known.asked_at
        await work.mailed.save_sender(
            InviterAddress(id=sender, owner=owner, asked_at=asked_at, allowed=allowed)
        )
        waiting = [one for one in await work.mailed.waiting(owner) if not one.ended]
        if not allowed:
            await work.mailed.drop([one.id for one in waiting])
            return len(waiting)
        for one in waiting:
            await hand(work, one, self.bot, cause)
        return len(waiting)
