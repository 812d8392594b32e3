"""What Parvis keeps of a salon."""

from dataclasses import dataclass

from bridge.domain.meeting import AccessLevel
from bridge.i18n import Language
from bridge.ids import SalonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Salon:
    """A salon's settings; what it is in Matrix is read from Matrix."""

    id: SalonId
    language: Language = Language.FR
    zone: str = "Europe/Paris"
    level: AccessLevel | None = None
    names: bool = False
    """Whether it wants to be told who was in a meeting, and not only how many."""
    promised: str = ""
    """What it was last told of how guests get in: that is told once."""
