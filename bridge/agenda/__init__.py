"""Engines: clocks and hands for the agenda."""

from bridge.agenda.embedded import EmbeddedEngine
from bridge.agenda.hands import Observer, Ran

__all__ = ["EmbeddedEngine", "Observer", "Ran"]
