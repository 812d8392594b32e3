"""`inviter`, `prolonger`, `retirer`, `invités`: people from outside."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.context import Commands, Context
from bot.language.options import Extend, Guests, Invite, Revoke
from bridge.domain.invitation import LIVING, Delivery, Invitation
from bridge.domain.meeting import Occurrence
from bridge.domain.message import Fact, moment, phrase
from bridge.services.invitations import Guest, Invitations, Invited
from bridge.services.meetings import Meetings, titled


@dataclass(frozen=True, slots=True)
class GuestCommands:
    """The commands on guests, bound to their use cases."""

    meetings: Meetings
    invitations: Invitations

    def table(self) -> Commands:
        """Return which method runs which parsed command."""
        return {
            Invite: self.invite,
            Extend: self.extend,
            Revoke: self.revoke,
            Guests: self.guests,
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
        """Withdraw links; whoever is in the meeting stays in this way, and the answer says so."""
        meeting, occurrence = await self.meetings.current(ctx.work, ctx.origin)
        whom = await self._whom(ctx, asked, occurrence)
        if not all(one.invited_by == ctx.origin.by for one in whom):
            self.meetings.check_steward(ctx.origin, meeting)
        done = await self.invitations.revoke(ctx.work, occurrence, whom)
        if not done:
            await ctx.answer("guests.none", {"title": titled(meeting)})
            return
        names = ", ".join(one.shown for one in done)
        inside = any(one.waiting_since for one in done)
        await ctx.answer("invite.revoked-inside" if inside else "invite.revoked", {"guest": names})

    async def guests(self, ctx: Context, _: Guests) -> None:
        """List everybody invited, with their window and state."""
        meeting, occurrence = await self.meetings.current(ctx.work, ctx.origin)
        known = await ctx.work.invitations.of_occurrence(occurrence.id)
        if not known:
            await ctx.answer("guests.none", {"title": titled(meeting)})
            return
        rows: list[Fact] = [self._line(ctx, one, occurrence) for one in known]
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

    def _line(self, ctx: Context, one: Invitation, occurrence: Occurrence) -> Fact:
        state = one.state(occurrence, self.meetings.policy.graces, ctx.now)
        key = f"guest.state.{state}"
        if state in LIVING and one.mail_refused:
            key = "guest.state.mail-refused"
        return phrase("guests.row", self._row(one, occurrence) | {"state": phrase(key)})
