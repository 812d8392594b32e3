"""What a salon answers, by reaction: about somebody who waits at the door, or an end to come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog

from bot.matrix.events import Reaction
from bot.refusals import refusal
from bot.salon import is_agent
from bridge.clock import Clock
from bridge.domain.origin import Origin
from bridge.domain.policy import Policy
from bridge.domain.quota import Pace
from bridge.errors import Refused
from bridge.ids import UserId
from bridge.ports import Work
from bridge.services.admission import admission_held
from bridge.services.admissions import NO, YES
from bridge.services.endings import LATER, Endings
from bridge.services.seats import Seats

log = structlog.get_logger()

_ANSWERS: Mapping[str, bool] = {YES: True, NO: False}
_VARIATION = "\ufe0f"
"""Some keyboards add it: the character before it is to be shown as an emoji."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Takes reactions to our notices; whatever else people react to is theirs."""

    seats: Seats | None
    """Only where the salon admits."""
    endings: Endings | None
    """Only where guests are on a page of ours."""
    me: UserId
    servers: Collection[str]
    policy: Policy
    clock: Clock

    async def take(self, work: Work, reaction: Reaction, level: int) -> None:
        """Do what a reaction asks for, where it is one that counts; `level`: its author's power.

        Reactions are never encrypted, so the homeservers vouch for who reacts.
        """
        key = meant(reaction)
        if key not in (*_ANSWERS, LATER) or not self._counts(reaction):
            return
        try:
            if key == LATER:
                await self._later(work, reaction, level)
            else:
                await self._answer(work, reaction, admit=_ANSWERS[key])
        except Refused as error:  # nothing is written yet
            if await self._answers_more(work, reaction):
                template, facts = refusal(error)
                await work.outbox.post(_origin(reaction, level).answer(template, facts))

    async def _answers_more(self, work: Work, reaction: Reaction) -> bool:
        """Count a refusal, at the pace of lines: touching an emoji costs nothing.

        Under another name, since a command holds its author's count first, and this comes last.
        """
        name = f"reactions:{reaction.sender}"
        pace = Pace(self.policy.limits.lines)
        return await work.once.take(name, self.clock.now(), pace) is None

    async def _later(self, work: Work, reaction: Reaction, level: int) -> None:
        if self.endings is not None:
            await self.endings.prolong(work, reaction.target, _origin(reaction, level))

    async def _answer(self, work: Work, reaction: Reaction, *, admit: bool) -> None:
        if self.seats is None:
            return
        visit = await work.visits.by_notice(reaction.target)
        about = None if visit is None else await admission_held(work, visit, self.policy)
        # An event's id may be known elsewhere, to people who have no say here.
        if about is None or about.meeting.salon != reaction.salon:
            return
        await self.seats.decide(work, about.visit.id, admit=admit, by=reaction.sender)

    def _counts(self, reaction: Reaction) -> bool:
        """Tell whether its author may answer, and answers now: nobody is surprised much later."""
        if reaction.sender == self.me or not is_agent(reaction.sender, self.servers):
            return False
        age = self.clock.now() - reaction.sent_at
        if age > self.policy.stale_after:
            log.info("reaction.stale", salon=reaction.salon)
            return False
        return True


def meant(reaction: Reaction) -> str:
    """Return a reaction's character as we write it."""
    return reaction.key.removesuffix(_VARIATION)


def _origin(reaction: Reaction, level: int) -> Origin:
    return Origin(
        event=reaction.event,
        salon=reaction.salon,
        by=reaction.sender,
        about=reaction.target,
        level=level,
    )
