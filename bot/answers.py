"""What a salon answers, by reaction, about somebody who waits at the door."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog

from bot.matrix.events import Reaction
from bot.salon import is_agent
from bridge.ids import UserId
from bridge.ports import Work
from bridge.services.admissions import NO, YES, admission_of
from bridge.services.seats import Seats

log = structlog.get_logger()

_ANSWERS: Mapping[str, bool] = {YES: True, NO: False}
_VARIATION = "\ufe0f"
"""Some keyboards add it: the character before it is to be shown as an emoji."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Takes reactions to the notice about a visitor; whatever else people react to is theirs."""

    seats: Seats
    me: UserId
    servers: Collection[str]

    async def take(self, work: Work, reaction: Reaction) -> None:
        """Let in or turn away whom a reaction is about, where it is one that counts.

        Reactions are never encrypted, so the homeservers vouch for who reacts.
        """
        admit = _ANSWERS.get(reaction.key.removesuffix(_VARIATION))
        if admit is None or not self._counts(reaction):
            return
        visit = await work.visits.by_notice(reaction.target)
        about = None if visit is None else await admission_of(work, visit.id, self.seats.policy)
        # An event's id may be known elsewhere, to people who have no say here.
        if about is None or about.meeting.salon != reaction.salon:
            return
        await self.seats.decide(work, about.visit.id, admit=admit, by=reaction.sender)

    def _counts(self, reaction: Reaction) -> bool:
        """Tell whether its author may answer, and answers now: nobody is surprised much later."""
        if reaction.sender == self.me or not is_agent(reaction.sender, self.servers):
            return False
        age = self.seats.clock.now() - reaction.sent_at
        if age > self.seats.policy.stale_after:
            log.info("reaction.stale", salon=reaction.salon)
            return False
        return True
