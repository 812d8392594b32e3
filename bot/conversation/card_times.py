"""A card's words on time: when, in which zones, and whether it comes again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.conversation.text import Text, say
from bot.language.dates.printed import rule_in_words
from bot.language.dates.reading import Reading
from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.series import Series
from bridge.i18n import Catalogue, Language
from bridge.ports.work import HasAgents, HasSalons

_NAMED = 3
"""The most dates left out that a card names: it must stay short."""


def when(catalogue: Catalogue, meeting: Meeting, one: Occurrence, other: str | None) -> str:
    """Return an occurrence's times; planned ahead, with the offset and those of another zone."""
    end = one.due_end if one.state is OccurrenceState.CANCELLED else one.end
    if is_ahead(meeting, one):
        return catalogue.ahead(one.start, end, one.zone, other)
    return catalogue.when(one.start, end, one.zone)


def is_ahead(meeting: Meeting, one: Occurrence) -> bool:
    """Tell whether it is planned, and was to begin later when it was asked for."""
    return one.state is OccurrenceState.PLANNED and one.start > meeting.created_at


class _Zones(HasAgents, HasSalons, Protocol):
    """A transaction with the zones of agents and salons."""


async def second_zone(
    work: _Zones, meeting: Meeting, one: Occurrence, *, default: str
) -> str | None:
    """Return the salon's zone or else the organiser's, if its clocks then show another time.

    `default`: the zone of salons that chose none.
    """
    if not is_ahead(meeting, one):
        return None
    zones = [await work.agents.zone(meeting.organiser)]
    if meeting.salon is not None:
        salon = await work.salons.get(meeting.salon)
        zones.insert(0, salon.zone if salon else default)
    here = _wall(one, one.zone)
    return next((zone for zone in zones if zone and _wall(one, zone) != here), None)


def _wall(one: Occurrence, zone: str) -> datetime:
    return one.start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def again(catalogue: Catalogue, series: Series | None, one: Occurrence) -> Text | None:
    """Return the rule by which a planned occurrence comes again, with the exceptions to come."""
    if series is None or one.state is not OccurrenceState.PLANNED:
        return None
    since = one.original or one.wall_start
    rule = rule_of(series, since, catalogue.language)
    if not rule:
        return say(catalogue, "card.again-otherwise")
    out = _to_come(series.recurrence.without, since)
    if len(out) > _NAMED:
        return say(catalogue, "card.again-without", rule=rule, n=len(out))
    return say(catalogue, "card.again", rule=rule)


def rule_of(series: Series, since: datetime, language: Language) -> str:
    """Return the rule of a series, with a few of its exceptions after a wall time.

    Empty for a rule that has no words.
    """
    known = series.recurrence
    out = _to_come(known.without, since)
    shown = replace(
        known,
        without=out if len(out) <= _NAMED else (),
        besides=_to_come(known.besides, since)[:_NAMED],
    )
    reading = Reading(start=series.start, recurrence=shown, zone=series.zone)
    return rule_in_words(reading, language)


def _to_come(starts: Sequence[datetime], since: datetime) -> tuple[datetime, ...]:
    return tuple(start for start in starts if start > since)
