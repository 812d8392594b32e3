"""The media server: the participants in its rooms, its webhooks, and guests' tokens."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pydantic import SecretStr

from bridge.domain.looks import Look
from bridge.domain.rights import ALL, Source


@dataclass(frozen=True, slots=True)
class Participant:
    """A participant in a room of the media server, as it lists them."""

    identity: str
    name: str = field(default="", repr=False)
    person: bool = True
    """False for one that records, transcribes or streams."""
    sources: frozenset[Source] = ALL
    """The sources that they may send at this moment."""
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    """The attributes by which Visio's page distinguishes people (`bridge.domain.looks.READ`),
    unless empty."""

    @property
    def look(self) -> Look:
        """How others see them."""
        return Look(self.name, self.attributes)


class MediaRooms(Protocol):
    """The media server's rooms; a room is named by its Visio room's id.

    Every call may be repeated. Every method raises MediaUnreachable: then its outcome is unknown.
    """

    async def participants(self, room: str) -> Sequence[Participant]:
        """Return the participants of a room; a room that does not exist has none."""
        ...

    async def open_rooms(self, names: Sequence[str]) -> Collection[str]:
        """Return which of these rooms exist, with one call."""
        ...

    async def metadata(self, room: str) -> str:
        """Return the metadata that Visio's server wrote on a room; empty if there is no room."""
        ...

    async def silence(self, room: str, identity: str) -> bool:
        """Take every permission away, at once; `False` if the room has no such participant."""
        ...

    async def limit(self, room: str, identity: str, sources: Collection[Source]) -> bool:
        """Let a guest send no more than `sources`; `False` if the room has no such participant.

        Tracks of other sources that they send end at once.
        """
        ...

    async def restore(self, room: str, identity: str, look: Look) -> bool:
        """Restore how others see a participant; `False` if the room has no such participant.

        Attributes that are not named stay as they are: a raised hand is one.
        """
        ...

    async def remove(self, room: str, identity: str) -> bool:
        """Cut one connection; `False` if the room has no such participant.

        It revokes nothing: with a token that they still hold they can come back.
        """
        ...

    async def close(self, room: str) -> None:
        """Delete a room with everybody in it; a room that is already gone is no error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A webhook: an event in a room, as the media server reports it."""

    id: str
    """The same for an event that is reported twice."""
    room: str
    moves: bool
    """Somebody may have joined or left."""
    removed: str | None = field(default=None, repr=False)
    """The identity of a participant who was removed: by a host in Visio's page, or by us."""


class Webhooks(Protocol):
    """Reads the media server's webhooks; if one is lost or late, the participant lists decide."""

    def read(self, token: str, body: bytes, now: datetime) -> Hook | None:
        """Return the content of a body, `None` unless our key vouches for these very bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatPass:
    """The content of a guest's token, once they are admitted."""

    room: str
    identity: str
    """`guest-<uuid4>`, a new one for each admission."""
    name: str = field(repr=False)
    """With its mark: "ext. Jean Dupont (partenaire.example)"."""
    organisation: str = field(repr=False)
    assurance: str
    until: datetime
    """The end of the guest's window. The token itself ends long before."""
    attributes: Mapping[str, str]
    """The attributes that Visio's page reads."""
    sources: Sequence[Source]
    """The sources that the guest may send; none is nothing."""


class Passes(Protocol):
    """Makes the tokens with which guests connect to the media server."""

    def issue(self, seat: SeatPass, now: datetime) -> SecretStr:
        """Return a token that is valid for two minutes from now."""
        ...
