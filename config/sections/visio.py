"""The video platform."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from config.addresses import Address, Proxy, VisioUrl
from config.sections.base import Section
from config.types import NonBlank, Timeout


class VisioSettings(Section):
    """The application declared on the Visio instance."""

    url: VisioUrl = Field(examples=["https://visio.example.org"])
    """The address of the external API: https://visio.numerique.gouv.fr"""
    public_url: Address | None = Field(default=None, examples=["https://visio.example.org"])
    """The address for people, if other than `url`."""
    client_id: NonBlank = Field(examples=["parvis"])
    """Identifier of the application."""
    secret: SecretStr
    """Secret of the application."""
    level: Literal["trusted", "restricted"] = "trusted"
    """The people who enter without being admitted: account holders (trusted) or role holders
    (restricted)."""
    connect_timeout: Timeout = Field(default="3s", validate_default=True)
    """Until connected. Nothing is sent before."""
    total_timeout: Timeout = Field(default="10s", validate_default=True)
    """Until the last byte of the answer."""
    proxy: Proxy | None = Field(default=None, examples=["http://proxy.example.org:3128"])
    """HTTP proxy towards Visio."""
    ca_file: Path | None = Field(default=None, examples=["/etc/parvis/ca.pem"])
    """Certificate authorities (PEM) beside the system's."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.connect_timeout > self.total_timeout:
            told = {"this": "connect_timeout", "other": "total_timeout"}
            raise PydanticCustomError("order", "too long", told)
        return self

    @property
    def people_url(self) -> str:
        """The address for people."""
        return self.public_url or self.url
