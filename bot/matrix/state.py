"""A salon's state, read from the homeserver.

nio's own view is wrong where it matters: it merges power levels instead of replacing them, gives
the creator of a version 12 room level 0, and keeps salons from which we were removed.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.matrix.errors import Refusal
from bot.matrix.events import CREATOR_LEVEL, SalonState
from bot.matrix.raw import Json, as_number, route, table, text, texts
from bot.matrix.store import CryptoStore
from bot.matrix.wire import MatrixWire
from bridge.clock import Monotonic
from bridge.ids import SalonId, UserId

StateEvents = Mapping[tuple[str, str], Json]
"""The current events, or their contents, per type and state key."""

CREATORS_RULE_SINCE = 12
CLOSED = frozenset({"invite", "knock"})
"""Join rules under which nobody comes in unless a member invited them."""
SPACE = "m.space"
FORESEEN = 3.0
"""Seconds for which a salon found plain ahead of a message counts as plain for it."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One side of an upgrade: the old salon names its replacement."""

    replacement: SalonId
    by: UserId


@dataclass(frozen=True, slots=True)
class Room:
    """A salon's state, with the parts that only this layer needs."""

    salon: SalonState
    readers: frozenset[str]
    """People who get the keys: members, and invited people who may read the history."""
    invited: frozenset[UserId]
    encryption: Json
    closed: bool
    """Nobody reads without being a member, comes in uninvited, or is invited by mail address."""
    tombstone: Tombstone | None

    def confidant(self, us: UserId) -> UserId | None:
        """Return the one person with whom we are alone here, and able to keep a secret.

        This is the only test of privacy: it goes by the people who are in the salon or invited to
        it, never by its label. An invited person must be able to read lines from before they join.
        """
        others = (self.salon.members | self.invited) - {us}
        alone = len(others) == 1 and us in self.salon.members
        if not (alone and self.closed and self.salon.encrypted and others <= self.readers):
            return None
        return next(iter(others))


class Rooms:
    """The salons' states; a sync drops changed ones, the next caller fetches them again."""

    def __init__(
        self, wire: MatrixWire, store: CryptoStore, monotonic: Monotonic = time.monotonic
    ) -> None:
        self._wire = wire
        self._monotonic = monotonic
        self._store = store
        self._encrypted: set[str] = store.load_encrypted_rooms()
        self._rooms: dict[str, Room] = {}
        self._generation: defaultdict[str, int] = defaultdict(int)
        self._fetching: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._plain: dict[str, tuple[int, float]] = {}
        """Salons found plain ahead of a message: their generation, and the moment."""

    async def get(self, salon: SalonId) -> Room:
        """Return the salon's state. Raises MatrixTrouble."""
        async with self._fetching[salon]:
            room = self._rooms.get(salon)
            if room is not None:
                return room
            generation = self._generation[salon]
            events = await self._wire.items(route("rooms", salon, "state"))
            room = read_room(salon, events, remembered=salon in self._encrypted)
            if room.salon.encrypted:
                self.remember_encrypted(salon)
            if generation == self._generation[salon]:
                self._rooms[salon] = room
            return room

    def known(self, salon: SalonId) -> Room | None:
        """Return the salon's state if it is cached and nothing changed since."""
        return self._rooms.get(salon)

    async def fresh(self, salon: SalonId) -> Room:
        """Return the salon's state as the homeserver has it now. Raises MatrixTrouble."""
        self.dirty(salon)
        return await self.get(salon)

    async def encrypted(self, salon: SalonId) -> bool:
        """Return whether the salon is encrypted: once seen so, for ever. Raises MatrixTrouble.

        For a plain salon the homeserver is asked for each message, at the earliest when it was
        announced (`foresee`): a cache that lags could let out a line in clear.
        """
        if salon in self._encrypted:
            return True
        if self._just_plain(salon):
            return False
        try:
            await self._wire.get(route("rooms", salon, "state", "m.room.encryption", ""))
        except Refusal as refusal:
            if refusal.errcode == "M_NOT_FOUND":
                return False
            raise
        self.remember_encrypted(salon)
        return True

    async def foresee(self, salon: SalonId) -> bool:
        """Return the same for a message that follows soon: it need not ask again.

        The answer is good for one message, for some seconds, and until anything in the salon's
        state changes. Raises MatrixTrouble.
        """
        asked = (self._generation[salon], self._monotonic())
        if await self.encrypted(salon):
            return True
        self._plain[salon] = asked
        return False

    def _just_plain(self, salon: SalonId) -> bool:
        generation, at = self._plain.pop(salon, (-1, 0.0))
        return generation == self._generation[salon] and self._monotonic() - at < FORESEEN

    def known_encrypted(self, salon: SalonId) -> bool:
        """Return whether the salon was ever seen encrypted, without asking."""
        return salon in self._encrypted

    def remember_encrypted(self, salon: str) -> None:
        """Never send clear text into this salon again."""
        if salon not in self._encrypted:
            self._encrypted.add(salon)
            self._store.save_encrypted_rooms({salon})

    def dirty(self, salon: str) -> None:
        """Forget a salon's state: something in it changed."""
        self._generation[salon] += 1
        self._rooms.pop(salon, None)

    def gone(self, salon: str) -> None:
        """Forget a salon: we left it."""
        self.dirty(salon)
        self._fetching.pop(salon, None)


