"""Engines: clocks and hands for the agenda."""

from bridge.agenda.chores import Chore
from bridge.agenda.embedded import EmbeddedEngine
from bridge.agenda.hands import Observer, Ran

__all__ = ["Chore", "EmbeddedEngine", "Observer", "Ran"]
