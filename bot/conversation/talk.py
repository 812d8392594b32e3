"""The commands, reactions and deletions that one part of the product adds, as data.

Each part returns a `Talk`; `bot/commands/wire.py` merges them. Add or leave out a part there.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.conversation.calendar_changes import CalendarListener
from bot.conversation.context import Commands, Runner
from bot.conversation.mailed_events import MailedListener
from bot.conversation.origins import Origin
from bot.conversation.reactions import ReactionAct, ReactionActs
from bot.matrix.events import SalonState
from bridge.domain.salon import Salon
from bridge.ports import UnitOfWork

Precondition: TypeAlias = Callable[[], Awaitable[None]]
"""Asks a server, and raises Refused if a command can't succeed now."""


Foreknowledge: TypeAlias = Callable[[Any, Origin, Salon, SalonState], Awaitable[object]]
"""Asks servers for what a command tells; returns it for `Context.ahead`. Raises Refused."""

Deletion: TypeAlias = Callable[[UnitOfWork, Origin], Awaitable[None]]
"""Does what the deletion of a line asks for, if it asks for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """Commands, reactions and deletions of one part."""

    commands: Commands = field(default_factory=dict)
    before: Mapping[type[Any], Precondition] = field(default_factory=dict)
    """Checks before a command's transaction begins: no transaction may wait for a server."""
    ahead: Mapping[type[Any], Foreknowledge] = field(default_factory=dict)
    """Asks servers for a command before its transaction begins."""
    reactions: ReactionActs = field(default_factory=dict)
    deletions: tuple[Deletion, ...] = ()
    calendars: CalendarListener | None = None
    """Hears of changes in calendars; one part has it."""
    mailed: MailedListener | None = None
    """Hears of events that are mailed to us; one part has it."""


def merged_talk(parts: Iterable[Talk]) -> Talk:
    """Return all these as one. Raises ValueError if two understand the same."""
    commands: dict[type[Any], Runner] = {}
    before: dict[type[Any], Precondition] = {}
    ahead: dict[type[Any], Foreknowledge] = {}
    reactions: dict[str, ReactionAct] = {}
    deletions: tuple[Deletion, ...] = ()
    calendars: CalendarListener | None = None
    mailed: MailedListener | None = None
    for part in parts:
        if twice := commands.keys() & part.commands.keys():
            raise ValueError(f"run twice: {', '.join(sorted(one.__name__ for one in twice))}")
        if reactions.keys() & part.reactions.keys():
            raise ValueError(f"taken twice: {', '.join(reactions.keys() & part.reactions.keys())}")
        commands |= part.commands
        before |= part.before
        ahead |= part.ahead
        reactions |= part.reactions
        deletions += part.deletions
        calendars = part.calendars or calendars
        mailed = part.mailed or mailed
    return Talk(
        commands=commands,
        before=before,
        ahead=ahead,
        reactions=reactions,
        deletions=deletions,
        calendars=calendars,
        mailed=mailed,
    )
