"""Deletes rows past their retention, oldest first, in short transactions that block nobody long."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Integer, and_, bindparam, delete, exists, or_, select, update

from bridge.store.statements import Changing
from bridge.store.tables import (
    agents,
    calendar_accounts,
    calendar_links,
    changes,
    feeds,
    grant_requests,
    inbox,
    invitations,
    mail_senders,
    mailed_events,
    meetings,
    occurrences,
    once,
    outbox,
    received_grants,
    seats,
    used_assertions,
)
from bridge.store.tx import Begin

DEFAULT_KEEP = timedelta(days=396)
"""13 months, so that a yearly meeting still finds the last one."""

SENT = timedelta(days=7)
"""How long a sent message, blanked, keeps its cause from sending it again."""
HANDLED = timedelta(days=30)
"""How long a handled event, blanked, keeps from being handled again."""
CHANGED = timedelta(days=1)
"""How long the times and the title are kept that a change replaced: it can be taken back for ten
minutes."""
GONE = timedelta(days=1)
"""The same for our own departure from a salon, or an invitation that we declined: little depends on
them."""
MAILED = timedelta(days=30)
"""How long an event that was mailed to us, and that no meeting follows, is kept after its last
mail: an older one may still come."""
LINKED = timedelta(days=1)
"""How long a link to link a calendar is kept: it works for half an hour."""

ROWS = 1000
"""Queue rows that one transaction deletes."""
ACCOUNTS = 5
"""Calendar accounts that one transaction deletes, each with thousands of events."""
OCCURRENCES = 50
"""Occurrences that one transaction deletes, each with its guests, visits, seats and mails."""

_before: BindParameter[Any] = bindparam("before")
_most = bindparam("most", type_=Integer)

_OUTBOX = delete(outbox).where(
    outbox.c.seq.in_(select(outbox.c.seq).where(outbox.c.done_at < _before).limit(_most))
)
_INBOX = delete(inbox).where(
    inbox.c.seq.in_(select(inbox.c.seq).where(inbox.c.done_at < _before).limit(_most))
)
_GONE = delete(inbox).where(
    inbox.c.seq.in_(
        select(inbox.c.seq).where(inbox.c.kind == "removed", inbox.c.done_at < _before).limit(_most)
    )
)
# Apart from the purge of handled events: one statement for both would read all events of a month.
_SEALED = delete(inbox).where(
    inbox.c.seq.in_(
        select(inbox.c.seq)
        .where(inbox.c.done_at.is_(None), inbox.c.sealed, inbox.c.received_at < _before)
        .limit(_most)
    )
)
_CHANGES = delete(changes).where(
    changes.c.id.in_(select(changes.c.id).where(changes.c.at < _before).limit(_most))
)
_ONCE = delete(once).where(
    once.c.name.in_(select(once.c.name).where(once.c.at < _before).limit(_most))
)
_USED = delete(used_assertions).where(
    used_assertions.c.digest.in_(
        select(used_assertions.c.digest).where(used_assertions.c.until < _before).limit(_most)
    )
)
_REQUESTS = update(grant_requests).where(
    grant_requests.c.id.in_(
        select(grant_requests.c.id)
        .where(grant_requests.c.expires_at < _before, grant_requests.c.name != "")
        .limit(_most)
    )
)
_AGENTS = delete(agents).where(
    agents.c.user.in_(
        select(agents.c.user)
        .where(agents.c.seen_at < _before)
        .where(~exists().where(meetings.c.organiser == agents.c.user))
        .limit(_most)
    )
)
_ACCOUNTS = delete(calendar_accounts).where(
    calendar_accounts.c.id.in_(
        select(calendar_accounts.c.id)
        .where(calendar_accounts.c.linked_at < _before)
        .where(~exists().where(agents.c.user == calendar_accounts.c.owner))
        .limit(_most)
    )
)
_LINKS = delete(calendar_links).where(
    calendar_links.c.id.in_(
        select(calendar_links.c.id).where(calendar_links.c.created_at < _before).limit(_most)
    )
)

_FEEDS = delete(feeds).where(
    feeds.c.id.in_(
        select(feeds.c.id)
        .where(feeds.c.whose.startswith("@"), feeds.c.created_at < _before)
        .where(~exists().where(agents.c.user == feeds.c.whose))
        .limit(_most)
    )
)
_SENDERS = delete(mail_senders).where(
    mail_senders.c.id.in_(
        select(mail_senders.c.id)
        .where(mail_senders.c.asked_at < _before)
        .where(~exists().where(agents.c.user == mail_senders.c.owner))
        .limit(_most)
    )
)
_MAILED = delete(mailed_events).where(
    mailed_events.c.id.in_(
        select(mailed_events.c.id)
        .where(mailed_events.c.meeting.is_(None), mailed_events.c.changed_at < _before)
        .limit(_most)
    )
)

_RECEIVED = delete(received_grants).where(
    received_grants.c.id.in_(
        select(received_grants.c.id)
        .where(received_grants.c.asked_at < _before)
        .where(or_(received_grants.c.closes.is_(None), received_grants.c.closes < _before))
        .limit(_most)
    )
)
# A guest's own end may be later than the meeting's, and a seat is watched for hours after it.
_invited = exists().where(
    or_(
        invitations.c.occurrence == occurrences.c.id,
        and_(
            invitations.c.meeting == occurrences.c.meeting,
            invitations.c.dated == occurrences.c.id,
        ),
    ),
    invitations.c.until >= _before,
)
_watched = exists().where(seats.c.occurrence == occurrences.c.id, seats.c.watched_until >= _before)
_OVER = (
    select(occurrences.c.id, occurrences.c.meeting)
    .where(occurrences.c.ends_at < _before, ~_invited, ~_watched)
    .order_by(occurrences.c.ends_at)
    .limit(_most)
)
_DROP = delete(occurrences).where(
    occurrences.c.id == bindparam("over"), occurrences.c.ends_at < _before
)
_DROP_MEETING = delete(meetings).where(
    meetings.c.id == bindparam("of"), ~exists().where(occurrences.c.meeting == meetings.c.id)
)


@dataclass(frozen=True, slots=True)
class Retention:
    """Deletes rows in batches, each in a transaction of its own."""

    begin: Begin
    keep: timedelta = DEFAULT_KEEP
    """How long a meeting is kept after its last moment, and an agent after they were last seen."""

    async def purge(self, now: datetime) -> None:
        """Delete all rows that are past their retention."""
        await self.messages(now - SENT)
        await self.events(now - HANDLED)
        await self._all(_GONE, now - GONE)
        await self.changes(now - CHANGED)
        await self.notices(now - HANDLED)
        await self.assertions(now)
        await self.requests(now - LINKED)
        await self.meetings(now - self.keep)
        await self.agents(now - self.keep)
        await self.accounts(now - self.keep)
        await self.links(now - LINKED)
        await self.feeds(now - self.keep)
        await self.senders(now - self.keep)
        await self.mailed(now - MAILED)
        await self.received(now - self.keep)

    async def messages(self, before: datetime) -> int:
        """Delete messages that were sent or given up before that moment; return how many."""
        return await self._all(_OUTBOX, before)

    async def changes(self, before: datetime) -> int:
        """Delete what changes before that moment replaced; return of how many."""
        return await self._all(_CHANGES, before)

    async def notices(self, before: datetime) -> int:
        """Delete the moments before that one of what is said once in a while; return how many."""
        return await self._all(_ONCE, before)

    async def assertions(self, before: datetime) -> int:
        """Forget which signed texts were used that expired before that moment; return how many."""
        return await self._all(_USED, before)

    async def requests(self, before: datetime) -> int:
        """Blank the names in partners' requests that expired before that moment.

        The decision stays until the meeting goes: a refused person is not asked about again.
        """
        return await self._all(_REQUESTS, before, name="")

    async def events(self, before: datetime) -> int:
        """Delete events handled before that moment, or never decrypted; return how many."""
        return await self._all(_INBOX, before) + await self._all(_SEALED, before)

    async def agents(self, before: datetime) -> int:
        """Delete agents not seen since then who have no meeting left; return how many."""
        return await self._all(_AGENTS, before)

    async def accounts(self, before: datetime) -> int:
        """Delete calendar accounts linked before that moment whose agents are forgotten.

        Return how many.
        """
        return await self._all(_ACCOUNTS, before, most=ACCOUNTS)

    async def links(self, before: datetime) -> int:
        """Delete links to link a calendar that were made before that moment; return how many."""
        return await self._all(_LINKS, before)

    async def feeds(self, before: datetime) -> int:
        """Delete feeds older than that moment of agents who are deleted; return how many."""
        return await self._all(_FEEDS, before)

    async def senders(self, before: datetime) -> int:
        """Delete what agents said of their addresses before that moment, if they are deleted."""
        return await self._all(_SENDERS, before)

    async def mailed(self, before: datetime) -> int:
        """Delete mailed events that no meeting follows, last changed before that moment."""
        return await self._all(_MAILED, before)

    async def received(self, before: datetime) -> int:
        """Delete seats at partners that were asked for, and over, before then; return how many."""
        return await self._all(_RECEIVED, before)

    async def meetings(self, before: datetime) -> int:
        """Delete occurrences that ended before that moment, with all rows that depend on them.

        A meeting goes with its last occurrence. An occurrence that a guest may still enter stays.
        Return how many.
        """
        total, found = 0, OCCURRENCES
        while found == OCCURRENCES:
            found = await self._some_meetings(before)
            total += found
            await asyncio.sleep(0)
        return total

    async def _some_meetings(self, before: datetime) -> int:
        async with self.begin(long=True) as tx:
            values = {"before": before, "most": OCCURRENCES}
            rows = (await tx.connection.execute(_OVER, values)).all()
            if rows:
                await tx.run(_DROP, [{"over": row.id, "before": before} for row in rows])
                await tx.run(_DROP_MEETING, [{"of": of} for of in {row.meeting for row in rows}])
        return len(rows)

    async def _all(
        self, change: Changing, before: datetime, most: int = ROWS, **columns: object
    ) -> int:
        total, found = 0, most
        values: dict[str, Any] = {"before": before, "most": most, **columns}
        while found == most:
            async with self.begin(long=True) as tx:
                found = await tx.run(change, values)
            total += found
            await asyncio.sleep(0)
        return total
