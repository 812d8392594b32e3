"""`inviter`, `renvoyer`, `prolonger`, `retirer`, `invités`, and the answers at the door."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.commands.expected import ringing, row_of, told_of
from bot.commands.offered import last_moment, listed, with_proof
from bot.commands.until import lacking, until_of
from bot.conversation.colleagues import Colleagues
from bot.conversation.context import Commands, Context
from bot.conversation.guests import Admitted, admitted, leads, state_key
from bot.conversation.mailed import with_mails
from bot.conversation.promises import promises
from bot.language.commands.extend import Extend
from bot.language.commands.guests import Guests, Resend, Revoke
from bot.language.commands.invite import Invite
from bot.language.moments import say_length
from bot.matrix.events import SalonState
from bridge.domain.authority import Act
from bridge.domain.invitation import Delivery, Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Parameter, Parameters, guest, phrase, stretch
from bridge.domain.proof import Proof
from bridge.domain.scope import WholeSeries
from bridge.domain.window import window_of
from bridge.errors import GuestAmbiguous, GuestUnknown, InvitationRefused
from bridge.services.federation.opening import opened_to
from bridge.services.invitations.invitations import Guest, Invitations, Invited, Terms
from bridge.services.meetings.colleagues import expect, release
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.meetings.undoing import About
from bridge.services.naming import titled, when
from bridge.services.permissions import allows, demand
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class GuestCommands:
    """The commands on guests, bound to their use cases."""

    tools: Tools
    meetings: Meetings
    invitations: Invitations
    colleagues: Colleagues

    def table(self) -> Commands:
        """Return the method that runs each parsed command."""
        return {
            Invite: self.invite,
            Resend: self.resend,
            Extend: self.extend,
            Revoke: self.revoke,
            Guests: self.guests,
        }

    async def invite(self, ctx: Context, asked: Invite) -> None:
        """Send or resend a link to each guest, and name each colleague on the card.

        Each line of the answer says how the person comes in.
        """
        about = await self.meetings.current(ctx.work, ctx.cause, Act.INVITE, on=asked.day)
        await self.invite_to(ctx, about, asked)

    async def invite_to(self, ctx: Context, about: About, asked: Invite) -> None:
        """Invite to this meeting as `invite` does, and answer."""
        meeting, occurrence = about
        here = ctx.state if meeting.salon == ctx.salon.id else await self._state(meeting, ctx)
        people = await self.colleagues.sort(asked.people, here)
        occurrence = await expect(ctx.work, occurrence, people.colleagues, ctx.now)
        about = meeting, occurrence
        until = until_of(asked, occurrence, ctx.now)
        # An end is one of a date: without one, or a day, a guest of a series comes to all of it.
        series = occurrence.original is not None and until is None and asked.day is None
        terms = Terms(until, asked.proof, WholeSeries() if series else None)
        done = await self._issue(ctx, about, people.guests, terms, listed(asked))
        template, parameters, sent = self._invited(done, about)
        rows = [*(row_of(one, here) for one in people.colleagues), *sent]
        parameters |= {
            "title": titled(meeting, occurrence),
            "example": _first(asked),
            "n": len(rows),
        }
        parameters["rows"] = [*rows, *await self._promised(ctx, done)]
        answer = ctx.origin.answer(template, parameters)
        await ctx.work.outbox.post(replace(answer, mentions=ringing(people.colleagues, here, ctx)))

    async def _state(self, meeting: Meeting, ctx: Context) -> SalonState:
        """Return the state of the meeting's salon; without one, that of the line's salon."""
        return ctx.state if meeting.salon is None else await self.colleagues.state(meeting.salon)

    async def _issue(
        self, ctx: Context, about: About, guests: Sequence[Guest], terms: Terms, who: str
    ) -> Sequence[Invited]:
        """Send the links; a refusal offers a line for `who`, as people type them."""
        try:
            return await self.invitations.invite(ctx.work, ctx.cause, about, guests, terms)
        except InvitationRefused as error:
            if error.parameters["reason"] != "code-unmailed":
                who = with_proof(who, terms.proof, ctx.salon.language)
            example = last_moment(ctx, about[1])
            raise InvitationRefused(**error.parameters, example=example, who=who) from error

    async def _promised(self, ctx: Context, done: Sequence[Invited]) -> list[Parameter]:
        """Return the promises that the salon was not told yet; they count as told."""
        if not done:
            return []
        asked = any(one.invitation.proof is not Proof.NONE for one in done)
        known = set(ctx.salon.promised.split())
        new = [key for key in promises(self.tools.policy, proof=asked) if key not in known]
        if new:
            told = " ".join(sorted(known | set(new)))
            await ctx.work.salons.save(replace(ctx.salon, promised=told))
        return [phrase(key) for key in new]

    async def resend(self, ctx: Context, asked: Resend) -> None:
        """Send the link of one guest once more."""
        about = await self.meetings.current(ctx.work, ctx.cause, Act.INVITE)
        found = await self._find(ctx, about[1], asked)
        guests = [Guest(one.name, one.email) for one in found]
        example = found[0].email or found[0].name
        done = await self._issue(ctx, about, guests, Terms(), example)
        template, parameters, rows = self._invited(done, about)
        parameters |= {"title": titled(*about), "example": example, "n": len(rows), "rows": rows}
        await ctx.answer(template, parameters)

    async def extend(self, ctx: Context, asked: Extend) -> None:
        """Extend the meeting, or the link of one guest."""
        meeting, occurrence = await self.meetings.current(ctx.work, ctx.cause, Act.EXTEND)
        if not asked.who:
            if meeting.room is None:
                ctx.origin.check_shown()
            by = asked.by if asked.on is None else lacking(asked.on, occurrence, ctx.now)
            later = await self.meetings.extend(ctx.work, occurrence, by)
            answer = await self._extended(ctx, later), _about(meeting, later)
            await ctx.answer(*await with_mails(ctx.work, self.tools, later, answer))
            return
        found = await self._find(ctx, occurrence, asked)
        closes = found[0].window(occurrence, self.tools.policy.graces).closes
        by = asked.by if asked.on is None else lacking(asked.on, occurrence, ctx.now, closes)
        done = await self.invitations.extend(ctx.work, occurrence, found, by)
        told = "invite.extended", self._row(done[0], (meeting, occurrence))
        await ctx.answer(*await self._mailed(ctx, occurrence, told, done))

    async def _extended(self, ctx: Context, later: Occurrence) -> str:
        """Return the answer on what the links do: one with an end of its own may keep it."""
        alive = await self.invitations.alive(ctx.work, later)
        graces = self.tools.policy.graces
        if any(one.window(later, graces) != window_of(later, graces) for one in alive):
            return "meeting.extended-apart"
        return "meeting.extended-links" if alive else "meeting.extended"

    async def revoke(self, ctx: Context, asked: Revoke) -> None:
        """Withdraw links; the answer says what happens to guests who are in the meeting."""
        about = await self.meetings.current(ctx.work, ctx.cause, Act.WITHDRAW_OWN, on=asked.on)
        meeting, occurrence = about
        colleague = await release(ctx.work, occurrence, asked.who) if asked.who else None
        if colleague is not None:
            parameters: Parameters = {
                "guest": told_of(colleague),
                "title": titled(meeting, occurrence),
            }
            await ctx.answer("invite.colleague-released", parameters)
            return
        named = allows(Act.GUESTS, ctx.cause, meeting, self.tools.policy)
        whom = await self._whom(ctx, asked, about, named=named)
        if not all(one.invited_by == ctx.origin.by for one in whom):
            demand(Act.WITHDRAW, ctx.cause, meeting, self.tools.policy)
        known = await self._known(ctx, occurrence)
        done = await self.invitations.revoke(ctx.work, occurrence, whom)
        if not done:
            await ctx.answer("invite.none-alive", {"title": titled(meeting, occurrence)})
            return
        unnamed: Parameter = "" if named else asked.who or phrase("guest.counted", {"n": len(done)})
        answer = self._revoked(done, known, unnamed)
        if named:  # otherwise it would reveal who has an address
            answer = await self._mailed(ctx, occurrence, answer, done)
        await ctx.answer(*answer)

    async def guests(self, ctx: Context, _: Guests) -> None:
        """List everybody invited, with their window and state."""
        about = await self.meetings.current(ctx.work, ctx.cause, Act.GUESTS)
        meeting, occurrence = about
        invited = await ctx.work.invitations.of_occurrence(occurrence.id)
        expected = occurrence.colleagues
        opened = await opened_to(ctx.work, meeting.id)
        if not invited and not expected and not opened:
            await ctx.answer("guests.none", {"title": titled(meeting, occurrence)})
            return
        known = await self._known(ctx, occurrence)
        about = meeting, occurrence
        rows: list[Parameter] = [self._line(ctx, one, about, known) for one in invited]
        rows += [phrase("guests.colleague", {"guest": told_of(one)}) for one in expected]
        rows += [phrase("guests.opened", {"partner": one.label}) for one in opened]
        await ctx.answer("guests.list", {**_about(meeting, occurrence), "rows": rows})

    async def _mailed(
        self,
        ctx: Context,
        occurrence: Occurrence,
        answer: tuple[str, Parameters],
        done: Sequence[Invitation],
    ) -> tuple[str, Parameters]:
        whom = {one.id for one in done}
        return await with_mails(ctx.work, self.tools, occurrence, answer, whom)

    async def _whom(
        self, ctx: Context, asked: Revoke, about: About, *, named: bool
    ) -> Sequence[Invitation]:
        """Return the guests whose links are meant.

        To an author who may not read the list of guests, a part of a name would reveal the rest.
        """
        meeting, occurrence = about
        if asked.everybody:
            return await self.invitations.alive(ctx.work, occurrence)
        if named:
            return await self._find(ctx, occurrence, asked)
        try:
            return await self.invitations.find_exactly(ctx.work, occurrence, asked.who)
        except GuestUnknown as error:
            raise GuestUnknown(**error.parameters, title=titled(meeting, occurrence)) from error

    async def _find(
        self, ctx: Context, occurrence: Occurrence, asked: Extend | Resend | Revoke
    ) -> Sequence[Invitation]:
        if not asked.who:
            raise await self._unnamed(ctx, occurrence, asked)
        try:
            return await self.invitations.find(ctx.work, occurrence, asked.who)
        except GuestAmbiguous as error:
            if isinstance(asked, Revoke):
                raise GuestAmbiguous(reason="revoke", **error.parameters) from error
            if isinstance(asked, Resend):
                raise GuestAmbiguous(reason="resend", **error.parameters) from error
            by = say_length(asked.by)
            raise GuestAmbiguous(reason="extend", by=by, **error.parameters) from error

    async def _unnamed(
        self, ctx: Context, occurrence: Occurrence, asked: Extend | Resend | Revoke
    ) -> GuestAmbiguous | GuestUnknown:
        """Return the question whose link is meant by a line that names nobody."""
        alive = await self.invitations.alive(ctx.work, occurrence)
        if not alive:
            return GuestUnknown(reason="nobody-invited")
        names = [one.email or one.name for one in alive]
        parameters: dict[str, Parameter] = {
            "n": len(names),
            "names": ", ".join(names[:5]),
            "first": names[0],
        }
        if isinstance(asked, Revoke):
            return GuestAmbiguous(reason="whose-revoke", **parameters)
        return GuestAmbiguous(reason="whose-resend", **parameters)

    def _invited(
        self, done: Sequence[Invited], about: About
    ) -> tuple[str, dict[str, Parameter], list[Parameter]]:
        """Return the answer and its rows: the window that all links share is told once."""
        about_each = [self._row(one.invitation, about) for one in done]
        rows = [_sent(one, parameters) for one, parameters in zip(done, about_each, strict=True)]
        windows = [parameters["window"] for parameters in about_each]
        if windows and all(window == windows[0] for window in windows):
            series = all(isinstance(one.invitation.scope, WholeSeries) for one in done)
            key = "invite.done-series" if series else "invite.done-window"
            return key, {"window": windows[0]}, rows
        told = zip(rows, windows, strict=True)
        each = [phrase("invite.row-window", {"row": row, "window": at}) for row, at in told]
        return "invite.done", {}, each

    def _row(self, one: Invitation, about: About) -> dict[str, Parameter]:
        meeting, occurrence = about
        window = one.window(occurrence, self.tools.policy.graces)
        return {
            "guest": guest(one.name, meeting.salon, _name(one)),
            "window": stretch(window.opens, window.closes, occurrence.zone),
        }

    async def _known(self, ctx: Context, occurrence: Occurrence) -> Admitted:
        return await admitted(ctx.work, occurrence, self.tools.policy)

    def _revoked(
        self, done: Sequence[Invitation], known: Admitted, unnamed: Parameter
    ) -> tuple[str, Parameters]:
        """Return the answer; `unnamed`, unless empty, stands for all names."""
        names: list[Parameter] = [unnamed] if unnamed else [_name(one) for one in done]
        parameters: dict[str, Parameter] = {"n": len(done), "guest": names[0], "rows": names}
        policy = self.tools.policy
        inside = [one for one in done if one.id in known.inside]
        if inside and not policy.mode.ejects:
            return "invite.revoked-leaves", parameters
        if inside:
            out: Parameter = phrase("guest.counted", {"n": len(inside)})
            if not unnamed:
                out = ", ".join(one.shown for one in inside)
            return "invite.revoked-out", parameters | {"inside": out}
        followed = any(one.waiting_since for one in done)
        stay = followed and not policy.mode.ours
        return "invite.revoked-inside" if stay else "invite.revoked", parameters

    def _line(self, ctx: Context, one: Invitation, about: About, known: Admitted) -> Parameter:
        graces, occurrence = self.tools.policy.graces, about[1]
        state = phrase(state_key(one, occurrence, graces, now=ctx.now, known=known))
        row = "guests.row" if leads(one, occurrence, graces, ctx.now) else "guests.row-closed"
        return phrase(row, self._row(one, about) | {"state": state})


def _about(meeting: Meeting, occurrence: Occurrence) -> dict[str, Parameter]:
    return {"title": titled(meeting, occurrence), "when": when(occurrence)}


def _sent(done: Invited, parameters: Parameters) -> Parameter:
    """Return a guest with how their link is sent, and the proof they are asked for at the door."""
    one = done.invitation
    how = "mail" if one.delivery is Delivery.MAIL else "direct"
    row = phrase(f"invite.again-{how}" if done.again else f"invite.new-{how}", parameters)
    return row if one.proof is Proof.NONE else phrase(f"invite.with-{one.proof}", {"row": row})


def _first(asked: Invite) -> str:
    """Return the first person, as people type them to withdraw their link."""
    return asked.people[0].email or asked.people[0].typed


def _name(one: Invitation) -> Parameter:
    """Return the guest with their address: a mistyped one must be seen."""
    if one.name and one.email:
        return f"{one.name} ({one.email})"
    return one.shown or phrase("guest.forgotten")
