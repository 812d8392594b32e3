"""Reminders: to salons, to agents, and to an organiser whose meeting has a problem."""

from bridge.domain.agenda import Kind
from bridge.domain.capability import Capability
from bridge.metrics import Metrics
from bridge.services.reminders.own import OwnReminders
from bridge.services.reminders.problems import Problems
from bridge.services.reminders.salon import SalonReminders
from bridge.services.tools import Tools


def reminders(tools: Tools, metrics: Metrics | None = None) -> Capability:
    """Return its handlers."""
    return Capability(
        handlers={
            Kind.RECALL: SalonReminders(tools, metrics).send,
            Kind.REMIND: OwnReminders(tools, metrics).send,
            Kind.INSPECT: Problems(tools, metrics).look,
        }
    )
