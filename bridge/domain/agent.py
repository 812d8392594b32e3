"""What is known of an agent: who they are in Matrix, in Visio, and to a guest's eye."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.ids import UserId

_DAY = timedelta(days=1)


class Method(StrEnum):
    """How an agent's e-mail was found."""

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
    """The agent whose address somebody typed, where their Matrix id is known."""

    user: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent who used Parvis: the name guests are shown, the identity Visio was asked for."""

    user: UserId
    name: str
    identity: Identity | None
    seen_at: datetime
    """Within a day: when they last gave a command. They are forgotten some time after it."""

    def is_news(self, seen: "Agent") -> bool:
        """Tell whether what is seen of this agent now is worth a write."""
        changed = (self.name, self.identity) != (seen.name, seen.identity)
        return changed or seen.seen_at - self.seen_at >= _DAY
