"""Visio (La Suite Meet), spoken to through its external API."""

from bridge.visio.client import VisioAccess, VisioClient

__all__ = ["VisioAccess", "VisioClient"]
