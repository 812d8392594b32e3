"""The admission modes at work: what each of them adds to a process.

One is chosen where roles are wired, from `media.way`. Whoever needs to know which asks with
`match`, so that mypy finds every place that a fourth one would have to be told of.
"""

from dataclasses import dataclass
from typing import TypeAlias

from bridge.domain.agenda import Kind
from bridge.domain.capability import Capability, PeriodicTask, merged
from bridge.domain.question import SIGNS
from bridge.services.enforcement.wire import Enforcement
from bridge.services.seats.decisions import Seats
from bridge.services.seats.end_warnings import Endings
from bridge.services.seats.knocking import Knocking
from bridge.services.tools import Tools
from bridge.services.visits.unanswered import UnansweredQuestions


@dataclass(frozen=True, slots=True)
class VisioAdmits:
    """`redirect`: guests go on to Visio's own page, where we neither see nor seat them."""

    def capability(self) -> Capability:
        """Return what runs: nothing."""
        return Capability()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAdmits:
    """`knock`: guests wait and meet on our page, and Visio's host lets them in there."""

    knocking: Knocking
    endings: Endings
    enforcement: Enforcement | None
    """Only where we hold a key of the media server."""

    def capability(self) -> Capability:
        """Return what runs: without a key the end of a seat puts nobody out."""
        keyless = Capability(handlers={Kind.EJECT: self.knocking.lapse})
        ends = keyless if self.enforcement is None else self.enforcement.capability()
        return merged([Capability(handlers={Kind.WARN: self.endings.turn}), ends])


@dataclass(frozen=True, slots=True, kw_only=True)
class SalonAdmits:
    """`livekit`: guests wait and meet on our page, and the salon lets them in."""

    tools: Tools
    seats: Seats
    endings: Endings
    enforcement: Enforcement

    def capability(self) -> Capability:
        """Return what runs: also the questions about guests whose page fell silent."""
        questions = UnansweredQuestions(self.tools)
        silence = PeriodicTask("door.silence", SIGNS, questions.look, shared=True)
        ours = Capability(handlers={Kind.WARN: self.endings.turn}, periodic=[silence])
        return merged([ours, self.enforcement.capability()])


Admitting: TypeAlias = VisioAdmits | HostAdmits | SalonAdmits
