"""What a salon is, read from the homeserver's state.

nio's own view is wrong where it matters: it merges power levels instead of replacing them, gives
the creator of a version 12 room level 0, and keeps salons we were thrown out of.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.matrix.errors import Refusal
from bot.matrix.events import CREATOR_LEVEL, SalonState
from bot.matrix.raw import Json, as_number, route, table, text, texts
from bot.matrix.store import CryptoStore
from bot.matrix.wire import Wire
from bridge.ids import SalonId, UserId

State = Mapping[tuple[str, str], Json]
"""The current content per type and state key; `_sender` of the creation is kept too."""

CREATORS_RULE_SINCE = 12


@dataclass(frozen=True, slots=True)
class Room:
    """A salon's state, and what only this layer needs of it."""

    salon: SalonState
    readers: frozenset[str]
    """Who gets the keys: members, and the invited where the history is theirs to read."""
    invited: frozenset[UserId]
    departed: frozenset[UserId]
    """Who was there, or invited, and is not any more."""
    encryption: Json


class Rooms:
    """The salons' states; a sync drops what it changed, the next question fetches it again."""

    def __init__(self, wire: Wire, store: CryptoStore) -> None:
        self._wire = wire
        self._store = store
        self._encrypted: set[str] = store.load_encrypted_rooms()
        self._rooms: dict[str, Room] = {}
        self._generation: defaultdict[str, int] = defaultdict(int)
        self._fetching: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

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

    async def encrypted(self, salon: SalonId) -> bool:
        """Return whether the salon is encrypted: once seen so, for ever. Raises MatrixTrouble.

        For a plain salon the homeserver is asked each time: a cache that lags by a second is a
        line in clear where none may be.
        """
        if salon in self._encrypted:
            return True
        try:
            await self._wire.get(route("rooms", salon, "state", "m.room.encryption", ""))
        except Refusal as refusal:
            if refusal.errcode == "M_NOT_FOUND":
                return False
            raise
        self.remember_encrypted(salon)
        return True

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
    state: dict[tuple[str, str], Json] = {}
    create: Json = {}
    for event in events:
        state[text(event, "type"), text(event, "state_key")] = table(event, "content")
        if text(event, "type") == "m.room.create":
            create = event
    encryption = state.get(("m.room.encryption", ""), {})
    members, invited = _members(state, "join"), frozenset(_members(state, "invite"))
    return Room(
        salon=SalonState(
            salon=salon,
            name=_name(state),
            encrypted=remembered or bool(encryption),
            version=text(table(create, "content"), "room_version", "1"),
            members=frozenset(members),
            invited=frozenset(_members(state, "invite")),
            names=_names(state),
            levels=_levels(state, create, members),
            join_rule=text(state.get(("m.room.join_rules", ""), {}), "join_rule", "invite"),
            access_rule=text(state.get(("im.vector.room.access_rules", ""), {}), "rule") or None,
        ),
        readers=frozenset(members) | (invited if _history_is_theirs(state) else frozenset()),
        invited=invited,
        departed=frozenset([*_members(state, "leave"), *_members(state, "ban")]),
        encryption=encryption,
    )


def creators(create: Json) -> frozenset[str]:
    """Return who stands above all levels since version 12, from the whole creation event."""
    content = table(create, "content")
    version = text(content, "room_version", "1")
    if not version.isdigit() or int(version) < CREATORS_RULE_SINCE:
        return frozenset()
    return frozenset({text(create, "sender"), *texts(content, "additional_creators")})


def _levels(state: State, create: Json, members: Iterable[UserId]) -> dict[UserId, int]:
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


def _members(state: State, membership: str) -> list[UserId]:
    return [
        UserId(key)
        for (kind, key), content in state.items()
        if kind == "m.room.member" and text(content, "membership") == membership
    ]


def _names(state: State) -> frozenset[str]:
    """Return the display names in the salon, which the answer holds anyway: nobody is asked."""
    return frozenset(
        name
        for (kind, _), content in state.items()
        if kind == "m.room.member"
        and text(content, "membership") in ("join", "invite")
        and (name := text(content, "displayname"))
    )


def _history_is_theirs(state: State) -> bool:
    """Return whether the invited may read what is said before they join."""
    content = state.get(("m.room.history_visibility", ""), {})
    return text(content, "history_visibility", "shared") != "joined"


def _name(state: State) -> str:
    name = text(state.get(("m.room.name", ""), {}), "name")
    return name or text(state.get(("m.room.canonical_alias", ""), {}), "alias")
