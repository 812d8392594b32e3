"""Events to which agents invited us by mail, their senders, and mails to their organisers."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, select, update

from bridge.domain.mailed import InviterAddress, MailedEvent, OrganiserMail
from bridge.ids import MailedEventId, MailSenderId, MeetingId, OrganiserMailId, UserId
from bridge.store.calendar_rows import digest_of
from bridge.store.statements import AnyRow, Query, insert, query, upsert
from bridge.store.tables import mail_senders, mailed_events, organiser_mails
from bridge.store.tx import Tx, fields
from bridge.store.vault import Vault

_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_SENDER = query(select(mail_senders).where(mail_senders.c.id == bindparam("id")))
_SAVE_SENDER = upsert(mail_senders, "id", replace=["asked_at", "allowed"])
_event = select(mailed_events)
_EVENT = query(_event.where(mailed_events.c.id == bindparam("id")))
_WAITING = query(
    _event.where(mailed_events.c.owner == bindparam("owner"), mailed_events.c.meeting.is_(None))
    .order_by(mailed_events.c.changed_at)
    .order_by(mailed_events.c.id)
)
_of_meeting = (
    _event.where(mailed_events.c.meeting == bindparam("meeting"))
    .order_by(mailed_events.c.id)
    .limit(1)
)
_OF_MEETING = Query(_of_meeting, _of_meeting)
_by_uid = (
    select(mailed_events.c.meeting)
    .where(mailed_events.c.uid_digest == bindparam("digest"))
    .where(mailed_events.c.meeting.is_not(None))
    .order_by(mailed_events.c.meeting)
    .limit(1)
)
_BY_UID = Query(_by_uid, _by_uid)
_followed = select(mailed_events.c.uid_digest).where(
    mailed_events.c.uid_digest.in_(bindparam("digests", expanding=True)),
    mailed_events.c.meeting.is_not(None),
)
_FOLLOWED = Query(_followed, _followed)
_SAVE = upsert(mailed_events, "id", replace=["content", "meeting", "base", "ended", "changed_at"])
_DROP = delete(mailed_events).where(mailed_events.c.id.in_(_ids))
_ASK = insert(organiser_mails, unless="id")
_MAIL = query(select(organiser_mails).where(organiser_mails.c.id == bindparam("id")))
_SAVE_MAIL = update(organiser_mails).where(organiser_mails.c.id == bindparam("saved"))
_SEALED = ("uid", "text", "organizer", "invited", "owed", "named", "proposed")


@dataclass(frozen=True, slots=True)
class MailedRows:
    """Implements `bridge.ports.mailed.MailedRepository`."""

    tx: Tx

    async def sender(self, sender: MailSenderId) -> InviterAddress | None:
        """Return a sender, locked."""
        row = await self.tx.one(_SENDER, id=sender)
        return None if row is None else InviterAddress(**fields(row))

    async def save_sender(self, sender: InviterAddress) -> None:
        """Insert or replace a sender."""
        await self.tx.run(_SAVE_SENDER, asdict(sender))

    async def get(self, event: MailedEventId) -> MailedEvent | None:
        """Return an event, locked."""
        row = await self.tx.one(_EVENT, id=event)
        return None if row is None else _event_of(row, self.tx.vault)

    async def waiting(self, owner: UserId) -> Sequence[MailedEvent]:
        """Return an agent's events that no meeting follows, the oldest change first."""
        rows = await self.tx.all(_WAITING, owner=owner)
        return [_event_of(row, self.tx.vault) for row in rows]

    async def of_meeting(self, meeting: MeetingId) -> MailedEvent | None:
        """Return the event that a meeting follows, if it follows one."""
        row = await self.tx.one(_OF_MEETING, meeting=meeting)
        return None if row is None else _event_of(row, self.tx.vault)

    async def meeting_by_uid(self, uid: str) -> MeetingId | None:
        """Return the meeting that follows an event with this UID; of several, the oldest."""
        row = await self.tx.one(_BY_UID, digest=digest_of(uid))
        return None if row is None else MeetingId(row.meeting)

    async def followed(self, uids: Collection[str]) -> frozenset[str]:
        """Return those of these UIDs that a meeting follows."""
        digests = {digest_of(one): one for one in uids}
        if not digests:
            return frozenset()
        rows = await self.tx.all(_FOLLOWED, digests=list(digests))
        return frozenset(digests[row.uid_digest] for row in rows)

    async def save(self, event: MailedEvent) -> None:
        """Insert or replace an event."""
        await self.tx.run(_SAVE, _values(event, self.tx.vault))

    async def drop(self, events: Collection[MailedEventId]) -> None:
        """Forget events."""
        if events:
            await self.tx.run(_DROP, {"ids": list(events)})

    async def ask(self, mail: OrganiserMail) -> bool:
        """Insert a mail to be sent; `False` if it was asked for before."""
        return await self.tx.run(_ASK, asdict(mail)) > 0

    async def mail(self, mail: OrganiserMailId) -> OrganiserMail | None:
        """Return a mail, locked."""
        row = await self.tx.one(_MAIL, id=mail)
        return None if row is None else OrganiserMail(**fields(row))

    async def save_mail(self, mail: OrganiserMail) -> None:
        """Replace a mail's row."""
        await self.tx.run(_SAVE_MAIL, {"saved": mail.id, **asdict(mail)})


def _values(event: MailedEvent, vault: Vault) -> dict[str, Any]:
    said = asdict(event)
    content = {name: said.pop(name) for name in _SEALED}
    sealed = vault.seal_json(content, f"mailed_events.content:{event.id}")
    return {
        **said,
        "base": dict(event.base),
        "uid_digest": digest_of(event.uid),
        "content": sealed,
    }


def _event_of(row: AnyRow, vault: Vault) -> MailedEvent:
    values = fields(row)
    del values["uid_digest"]
    content: Any = vault.open_json(values.pop("content"), f"mailed_events.content:{row.id}")
    owed = tuple((part, sequence) for part, sequence in content.pop("owed"))
    named, proposed = tuple(content.pop("named")), tuple(content.pop("proposed"))
    return MailedEvent(**values, **content, owed=owed, named=named, proposed=proposed)
