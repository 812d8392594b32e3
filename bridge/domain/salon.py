"""A salon's settings, as Parvis stores them."""

from dataclasses import dataclass

from bridge.domain.meeting import AccessLevel
from bridge.i18n import Language
from bridge.ids import SalonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Salon:
    """A salon's settings; its state in Matrix is read from Matrix."""

    id: SalonId
    language: Language = Language.FR
    zone: str = "Europe/Paris"
    level: AccessLevel | None = None
    names: bool = False
    """Whether it wants to read who was in a meeting, and not only how many."""
    remind: int | None = None
    """How many minutes before a meeting it is reminded: 0 at its start, negative never, `None`: as
    the operator chose."""
    welcome: str = ""
    """Its own line on its guests' page (`bridge.domain.welcome`); empty for none."""
    promised: str = ""
    """The promise that it read last of how guests get in: each is told once."""
