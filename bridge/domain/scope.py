"""An invitation's scope: the occurrences of its meeting into which its link leads."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.window import Phase, Window
from bridge.ids import OccurrenceId


@dataclass(frozen=True, slots=True)
class OneOccurrence:
    """One occurrence alone."""

    occurrence: OccurrenceId


@dataclass(frozen=True, slots=True)
class NamedOccurrences:
    """Some occurrences of the meeting, named one by one."""

    occurrences: frozenset[OccurrenceId]


@dataclass(frozen=True, slots=True)
class WholeSeries:
    """Every occurrence of the meeting, and those that it gets later."""


Scope: TypeAlias = OneOccurrence | NamedOccurrences | WholeSeries


def covers(scope: Scope, occurrence: OccurrenceId) -> bool:
    """Tell whether an occurrence of the invitation's meeting is in the scope."""
    match scope:
        case OneOccurrence(only):
            return occurrence == only
        case NamedOccurrences(named):
            return occurrence in named
        case WholeSeries():
            return True
        case _:
            assert_never(scope)


def includes(scope: Scope, other: Scope) -> bool:
    """Tell whether an invitation with a scope leads wherever one with the other scope would."""
    match scope, other:
        case WholeSeries(), _:
            return True
        case NamedOccurrences(named), OneOccurrence(only):
            return only in named
        case NamedOccurrences(named), NamedOccurrences(others):
            return others <= named
        case _:
            return scope == other


def current(
    occurrences: Iterable[Occurrence], window: Callable[[Occurrence], Window], now: datetime
) -> Occurrence | None:
    """Return the occurrence whose window is open now; else the next one, else the last one.

    `window` returns each one's.
    Where two windows overlap, the earlier meeting counts until its end, then the later one.
    """
    known = sorted(occurrences, key=lambda one: (one.start, one.id))
    planned = [one for one in known if one.state is OccurrenceState.PLANNED]
    phases = {one.id: window(one).phase(now) for one in planned}
    inside = [one for one in planned if phases[one.id] is Phase.INSIDE]
    unended = [one for one in inside if now < one.end]
    coming = [one for one in planned if phases[one.id] is Phase.BEFORE]
    return next(iter(unended or inside[-1:] or coming or known[-1:]), None)
