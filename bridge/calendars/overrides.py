"""Writes the dates of a series that differ from its rule (RECURRENCE-ID).

A date that is as the rule gives it again keeps its override, with the rule's time and title: a
person may have written more into it. An override goes only if its date does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.calendars.content import Component
from bridge.calendars.reading import ObjectEvents, date_of, is_cancelled
from bridge.calendars.setting import Setting
from bridge.calendars.shifting import shift_of
from bridge.domain.calendar_event import CalendarEvent, EventDate
from bridge.domain.event import instant
from bridge.domain.rules import parts_of, until_of

_ALONE = ("RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
"""The properties of a series that none of its dates has."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """Changes the overrides of one object in place."""

    found: ObjectEvents
    old: CalendarEvent | None
    event: CalendarEvent
    setting: Setting

    def write(self, blank: Component) -> None:
        """Set the overrides; `blank` is an event without anything, for want of another model."""
        wanted = self._wanted()
        told = [(self._original(part), part) for part in self.found.overrides]
        gone = set[int]()
        for original, part in told:
            if original in wanted:
                self._set(part, wanted[original])
            elif self._stays(part, original):
                self._set(part, self._given(part, original))
            else:
                gone.add(id(part))
        calendar = self.found.calendar
        calendar.items = [one for one in calendar.items if id(one) not in gone]
        model = self.found.master or next(iter(self.found.overrides), blank)
        known = {original for original, _ in told}
        for one in sorted(wanted.values(), key=lambda one: one.original):
            if one.original not in known and not self._left_out(one):
                calendar.items.append(self._made(model, one))

    def _wanted(self) -> dict[datetime, EventDate]:
        """Return the dates that differ, and those that differ by their link alone."""
        event = self.event
        out = set(event.left_out)
        linked = {
            one.original: EventDate(original=one.original, start=one.original, length=event.length)
            for one in event.links
            if one.original not in out
        }
        return {**linked, **{one.original: one for one in event.dates}}

    def _original(self, part: Component) -> datetime:
        """Return the start that an override's series gives it now."""
        original = date_of(part, self.event, self.found.clocks).original
        return original + (self._shift or timedelta())

    @property
    def _shift(self) -> timedelta | None:
        return None if self.old is None else shift_of(self.old, self.event)

    def _left_out(self, one: EventDate) -> bool:
        """Tell whether the object has a cancelled date as an exception already."""
        recurrence = None if self.old is None else self.old.recurrence
        return one.cancelled and recurrence is not None and one.original in recurrence.without

    def _given(self, part: Component, original: datetime) -> EventDate:
        """Return a date as the series gives it; a cancelled one that is left out stays so."""
        cancelled = is_cancelled(part) and original in self.event.left_out
        return EventDate(
            original=original, start=original, length=self.event.length, cancelled=cancelled
        )

    def _stays(self, part: Component, original: datetime) -> bool:
        """Tell whether an override's date is one of the series still."""
        old, new = self.old, self.event
        if new.recurrence is None or old is None:
            return False
        if original in new.recurrence.without:
            return is_cancelled(part)
        if old.recurrence is None:
            return old.orphan and original >= new.start
        return self._shift is not None and original >= new.start and self._within(original)

    def _within(self, original: datetime) -> bool:
        """Tell whether a date is before the series' end; of another number of times it is not."""
        assert self.old is not None
        assert self.old.recurrence is not None
        assert self.event.recurrence is not None
        before, after = self.old.recurrence.rule, self.event.recurrence.rule
        until = until_of(after)
        if until is not None:
            return original <= until
        return parts_of(before).get("COUNT") == parts_of(after).get("COUNT")

    def _set(self, part: Component, date: EventDate) -> None:
        """Make an override say what a date is, where it does not."""
        setting, event = self.setting, self.event
        told = date_of(part, event, self.found.clocks)
        if setting.anew or told.original != date.original:
            named = setting.spelling.line("RECURRENCE-ID", date.original)
            part.put("RECURRENCE-ID", named)
        setting.state(part, cancelled=date.cancelled)
        if date.cancelled and told.cancelled:
            return
        same = instant(told.start, event.zone) == instant(date.start, event.zone)
        if not same or told.length != date.length:
            setting.span(part, date.start, date.length, single=True)
        if told.title != date.title:
            setting.title(part, date.title or event.title)

    def _made(self, model: Component, date: EventDate) -> Component:
        """Return an override for a date, which has all else from the series."""
        part, setting = model.copy(), self.setting
        part.remove(*_ALONE)
        named = setting.spelling.line("RECURRENCE-ID", date.original)
        part.put("RECURRENCE-ID", named, after="DTSTAMP")
        setting.span(part, date.start, date.length, single=True)
        setting.title(part, date.title or self.event.title, tagged=self.event.tagged)
        setting.state(part, cancelled=date.cancelled)
        return part
