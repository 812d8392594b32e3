"""An agent as Parvis knows them: in Matrix, in Visio, and as guests see them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.ids import UserId

_DAY = timedelta(days=1)


class Method(StrEnum):
    """How we found an agent's e-mail."""

    MAP = "map"
    """The operator's own table."""
    RULE = "rule"
    """Guessed from the Matrix id by the homeserver's rule."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An agent's e-mail as Visio knows it, and how we know it."""

    email: str = field(repr=False)
    method: Method


@dataclass(frozen=True, slots=True)
class Holder:
    """The agent to whom a typed address belongs, if their Matrix id is known."""

    user: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent who used Parvis: the name guests see, the identity with which we asked Visio."""

    user: UserId
    name: str
    identity: Identity | None
    seen_at: datetime
    """When they last gave a command, to the day. They are forgotten some time after it."""
    zone: str | None = None
    """The IANA zone in which they read times in direct messages; `None`: each meeting's own."""

    def is_news(self, seen: "Agent") -> bool:
        """Tell whether this newer view of the agent is worth a write."""
        changed = (self.name, self.identity) != (seen.name, seen.identity)
        return changed or seen.seen_at - self.seen_at >= _DAY
