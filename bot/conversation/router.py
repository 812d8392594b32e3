"""The router: handles each event of the inbox once."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.conversation.acts import act_of, concerns_salon
from bot.conversation.calendar_changes import CalendarChanged
from bot.conversation.context import Context
from bot.conversation.corrections import Corrections
from bot.conversation.journal import FromWorker, unpack
from bot.conversation.mailed_events import EventMailed
from bot.conversation.membership import Comings
from bot.conversation.origins import Elsewhere, Origin, origin_of, origin_of_touch
from bot.conversation.pacing import AddressedLine, Pacing
from bot.conversation.reactions import Reactions
from bot.conversation.refusals import refusal
from bot.conversation.salon import shown_name
from bot.conversation.talk import Talk
from bot.language.commands.handing import HandOver, TakeOver
from bot.language.line import read_line, typed_again
from bot.language.options import Command, Link, Meet, names_meeting, parse
from bot.language.retyped import typed_with
from bot.matrix.events import (
    Account,
    Arrived,
    Deleted,
    Incoming,
    IncomingMessage,
    Joined,
    LevelsChanged,
    MembersChanged,
    Reaction,
    Removed,
    SalonState,
    SendLater,
    SendRefused,
    Trust,
    Undecryptable,
    Upgraded,
)
from bridge.domain.agent import Agent, Identity
from bridge.domain.message import Notice, Parameters, ToSalon, phrase, span
from bridge.domain.salon import Salon
from bridge.errors import (
    InvitationRefused,
    LimitReached,
    NotAllowed,
    ParvisError,
    Refused,
)
from bridge.i18n import Language
from bridge.ids import SalonId, UserId
from bridge.metrics import Metrics
from bridge.ports import Identities, UnitOfWork
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.permissions import demand_here
from bridge.services.tools import Tools
from bridge.store import InboxRow, passing

log = structlog.get_logger()

_DAY = timedelta(days=1)
_SLOW = (Meet, Link, HandOver, TakeOver)
"""Commands that ask Visio: their author sees at once that we have read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """Handles the inbox. A row's effects and the mark that it is done commit together."""

    tools: Tools
    account: Account
    talk: Talk
    identities: Identities
    servers: Collection[str]
    language: Language
    prefix: str
    name: str
    """Our name in mentions."""
    metrics: Metrics | None = None

    async def handle(self, row: InboxRow) -> float:
        """Handle one event; a fault of ours is reported to its author and stops nothing.

        Returns the seconds for which its salon's lane must rest. Raises the errors that
        `bridge.store.passing` recognises: an event that the database refuses is a fault of ours.
        """
        try:
            incoming = unpack(row.kind, row.payload)
        except (KeyError, TypeError, ValueError):
            log.exception("event.unreadable", kind=row.kind)
            async with self.tools.works() as work:
                await work.inbox.done(row.event)
            return 0
        try:
            if isinstance(incoming, CalendarChanged):
                await self._calendar(incoming)
            elif isinstance(incoming, EventMailed):
                await self._mailed(incoming)
            else:
                await self._dispatch(incoming)
        except SendLater as later:
            return later.after  # the homeserver does not answer: the row stays
        except SendRefused:
            log.info("event.unreachable", kind=row.kind, salon=row.salon)
            await self._done(incoming)
        except Exception as error:
            if passing(error):
                raise
            # The boundary of one event: an unforeseen error is logged and reported plainly.
            log.exception("event.failed", kind=row.kind)
            await self._give_up(incoming)
        return 0

    async def _dispatch(self, incoming: Incoming) -> None:
        match incoming:
            case IncomingMessage():
                await self._message(incoming)
            case Joined():
                await self._comings.joined(incoming)
            case Arrived():
                await self._comings.arrived(incoming)
            case MembersChanged():
                await self._comings.members_changed(incoming)
            case Removed():
                await self._comings.removed(incoming)
            case Upgraded():
                await self._comings.upgraded(incoming)
            case LevelsChanged():
                await self._comings.levels(incoming)
            case Undecryptable():
                await self._unread(incoming)
            case Reaction() | Deleted():
                await self._touched(incoming)

    async def _calendar(self, changed: CalendarChanged) -> None:
        if self.talk.calendars is None:  # they were switched off since
            await self._done(changed)
        else:
            await self.talk.calendars.hear(changed)

    async def _mailed(self, heard: EventMailed) -> None:
        if self.talk.mailed is None:  # no box is read any more
            await self._done(heard)
        else:
            await self.talk.mailed.hear(heard)

    async def _done(self, incoming: Incoming | FromWorker, *messages: Notice) -> None:
        async with self.tools.works() as work:
            if await work.inbox.done(incoming.event):
                for message in messages:
                    await work.outbox.post(message)

    async def _give_up(self, incoming: Incoming | FromWorker) -> None:
        if isinstance(incoming, IncomingMessage):
            origin = origin_of(
                incoming, SalonState(salon=incoming.salon), self.servers, self.account.user
            )
            await self._done(incoming, origin.answer("error.ours"))
        else:
            await self._done(incoming)

    async def _touched(self, touch: Reaction | Deleted) -> None:
        if isinstance(touch, Reaction):
            await self._reaction(touch)
        else:
            await self._deleted(touch)

    async def _reaction(self, reaction: Reaction) -> None:
        act = self._reactions.act(reaction)
        if act is None:
            await self._done(reaction)
            return
        async with self.tools.works.reading() as work:
            ours = await act.concerns(work, reaction.target)
        if not ours:
            await self._done(reaction)
            return
        state = await self.account.salon(reaction.salon)
        origin = origin_of_touch(reaction, state, self.servers, self.account.user)
        refused = await act.refused()
        async with self.tools.works() as work:
            if await work.inbox.done(reaction.event):
                await self._reactions.take(work, act, origin, refused=refused)

    async def _deleted(self, deleted: Deleted) -> None:
        async with self.tools.works.reading() as work:
            known = await work.meetings.by_card(deleted.target) is not None
        state = SalonState(salon=deleted.salon)  # a deleted line of another kind needs no right
        if known:
            state = await self.account.salon(deleted.salon)
        async with self.tools.works() as work:
            if await work.inbox.done(deleted.event):
                origin = origin_of_touch(deleted, state, self.servers, self.account.user)
                for act in self.talk.deletions:
                    await act(work, origin)

    @property
    def _reactions(self) -> Reactions:
        return Reactions(
            tools=self.tools,
            acts=self.talk.reactions,
            me=self.account.user,
            servers=self.servers,
        )

    # --- commands ---------------------------------------------------------------------------

    async def _message(self, message: IncomingMessage) -> None:
        if message.trust is Trust.FORGED:
            log.warning("sender.forged", salon=message.salon)
            await self._done(message)
            return
        state = await self.account.salon(message.salon)
        origin = origin_of(message, state, self.servers, self.account.user)
        me, bare = self.account.user, _read_bare(message, origin)
        line = read_line(message, me=me, my_name=self.name, prefix=self.prefix, bare=bare)
        if line is None:
            await self._done(message)
            return
        if state.space:
            await self._comings.decline(message.event, message.salon, tell=message.sender)
            return
        origin = replace(origin, prefixed=line.prefixed)
        asked = AddressedLine(message, line, origin)
        async with self.tools.works.reading() as work:
            salon = await work.salons.get(message.salon) or self._fresh(message.salon)
            too_fast = await self._pacing.check(work, asked)
            asked = await self._placed(work, asked)
        if line.within and asked.replied:
            await self._done(message)  # people who answer us may mention us in passing
        elif too_fast is not None:
            self._count(message, "refused", LimitReached.code)
            await self._pacing.ignore(asked, too_fast, salon.zone)
        elif self.tools.now() - message.sent_at > self.tools.policy.stale_after:
            parameters = {"span": span(self.tools.policy.stale_after)}
            await self._pacing.refuse(asked, origin.answer("command.stale", parameters))
        elif message.replaces is not None:
            await self._correction(asked, salon, state)
        else:
            await self._command(asked, salon, state)

    async def _correction(self, asked: AddressedLine, salon: Salon, state: SalonState) -> None:
        settled = await Corrections(
            tools=self.tools,
            account=self.account,
            pacing=self._pacing,
            prefix=self.prefix,
        ).settle(asked)
        if settled is None:
            return
        async with self.tools.works.reading() as work:
            settled = await self._placed(work, settled)
        await self._command(settled, salon, state)

    async def _command(self, asked: AddressedLine, salon: Salon, state: SalonState) -> None:
        message, command = asked.message, None
        try:
            command = self._parsed(asked, salon)
            if command is None:
                await self._done(message)
                return
            if isinstance(command, _SLOW):
                self.account.at_work(message.salon)
            found = await self._elsewhere.of(asked.origin)
            asked = replace(asked, origin=replace(asked.origin, elsewhere=found))
            await self._run(command, asked, salon, state)
            self._count(message, command.label, "done")
        except ParvisError as error:
            log.info("command.refused", code=error.code)
            self._count(message, "refused", error.code)
            told = self._refusal(error, command, asked, salon)
            answer = asked.origin.answer(*told)
            reason = error.parameters.get("reason")
            await self._pacing.refuse(asked, answer, reason=reason, error=error)

    def _refusal(
        self, error: ParvisError, command: Command | None, asked: AddressedLine, salon: Salon
    ) -> tuple[str, Parameters]:
        """Return the answer to a refused line; a line that it offers keeps the rest of that one."""
        template, parameters = refusal(error)
        if isinstance(error, LimitReached):
            parameters = {**parameters, "line": typed_again(asked.line, self.prefix)}
        if isinstance(error, InvitationRefused) and "first" in parameters:
            name, first = str(parameters["name"]), str(parameters["first"])
            line = typed_with(asked.line, name, first, prefix=self.prefix, language=salon.language)
            parameters = {**parameters, "line": line}
        if isinstance(error, InvitationRefused) and isinstance(command, Meet):
            return "error.unmade", {"refusal": phrase(template, parameters)}
        return template, parameters

    @property
    def _pacing(self) -> Pacing:
        return Pacing(
            tools=self.tools,
            limits=self.tools.policy.limits,
            servers=self.servers,
        )

    async def _placed(self, work: UnitOfWork, asked: AddressedLine) -> AddressedLine:
        """Return the line, with the titles that it may name, and whether it replies to us."""
        if names_meeting(asked.line):
            titles = await Meetings(self.tools).titles(work, asked.origin.cause)
            asked = replace(asked, titles=titles)
        replied = asked.message.reply_to
        if replied is None:
            return asked
        card = await work.meetings.by_card(replied)
        left = card is not None or await work.outbox.left(replied, asked.message.salon)
        return replace(asked, replied=left)

    def _count(self, message: IncomingMessage, verb: str, outcome: str) -> None:
        if self.metrics is not None:
            waited = self.tools.now() - message.sent_at
            self.metrics.command(verb, outcome, max(waited.total_seconds(), 0))

    def _fresh(self, salon: SalonId) -> Salon:
        return Salon(id=salon, language=self.language, zone=self.tools.policy.zone)

    @property
    def _elsewhere(self) -> Elsewhere:
        return Elsewhere(tools=self.tools, account=self.account)

    def _parsed(self, asked: AddressedLine, salon: Salon) -> Command | None:
        message, origin = asked.message, asked.origin
        try:
            command = parse(
                message,
                me=self.account.user,
                my_name=self.name,
                prefix=self.prefix,
                now=self._typed_at(message, salon),
                zone=salon.zone,
                language=salon.language,
                longest=self.tools.policy.longest,
                bare=_read_bare(message, origin),
                replied=asked.replied,
                titles=asked.titles,
            )
        except Refused as error:
            if origin.outside:
                raise NotAllowed(reason="outside") from error
            raise
        act = None if command is None else act_of(command)
        if act is not None and (concerns_salon(act) or origin.outside):
            demand_here(act, origin.cause.actor, origin.salon, self.tools.policy)
        return command

    def _typed_at(self, message: IncomingMessage, salon: Salon) -> datetime:
        """Return now, or the line's time if midnight came between: "demain" is of its own day."""
        now, zone = self.tools.now(), ZoneInfo(salon.zone)
        before = message.sent_at.astimezone(zone).date() < now.astimezone(zone).date()
        return message.sent_at if before else now

    async def _run(
        self, command: Command, asked: AddressedLine, salon: Salon, state: SalonState
    ) -> None:
        origin = asked.origin
        name = await shown_name(self.account, origin.by)
        identity = None if origin.outside else await self.identities.resolve(origin.by)
        ask = self.talk.before.get(type(command))
        if ask is not None:
            await ask()
        look = self.talk.ahead.get(type(command))
        ahead = None if look is None else await look(command, origin, salon, state)
        async with self.tools.works() as work:
            if not await work.inbox.done(origin.event):
                return
            await self._pacing.count(work, asked)
            await self._pacing.corrected(work, origin)
            if not origin.outside:
                await self._seen(work, origin.by, name, identity)
            context = Context(
                work=work,
                origin=origin,
                salon=salon,
                state=state,
                identity=identity,
                now=self.tools.now(),
                ahead=ahead,
            )
            await self.talk.commands[type(command)](context, command)

    async def _seen(
        self, work: UnitOfWork, user: UserId, name: str, identity: Identity | None
    ) -> None:
        known = await work.agents.get(user)
        seen = Agent(user=user, name=name, identity=identity, seen_at=self.tools.now())
        if known is None or known.is_news(seen):
            await work.agents.save(seen)

    # --- salons -----------------------------------------------------------------------------

    @property
    def _comings(self) -> Comings:
        return Comings(
            tools=self.tools,
            account=self.account,
            name=self.name,
            servers=self.servers,
        )

    async def _unread(self, unread: Undecryptable) -> None:
        """Tell once a day and salon that a line can't be decrypted, whoever wrote it.

        After an incident with keys nobody's lines can be decrypted: one notice explains them all.
        """
        name = f"unread:{unread.salon}"
        now = self.tools.now()
        notice = Notice(
            idempotency_key=f"unread:{unread.event}",
            to=ToSalon(salon=unread.salon, account=self.account.user),
            template="salon.unread",
            reply_to=unread.event,
        )
        async with self.tools.works() as work:
            if not await work.inbox.done(unread.event):
                return
            if await work.once.claim(name, now, unless_after=now - _DAY):
                await work.outbox.post(notice)


def _read_bare(message: IncomingMessage, origin: Origin) -> bool:
    """Tell whether a line without prefix is for us; corrections are often of chatter."""
    return origin.direct and message.replaces is None


def in_lane(row: InboxRow) -> str:
    """Return the lane of a row: commands of one salon run one after the other."""
    return row.salon
