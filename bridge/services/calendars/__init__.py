"""Agents' calendars: accounts, what changes there, and what we write there."""
