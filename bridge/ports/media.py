"""The media server: who is in its rooms, what it tells, and what lets somebody in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pydantic import SecretStr

from bridge.domain.looks import Look
from bridge.domain.rights import ALL, Source


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a room of the media server, as it lists them."""

    identity: str
    name: str = field(default="", repr=False)
    person: bool = True
    """False for what records, transcribes or streams."""
    sources: frozenset[Source] = ALL
    """What they may send at this moment."""
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    """Those by which Visio's page tells people apart (`bridge.domain.looks.READ`), unless empty."""

    @property
    def look(self) -> Look:
        """How others see them."""
        return Look(self.name, self.attributes)


class MediaRooms(Protocol):
    """The media server's rooms; a room is named by its Visio room's id.

    Everything may be asked again. Every method raises MediaUnreachable: then nobody knows.
    """

    async def participants(self, room: str) -> Sequence[Participant]:
        """Return who is in a room; nobody is in one that does not exist."""
        ...

    async def open_rooms(self, names: Sequence[str]) -> Collection[str]:
        """Return which of these rooms exist at all, with one question."""
        ...

    async def metadata(self, room: str) -> str:
        """Return what Visio's server wrote on a room; nothing is on one that does not exist."""
        ...

    async def silence(self, room: str, identity: str) -> bool:
        """Take every permission away, at once; `False` when nobody there is called that."""
        ...

    async def limit(self, room: str, identity: str, sources: Collection[Source]) -> bool:
        """Leave a guest no more to send than `sources`; `False` when nobody there is called that.

        What they send of the rest ends at once.
        """
        ...

    async def restore(self, room: str, identity: str, look: Look) -> bool:
        """Change how others see somebody; `False` when nobody there is called that.

        Attributes that are not named stay as they are: a raised hand is one.
        """
        ...

    async def remove(self, room: str, identity: str) -> bool:
        """Cut one connection; `False` when nobody there is called that.

        It revokes nothing: a token that they still hold brings them back.
        """
        ...

    async def close(self, room: str) -> None:
        """Delete a room, with everybody in it; one that is gone already is no error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Something that happened in a room, as the media server told it."""

    id: str
    """The same for what is told twice."""
    room: str
    moves: bool
    """Somebody may have come or gone."""
    removed: str | None = field(default=None, repr=False)
    """Whom somebody put out: a host in Visio's page, or we ourselves."""


class Webhooks(Protocol):
    """Reads what the media server tells; whatever is lost or comes late, its lists decide."""

    def read(self, token: str, body: bytes, now: datetime) -> Hook | None:
        """Return what a body says, `None` unless our key vouches for these very bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatPass:
    """What a guest's token says, once they are admitted."""

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
    """Those that Visio's page reads."""
    sources: Sequence[Source]
    """What the guest may send; none is nothing."""


class Passes(Protocol):
    """Makes the tokens that guests show to the media server."""

    def issue(self, seat: SeatPass, now: datetime) -> SecretStr:
        """Return a token that is good for two minutes from now."""
        ...
