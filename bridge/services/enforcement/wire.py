"""Enforcement, where we hold a key of the media server: guests are only where they may be."""

from dataclasses import dataclass
from datetime import timedelta

from bridge.domain.agenda import Kind
from bridge.domain.capability import Capability, PeriodicTask
from bridge.metrics import Metrics
from bridge.ports import MediaRooms, Webhooks
from bridge.services.enforcement.ejection import Ejections
from bridge.services.enforcement.host_removals import Removals
from bridge.services.enforcement.polling import Polling
from bridge.services.enforcement.sweep import Sweeps
from bridge.services.enforcement.webhooks import Hearing
from bridge.services.meetings.attendance import Attendance
from bridge.services.tools import Tools

SWEEP = timedelta(seconds=1)
"""How often rooms with guests are polled."""


@dataclass(frozen=True, slots=True)
class Enforcement:
    """Ejections, polls and webhooks."""

    ejections: Ejections
    polling: Polling
    hearing: Hearing

    @classmethod
    def of(
        cls, tools: Tools, media: MediaRooms, webhooks: Webhooks, metrics: Metrics | None = None
    ) -> "Enforcement":
        """Build it for a media server."""
        ejections = Ejections(tools, media, metrics)
        polling = Polling(tools, Sweeps(tools, ejections), Attendance(tools))
        return cls(ejections, polling, Hearing(webhooks, Removals(tools), polling, tools))

    def capability(self) -> Capability:
        """Return its handlers, which eject on time and look again, and the sweep as safety net."""
        looks = self.polling.sweeps.look
        return Capability(
            handlers={Kind.EJECT: self.ejections.eject, Kind.LOOK: looks},
            periodic=[PeriodicTask("media.sweep", SWEEP, self.polling.tick, shared=True)],
        )
