"""An agreement with a partner organisation, as the operator writes it in a TOML file.

What is not written is denied, or has the narrowest value. `parvis partners add` reads it.
"""

import re
import tomllib
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, SecretStr, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from config.addresses import SecureUrl, WebOrigin
from config.errors import Complaint, SettingsError, unreadable
from config.sections.base import Section
from config.types import Domain, Duration, NonBlank, ServerName

LARGEST = 64 * 1024
"""Bytes of an agreement's file."""

_HOURS = re.compile(
    r"(?P<first>Mo|Tu|We|Th|Fr|Sa|Su)-(?P<last>Mo|Tu|We|Th|Fr|Sa|Su) "
    r"(?P<begins>[0-2]\d:[0-5]\d)-(?P<ends>[0-2]\d:[0-5]\d) (?P<zone>\S+)"
)
_THUMBPRINT = re.compile(r"(sha256:)?[A-Za-z0-9_-]{43}")


def _hours(value: str) -> str:
    found = _HOURS.fullmatch(value)
    if found is None or found["zone"] not in available_timezones():
        raise PydanticCustomError("hours", "write hours like Mo-Fr 07:00-21:00 Europe/Paris")
    try:
        begins, ends = time.fromisoformat(found["begins"]), time.fromisoformat(found["ends"])
    except ValueError:
        begins = ends = time()
    if begins >= ends:
        raise PydanticCustomError("hours", "write hours like Mo-Fr 07:00-21:00 Europe/Paris")
    return value


def _thumbprint(value: str) -> str:
    if not _THUMBPRINT.fullmatch(value):
        raise PydanticCustomError(
            "thumbprint", "write the RFC 7638 thumbprint of the partner's key: sha256:…"
        )
    return value.removeprefix("sha256:")


WeeklyHours = Annotated[str, AfterValidator(_hours)]
Thumbprint = Annotated[str, AfterValidator(_thumbprint)]
VouchingName = Literal["bridge", "oidc", "matrix_openid", "email", "link"]


class SubjectTerms(Section):
    """The partner's people who may come."""

    email_domains: tuple[Domain, ...] = ()
    """Domains of their addresses; empty: an address proves nothing here."""
    mxid_servers: tuple[ServerName, ...] = ()
    """Their homeservers."""
    assurance_min: Literal["low", "substantial", "high"] = "low"
    """The least assurance with which the partner must know them (eIDAS)."""


class MeetingTerms(Section):
    """The meetings that are open to the partner."""

    open_by: Literal["organiser", "tag", "all"] = "organiser"
    """organiser: those that their organiser opened to this partner; tag: those with such a tag."""
    tags_allowed: tuple[NonBlank, ...] = ()
    """Words that open a meeting when its title has them as #word."""
    tags_denied: tuple[NonBlank, ...] = ()
    """Words that close a meeting, whoever opened it."""


class TimeTerms(Section):
    """The times at which the partner's people may come in."""

    grace_before: Duration = Field(default="10m", validate_default=True)
    grace_after: Duration = Field(default="5m", validate_default=True)
    max_duration: Duration = Field(default="4h", validate_default=True)
    hours: WeeklyHours | None = None
    """Mo-Fr 07:00-21:00 Europe/Paris: the only hours at which a meeting may begin for them."""


class LimitTerms(Section):
    """The most that the partner gets."""

    guests_per_meeting: int = Field(default=20, ge=1)
    grants_per_hour: int = Field(default=100, ge=1)
    takeovers: int = Field(default=3, ge=0)


class RightTerms(Section):
    """The rights of the partner's people in a meeting."""

    publish: tuple[Literal["microphone", "camera"], ...] = ("microphone", "camera")
    screen_share: Literal["organiser", "never"] = "never"
    """organiser: as the meeting's host decides."""
    chat: bool = True


class DataTerms(Section):
    """Data that the partner gets of our own people, and that we keep of theirs."""

    retain_days: int = Field(default=7, ge=1, le=365)
    """We forget its people as we forget all guests (meetings.forget_after); an agreement that asks
    for less is refused."""
    send: tuple[Literal["name", "org", "email", "mxid"], ...] = ("name",)


class ValidTerms(Section, validate_by_name=True):
    """The days on which the agreement is in force, both included, in UTC."""

    begins: date = Field(alias="from")
    until: date


class ProviderTerms(Section):
    """The partner's own OpenID provider, for people without an instance."""

    issuer: SecureUrl
    """Its name, as /.well-known/openid-configuration states it: https, often with a path."""
    client_id: NonBlank
    client_secret: SecretStr | None = None
    """Without it the client is public, with PKCE alone."""
    tenant_claim: NonBlank | None = None
    """The claim that tells organisations of one provider apart: tid, hd."""
    tenant: NonBlank | None = None
    """The value of that claim for this partner."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.tenant_claim is None) != (self.tenant is None):
            raise PydanticCustomError("tenant", "write tenant_claim and tenant, or neither")
        return self


class AgreementFile(Section):
    """One partner's agreement."""

    partner: WebOrigin
    """The partner's name: the issuer of its assertions."""
    label: NonBlank = Field(max_length=60)
    """The organisation, as people read it: Ministère de l'Exemple."""
    federation_key: Thumbprint | None = None
    """The thumbprint of its federation key, as its operator read it to you."""
    enabled: bool = True
    direction: tuple[Literal["inbound", "outbound"], ...] = ()
    methods: tuple[VouchingName, ...] = ()
    admission: Literal["approval", "waiting_room", "direct"] = "approval"
    subjects: SubjectTerms = SubjectTerms()
    meetings: MeetingTerms = MeetingTerms()
    time: TimeTerms = TimeTerms()
    limits: LimitTerms = LimitTerms()
    rights: RightTerms = RightTerms()
    data: DataTerms = DataTerms()
    valid: ValidTerms
    oidc: ProviderTerms | None = None


_FILE: TypeAdapter[AgreementFile] = TypeAdapter(AgreementFile)


def read_agreement(text: str) -> AgreementFile:
    """Read an agreement. Raises tomllib.TOMLDecodeError, pydantic.ValidationError."""
    return _FILE.validate_python(tomllib.loads(text))


def load_agreement(path: Path) -> AgreementFile:
    """Read an agreement's file. Raises SettingsError with all that is wrong, and no value."""
    try:
        raw = path.read_bytes()[: LARGEST + 1]
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([unreadable(str(path), path, error)]) from error
    if len(raw) > LARGEST:
        raise SettingsError([Complaint(str(path), "other", {"reason": "64 KiB"})])
    try:
        return read_agreement(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = place.groups() if place else ("–", "–")
        parameters = {"reason": str(error), "line": line, "column": column}
        raise SettingsError([Complaint(str(path), "not_toml", parameters)]) from error
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise SettingsError([_complaint(one) for one in found]) from error


def _complaint(error: Any) -> Complaint:
    where = ".".join(str(part) for part in error["loc"])
    kind = "unknown_key" if error["type"] == "extra_forbidden" else error["type"]
    return Complaint(where, kind, {**error.get("ctx", {}), "reason": error["msg"]})
