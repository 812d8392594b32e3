"""Calendars that others read: the meetings of a salon, or of an agent."""
