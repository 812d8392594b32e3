"""Mails of ours that a mail server could not deliver after all."""

from dataclasses import dataclass

from bridge.domain.invitation import Invitation
from bridge.domain.mail import Mail
from bridge.ids import MailId
from bridge.ports import UnitOfWork
from bridge.services.invitations.mail import mail_failed
from bridge.services.scopes import led_to
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class Bounces:
    """Tells inviters of mails that did not arrive."""

    tools: Tools

    async def find(self, bounced: MailId) -> tuple[Mail, Invitation] | None:
        """Return a mail that has left, with its guest; nothing is locked yet."""
        async with self.tools.works.reading() as work:
            mail = await work.mails.get(bounced)
            if mail is None or mail.left_at is None:
                return None
            invitation = await work.invitations.get(mail.invitation)
        return None if invitation is None or invitation.forgotten else (mail, invitation)

    async def tell(self, work: UnitOfWork, sent: tuple[Mail, Invitation]) -> bool:
        """Record that a mail did not arrive and tell its inviter; `False` if that is known."""
        mail, invitation = sent
        await led_to(work, invitation, self.tools.policy, self.tools.now())  # locked first
        present = await work.mails.get(mail.id)
        if present is None or present.failed is not None:
            return False
        await mail_failed(work, self.tools, present, invitation, "bounced")
        return True
