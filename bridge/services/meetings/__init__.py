"""Meetings: use cases that make, find, extend and end them, and follow who is in them."""
