"""Visio (La Suite Meet), spoken to through its external API, and at its waiting room."""

from bridge.visio.client import VisioAccess, VisioClient
from bridge.visio.knock import VisioWaitingRoom

__all__ = ["VisioAccess", "VisioClient", "VisioWaitingRoom"]
