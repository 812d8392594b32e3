"""Engines: they claim the agenda's due rows and run their handlers."""

from bridge.agenda.chores import PeriodicTask
from bridge.agenda.embedded import EmbeddedEngine
from bridge.agenda.hands import LONGEST, Observer, Ran

__all__ = ["LONGEST", "EmbeddedEngine", "Observer", "PeriodicTask", "Ran"]
