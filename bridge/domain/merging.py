"""The merge of an event's two sides, the calendar's and ours, by field."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.domain.calendar_event import DATE_LINK, EventField

_THEIRS = frozenset({EventField.PEOPLE, EventField.ANSWERS})
"""Only calendars write these: we never take a person, or a person's answer, out of an event."""
_OURS = frozenset({EventField.LINK})
"""Only we write these, and the links of single dates."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The fields in which the sides differ, by what becomes of them."""

    taken: frozenset[str] = frozenset()
    """Those that the calendar changed: its state counts, even if ours changed too."""
    given: frozenset[str] = frozenset()
    """Those that only we changed: our state is to be written."""


def merged_fields(
    base: Mapping[str, str], theirs: Mapping[str, str], ours: Mapping[str, str]
) -> Merge:
    """Compare three states, each a digest by field; a missing field is as good as an empty one.

    `base` is the state on which both sides last agreed; without one all that differs is taken.
    """
    taken, given = set[str](), set[str]()
    for name in {*base, *theirs, *ours}:
        said = theirs.get(name)
        if said == ours.get(name):
            continue
        changed = said != base.get(name)
        if name in _OURS or name.startswith(DATE_LINK) or (not changed and name not in _THEIRS):
            given.add(name)
        elif changed:
            taken.add(name)
    return Merge(frozenset(taken), frozenset(given))
