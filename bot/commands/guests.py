"""`inviter`, `prolonger`, `retirer`, `invités`: people from outside."""

from collections.abc import Sequence

from bot.commands.context import Commands, Context
from bot.commands.meet import titled
from bot.language.options import Extend, Guests, Invite, Revoke
from bridge.domain.invitation import Delivery, Invitation, InvitationState
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Fact, moment, phrase
from bridge.errors import GuestUnknown
from bridge.services.invitations import Guest, Invitations, Invited
from bridge.services.meetings import Meetings


def guest_commands(meetings: Meetings, invitations: Invitations) -> Commands:
    """Return the commands on guests, bound to their use cases."""

    async def invite(ctx: Context, asked: Invite) -> None:
        about = await meetings.current(ctx.work, ctx.origin)
        guests = [Guest(person.name, person.email) for person in asked.people]
        done = await invitations.invite(ctx.work, ctx.origin, about, guests, asked.until)
        rows: list[Fact] = [_invited(one, about[1]) for one in done]
        await ctx.answer("invite.done", {"title": titled(about[0]), "rows": rows})

    def _invited(done: Invited, occurrence: Occurrence) -> Fact:
        by_mail = done.invitation.delivery is Delivery.MAIL
        how = "mail" if by_mail else "direct"
        key = f"invite.again-{how}" if done.again else f"invite.new-{how}"
        return phrase(key, _row(done.invitation, occurrence))

    def _row(one: Invitation, occurrence: Occurrence) -> dict[str, Fact]:
        window = one.window(occurrence, meetings.policy.graces)
        return {
            "guest": one.shown,
            "opens": moment(window.opens, occurrence.zone),
            "closes": moment(window.closes, occurrence.zone),
        }

    async def extend(ctx: Context, asked: Extend) -> None:
        meeting, occurrence = await meetings.current(ctx.work, ctx.origin)
        meetings.check_steward(ctx.origin, meeting)
        if not asked.who:
            later = await meetings.extend(ctx.work, occurrence, asked.by)
            facts = {"title": titled(meeting), "end": moment(later.end, later.zone)}
            await ctx.answer("meeting.extended", facts)
            return
        found = await invitations.find(ctx.work, occurrence, asked.who)
        done = await invitations.extend(ctx.work, occurrence, found, asked.by)
        await ctx.answer("invite.extended", _row(done[0], occurrence))

    async def revoke(ctx: Context, asked: Revoke) -> None:
        meeting, occurrence = await meetings.current(ctx.work, ctx.origin)
        whom = await _whom(ctx, asked, occurrence)
        if not all(one.invited_by == ctx.origin.by for one in whom):
            meetings.check_steward(ctx.origin, meeting)
        done = await invitations.revoke(ctx.work, occurrence, whom)
        if not done:
            raise GuestUnknown(words=asked.who)
        names = ", ".join(one.shown for one in done)
        inside = any(one.waiting_since for one in done)
        await ctx.answer("invite.revoked-inside" if inside else "invite.revoked", {"guest": names})

    async def _whom(ctx: Context, asked: Revoke, occurrence: Occurrence) -> Sequence[Invitation]:
        if asked.everybody:
            return await invitations.alive(ctx.work, occurrence)
        return await invitations.find(ctx.work, occurrence, asked.who)

    async def guests(ctx: Context, _: Guests) -> None:
        meeting, occurrence = await meetings.current(ctx.work, ctx.origin)
        known = await ctx.work.invitations.of_occurrence(occurrence.id)
        if not known:
            await ctx.answer("guests.none", {"title": titled(meeting)})
            return
        rows: list[Fact] = [_line(ctx, one, meeting, occurrence) for one in known]
        await ctx.answer("guests.list", {"title": titled(meeting), "rows": rows})

    def _line(ctx: Context, one: Invitation, _: Meeting, occurrence: Occurrence) -> Fact:
        state = one.state(occurrence, meetings.policy.graces, ctx.now)
        key = f"guest.state.{state}"
        living = state in (InvitationState.CREATED, InvitationState.WAITING)
        if living and one.mail_refused:
            key = "guest.state.mail-refused"
        return phrase("guests.row", _row(one, occurrence) | {"state": phrase(key)})

    return {Invite: invite, Extend: extend, Revoke: revoke, Guests: guests}
