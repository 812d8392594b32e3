"""From a line to its cause: its author, with the homeserver's present state of them."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.conversation.salon import is_agent
from bot.matrix.events import (
    Account,
    Deleted,
    IncomingMessage,
    Reaction,
    SalonState,
    SendLater,
    SendRefused,
)
from bridge.domain.authority import Membership
from bridge.domain.cause import Actor, Cause, Reply
from bridge.domain.message import LineRef, Notice, OwnReaction, Parameters, Priority, ToSalon
from bridge.errors import SalonSilent
from bridge.ids import EventId, SalonId, UserId
from bridge.services.meetings.lifecycle import CONSIDERED, awaited
from bridge.services.tools import Tools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A line, a reaction or a deletion, with Matrix's facts about it and its author."""

    event: EventId
    salon: SalonId
    by: UserId
    thread: EventId | None = None
    about: EventId | None = None
    """The event it replies to: a card, perhaps."""
    at: datetime | None = None
    """When it was sent, by its homeserver's clock."""
    direct: bool = False
    """It was typed in a direct message where its author and Parvis are alone."""
    silent: bool = False
    """Parvis may not write in the salon: it makes nothing that a card would have to show."""
    prefixed: bool = True
    """It begins with the prefix, as no bot's answer does by chance, and not with a mention."""
    level: int = 0
    """The author's power level in the salon, from the server's state."""
    present: bool = True
    """Whether the author is in the salon now, from the server's state."""
    corrects: EventId | None = None
    """The line that it corrects: its author sees the correction in that line's place."""
    outside: bool = False
    """Whether the author's homeserver is none of the agents'."""
    account: UserId | None = None
    """The bot's account that read it; `None`: the installation's first."""
    elsewhere: Mapping[SalonId, Membership] = field(default_factory=dict)
    """The author's membership of other salons, whose meetings a direct message may be about."""

    @property
    def line(self) -> EventId:
        """The line as its author sees it, however often it was corrected."""
        return self.corrects or self.event

    @property
    def cause(self) -> Cause:
        """The cause for use cases."""
        here = Membership(self.present, self.level)
        return Cause(
            key=self.line,
            actor=Actor(
                name=self.by,
                outside=self.outside,
                memberships={**self.elsewhere, self.salon: here},
            ),
            at=self.at,
            reply=Reply(
                salon=self.salon,
                line=self.line,
                event=self.event,
                thread=self.thread,
                about=self.about,
                direct=self.direct,
                account=self.account,
            ),
        )

    def check_shown(self) -> None:
        """Raise SalonSilent if we may not write here: we make no room that no card can show."""
        if self.silent:
            raise SalonSilent

    def answer(self, template: str, parameters: Parameters | None = None, *, n: int = 0) -> Notice:
        """Return an answer to this command; the `n`-th one if it has several."""
        answer = self.cause.answer(template, parameters, n=n)
        assert answer is not None, "whoever types has an account"
        return answer

    def reaction(self, key: str) -> OwnReaction:
        """Return a reaction to the line, which everybody sees without reading."""
        return OwnReaction(
            idempotency_key=f"reaction:{self.event}",
            to=ToSalon(salon=self.salon, account=self.account),
            on=LineRef(self.event),
            key=key,
            priority=Priority.ANSWER,
        )


def origin_of(
    message: IncomingMessage, state: SalonState, servers: Collection[str], me: UserId
) -> Origin:
    """Return the origin of a line, as far as its own salon tells.

    A person who has left a direct message since is not present in it.
    """
    present = message.sender in state.members
    return Origin(
        event=message.event,
        salon=message.salon,
        by=message.sender,
        thread=message.thread,
        about=message.reply_to,
        at=message.sent_at,
        corrects=message.replaces,
        account=me,
        direct=state.direct and present,
        silent=not state.may_speak(me),
        level=state.level(message.sender),
        present=present,
        outside=not is_agent(message.sender, servers),
    )


def origin_of_touch(
    touch: Reaction | Deleted, state: SalonState, servers: Collection[str], me: UserId
) -> Origin:
    """Return the origin of a reaction, or of the deletion of a line."""
    return Origin(
        event=touch.event,
        salon=touch.salon,
        by=touch.sender,
        account=me,
        about=touch.target,
        at=touch.sent_at,
        level=state.level(touch.sender),
        present=touch.sender in state.members,
        outside=not is_agent(touch.sender, servers),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Reads an author's membership of the salons that a direct message may be about."""

    tools: Tools
    account: Account

    async def of(self, origin: Origin) -> Mapping[SalonId, Membership]:
        """Return the author's membership of the salons of the meetings that concern them.

        A salon that can't be read now is left out: it gives nobody a right.
        """
        if not origin.direct:
            return {}
        after = self.tools.now() - self.tools.policy.graces.after
        async with self.tools.works.reading() as work:
            own = await work.meetings.of_organiser(origin.by, ending_after=after, most=CONSIDERED)
            coming = await awaited(work, origin.by, ending_after=after)
            replied = None if origin.about is None else await work.meetings.by_card(origin.about)
        pairs = [*own, *coming, *([] if replied is None else [replied])]
        known = {meeting.salon for meeting, _ in pairs if meeting.salon is not None}
        salons = sorted(known - {origin.salon})
        found = await asyncio.gather(*(self._in(salon, origin) for salon in salons))
        pairs_found = zip(salons, found, strict=True)
        return {salon: member for salon, member in pairs_found if member is not None}

    async def _in(self, salon: SalonId, origin: Origin) -> Membership | None:
        try:
            state = await self.account.salon(salon)
        except (SendLater, SendRefused) as error:
            log.info("membership.unknown", salon=salon, error=type(error).__name__)
            return None
        return Membership(origin.by in state.members, state.level(origin.by))
