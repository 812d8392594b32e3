"""`parvis invitations list`: a search for invitations by the facts that an operator knows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.guests import Admitted, admitted, leads, state_key
from bot.program.existing import open_existing
from bot.program.values import policy_of
from bridge.clock import SystemClock
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.policy import Policy
from bridge.domain.window import Graces
from bridge.i18n import Catalogue
from bridge.ids import InvitationId, OccurrenceId
from bridge.ports import UnitOfWork
from bridge.store.register import RegisterEntry, living
from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterQuery:
    """The search; empty fields match everything. Case does not matter."""

    guest: str = ""
    """A part of the guest's name or address."""
    salon: str = ""
    """A part of the salon's id."""
    organiser: str = ""
    """A part of the organiser's Matrix id, name or address."""
    limit: int = 100

    def meets(self, one: RegisterEntry, email: str) -> bool:
        """Tell whether an invitation matches; `email`: its organiser's, in our own table."""
        agent = f"{one.agent} {email}"
        asked = (self.guest, one.guest), (self.salon, one.salon or ""), (self.organiser, agent)
        return all(words.casefold() in found.casefold() for words, found in asked)


async def listed(settings: Settings, words: Catalogue, wanted: RegisterQuery) -> list[str]:
    """Return lines about the matching invitations, by meeting, with guests' addresses.

    The operator runs the database: this shows nothing that they could not read there.
    """
    clock, policy = SystemClock(), policy_of(settings)
    now, emails = clock.now(), settings.identity.map
    lines: list[str] = []
    async with open_existing(settings) as store:
        found = await living(store.begin, now=now, ended_after=now - policy.graces.after)
        kept = [one for one in found if wanted.meets(one, emails.get(one.organiser, ""))]
        shown = kept[: wanted.limit]
        async with store.reading() as work:
            for of in dict.fromkeys(one.occurrence for one in shown):
                those = {one.invitation for one in shown if one.occurrence == of}
                lines += await _meeting(work, of, those, policy=policy, now=now, words=words)
    return [*lines, *_end(len(kept), wanted.limit, words)]


async def _meeting(
    work: UnitOfWork,
    of: OccurrenceId,
    those: Collection[InvitationId],
    *,
    policy: Policy,
    now: datetime,
    words: Catalogue,
) -> list[str]:
    """Return the line of a meeting, and those of its matching invitations."""
    both = await work.meetings.both(of)
    if both is None:
        return []
    known = await admitted(work, both[1], policy)
    guests = [one for one in await work.invitations.of_occurrence(of) if one.id in those]
    lines = [
        _line(one, both[1], graces=policy.graces, now=now, words=words, known=known)
        for one in guests
    ]
    return [await _heading(work, *both, words), *lines]


def _end(count: int, limit: int, words: Catalogue) -> Sequence[str]:
    if count == 0:
        return [words.text("cli.invitations.none")]
    return [words.text("cli.invitations.more", n=limit, all=count)] if count > limit else []


async def _heading(
    work: UnitOfWork, meeting: Meeting, occurrence: Occurrence, words: Catalogue
) -> str:
    agent = await work.agents.get(meeting.organiser)
    title = occurrence.titled(meeting) or words.text("letter.untitled")
    return words.text(
        "cli.invitations.meeting",
        title=title,
        when=words.when(occurrence.start, occurrence.end, occurrence.zone),
        salon=meeting.salon or "–",
        organiser=f"{agent.name} ({meeting.organiser})" if agent else meeting.organiser,
    )


def _line(
    one: Invitation,
    occurrence: Occurrence,
    *,
    graces: Graces,
    now: datetime,
    words: Catalogue,
    known: Admitted,
) -> str:
    who = " ".join(part for part in (one.name, one.email and f"<{one.email}>") if part)
    state = words.text(state_key(one, occurrence, graces, now=now, known=known))
    parameters = {"id": one.id, "who": who or "–", "state": state}
    if not leads(one, occurrence, graces, now):
        return words.text("cli.invitation.over", **parameters)
    closes = words.short(one.window(occurrence, graces).closes, occurrence.zone, now)
    return words.text("cli.invitation", closes=closes, **parameters)