def read_room(salon: SalonId, events: Iterable[Json], *, remembered: bool) -> Room:
    """Read the answer of /state; an encrypted salon stays so, whatever the server says later."""
    whole = {(text(event, "type"), text(event, "state_key")): event for event in events}
    state = {key: table(event, "content") for key, event in whole.items()}
    encryption = state.get(("m.room.encryption", ""), {})
    members, invited = _members(state, "join"), frozenset(_members(state, "invite"))
    return Room(
        salon=_salon(salon, whole, state, encrypted=remembered or bool(encryption)),
        readers=frozenset(members) | (invited if _history_is_theirs(state) else frozenset()),
        invited=invited,
        encryption=encryption,
        closed=_is_closed(state),
        tombstone=_tombstone(whole.get(("m.room.tombstone", ""), {})),
    )


def _salon(
    salon: SalonId, whole: StateEvents, state: StateEvents, *, encrypted: bool
) -> SalonState:
    create = whole.get(("m.room.create", ""), {})
    members = _members(state, "join")
    return SalonState(
        salon=salon,
        name=_name(state),
        encrypted=encrypted,
        version=text(table(create, "content"), "room_version", "1"),
        members=frozenset(members),
        invited=frozenset(_members(state, "invite")),
        departed=frozenset([*_members(state, "leave"), *_members(state, "ban")]),
        names=_names(state),
        shown=_shown(state, members),
        levels=_levels(state, create, members),
        join_rule=_join_rule(state),
        access_rule=text(state.get(("im.vector.room.access_rules", ""), {}), "rule") or None,
        speaking_level=_speaking_level(state, encrypted=encrypted),
        space=text(table(create, "content"), "type") == SPACE,
        predecessor=_salon_id(table(create, "content", "predecessor"), "room_id"),
    )


def creators(create: Json) -> frozenset[str]:
    """Return the users above all levels since version 12, from the whole creation event."""
    content = table(create, "content")
    version = text(content, "room_version", "1")
    if not version.isdigit() or int(version) < CREATORS_RULE_SINCE:
        return frozenset()
    return frozenset({text(create, "sender"), *texts(content, "additional_creators")})


def _levels(state: StateEvents, create: Json, members: Iterable[UserId]) -> dict[UserId, int]:
    above = creators(create)
    event = state.get(("m.room.power_levels", ""))
    if event is None:
        founder = text(create, "sender")
        given: Json = {} if above else {founder: 100}
        default = 0
    else:
        given = table(event, "users")
        default = as_number(event.get("users_default"))
    return {
        user: CREATOR_LEVEL if user in above else as_number(given.get(user), default)
        for user in members
    }


def _speaking_level(state: StateEvents, *, encrypted: bool) -> int:
    """Return the level that our messages need: encrypted ones have another type."""
    levels = state.get(("m.room.power_levels", ""), {})
    kind = "m.room.encrypted" if encrypted else "m.room.message"
    return as_number(table(levels, "events").get(kind), as_number(levels.get("events_default")))


def _tombstone(event: Json) -> Tombstone | None:
    replacement = _salon_id(table(event, "content"), "replacement_room")
    return None if replacement is None else Tombstone(replacement, UserId(text(event, "sender")))


def _salon_id(content: Json, key: str) -> SalonId | None:
    return SalonId(text(content, key)) if text(content, key) else None


def _is_closed(state: StateEvents) -> bool:
    """Return whether only people whom members invited, by their Matrix id, can ever read here."""
    by_mail = any(kind == "m.room.third_party_invite" and state[kind, key] for kind, key in state)
    return _history(state) != "world_readable" and _join_rule(state) in CLOSED and not by_mail


def _join_rule(state: StateEvents) -> str:
    return text(state.get(("m.room.join_rules", ""), {}), "join_rule", "invite")


def _members(state: StateEvents, membership: str) -> list[UserId]:
    return [
        UserId(key)
        for (kind, key), content in state.items()
        if kind == "m.room.member" and text(content, "membership") == membership
    ]


def _names(state: StateEvents) -> frozenset[str]:
    """Return the display names in the salon, which the answer holds anyway."""
    return frozenset(
        name
        for (kind, _), content in state.items()
        if kind == "m.room.member"
        and text(content, "membership") in ("join", "invite")
        and (name := text(content, "displayname"))
    )


def _shown(state: StateEvents, members: Sequence[UserId]) -> Mapping[UserId, str]:
    names = {user: text(state["m.room.member", user], "displayname") for user in members}
    return {user: name for user, name in names.items() if name}


def _history_is_theirs(state: StateEvents) -> bool:
    """Return whether invited people may read lines from before they join."""
    return _history(state) != "joined"


def _history(state: StateEvents) -> str:
    content = state.get(("m.room.history_visibility", ""), {})
    return text(content, "history_visibility", "shared")


def _name(state: StateEvents) -> str:
    name = text(state.get(("m.room.name", ""), {}), "name")
    return name or text(state.get(("m.room.canonical_alias", ""), {}), "alias")
