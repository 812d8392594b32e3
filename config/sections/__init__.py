"""The settings, as frozen and typed sections. Each docstring is the operator's comment.

A secret `x` may also be given as `x_file`, the path of a file that holds it; `config.load` reads
it. `parvis.example.toml` is generated from here (`python -m config.example`).
"""

from config.sections.audit import AuditSettings
from config.sections.base import Section
from config.sections.calendars import CalendarSettings
from config.sections.door import AdminSettings, DoorLimitSettings, DoorSettings
from config.sections.federation import FederationSettings
from config.sections.identity import IdentityRule, IdentitySettings
from config.sections.inbox import InboxSettings
from config.sections.logs import LogSettings
from config.sections.mail import MailSettings
from config.sections.matrix import MatrixSettings
from config.sections.media import MediaSettings
from config.sections.meetings import GuestSettings, MeetingSettings, QuotaSettings
from config.sections.store import KeySettings, StoreSettings
from config.sections.visio import VisioSettings

__all__ = [
    "AdminSettings",
    "AuditSettings",
    "CalendarSettings",
    "DoorLimitSettings",
    "DoorSettings",
    "FederationSettings",
    "GuestSettings",
    "IdentityRule",
    "IdentitySettings",
    "InboxSettings",
    "KeySettings",
    "LogSettings",
    "MailSettings",
    "MatrixSettings",
    "MediaSettings",
    "MeetingSettings",
    "QuotaSettings",
    "Section",
    "StoreSettings",
    "VisioSettings",
]
