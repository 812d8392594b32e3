"""Reminders of meetings to come: to salons, to agents, and to an organiser with a problem."""
