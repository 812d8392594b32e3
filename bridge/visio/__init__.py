"""The client of Visio (La Suite Meet): its external API and its waiting room."""

from bridge.visio.client import VisioAccess, VisioClient
from bridge.visio.knock import VisioWaitingRoom

__all__ = ["VisioAccess", "VisioClient", "VisioWaitingRoom"]
