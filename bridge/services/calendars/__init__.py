"""Agents’ calendars: what changes there, and what we write there."""
