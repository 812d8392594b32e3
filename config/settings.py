"""The settings of one deployment, whole and checked. `config.load` reads them."""

from typing import Literal

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config.model import (
    Admin,
    Door,
    Guests,
    Identity,
    Keys,
    Logs,
    Mail,
    Matrix,
    Media,
    Meetings,
    Quotas,
    Store,
    Visio,
)

Profile = Literal["sandbox", "tchap-dev", "tchap-preprod", "tchap-prod", "tchap-rie"]


class Settings(BaseSettings):
    """Everything the operator decides."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        env_prefix="PARVIS_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    profile: Profile | None = Field(default=None, examples=["tchap-prod"])
    """Ready answers for a known place: sandbox, tchap-dev, tchap-preprod, tchap-prod, tchap-rie."""
    language: Literal["fr", "en"] = "fr"
    """The language of a salon until it chooses."""
    store: Store = Store()
    keys: Keys = Keys()
    matrix: Matrix
    visio: Visio
    media: Media = Media()
    door: Door
    admin: Admin = Admin()
    mail: Mail
    meetings: Meetings = Meetings()
    guests: Guests = Guests()
    limits: Quotas = Quotas()
    identity: Identity = Identity()
    logs: Logs = Logs()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings' signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what `config.load` has merged, so that a test decides what is set."""
        return (init_settings,)
