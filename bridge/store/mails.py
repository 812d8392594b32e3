"""The mails that carry links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from bridge.domain.event import GuestEvent, ShiftedDate
from bridge.domain.mail import Mail, MailKind
from bridge.domain.series import Recurrence
from bridge.domain.told_words import ToldWords
from bridge.ids import ActorId, InvitationId, MailId, OccurrenceId
from bridge.store.statements import AnyRow, Query, insert, query
from bridge.store.tables import mails
from bridge.store.tx import Tx, fields
from bridge.store.vault import Vault

_ADD_MAIL = insert(mails)
_MAIL = query(select(mails).where(mails.c.id == bindparam("id")))
_TO = query(
    select(mails)
    .where(mails.c.invitation.in_(bindparam("guests", expanding=True)))
    .order_by(mails.c.id)
)
_asked_by = (
    select(mails.c.asked_at)
    .where(mails.c.asked_by == bindparam("actor"), mails.c.asked_at > bindparam("since"))
    .where(mails.c.kind == MailKind.INVITATION)
    .order_by(mails.c.asked_at)
)
_ASKED_BY = Query(_asked_by, _asked_by)
_SAVE_MAIL = update(mails).where(mails.c.id == bindparam("saved"))


@dataclass(frozen=True, slots=True)
class MailRows:
    """Implements `bridge.ports.MailRepository`."""

    tx: Tx

    async def add(self, mail: Mail) -> None:
        """Insert a mail to be sent."""
        await self.tx.run(_ADD_MAIL, _mail_values(mail, self.tx.vault))

    async def get(self, mail: MailId) -> Mail | None:
        """Return a mail."""
        row = await self.tx.one(_MAIL, id=mail)
        return None if row is None else _mail(row, self.tx.vault)

    async def to(self, guests: Sequence[InvitationId]) -> Sequence[Mail]:
        """Return all mails to these guests, oldest first."""
        rows = await self.tx.all(_TO, guests=list(guests))
        return [_mail(row, self.tx.vault) for row in rows]

    async def asked_by(self, actor: ActorId, since: datetime) -> Sequence[datetime]:
        """Return when somebody's commands asked for an invitation to be mailed, in order."""
        return [row.asked_at for row in await self.tx.all(_ASKED_BY, actor=actor, since=since)]

    async def save(self, mail: Mail) -> None:
        """Replace a mail's row."""
        await self.tx.run(_SAVE_MAIL, {"saved": mail.id, **_mail_values(mail, self.tx.vault)})


def _mail_values(mail: Mail, vault: Vault) -> dict[str, Any]:
    return {
        "id": mail.id,
        "invitation": mail.invitation,
        "number": mail.number,
        "asked_at": mail.asked_at,
        "asked_by": mail.asked_by,
        "kind": mail.kind,
        "sent_at": mail.sent_at,
        "failed": mail.failed,
        "offers": mail.offers,
        "offered_at": mail.offered_at,
        "until": mail.until,
        "occurrence": mail.occurrence,
        "starts_at": mail.starts_at,
        "ends_at": mail.ends_at,
        "sequence": mail.sequence,
        "fingerprint": mail.fingerprint,
        "series": None if mail.series is None else _written(mail.series),
        "organiser": mail.organiser,
        "words": None if mail.words is None else _sealed(mail.words, mail.id, vault),
    }


def _place(mail: MailId) -> str:
    return f"mails.words:{mail}"


def _sealed(words: ToldWords, mail: MailId, vault: Vault) -> bytes:
    own = [[date.hex, title] for date, title in words.own]
    return vault.seal_json([words.title, words.topics, own], _place(mail))


def _opened(sealed: bytes, mail: MailId, vault: Vault) -> ToldWords:
    written = vault.open_json(sealed, _place(mail))
    assert isinstance(written, list)
    title, topics, own = written
    return ToldWords(title, topics, tuple((OccurrenceId(UUID(date)), one) for date, one in own))


def _mail(row: AnyRow, vault: Vault) -> Mail:
    of = fields(row)
    series, sealed = of.pop("series"), of.pop("words")
    return Mail(
        **of,
        series=None if series is None else _event(series),
        words=None if sealed is None else _opened(sealed, of["id"], vault),
    )


def _written(event: GuestEvent) -> dict[str, Any]:
    """Return a series as JSON; its times are naive."""
    rule = event.recurrence
    assert rule is not None
    return {
        "uid": event.uid,
        "start": event.start.isoformat(),
        "length": event.length.total_seconds(),
        "zone": event.zone,
        "rule": rule.rule,
        "without": [one.isoformat() for one in rule.without],
        "besides": [one.isoformat() for one in rule.besides],
        "shifted": [
            [one.original.isoformat(), one.start.isoformat(), one.length.total_seconds()]
            for one in event.shifted
        ],
        "sequence": event.sequence,
    }


def _event(written: dict[str, Any]) -> GuestEvent:
    wall = datetime.fromisoformat
    return GuestEvent(
        uid=written["uid"],
        start=wall(written["start"]),
        length=timedelta(seconds=written["length"]),
        zone=written["zone"],
        recurrence=Recurrence(
            rule=written["rule"],
            without=tuple(map(wall, written["without"])),
            besides=tuple(map(wall, written["besides"])),
        ),
        shifted=tuple(
            ShiftedDate(original=wall(one), start=wall(start), length=timedelta(seconds=length))
            for one, start, length in written["shifted"]
        ),
        sequence=written["sequence"],
    )
