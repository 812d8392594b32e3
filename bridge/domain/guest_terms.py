"""Terms of one guest that differ from those of the meeting's other guests."""

from dataclasses import dataclass
from datetime import timedelta

from bridge.domain.rights import Source
from bridge.domain.window import Graces


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestTerms:
    """The terms under which a partner's person comes; they only narrow those of the policy."""

    before: timedelta
    """How long before the start the link works, at most."""
    after: timedelta
    """How long after the end it works, at most."""
    takeovers: int
    """How often another device may take over, at most."""
    sources: frozenset[Source]
    """The most that the guest may send."""
    chat: bool
    """Whether the guest may write in the meeting."""
    walks_in: bool = False
    """Nobody is asked at the door: the salon or the agreement has decided before."""

    def narrowed(self, graces: Graces) -> Graces:
        """Return the graces that the policy and these terms both allow."""
        return Graces(before=min(self.before, graces.before), after=min(self.after, graces.after))
