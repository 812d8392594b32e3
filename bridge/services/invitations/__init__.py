"""Invitations: use cases that make, mail, extend and withdraw guests' personal links."""
