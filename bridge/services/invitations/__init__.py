"""Guests' personal links: made, mailed, extended, withdrawn."""
