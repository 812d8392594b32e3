"""Engines: they claim the agenda's due rows and run their handlers."""

from bridge.agenda.embedded import EmbeddedEngine
from bridge.agenda.hands import Observer, Ran

__all__ = ["EmbeddedEngine", "Observer", "Ran"]
