"""What a salon answers, by reaction: about who waits at the door, an end to come, a mistake."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog

from bot.matrix.events import Reaction
from bot.origins import Origin
from bot.refusals import refusal
from bot.salon import is_agent
from bot.undoing import Closing
from bridge.domain.authority import Act
from bridge.domain.quota import Pace
from bridge.errors import Refused
from bridge.ids import EventId, UserId
from bridge.ports import UnitOfWork
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.meetings.undoing import UNDO
from bridge.services.permissions import allows
from bridge.services.seats.choosing import Choosing
from bridge.services.seats.decisions import Seats
from bridge.services.seats.end_warnings import LATER, Endings
from bridge.services.tools import Tools
from bridge.services.visits.asking import NO, YES

log = structlog.get_logger()

_ANSWERS: Mapping[str, bool] = {YES: True, NO: False}
_VARIATION = "\ufe0f"
"""Some keyboards add it: the character before it is to be shown as an emoji."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """Takes reactions to our messages; whatever else people react to is theirs."""

    meetings: Meetings
    seats: Seats | None
    """Only where the salon admits."""
    endings: Endings | None
    """Only where guests are on a page of ours."""
    me: UserId
    servers: Collection[str]
    tools: Tools

    async def refused(self, key: str) -> Refused | None:
        """Return why a reaction can do nothing now, from those who are asked before it is taken."""
        if key == YES and self.seats is not None:
            try:
                await self.seats.demand_media()
            except Refused as error:
                return error
        return None

    async def take(
        self, work: UnitOfWork, key: str, origin: Origin, *, refused: Refused | None = None
    ) -> None:
        """Do what a reaction of a character that counts asks for, to the message it is about.

        Reactions are never encrypted, so the homeservers vouch for who reacts. One that is
        `refused` already is told so.
        """
        try:
            if key == UNDO:
                await Closing(self.tools, self.meetings).reacted(work, origin)
            elif key == LATER:
                await self._later(work, origin)
            else:
                await self._answer(work, origin, admit=_ANSWERS[key], refused=refused)
        except Refused as error:  # nothing is written yet
            if await self._answers_more(work, origin):
                template, facts = refusal(error)
                await work.outbox.post(origin.answer(template, facts))

    async def _answers_more(self, work: UnitOfWork, origin: Origin) -> bool:
        """Count a refusal, at the pace of lines: touching an emoji costs nothing.

        Under another name, since a command holds its author's count first, and this comes last.
        """
        name = f"reactions:{origin.by}"
        pace = Pace(self.tools.policy.limits.lines)
        return await work.once.take(name, self.tools.now(), pace) is None

    async def _later(self, work: UnitOfWork, origin: Origin) -> None:
        if self.endings is not None and origin.about is not None:
            await self.endings.prolong(work, origin.about, origin.cause)

    async def _answer(
        self, work: UnitOfWork, origin: Origin, *, admit: bool, refused: Refused | None
    ) -> None:
        if self.seats is None or origin.about is None:
            return
        choosing = Choosing(self.tools, self.seats)
        asked = await work.questions.by_notice(origin.about)
        about = None if asked is None else await choosing.question(work, asked)
        # An event's id may be known elsewhere, to people who have no say here.
        if about is None or about.meeting.salon != origin.salon:
            return
        if allows(Act.ANSWER, origin.cause, about.meeting, self.tools.policy):
            if refused is not None:
                raise refused
            at = origin.at or self.tools.now()
            await choosing.answer(work, about, admit=admit, by=origin.by, at=at)

    async def concerns(self, work: UnitOfWork, target: EventId, key: str) -> bool:
        """Tell whether a message is one that this answers: most ✅ in a salon are about others."""
        if key == UNDO:
            return await work.meetings.by_card(target) is not None
        question = await work.questions.by_notice(target)
        return question is not None or await work.offers.by_notice(target) is not None

    def counts(self, reaction: Reaction) -> bool:
        """Tell whether a reaction is an answer, of an agent, given now.

        Nobody is surprised by what they answered long ago; what they took back stays so.
        """
        if meant(reaction) not in (*_ANSWERS, LATER, UNDO):
            return False
        if reaction.sender == self.me or not is_agent(reaction.sender, self.servers):
            return False
        age = self.tools.now() - reaction.sent_at
        if meant(reaction) != UNDO and age > self.tools.policy.stale_after:
            log.info("reaction.stale", salon=reaction.salon)
            return False
        return True


def meant(reaction: Reaction) -> str:
    """Return a reaction's character as we write it."""
    return reaction.key.removesuffix(_VARIATION)
