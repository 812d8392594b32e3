"""`créneau avec`: three times that are free, and the reactions that take one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.conversation.colleagues import Colleagues
from bot.conversation.context import Context
from bot.conversation.keycaps import KEYCAPS
from bot.conversation.origins import Origin
from bot.conversation.reactions import ReactionAct
from bot.conversation.talk import Talk
from bot.language.commands.slot import FindSlot
from bot.language.dates.holiday import place_of
from bot.language.line import without_organisation
from bot.matrix.events import SalonState
from bridge.domain.authority import Act
from bridge.domain.colleague import Colleague
from bridge.domain.message import Parameter, Parameters, course, people, person, phrase, span
from bridge.domain.names import clean_name
from bridge.domain.salon import Salon
from bridge.domain.slots import SlotOffer, digest_of, offer_in
from bridge.errors import HandoverRefused, Refused
from bridge.ids import EventId, UserId
from bridge.ports import UnitOfWork
from bridge.services.calendars.slots import FoundSlots, FreeTimes, LeftOut
from bridge.services.meetings.colleagues import expect
from bridge.services.meetings.lifecycle import MeetingRequest
from bridge.services.permissions import demand_here
from bridge.services.series.planning import Planning
from bridge.services.telling import touches
from bridge.services.tools import Tools

_WHY = {LeftOut.PRIVATE: "slots.left-out.private", LeftOut.UNREAD: "slots.left-out.unread"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsAsked:
    """The times that were found for a line, before its transaction began."""

    found: FoundSlots
    named: Sequence[UserId]
    """Without the author."""
    strangers: Sequence[str]
    """Those who are no agent of the salon, as typed."""


@dataclass(frozen=True, slots=True)
class SlotCommands:
    """The command on free times, and taking one of them."""

    tools: Tools
    slots: FreeTimes
    planning: Planning
    known: Colleagues

    def talk(self) -> Talk:
        """Return the command, and what is read before it runs."""
        return Talk(commands={FindSlot: self.show}, ahead={FindSlot: self.look})

    def takes(self) -> Sequence[ReactionAct]:
        """Return the acts of 1️⃣ 2️⃣ 3️⃣ on an offer, in this order."""
        return [
            TakeSlot(self.tools, self.planning, self.known, number)
            for number in range(len(KEYCAPS))
        ]

    async def look(
        self, asked: FindSlot, origin: Origin, salon: Salon, state: SalonState
    ) -> SlotsAsked:
        """Ask the calendars of those who allowed it. Raises LimitReached."""
        await self.slots.count(origin.by, salon.zone)
        named, strangers = list[UserId](), list[str]()
        for one in asked.people:
            try:
                user = await self.known.agent(one, state)
            except HandoverRefused:
                strangers.append(clean_name(one.name) or one.email or str(one.user))
                continue
            if user not in (origin.by, *named):
                named.append(user)
        found = await self.slots.find(
            [*named, origin.by],
            asked.first,
            asked.last,
            length=self._length(asked),
            zone=salon.zone,
            place=place_of(salon.zone),
        )
        return SlotsAsked(found=found, named=named, strangers=strangers)

    async def show(self, ctx: Context, asked: FindSlot) -> None:
        """Offer the times that were found, and say of whom nothing is known."""
        looked = ctx.ahead
        assert isinstance(looked, SlotsAsked), "it is looked for before"
        found, length = looked.found, self._length(asked)
        left = _left(looked)
        told: Parameters = {
            "people": people(found.known),
            "length": span(length),
            "left": phrase("slots.left-out", {"rows": left}) if left else "",
        }
        if not found.known:
            await ctx.answer("slots.nobody", told)
        elif not found.starts:
            await ctx.answer("slots.none", told)
        else:
            rows = [
                phrase(
                    "slots.row", {"number": n, "when": course(one, one + length, ctx.salon.zone)}
                )
                for n, one in enumerate(found.starts, 1)
            ]
            line = ctx.origin.event
            offer = SlotOffer(
                line=line,
                length=length,
                starts=tuple(found.starts),
                people=frozenset(digest_of(one, line) for one in looked.named),
            )
            answer = ctx.origin.answer("slots.found", {**told, "rows": rows})
            answer = replace(answer, idempotency_key=offer.key)
            await ctx.work.outbox.post(answer)
            for touch in touches(answer, *KEYCAPS[: len(found.starts)]):
                await ctx.work.outbox.post(touch)

    def _length(self, asked: FindSlot) -> timedelta:
        return asked.length or self.tools.policy.duration


@dataclass(frozen=True, slots=True)
class TakeSlot:
    """Plans a meeting at one of the times offered; the first reaction of an agent counts."""

    tools: Tools
    planning: Planning
    known: Colleagues
    number: int
    lasts: bool = False

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on such an offer."""
        offer = offer_in(await work.outbox.key_of(target))
        return offer is not None and self.number < len(offer.starts)

    async def refused(self) -> None:
        """Ask nobody."""

    async def take(self, work: UnitOfWork, origin: Origin, _: Refused | None, /) -> None:
        """Plan it with those who were named. Raises NotAllowed, LimitReached, SalonSilent."""
        notice = origin.about
        # People elsewhere may know an event's id, and have no right here.
        if notice is None or not await work.outbox.left(notice, origin.salon):
            return
        offer = offer_in(await work.outbox.key_of(notice))
        name = f"slot:{notice}"
        if offer is None or await work.once.last(name) is not None:
            return
        demand_here(Act.MEET, origin.cause.actor, origin.salon, self.tools.policy)
        state = await self.known.state(origin.salon)
        origin = replace(
            origin,
            direct=state.direct and origin.present,
            silent=not state.may_speak(self.known.account.user),
        )
        origin.check_shown()
        start, now = offer.starts[self.number], self.tools.now()
        if start <= now:
            await work.outbox.post(replace(origin.answer("slots.past"), reply_to=notice))
            return
        salon = await work.salons.get(origin.salon)
        wanted = MeetingRequest(
            start=start,
            end=start + offer.length,
            zone=self.tools.policy.zone if salon is None else salon.zone,
            level=None if salon is None else salon.level,
        )
        made = await self.planning.plan(work, origin.cause, wanted)
        await work.once.claim(name, now, unless_after=now)
        if made is not None:
            colleagues = _named(offer, origin, state)
            await expect(work, made.occurrences[0], colleagues, now)


def _named(offer: SlotOffer, origin: Origin, state: SalonState) -> list[Colleague]:
    """Return those who were named and are still in the salon."""
    return [
        Colleague(user, clean_name(without_organisation(state.shown.get(user, ""))))
        for user in sorted(state.members)
        if user != origin.by and digest_of(user, offer.line) in offer.people
    ]


def _left(looked: SlotsAsked) -> list[Parameter]:
    """Return the rows about those of whose time nothing is known."""
    rows = [phrase(_WHY[why], {"who": person(user)}) for user, why in looked.found.left_out]
    absent = (phrase("slots.left-out.absent", {"who": who}) for who in looked.strangers)
    return [*rows, *absent]


def _row(number: int, start: datetime, end: datetime, zone: str) -> Parameter:
    return phrase("slots.row", {"number": number, "when": course(start, end, zone)})
