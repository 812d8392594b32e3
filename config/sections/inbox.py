"""The box in which answers to our mails arrive."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from config.addresses import HostName
from config.sections.base import Port, Section
from config.types import Mailbox, NonBlank, Timeout

_NEEDS = ("user", "password", "authserv_id")


class InboxSettings(Section):
    """The box that guests' calendars answer and agents invite: Parvis marks its mails as seen."""

    host: HostName | None = Field(default=None, examples=["imap.example.org"])
    """Name of the IMAP server; without it no box is read."""
    port: Port = 993
    """993 with tls, 143 with starttls."""
    tls: Literal["starttls", "tls"] = "tls"
    """A box is never read in clear."""
    user: NonBlank | None = Field(default=None, examples=["visio@example.org"])
    """The user to sign in as."""
    password: SecretStr | None = None
    """The password of `user`."""
    folder: NonBlank = "INBOX"
    """The folder to read."""
    address: Mailbox | None = Field(default=None, examples=["reponses@example.org"])
    """The box's address, to which guests' calendars answer; otherwise mail.sender. Mails that could
    not be delivered come back to mail.sender alone."""
    authserv_id: NonBlank | None = Field(default=None, examples=["mx.example.org"])
    """The name with which your mail server begins its Authentication-Results. It must check DMARC,
    and remove headers of that name from mails that arrive: Parvis believes the topmost."""
    services: tuple[Mailbox, ...] = Field(default=(), examples=[["agenda@suite.example.org"]])
    """Addresses from which calendar services mail their users' invitations (La Suite's calendars):
    the event's ORGANIZER then counts as who sent it. Only services that let nobody write another
    ORGANIZER than themselves."""
    every: Timeout = Field(default="30s", validate_default=True)
    """The pause between two looks."""
    timeout: Timeout = Field(default="30s", validate_default=True)
    """For each step."""
    ca_file: Path | None = Field(default=None, examples=["/etc/parvis/ca.pem"])
    """Certificate authorities (PEM) beside the system's."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.host is None:
            return self
        for name in _NEEDS:
            if getattr(self, name) is None:
                missing = {"other": f"inbox.{name}"}
                raise PydanticCustomError("needs", "needs {other} as well", missing)
        return self
