"""Reactions with which people in a salon answer a message of ours.

Each character does one act, if this installation offers it. Other reactions, and those to other
messages, have their own meaning among people.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import structlog

from bot.conversation.origins import Origin
from bot.conversation.refusals import refusal
from bot.conversation.salon import is_agent
from bot.conversation.undoing import Closing
from bot.matrix.events import Reaction
from bridge.domain.authority import Act
from bridge.domain.message import Parameter, moment
from bridge.domain.quota import Pace
from bridge.errors import Refused
from bridge.ids import EventId, UserId
from bridge.ports import UnitOfWork
from bridge.services.naming import titled
from bridge.services.permissions import allows
from bridge.services.reminders.own import OwnReminders, zone_of
from bridge.services.reminders.wording import begins
from bridge.services.seats.choosing import Choosing
from bridge.services.seats.decisions import Seats
from bridge.services.seats.end_warnings import Endings
from bridge.services.tools import Tools

log = structlog.get_logger()

_VARIATION = "\ufe0f"
"""Some keyboards add it, to show the character before it as an emoji."""
_TONES = "".join(map(chr, range(0x1F3FB, 0x1F400)))
"""Colours of skin, behind a hand."""


class ReactionAct(Protocol):
    """The act of a reaction with one character to a message."""

    @property
    def lasts(self) -> bool:
        """Whether it still counts if it was given long ago."""
        ...

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether this answers the message: most ✅ in a salon are about other messages."""
        ...

    async def refused(self) -> Refused | None:
        """Return why it can't succeed now, after asking servers, before it is taken."""
        ...

    async def take(self, work: UnitOfWork, origin: Origin, refused: Refused | None, /) -> None:
        """Do it to `origin.about`. Raises Refused before anything is written."""
        ...


ReactionActs: TypeAlias = Mapping[str, ReactionAct]
"""The act of each character."""


@dataclass(frozen=True, slots=True)
class UndoMeeting:
    """Takes back the meeting of the card."""

    closing: Closing
    lasts: bool = True

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on a card."""
        return await work.meetings.by_card(target) is not None

    async def refused(self) -> None:
        """Ask nobody."""

    async def take(self, work: UnitOfWork, origin: Origin, _: Refused | None, /) -> None:
        """Take the meeting back. Raises NotAllowed."""
        await self.closing.reacted(work, origin)


@dataclass(frozen=True, slots=True)
class PostponeEnd:
    """Extends, on the notice that warns of an end."""

    endings: Endings
    lasts: bool = False

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on such a notice."""
        return await work.offers.by_notice(target) is not None

    async def refused(self) -> None:
        """Ask nobody."""

    async def take(self, work: UnitOfWork, origin: Origin, _: Refused | None, /) -> None:
        """Extend, once."""
        if origin.about is not None:
            await self.endings.prolong(work, origin.about, origin.cause)


@dataclass(frozen=True, slots=True)
class SnoozeReminder:
    """Has a reminder come again."""

    tools: Tools
    own: OwnReminders
    lasts: bool = False

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on a reminder."""
        return await self.own.concerns(work, target)

    async def refused(self) -> None:
        """Ask nobody."""

    async def take(self, work: UnitOfWork, origin: Origin, _: Refused | None, /) -> None:
        """Have it come again, for its own reader."""
        notice = origin.about
        found = None if notice is None else await self.own.replied(work, notice, origin.by)
        if found is None:
            return
        reminder, meeting, occurrence = found
        by = self.tools.policy.snooze
        at = await self.own.snooze(work, reminder, occurrence, by)
        parameters: dict[str, Parameter] = {"title": titled(meeting, occurrence)}
        if at is None:
            parameters["begins"] = begins(occurrence, self.tools.now())
            answer = origin.answer("reminder.past-begun", parameters)
        else:
            zone = await zone_of(work, origin.by, occurrence)
            answer = origin.answer("reminder.snoozed", {**parameters, "at": moment(at, zone)})
        await work.outbox.post(replace(answer, reply_to=notice))


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """Admits or refuses the guests that a question asks about."""

    tools: Tools
    seats: Seats
    admit: bool
    lasts: bool = False

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on a question."""
        return await work.questions.by_notice(target) is not None

    async def refused(self) -> Refused | None:
        """Return MediaAway while we could not eject the guests we admit."""
        if self.admit:
            try:
                await self.seats.demand_media()
            except Refused as error:
                return error
        return None

    async def take(self, work: UnitOfWork, origin: Origin, refused: Refused | None, /) -> None:
        """Answer the question. Raises Refused."""
        choosing = Choosing(self.tools, self.seats)
        notice = origin.about
        asked = None if notice is None else await work.questions.by_notice(notice)
        about = None if asked is None else await choosing.question(work, asked)
        # People elsewhere may know an event's id, and have no right here.
        if about is None or about.meeting.salon != origin.salon:
            return
        if allows(Act.ANSWER, origin.cause, about.meeting, self.tools.policy):
            if refused is not None:
                raise refused
            at = origin.at or self.tools.now()
            await choosing.answer(work, about, admit=self.admit, by=origin.by, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """Takes reactions to our messages."""

    tools: Tools
    acts: ReactionActs
    me: UserId
    servers: Collection[str]

    def act(self, reaction: Reaction) -> ReactionAct | None:
        """Return the act of a reaction, if an agent gave it, and gave it now.

        An answer of long ago must surprise nobody; a meeting taken back stays so.
        """
        act = self.acts.get(reaction.key.rstrip(_TONES + _VARIATION))
        if act is None or reaction.sender == self.me or not is_agent(reaction.sender, self.servers):
            return None
        if not act.lasts and self.tools.now() - reaction.sent_at > self.tools.policy.stale_after:
            log.info("reaction.stale", salon=reaction.salon)
            return None
        return act

    async def take(
        self, work: UnitOfWork, act: ReactionAct, origin: Origin, *, refused: Refused | None = None
    ) -> None:
        """Do the act of a reaction to its message.

        Reactions are never encrypted, so the homeservers vouch for their author. If it is `refused`
        already, the author is told so.
        """
        try:
            await act.take(work, origin, refused)
        except Refused as error:  # nothing is written yet
            if await self._may_answer(work, origin):
                template, parameters = refusal(error)
                await work.outbox.post(origin.answer(template, parameters))

    async def _may_answer(self, work: UnitOfWork, origin: Origin) -> bool:
        """Count a refusal, at the pace of lines: touching an emoji costs nothing.

        Under another name: a command locks its author's count first, and this locks it last.
        """
        name = f"reactions:{origin.by}"
        pace = Pace(self.tools.policy.limits.lines)
        return await work.once.take(name, self.tools.now(), pace) is None
