"""Calendars' formats: recurrence, events, public holidays (docs/decisions/0039, 0046)."""
