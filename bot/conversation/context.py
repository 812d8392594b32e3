"""The input of a command, and its parts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from bot.conversation.origins import Origin
from bot.matrix.events import SalonState
from bridge.domain.agent import Identity
from bridge.domain.cause import Cause
from bridge.domain.message import Parameters
from bridge.domain.salon import Salon
from bridge.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One command being run: its transaction, its origin, its salon's state."""

    work: UnitOfWork
    origin: Origin
    salon: Salon
    state: SalonState
    identity: Identity | None
    """The author's identity, asked for once; `None` for people from outside."""
    now: datetime
    ahead: object = None
    """The answers of servers that were asked before its transaction began."""

    @property
    def cause(self) -> Cause:
        """The cause of the command, for use cases."""
        return self.origin.cause

    async def answer(
        self, template: str, parameters: Parameters | None = None, *, n: int = 0
    ) -> None:
        """Queue an answer in the salon, in this transaction."""
        await self.work.outbox.post(self.origin.answer(template, parameters, n=n))


Runner: TypeAlias = Callable[[Context, Any], Awaitable[None]]
Commands: TypeAlias = Mapping[type[Any], Runner]
"""Maps each parsed command to the function that runs it."""
