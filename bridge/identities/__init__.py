"""Agents' e-mails, found by their Matrix id."""
