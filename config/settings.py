"""The settings of one deployment, whole and checked. `config.load` reads them."""

from typing import Literal

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config.sections import (
    AdminSettings,
    AuditSettings,
    CalendarSettings,
    DoorSettings,
    FederationSettings,
    GuestSettings,
    IdentitySettings,
    InboxSettings,
    KeySettings,
    LogSettings,
    MailSettings,
    MatrixSettings,
    MediaSettings,
    MeetingSettings,
    QuotaSettings,
    StoreSettings,
    VisioSettings,
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
    """Defaults for a known place: sandbox, tchap-dev, tchap-preprod, tchap-prod, tchap-rie."""
    language: Literal["fr", "en"] = "fr"
    """The language of a salon until it chooses."""
    store: StoreSettings = StoreSettings()
    keys: KeySettings = KeySettings()
    matrix: MatrixSettings
    visio: VisioSettings
    media: MediaSettings = MediaSettings()
    door: DoorSettings
    admin: AdminSettings = AdminSettings()
    mail: MailSettings
    inbox: InboxSettings = InboxSettings()
    meetings: MeetingSettings = MeetingSettings()
    guests: GuestSettings = GuestSettings()
    limits: QuotaSettings = QuotaSettings()
    identity: IdentitySettings = IdentitySettings()
    calendars: CalendarSettings = CalendarSettings()
    federation: FederationSettings = FederationSettings()
    logs: LogSettings = LogSettings()
    audit: AuditSettings = AuditSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings' signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what `config.load` has merged, so that a test controls the settings."""
        return (init_settings,)
