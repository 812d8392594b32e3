"""How guests are admitted."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from config.addresses import Address, MediaUrl
from config.sections.base import Section
from config.types import NonBlank


class MediaSettings(Section):
    """The way guests are admitted. livekit needs a key of the media server behind Visio."""

    way: Literal["redirect", "knock", "livekit"] = "redirect"
    """redirect: the organiser admits them from Visio's waiting room; an admitted guest may stay.
    knock, if Visio's operator agrees: guests are on the door's own page, and the organiser admits
    them in Visio; without `key` a guest who is inside may stay. livekit: the salon admits them, to
    the door's own page; they are ejected when the window ends."""
    url: MediaUrl | None = Field(default=None, examples=["wss://livekit.example.org"])
    """The media server's address for browsers. ws is for this machine only."""
    api_url: Address | None = Field(default=None, examples=["https://livekit.example.org"])
    """The address of its API, if other than `url`."""
    key: NonBlank | None = Field(default=None, examples=["parvis"])
    """Name of our key. It rules every room of the server: guard it."""
    secret: SecretStr | None = Field(default=None, min_length=32)
    """Its secret, 32 characters or more."""
    guests_may: tuple[Literal["camera", "microphone", "screen_share"], ...] = (
        "camera",
        "microphone",
        "screen_share",
    )
    """The sources that guests may send on the door's page; the meeting's host may allow less."""
    gate: bool = False
    """knock only: the proxy in front of the media server asks the door about every connection, so
    that an ejected guest need not be looked for during the hours for which Visio's tokens last."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        needed = ""
        if self.way == "livekit" and not (self.url and self.key and self.secret):
            needed = "media.url, media.key, media.secret"
        elif self.way == "knock" and not self.url:
            needed = "media.url"
        elif self.way == "knock" and (self.key is None) != (self.secret is None):
            needed = "media.secret" if self.secret is None else "media.key"
        if needed:
            raise PydanticCustomError("needs", "needs {other} as well", {"other": needed})
        return self

    @property
    def keyed(self) -> bool:
        """Whether we hold a key of the media server, and so eject guests whose time is over."""
        return self.way != "redirect" and self.key is not None

    @property
    def api(self) -> str:
        """The address of the media server's API."""
        url = self.url or ""
        return self.api_url or f"http{url.removeprefix('ws')}"
