"""A Matrix account in memory: it keeps sent events and fails on demand."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.matrix.events import Confiding, EventPlace, SalonState, SendLater, SendRefused
from bridge.ids import EventId, SalonId, UserId
from tests.spaces import as_typed

PARVIS = UserId("@parvis:agent.tchap")


@dataclass(frozen=True)
class Sent:
    """An event that a salon shows."""

    event: EventId
    salon: SalonId
    content: dict[str, Any]
    transaction: str
    kind: str

    @property
    def body(self) -> str:
        """The plain text, as tests write it."""
        return as_typed(str(self.content["body"]))

    @property
    def edits(self) -> EventId | None:
        """The event that this one replaces."""
        relation = self.content.get("m.relates_to", {})
        return relation["event_id"] if relation.get("rel_type") == "m.replace" else None


@dataclass
class FakeAccount:
    """Implements `bot.matrix.events.Account`."""

    user: UserId = PARVIS
    salons: dict[SalonId, SalonState] = field(default_factory=dict)
    names: dict[UserId, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    """The events that salons show, in order: the same transaction shows once."""
    asked: list[str] = field(default_factory=list)
    """The transaction of each request, repeated and refused ones too."""
    troubles: deque[SendLater | SendRefused] = field(default_factory=deque)
    """Errors for the next events, one each; with `lost` ones the event was sent although the answer
    failed."""
    lost: bool = False
    blind: SendLater | SendRefused | None = None
    """The error that reading a salon's state raises."""
    absent: SendLater | SendRefused | None = None
    """The error that reading an event raises."""
    left: list[SalonId] = field(default_factory=list)
    silent: set[SalonId] = field(default_factory=set)
    """Salons for which the homeserver refuses our messages."""
    signs: list[tuple[SalonId, int]] = field(default_factory=list)
    """Salons in which a sign of work was shown, and how many events had been sent by then."""
    tombstones: dict[SalonId, SalonId] = field(default_factory=dict)
    """For each closed salon, its successor."""
    lines: dict[EventId, EventPlace] = field(default_factory=dict)
    """The author and place of other people's events."""

    def enter(self, salon: SalonId, members: Iterable[UserId], **state: Any) -> SalonState:
        """Be in a salon with `members`."""
        made = SalonState(salon=salon, members=frozenset({self.user, *members}), **state)
        self.salons[salon] = made
        return made

    def at_work(self, salon: SalonId) -> None:
        self.signs.append((salon, len(self.sent)))

    async def send(
        self,
        salon: SalonId,
        content: Mapping[str, object],
        *,
        transaction: str,
        kind: str = "m.room.message",
    ) -> EventId:
        self.asked.append(transaction)
        trouble = self.troubles.popleft() if self.troubles else None
        if salon in self.silent:
            raise SendRefused("M_FORBIDDEN")
        if trouble is not None and not self.lost:
            raise trouble
        known = [one.event for one in self.sent if one.transaction == transaction]
        if not known:
            event = EventId(f"$sent-{len(self.sent)}")
            self.sent.append(Sent(event, salon, dict(content), transaction, kind))
            known = [event]
        if trouble is not None:
            raise trouble
        return known[0]

    async def confide(
        self, user: UserId, words: Confiding, *, transaction: str, prefer: SalonId | None = None
    ) -> EventId | None:
        place = self._between(user, prefer)
        confidence = await words(place)
        if confidence is None:
            return None
        assert confidence.to == user
        return await self.send(place, confidence.content, transaction=transaction)

    def _between(self, user: UserId, prefer: SalonId | None) -> SalonId:
        preferred = None if prefer is None else self.salons.get(prefer)
        if preferred is not None and preferred.direct and user in preferred.members:
            return preferred.salon
        salon = SalonId(f"!direct-{user[1:]}")
        if salon not in self.salons:
            self.enter(salon, [user], direct=True)
        return salon

    async def follows(self, old: SalonId, new: SalonId) -> bool:
        if self.blind is not None:
            raise self.blind
        there = self.salons.get(new)
        named = there is not None and self.user in there.members and there.predecessor == old
        return named and self.tombstones.get(old) == new

    async def salon(self, salon: SalonId) -> SalonState:
        if self.blind is not None:
            raise self.blind
        if salon not in self.salons:
            raise SendRefused("M_FORBIDDEN")
        return self.salons[salon]

    async def place(self, salon: SalonId, event: EventId) -> EventPlace:
        del salon
        if self.absent is not None:
            raise self.absent
        if event not in self.lines:
            raise SendRefused("M_NOT_FOUND")
        return self.lines[event]

    async def display_name(self, user: UserId) -> str:
        return self.names.get(user, user[1:].partition(":")[0])

    async def leave(self, salon: SalonId) -> None:
        self.left.append(salon)

    def seen(self, salon: SalonId) -> list[Sent]:
        """Return the lines that people read in a salon: with edits in place, without reactions."""
        shown: dict[EventId, Sent] = {}
        for one in self.sent:
            if one.salon != salon or one.kind != "m.room.message":
                continue
            if one.edits is None:
                shown[one.event] = one
            elif one.edits in shown:
                new = one.content["m.new_content"]
                shown[one.edits] = Sent(one.edits, salon, new, one.transaction, one.kind)
        return list(shown.values())
