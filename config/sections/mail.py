"""The mail server."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from config.addresses import HostName
from config.sections.base import Port, Section
from config.types import Mailbox, NonBlank, OneLine, Timeout

_UNREAD = re.compile(r"(no|do[-_.]?not|ne[-_.]?pas)[-_.]?(reply|repondre)", re.IGNORECASE)
"""How addresses begin that nobody reads."""


class MailSettings(Section):
    """The mail server that sends invitations."""

    host: HostName = "localhost"
    """Name of the server."""
    port: Port = 25
    """25 or 587 with starttls or none, 465 with tls."""
    tls: Literal["none", "starttls", "tls"] = "none"
    """none is for a server on this machine only."""
    user: NonBlank | None = Field(default=None, examples=["parvis"])
    """The user to sign in as; needs starttls or tls."""
    password: SecretStr | None = None
    """The password of `user`."""
    sender: Mailbox = Field(examples=["visio@example.org"])
    """The sender's address. Its domain's SPF and DKIM must cover the server above."""
    sender_name: OneLine = Field(default="Visio", max_length=100)
    """The sender's name; "Alice Martin via" stands before it, and door.organisation after it."""
    show_organiser: bool = True
    """Whether guests read the address of the agent who invites them, and answer to it (Reply-To);
    otherwise they read only the name, and answers go to the sender. The same holds for the
    organiser's address, to which calendars answer."""
    organizer: Mailbox | None = Field(default=None, examples=["reunions@example.org"])
    """The address to which guests' calendars send answers when the organiser's is not known, or
    show_organiser is off. A person must read it: Parvis does not. Without it such invitations have
    no calendar file."""
    timeout: Timeout = Field(default="30s", validate_default=True)
    """For each step of the connection before the message; then the server has ten minutes."""
    retry_unconfirmed: Timeout = Field(default="30m", validate_default=True)
    """After this, a message that the server may have accepted is sent again, three times in all."""
    ca_file: Path | None = Field(default=None, examples=["/etc/parvis/ca.pem"])
    """Certificate authorities (PEM) beside the system's."""

    @field_validator("organizer")
    @classmethod
    def _is_read(cls, organizer: str | None) -> str | None:
        if organizer is not None and _UNREAD.match(organizer):
            raise PydanticCustomError("unread", "nobody reads this mailbox")
        return organizer

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.user is None) != (self.password is None):
            missing = "mail.password" if self.password is None else "mail.user"
            raise PydanticCustomError("needs", "needs {other} as well", {"other": missing})
        if self.user is not None and self.tls == "none":
            raise PydanticCustomError("cleartext", "a password would travel in clear")
        return self
