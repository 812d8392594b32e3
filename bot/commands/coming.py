"""`présent`, `absent`, `peut-être`, `participants`, and 👍 👎 ❓ on a card."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.expected import told_of
from bot.conversation.context import Commands, Context
from bot.conversation.origins import Origin
from bot.conversation.talk import Talk
from bot.language.commands.coming import Attendees, SaysMaybe, SaysNo, SaysYes
from bridge.domain.answer import Answer, Answered
from bridge.domain.authority import Act
from bridge.domain.colleague import Colleague
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Parameter, one_line, person, phrase, visitor
from bridge.errors import MeetingOver, Refused
from bridge.ids import EventId, UserId
from bridge.ports import UnitOfWork
from bridge.services.answers import answer
from bridge.services.meetings.lifecycle import Meetings, is_over
from bridge.services.naming import titled, when
from bridge.services.permissions import allows
from bridge.services.tools import Tools

TOUCHES = {"👍": Answer.YES, "❓": Answer.MAYBE, "👎": Answer.NO}
"""The reactions to a card that say whether one comes."""


@dataclass(frozen=True, slots=True)
class ComingCommands:
    """The commands on who comes, bound to their use cases."""

    tools: Tools
    meetings: Meetings

    def talk(self) -> Talk:
        """Return the methods that run parsed commands, and a card's reactions."""
        commands: Commands = {
            SaysYes: self.say,
            SaysMaybe: self.say,
            SaysNo: self.say,
            Attendees: self.attendance,
        }
        return Talk(
            commands=commands,
            reactions={key: SayComing(self.tools, said) for key, said in TOUCHES.items()},
        )

    async def say(self, ctx: Context, asked: SaysYes | SaysMaybe | SaysNo) -> None:
        """Keep the author's answer. Raises NoMeeting, MeetingAmbiguous, NotAllowed, MeetingOver."""
        about = await self.meetings.current(
            ctx.work, ctx.cause, Act.COME, title=asked.title, on=asked.day
        )
        if is_over(about[1], ctx.now):
            raise MeetingOver(title=titled(*about))
        await answer(ctx.work, about[1], ctx.origin.by, asked.answer, ctx.now)
        told: dict[str, Parameter] = {"title": titled(*about), "when": when(about[1])}
        await ctx.answer(f"coming.{asked.answer}", told)

    async def attendance(self, ctx: Context, asked: Attendees) -> None:
        """List who answered what, and who has not. Raises NoMeeting, MeetingAmbiguous."""
        meeting, occurrence = await self.meetings.current(
            ctx.work, ctx.cause, Act.GUESTS, title=asked.title, on=asked.day
        )
        answered = await ctx.work.answers.of_occurrence(occurrence.id)
        invited = await ctx.work.invitations.of_occurrence(occurrence.id)
        guests = [one for one in invited if one.revoked_at is None]
        rows = _rows(meeting, occurrence, guests, answered)
        told: dict[str, Parameter] = {
            "title": titled(meeting, occurrence),
            "when": when(occurrence),
            "rows": list(rows),
        }
        await ctx.answer("coming.list", told)


@dataclass(frozen=True, slots=True)
class SayComing:
    """Keeps an agent's answer, given by a reaction to the card."""

    tools: Tools
    said: Answer
    lasts: bool = True

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on a card."""
        return await work.meetings.by_card(target) is not None

    async def refused(self) -> None:
        """Ask nobody."""

    async def take(self, work: UnitOfWork, origin: Origin, _: Refused | None, /) -> None:
        """Keep the answer; the card shows it. Of a meeting that is over nothing is kept."""
        found = None if origin.about is None else await work.meetings.by_card(origin.about)
        if found is None or found[0].salon != origin.salon:
            return
        meeting, occurrence = found
        if occurrence.card != origin.about or is_over(occurrence, self.tools.now()):
            return
        if allows(Act.COME, origin.cause, meeting, self.tools.policy):
            await answer(work, occurrence, origin.by, self.said, self.tools.now())


def _rows(
    meeting: Meeting,
    occurrence: Occurrence,
    guests: Sequence[Invitation],
    answered: Sequence[Answered],
) -> Sequence[Parameter]:
    """Return a row for each answer that was given, and one for those who gave none."""
    shown = _everybody(meeting, occurrence, guests, answered)
    said = {str(one.who): one.answer for one in answered}
    rows = []
    for key, named in (*((one.value, one) for one in Answer), ("unanswered", None)):
        those = [name for who, name in shown.items() if said.get(who) is named]
        if those:
            rows.append(phrase(f"coming.row.{key}", {"people": one_line(*those)}))
    return rows


def _everybody(
    meeting: Meeting,
    occurrence: Occurrence,
    guests: Sequence[Invitation],
    answered: Sequence[Answered],
) -> dict[str, Parameter]:
    """Return the names of all who are expected or answered, by their id or address."""
    agents = [UserId(str(one.who)) for one in answered if str(one.who).startswith("@")]
    shown: dict[str, Parameter] = {meeting.organiser: person(meeting.organiser)}
    for one in occurrence.colleagues:
        shown[one.known_by] = _colleague(one)
    shown |= {who: person(who) for who in agents}
    return shown | {str(one.id): _guest(one) for one in guests}


def _colleague(one: Colleague) -> Parameter:
    return person(one.user) if one.user else told_of(one)


def _guest(one: Invitation) -> Parameter:
    return visitor(one.shown, one.id) if one.shown else phrase("guest.forgotten")
