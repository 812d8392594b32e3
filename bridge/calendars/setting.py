"""Sets an event's own properties: its time, its rule, its title and its state."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.calendars.content import Component, ContentLine, escaped
from bridge.calendars.itip import rule_text
from bridge.calendars.reading import ObjectEvents, is_cancelled, start_in, title_of
from bridge.calendars.times import Spelling
from bridge.domain.calendar_event import CalendarEvent, EventField, rule_parts
from bridge.domain.rules import local_time, parts_of, rule_of


@dataclass(frozen=True, slots=True)
class Setting:
    """Changes the events of one object in place."""

    found: ObjectEvents
    old: CalendarEvent | None
    """The object as it is; `None`: it is new."""
    event: CalendarEvent
    spelling: Spelling

    @property
    def hidden(self) -> bool:
        """Whether the object's words are its owner's alone."""
        return self.old is not None and self.old.hidden

    @property
    def followed(self) -> bool:
        """Whether the recurrence may be changed: not one that nobody here understands."""
        old, event = self.old, self.event
        known = old is None or not old.unfollowed or event.recurrence is not None
        return known and not event.unfollowed

    def master(self, part: Component) -> None:
        """Set what the event, or the series, says."""
        event, old = self.event, self.old
        key = EventField.TIME.value
        if old is None or old.fields()[key] != event.fields()[key]:
            self.span(part, event.start, event.length, single=event.recurrence is None)
        if self.followed:
            self._rule(part)
        if old is None or old.title != event.title:
            self.title(part, event.title, tagged=event.tagged)
        self.state(part, cancelled=event.cancelled)

    def span(self, part: Component, start: datetime, length: timedelta, *, single: bool) -> None:
        """Set the start and the length."""
        lines = self.spelling.span(start, length, single=single)
        part.remove(*({"DTEND", "DURATION"} - {one.name for one in lines}))
        after = "RECURRENCE-ID" if part.first("RECURRENCE-ID") is not None else "DTSTAMP"
        for line in lines:
            part.put(line.name, line, after=after)
            after = "DTSTART"

    def title(self, part: Component, title: str, *, tagged: bool = False) -> None:
        """Set the title; the tag `#visio` stays where it is."""
        if self.hidden:
            return
        said = f"{title} #visio".strip() if tagged or title_of(part)[1] else title
        line = part.first("SUMMARY")
        head = "SUMMARY:" if line is None else line.text[: len(line.text) - len(line.value)]
        if said or line is not None:
            part.put("SUMMARY", ContentLine(head + escaped(said)), after="DTEND")

    def state(self, part: Component, *, cancelled: bool) -> None:
        """Set whether it is cancelled; a tentative event stays one."""
        if is_cancelled(part) == cancelled and part.first("STATUS") is not None:
            return
        if cancelled or is_cancelled(part) or self.old is None:
            state = "CANCELLED" if cancelled else "CONFIRMED"
            part.put("STATUS", ContentLine(f"STATUS:{state}"), after="SUMMARY")

    def _rule(self, part: Component) -> None:
        new, event = self.event.recurrence, self.event
        if new is None:
            if self._parts(self.old):
                part.remove("RRULE", "EXRULE", "EXDATE", "RDATE")
            return
        if self.anew or self._parts(self.old) != self._parts(event):
            part.put("RRULE", ContentLine(f"RRULE:{self._told(new.rule)}"), after="DTEND")
        self._starts(part, "RDATE", set(new.besides))
        self._starts(part, "EXDATE", self._without())

    @property
    def anew(self) -> bool:
        """Whether the times that the object tells beside the start mean other ones now."""
        old, event = self.old, self.event
        return old is None or (old.zone, old.all_day) != (event.zone, event.all_day)

    @staticmethod
    def _parts(event: CalendarEvent | None) -> list[str]:
        rule = None if event is None else event.recurrence
        return [] if event is None or rule is None else rule_parts(rule.rule, event.zone)

    def _told(self, rule: str) -> str:
        """Return a rule with its end as it is told beside such a start."""
        if not self.event.all_day:
            return rule_text(rule, self.event.zone)
        parts = parts_of(rule)
        if "UNTIL" in parts:
            parts["UNTIL"] = f"{local_time(parts['UNTIL']):%Y%m%d}"
        return rule_of(parts)

    def _without(self) -> set[datetime]:
        """Return the starts for EXDATE: a date that a cancelled override leaves out needs none."""
        assert self.event.recurrence is not None
        without = set(self.event.recurrence.without)
        if self.old is None:
            return without
        known = set() if self.old.recurrence is None else set(self.old.recurrence.without)
        told = {one.original for one in self.old.dates if one.cancelled} - known
        if (self.old.zone, self.old.all_day) != (self.event.zone, self.event.all_day):
            told = set()  # such overrides are dates of another series now, and go
        return (without - told) | (known & set(self.event.left_out))

    def _starts(self, part: Component, name: str, wanted: Collection[datetime]) -> None:
        """Set a list of starts: those that stay are told as they were."""
        event = self.event
        kept, have = [], set[datetime]()
        for line in [] if self.anew else part.all(name):
            head = line.text[: len(line.text) - len(line.value)]
            values = []
            for value in line.value.split(","):
                starts = {
                    start_in(one, event)
                    for one in self.found.clocks.times(ContentLine(head + value))
                }
                if starts <= set(wanted):  # what can't be read stays
                    values.append(value)
                    have |= starts
            if values:
                kept.append(ContentLine(head + ",".join(values)))
        if missing := sorted(set(wanted) - have):
            kept.append(self.spelling.line(name, *missing))
        if kept != part.all(name):
            part.put(name, *kept, after="RRULE")
