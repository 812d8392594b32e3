"""Meetings: asked for, found again, extended, ended, and who is in them."""
