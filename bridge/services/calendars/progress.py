"""Tells an owner how far the first reading of their calendars is, in one message that is edited."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bridge.domain.calendar import CalendarAccount
from bridge.domain.message import Edit, MessageRef, Notice, ToPerson, number
from bridge.ports import UnitOfWork
from bridge.services.tools import Tools

MANY = 1000
"""Events from which there is something to tell."""
EVERY = timedelta(seconds=5)
"""The time from a look's begin to the first message, and between two edits."""
_HUNDRED = 100
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class FirstReading:
    """One look at an account whose calendars are read for the first time, or go on being read.

    Whether its message is there is known to the database, and how many events were read: the next
    look goes on with the same message.
    """

    tools: Tools
    account: CalendarAccount
    told_at: datetime

    async def read_more(self) -> None:
        """Tell how many events were read, if it is time."""
        now = self.tools.now()
        if now - self.told_at < EVERY:
            return
        self.told_at = now
        async with self.tools.works() as work:
            many = await work.calendars.first_read(self.account.id)
            if many >= MANY:
                await self._tell(work, many, now)

    async def _tell(self, work: UnitOfWork, many: int, now: datetime) -> None:
        key, parameters = _key(self.account), {"many": number(many // _HUNDRED * _HUNDRED)}
        if await work.once.claim(key, now, unless_after=_EVER):
            await work.outbox.post(
                Notice(
                    idempotency_key=key,
                    to=_owner(self.account),
                    template="calendar.reading",
                    parameters=parameters,
                )
            )
            return
        await work.outbox.post(
            Edit(
                idempotency_key=f"{key}:{now.isoformat()}",
                to=_owner(self.account),
                of=MessageRef(key),
                template="calendar.reading",
                parameters=parameters,
            )
        )


async def tell_end(work: UnitOfWork, account: CalendarAccount) -> None:
    """End the message, if there is one, in the transaction that ends the first reading.

    Comes before that transaction notes of its calendars that they are read.
    """
    key = _key(account)
    if await work.once.last(key) is None:
        return
    many = await work.calendars.first_read(account.id)
    await work.outbox.post(
        Edit(
            idempotency_key=f"{key}:end",
            to=_owner(account),
            of=MessageRef(key),
            template="calendar.all-read",
            parameters={"many": number(many)},
        )
    )


def _key(account: CalendarAccount) -> str:
    """Return the name of the message: a calendar that is linked anew is read anew."""
    return f"first-reading:{account.id}:{account.linked_at.isoformat()}"


def _owner(account: CalendarAccount) -> ToPerson:
    return ToPerson(user=account.owner, account=account.account)
