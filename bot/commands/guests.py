"""`inviter`, `prolonger`, `retirer`, `admettre`, `refuser`, `invités`: people from outside."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.admit import admission_commands
from bot.commands.context import Commands, Context
from bot.guests import Admitted, admitted, state_key
from bot.language.options import Extend, Guests, Invite, Revoke
from bridge.domain.invitation import Delivery, Invitation
from bridge.domain.meeting import Occurrence
from bridge.domain.message import Fact, Facts, moment, phrase
from bridge.domain.policy import Way
from bridge.services.invitations import Guest, Invitations, Invited
from bridge.services.meetings import Meetings, titled
from bridge.services.seats import Seats


@dataclass(frozen=True, slots=True)
class GuestCommands:
    """The commands on guests, bound to their use cases."""

    meetings: Meetings
    invitations: Invitations
    seats: Seats | None = None
    """Only where the salon admits."""

    def table(self) -> Commands:
        """Return which method runs which parsed command."""
        return {
            Invite: self.invite,
            Extend: self.extend,
            Revoke: self.revoke,
            Guests: self.guests,
            **admission_commands(self.meetings, self.seats),
        }

    async def invite(self, ctx: Context, asked: Invite) -> None:
        """Issue or send again a link to each person; each line of the answer says how it left."""
        about = await self.meetings.current(ctx.work, ctx.origin)
        guests = [Guest(one.name or str(one.user or ""), one.email) for one in asked.people]
        done = await self.invitations.invite(ctx.work, ctx.origin, about, guests, asked.until)
        rows: list[Fact] = [self._invited(one, about[1]) for one in done]
        await ctx.answer("invite.done", {"title": titled(about[0]), "rows": rows})

    async def extend(self, ctx: Context, asked: Extend) -> None:
        """Extend the meeting, or the link of one guest."""
        meeting, occurrence = await self.meetings.current(ctx.work, ctx.origin)
        self.meetings.check_steward(ctx.origin, meeting)
        if not asked.who:
            later = await self.meetings.extend(ctx.work, occurrence, asked.by)
            facts = {"title": titled(meeting), "end": moment(later.end, later.zone)}
            await ctx.answer("meeting.extended", facts)
            return
        found = await self.invitations.find(ctx.work, occurrence, asked.who)
        done = await self.invitations.extend(ctx.work, occurrence, found, asked.by)
        await ctx.answer("invite.extended", self._row(done[0], occurrence))

    async def revoke(self, ctx: Context, asked: Revoke) -> None:
        """Withdraw links; the answer says what becomes of whoever is in the meeting."""
        meeting, occurrence = await self.meetings.current(ctx.work, ctx.origin)
        whom = await self._whom(ctx, asked, occurrence)
        if not all(one.invited_by == ctx.origin.by for one in whom):
            self.meetings.check_steward(ctx.origin, meeting)
        known = await self._known(ctx, occurrence)
        done = await self.invitations.revoke(ctx.work, occurrence, whom)
        if not done:
            await ctx.answer("guests.none", {"title": titled(meeting)})
            return
        await ctx.answer(*self._revoked(done, known))

    async def guests(self, ctx: Context, _: Guests) -> None:
        """List everybody invited, with their window and state."""
        meeting, occurrence = await self.meetings.current(ctx.work, ctx.origin)
        invited = await ctx.work.invitations.of_occurrence(occurrence.id)
        if not invited:
            await ctx.answer("guests.none", {"title": titled(meeting)})
            return
        known = await self._known(ctx, occurrence)
        rows: list[Fact] = [self._line(ctx, one, occurrence, known) for one in invited]
        await ctx.answer("guests.list", {"title": titled(meeting), "rows": rows})

    async def _whom(
        self, ctx: Context, asked: Revoke, occurrence: Occurrence
    ) -> Sequence[Invitation]:
        if asked.everybody:
            return await self.invitations.alive(ctx.work, occurrence)
        return await self.invitations.find(ctx.work, occurrence, asked.who)

    def _invited(self, done: Invited, occurrence: Occurrence) -> Fact:
        by_mail = done.invitation.delivery is Delivery.MAIL
        how = "mail" if by_mail else "direct"
        key = f"invite.again-{how}" if done.again else f"invite.new-{how}"
        return phrase(key, self._row(done.invitation, occurrence))

    def _row(self, one: Invitation, occurrence: Occurrence) -> dict[str, Fact]:
        window = one.window(occurrence, self.meetings.policy.graces)
        return {
            "guest": one.shown or phrase("guest.forgotten"),
            "opens": moment(window.opens, occurrence.zone),
            "closes": moment(window.closes, occurrence.zone),
        }

    async def _known(self, ctx: Context, occurrence: Occurrence) -> Admitted:
        return await admitted(ctx.work, occurrence, self.meetings.policy)

    def _revoked(self, done: Sequence[Invitation], known: Admitted) -> tuple[str, Facts]:
        facts: dict[str, Fact] = {"guest": _names(done)}
        inside = [one for one in done if one.id in known.inside]
        if inside:
            return "invite.revoked-out", facts | {"inside": _names(inside)}
        followed = any(one.waiting_since for one in done)
        stay = followed and self.meetings.policy.way is Way.REDIRECT
        return "invite.revoked-inside" if stay else "invite.revoked", facts

    def _line(self, ctx: Context, one: Invitation, occurrence: Occurrence, known: Admitted) -> Fact:
        graces = self.meetings.policy.graces
        state = phrase(state_key(one, occurrence, graces, now=ctx.now, known=known))
        return phrase("guests.row", self._row(one, occurrence) | {"state": state})


def _names(guests: Sequence[Invitation]) -> str:
    return ", ".join(one.shown for one in guests)
