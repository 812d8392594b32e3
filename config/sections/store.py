"""The database and the keys."""

from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from config.addresses import DatabaseUrl
from config.sections.base import Section


class StoreSettings(Section):
    """The database: SQLite for one process, PostgreSQL for several."""

    url: DatabaseUrl = SecretStr("sqlite:///data/parvis.db")
    """sqlite:///folder/parvis.db or postgresql://user:password@host/parvis"""
    synchronous: Literal["normal", "full"] = "normal"
    """SQLite only. full: a power cut loses nothing that was answered, at 4 to 10 times the cost."""


class KeySettings(Section):
    """The files from which guests' links derive and with which rows are encrypted."""

    folder: Path = Path("data/keys")
    """A person who can read this folder and the database can make guests' links: keep both
    apart."""
    create: bool = True
    """Make missing keys at the first start. Set false if another system provides the keys."""
