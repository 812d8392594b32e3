"""Ejects guests: at the end of their time, at each poll, and after webhooks of the media server."""
