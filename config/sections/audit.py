"""The audit."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from config.sections.base import Section
from config.types import Duration, between

RecordsKept = Annotated[Duration, AfterValidator(between(timedelta(days=30), timedelta(days=1827)))]
Findable = Annotated[Duration, AfterValidator(between(timedelta(0), timedelta(days=366)))]


class AuditSettings(Section):
    """The audit: who let whom in and why not, in a chain of records under a key of its own."""

    enabled: bool = True
    """Set false to keep no records."""
    keep: RecordsKept = Field(default="365d", validate_default=True)
    """Age at which records are deleted, the oldest first; the CNIL advises six to twelve months."""
    forget_after: Findable = Field(default="31d", validate_default=True)
    """After the end of a month, how long its pseudonyms can still be found by a person's address.
    Then the month's salt is destroyed, and they lead to nobody."""
    head_file: Path | None = Field(default=None, examples=["/var/log/parvis/audit-heads"])
    """A file to which the chain's end is appended each hour. Keep it on another machine, or where
    Parvis may only append: an end that was cut off is found only by it."""
    syslog: Path | None = Field(default=None, examples=["/dev/log"])
    """The socket of the machine's syslog, which gets the same line."""
