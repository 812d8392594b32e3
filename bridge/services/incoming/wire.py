"""Mails to our box: the task that looks into it."""

from dataclasses import dataclass
from datetime import timedelta

from bridge.domain.capability import Capability, PeriodicTask
from bridge.metrics import Metrics
from bridge.ports.incoming import IncomingReader, Letterbox
from bridge.services.incoming.bounces import Bounces
from bridge.services.incoming.counters import Counters
from bridge.services.incoming.guests import GuestsByMail
from bridge.services.incoming.postmaster import Postmaster
from bridge.services.incoming.replies import Replies
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """Our box, and who reads its mails."""

    box: Letterbox
    reader: IncomingReader
    every: timedelta
    """The pause between two looks."""
    domain: str
    """The right-hand side of events' UIDs."""


def postmaster_of(tools: Tools, office: PostOffice, metrics: Metrics | None = None) -> Postmaster:
    """Return the use case that handles the mails of the box."""
    guests = GuestsByMail(tools, office.domain)
    return Postmaster(
        tools=tools,
        box=office.box,
        reader=office.reader,
        replies=Replies(guests),
        counters=Counters(guests),
        bounces=Bounces(tools),
        metrics=metrics,
    )


def incoming(tools: Tools, office: PostOffice | None, metrics: Metrics | None = None) -> Capability:
    """Return its task, which one process does for all; without a box there is none."""
    if office is None:
        return Capability()
    inbox = postmaster_of(tools, office, metrics)
    return Capability(periodic=[PeriodicTask("inbox", office.every, inbox.look, shared=True)])
