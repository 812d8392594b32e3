"""The log."""

from typing import Literal

from config.sections.base import Section


class LogSettings(Section):
    """Log lines on the standard error output. They never hold secrets or addresses."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level that is logged."""
    format: Literal["json", "console"] = "json"
    """json for machines, console for people."""
