"""An agent's word on their invitations by mail: 📨 and 🚫 on the question, and the same typed."""

from dataclasses import dataclass, replace

from bot.commands.calendar import privately
from bot.conversation.context import Context
from bot.conversation.origins import Origin
from bot.conversation.talk import Talk
from bot.language.commands.mailed import AcceptMails, DeclineMails
from bridge.domain.mailed import sender_id
from bridge.domain.message import Parameter
from bridge.errors import Refused
from bridge.ids import EventId, MailSenderId
from bridge.ports import UnitOfWork
from bridge.services.incoming.senders import NO, YES, MailSenders, sender_of


def _told(known: int | None, *, allowed: bool) -> str:
    """Return the key of the answer."""
    said = "mailed.accepted" if allowed else "mailed.declined"
    return f"{said}-already" if known is None else said


@dataclass(frozen=True, slots=True)
class SayMails:
    """The reaction that says whether such mails are theirs."""

    senders: MailSenders
    box: str
    allowed: bool
    lasts: bool = True

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on such a question."""
        return await _asked(work, target) is not None

    async def refused(self) -> None:
        """Ask nobody."""

    async def take(self, work: UnitOfWork, origin: Origin, _: Refused | None, /) -> None:
        """Keep it, if its author is who was asked."""
        notice = origin.about
        sender = None if notice is None else await _asked(work, notice)
        known = None if sender is None else await work.mailed.sender(sender)
        if sender is None or known is None or known.owner != origin.by:
            return
        said = await self.senders.say(
            work, origin.by, sender, allowed=self.allowed, cause=origin.event
        )
        parameters: dict[str, Parameter] = {"box": self.box}
        answer = origin.answer(_told(said, allowed=self.allowed), parameters)
        await work.outbox.post(replace(answer, reply_to=notice))


@dataclass(frozen=True, slots=True)
class MailedCommands:
    """The commands on one's own invitations by mail."""

    senders: MailSenders
    box: str
    """The address that agents invite."""

    def talk(self) -> Talk:
        """Return the commands and reactions."""
        return Talk(
            commands={AcceptMails: self.accept, DeclineMails: self.decline},
            reactions={
                YES: SayMails(self.senders, self.box, allowed=True),
                NO: SayMails(self.senders, self.box, allowed=False),
            },
        )

    async def accept(self, ctx: Context, _: AcceptMails) -> None:
        """Follow the mails of the author's address."""
        await self._say(ctx, allowed=True)

    async def decline(self, ctx: Context, _: DeclineMails) -> None:
        """Ignore them."""
        await self._say(ctx, allowed=False)

    async def _say(self, ctx: Context, *, allowed: bool) -> None:
        if ctx.identity is None:
            await privately(ctx, "mailed.no-address")
            return
        by, cause = ctx.origin.by, ctx.origin.event
        sender = sender_id(by, ctx.identity.email)
        said = await self.senders.say(ctx.work, by, sender, allowed=allowed, cause=cause)
        await privately(ctx, _told(said, allowed=allowed), {"box": self.box})


def without_mails() -> Talk:
    """Return the answers where the operator has set up no box."""
    return Talk(commands=dict.fromkeys((AcceptMails, DeclineMails), _not_set_up))


async def _not_set_up(ctx: Context, _: object) -> None:
    await ctx.answer("mailed.not-set-up")


async def _asked(work: UnitOfWork, notice: EventId) -> MailSenderId | None:
    key = await work.outbox.key_of(notice)
    return None if key is None else sender_of(key)
