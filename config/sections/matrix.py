"""The bot's account."""

from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from config.addresses import HomeserverUrl, Proxy, address
from config.sections.base import Section
from config.types import CommandPrefix, MatrixUser, NonBlank, ServerName


class MatrixSettings(Section):
    """The bot's account on its homeserver. [[accounts]] with one table says the same."""

    homeserver: HomeserverUrl = Field(examples=["https://matrix.example.org"])
    """The address for clients: https://matrix.example.org. {server} stands for the server in
    `user`, {instance} for the part before ".tchap." in it."""
    user: MatrixUser = Field(examples=["@visio:example.org"])
    """Full Matrix id of the bot's account: @visio:example.org"""
    password: SecretStr | None = None
    """Used once, at the first start, to sign in; also to sign the bot's device."""
    token: SecretStr | None = None
    """An access token issued beforehand, instead of the password; needs `device`."""
    device: NonBlank | None = Field(default=None, examples=["PARVIS1"])
    """The device the token belongs to."""
    store: Path = Path("data/matrix")
    """Encryption state. Losing it makes the bot a new device that can't read older messages."""
    device_name: NonBlank = "Parvis"
    """The bot's name in people's lists of devices."""
    display_name: NonBlank = "Parvis"
    """The name the bot gives itself where the homeserver lets it, and in its greeting."""
    prefix: CommandPrefix = Field(default="!visio", min_length=2, max_length=20)
    """First word of a command. Not "/": clients keep those to themselves."""
    agents: tuple[ServerName, ...] = ()
    """Homeservers whose users are agents. Everybody else may join and read help, no more."""
    invites: Literal["agents", "anyone", "nobody"] = "agents"
    """The people whose invitations to a salon the bot accepts, and whose word it takes that a salon
    goes on elsewhere."""
    rate: float = Field(default=1.0, ge=0)
    """Messages a second in the long run; 0: no limit."""
    burst: int = Field(default=10, ge=1)
    """Messages that may be sent at once after a silence."""
    account_expires: date | None = Field(default=None, examples=["2027-12-31"])
    """Day on which the account expires (on Tchap 13 months after it was last renewed by mail):
    `parvis check` and a metric warn of it."""
    proxy: Proxy | None = Field(default=None, examples=["http://proxy.example.org:3128"])
    """HTTP proxy towards the homeserver. The environment's proxies are not used."""
    ca_file: Path | None = Field(default=None, examples=["/etc/parvis/ca.pem"])
    """Certificate authorities (PEM) beside the system's."""

    @property
    def server(self) -> str:
        """The name of the bot's homeserver."""
        return self.user.partition(":")[2]

    @property
    def client_url(self) -> str:
        """The address for clients, without a last slash."""
        instance = self.server.partition(".tchap.")[0]
        filled = self.homeserver.replace("{server}", self.server).replace("{instance}", instance)
        return address(filled)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.token is not None and self.device is None:
            raise PydanticCustomError("needs", "needs {other}", {"other": "matrix.device"})
        self.client_url  # noqa: B018 - raises when it is no address
        return self
