"""The mails that carry links."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from bridge.domain.mail import Mail
from bridge.ids import MailId
from bridge.store.statements import insert, query
from bridge.store.tables import mails
from bridge.store.tx import Tx, fields

_ADD_MAIL = insert(mails)
_MAIL = query(select(mails).where(mails.c.id == bindparam("id")))
_SAVE_MAIL = update(mails).where(mails.c.id == bindparam("saved"))


@dataclass(frozen=True, slots=True)
class MailRows:
    """Implements `bridge.ports.Mails`."""

    tx: Tx

    async def add(self, mail: Mail) -> None:
        """Keep a mail to be sent."""
        await self.tx.run(_ADD_MAIL, _mail_values(mail))

    async def get(self, mail: MailId) -> Mail | None:
        """Return a mail."""
        row = await self.tx.one(_MAIL, id=mail)
        return None if row is None else Mail(**fields(row))

    async def save(self, mail: Mail) -> None:
        """Replace a mail's row."""
        await self.tx.run(_SAVE_MAIL, {"saved": mail.id, **_mail_values(mail)})


def _mail_values(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "invitation": mail.invitation,
        "number": mail.number,
        "asked_at": mail.asked_at,
        "sent_at": mail.sent_at,
        "failed": mail.failed,
    }
