"""Messages that a salon refuses: their readers get them by direct message, with the reason."""

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bot.matrix.events import Account, SalonState, SendLater, SendRefused
from bridge.domain.message import Fact, Message, Priority, address, phrase
from bridge.domain.names import LONGEST_NAME, clean_words
from bridge.ids import OccurrenceId, SalonId, UserId
from bridge.ports import UnitOfWork
from bridge.services.naming import titled
from bridge.services.tools import Tools

log = structlog.get_logger()

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """Sends by direct message the messages that the homeserver refused for a salon."""

    tools: Tools
    account: Account

    async def tell(self, message: Message) -> None:
        """Tell the people it would have notified, its author, and the organiser of a card."""
        if message.salon is None or message.confidant is not None:
            return
        state = await self._state(message.salon)
        salon = _named(state)
        async with self.tools.works() as work:
            for user in message.mentions:
                if state is None or user in state.members:
                    await work.outbox.post(_moved(message, user))
            if message.author is not None and message.author not in message.mentions:
                await self._why(work, message, message.author, salon)
                await work.outbox.post(_moved(message, message.author))
            # If we were removed, the organisers know it: a lost edit is no news.
            if message.card_of is not None and (state is not None or message.coalesce_key is None):
                await self._card(work, message, message.card_of, salon)

    async def _why(self, work: UnitOfWork, message: Message, author: UserId, salon: Fact) -> None:
        """Tell once a day why an answer is not in the salon of its command."""
        if not await self._daily(work, f"mute:{message.salon}:{author}"):
            return
        told = Message(
            idempotency_key=f"mute:{message.idempotency_key}",
            template="salon.mute",
            account=message.account,
            user=author,
            facts={"salon": salon},
            priority=Priority.ANSWER,
            mentions=(author,),
        )
        await work.outbox.post(told)

    async def _card(
        self, work: UnitOfWork, message: Message, of: OccurrenceId, salon: Fact
    ) -> None:
        """Tell the organiser that nobody sees the card; once a day, that it can't be edited."""
        await self._daily(work, f"unshown:{message.salon}")  # `Comings.levels` looks at it
        found = await work.meetings.both(of)
        if found is None or found[0].room is None:
            return
        meeting = found[0]
        news = await self._daily(work, f"unshown:{message.salon}:{meeting.organiser}")
        if message.coalesce_key is not None and not news:
            return
        url = found[0].room.url
        told = Message(
            idempotency_key=f"unshown:{message.idempotency_key}",
            account=message.account,
            template="card.unedited" if message.coalesce_key else "card.unshown",
            user=meeting.organiser,
            facts={"title": titled(meeting), "salon": salon, "url": address(url)},
            priority=Priority.ANSWER,
            mentions=(meeting.organiser,),
        )
        await work.outbox.post(told)

    async def _daily(self, work: UnitOfWork, name: str) -> bool:
        now = self.tools.now()
        return await work.once.claim(name, now, unless_after=now - _DAY)

    async def _state(self, salon: SalonId) -> SalonState | None:
        """Return the salon's state, unless we are no longer in it or can't know."""
        try:
            state = await self.account.salon(salon)
        except (SendRefused, SendLater):
            return None
        return state if self.account.user in state.members else None


def _moved(message: Message, user: UserId) -> Message:
    """Return the same message for one person alone."""
    return replace(
        message,
        idempotency_key=f"{message.idempotency_key}:{user}",
        salon=None,
        user=user,
        author=None,
        mentions=(user,),
        thread=None,
        reply_to=None,
        about_question=None,
        about_offer=None,
        card_of=None,
        coalesce_key=None,
    )


def _named(state: SalonState | None) -> Fact:
    name = "" if state is None else clean_words(state.name, LONGEST_NAME)
    return phrase("salon.named", {"name": name}) if name else phrase("salon.unnamed")
