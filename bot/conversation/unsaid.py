"""Messages that a salon refuses: their readers get them by direct message, with the reason."""

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

import structlog

from bot.matrix.events import Account, SalonState, SendLater, SendRefused
from bridge.domain.message import (
    CalendarPageLink,
    Card,
    CardEdit,
    Edit,
    FeedAddress,
    GuestLink,
    GuestPin,
    HostPageLink,
    JoinLink,
    Message,
    Notice,
    OwnReaction,
    Parameter,
    Priority,
    Prompt,
    ToPerson,
    ToSalon,
    address,
    phrase,
)
from bridge.domain.names import LONGEST_NAME, clean_words
from bridge.ids import SalonId, UserId
from bridge.ports import UnitOfWork
from bridge.services.naming import titled
from bridge.services.tools import Tools

log = structlog.get_logger()

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Refused:
    """A salon that refused a message, with its state if we are still in it and know it."""

    to: ToSalon
    state: SalonState | None

    @property
    def name(self) -> Parameter:
        """The salon's name, in words."""
        name = "" if self.state is None else clean_words(self.state.name, LONGEST_NAME)
        return phrase("salon.named", {"name": name}) if name else phrase("salon.unnamed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """Sends by direct message the messages that the homeserver refused for a salon."""

    tools: Tools
    account: Account

    async def tell(self, message: Message) -> None:
        """Tell the people it would have notified, its author, and the organiser of a card."""
        to = message.to
        if not isinstance(to, ToSalon):
            return
        refused = _Refused(to, await self._state(to.salon))
        async with self.tools.works() as work:
            match message:
                case Notice() | Prompt():
                    await self._people(work, message, refused)
                case Card():
                    await self._card(work, message, refused)
                case CardEdit():
                    # If we were removed, the organisers know it: a lost edit is no news.
                    if refused.state is not None:
                        await self._card(work, message, refused)
                case (
                    Edit()
                    | OwnReaction()
                    | GuestLink()
                    | GuestPin()
                    | HostPageLink()
                    | CalendarPageLink()
                    | FeedAddress()
                    | JoinLink()
                ):
                    pass
                case _:
                    assert_never(message)

    async def _people(self, work: UnitOfWork, message: Notice | Prompt, refused: _Refused) -> None:
        state, author = refused.state, refused.to.author
        for user in message.mentions:
            if state is None or user in state.members:
                await work.outbox.post(_moved(message, user))
        if author is not None and author not in message.mentions:
            await self._why(work, message, author, refused)
            await work.outbox.post(_moved(message, author))

    async def _why(
        self, work: UnitOfWork, message: Notice | Prompt, author: UserId, refused: _Refused
    ) -> None:
        """Tell once a day why an answer is not in the salon of its command."""
        if not await self._daily(work, f"mute:{refused.to.salon}:{author}"):
            return
        told = Notice(
            idempotency_key=f"mute:{message.idempotency_key}",
            to=ToPerson(user=author, account=refused.to.account),
            template="salon.mute",
            parameters={"salon": refused.name},
            priority=Priority.ANSWER,
            mentions=(author,),
        )
        await work.outbox.post(told)

    async def _card(self, work: UnitOfWork, card: Card | CardEdit, refused: _Refused) -> None:
        """Tell the organiser that nobody sees the card; once a day, that it can't be edited."""
        salon = refused.to.salon
        await self._daily(work, f"unshown:{salon}")  # `Comings.levels` looks at it
        found = await work.meetings.both(card.occurrence)
        if found is None:
            return
        meeting, occurrence = found
        room = occurrence.room_in(meeting)
        if room is None:
            return
        edited = isinstance(card, CardEdit)
        news = await self._daily(work, f"unshown:{salon}:{meeting.organiser}")
        if edited and not news:
            return
        told = Notice(
            idempotency_key=f"unshown:{card.idempotency_key}",
            to=ToPerson(user=meeting.organiser, account=refused.to.account),
            template="card.unedited" if edited else "card.unshown",
            parameters={
                "title": titled(meeting, occurrence),
                "salon": refused.name,
                "url": address(room.url),
            },
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


def _moved(message: Notice | Prompt, user: UserId) -> Notice:
    """Return the same words for one person alone."""
    return Notice(
        idempotency_key=f"{message.idempotency_key}:{user}",
        to=ToPerson(user=user, account=message.to.account),
        template=message.template,
        parameters=message.parameters,
        priority=message.priority,
        mentions=(user,),
    )
