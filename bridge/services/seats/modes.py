"""The admission modes at work: the capability that each of them adds to a process.

The wiring of roles chooses one from `media.way`. Code that adds something for each of them uses
`match`, so that mypy finds it when a fourth comes.
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
    """`redirect`: guests go on to Visio's own page, where we neither see them nor seat them."""

    def capability(self) -> Capability:
        """Return an empty capability."""
        return Capability()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAdmits:
    """`knock`: guests wait and meet on our page, and Visio's host admits them."""

    knocking: Knocking
    endings: Endings
    enforcement: Enforcement | None
    """Only if we hold a key of the media server."""

    def capability(self) -> Capability:
        """Return its handlers: without a key the end of a seat ejects nobody."""
        keyless = Capability(handlers={Kind.EJECT: self.knocking.lapse})
        ends = keyless if self.enforcement is None else self.enforcement.capability()
        return merged([Capability(handlers={Kind.WARN: self.endings.turn}), ends])


@dataclass(frozen=True, slots=True, kw_only=True)
class SalonAdmits:
    """`livekit`: guests wait and meet on our page, and the salon admits them."""

    tools: Tools
    seats: Seats
    endings: Endings
    enforcement: Enforcement

    def capability(self) -> Capability:
        """Return its handlers and tasks, also the one for guests whose page fell silent."""
        questions = UnansweredQuestions(self.tools)
        silence = PeriodicTask("door.silence", SIGNS, questions.look, shared=True)
        ours = Capability(handlers={Kind.WARN: self.endings.turn}, periodic=[silence])
        return merged([ours, self.enforcement.capability()])


Admitting: TypeAlias = VisioAdmits | HostAdmits | SalonAdmits
