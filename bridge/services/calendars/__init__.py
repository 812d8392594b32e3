"""Agents' calendars: accounts, and links to link them."""
