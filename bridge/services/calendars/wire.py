"""Calendars: the handlers that look at them, and write into them; and what the bot does."""

from dataclasses import dataclass
from datetime import timedelta

from bridge.domain.agenda import Kind
from bridge.domain.capability import Capability
from bridge.domain.polls import PollPace
from bridge.ids import UserId
from bridge.ports import Expansion, Identities
from bridge.ports.calendar_servers import CalendarServers, EventTexts
from bridge.ports.mailed import MailedTexts
from bridge.services.calendars.busy import BusyTimes
from bridge.services.calendars.conflicts import Conflicts
from bridge.services.calendars.copies import Copies
from bridge.services.calendars.describing import Describing
from bridge.services.calendars.following import Following
from bridge.services.calendars.glances import Glances
from bridge.services.calendars.handing import ToBot
from bridge.services.calendars.mending import Mending
from bridge.services.calendars.newcomers import Newcomers
from bridge.services.calendars.people import People
from bridge.services.calendars.polling import Polls
from bridge.services.calendars.reading import CalendarReading
from bridge.services.calendars.sharing import CopyPlanning
from bridge.services.calendars.telling import TellingOfCalendars
from bridge.services.calendars.unwritten import Unwritten
from bridge.services.invitations.invitations import Invitations
from bridge.services.series.changes import Changes
from bridge.services.series.planning import Planning
from bridge.services.series.restorations import Restorations
from bridge.services.tools import Tools

PATIENCE = timedelta(minutes=15)
"""The most that a first look at a large calendar takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedWorld:
    """Our box, as agents invite it to events, and how we read these."""

    texts: MailedTexts
    describing: Describing
    box: str
    """The address that agents invite."""
    ours: frozenset[str]
    """All our addresses, in lower case."""
    bot: UserId
    """The installation's first account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarWorld:
    """The calendar servers of an installation, and how it speaks of its meetings there."""

    servers: CalendarServers
    texts: EventTexts
    pace: PollPace
    describing: Describing
    bot: UserId
    """The installation's first account."""
    expansion: Expansion
    """When events of calendars come again."""

    @property
    def busy(self) -> BusyTimes:
        """The reader of the times when agents are busy."""
        return BusyTimes(self.servers, self.texts, self.expansion)


def calendars(tools: Tools, world: CalendarWorld) -> Capability:
    """Return the handlers of calendars."""
    handing, mending = ToBot(world.bot), Mending(tools)
    polls = Polls(
        tools=tools,
        servers=world.servers,
        reading=CalendarReading(tools, world.servers, world.texts),
        handing=handing,
        mending=mending,
        pace=world.pace,
        glances=Glances(tools),
    )
    copies = Copies(
        tools,
        world.servers,
        world.texts,
        world.describing,
        handing,
        Unwritten(tools, mending),
        world.pace.soon,
    )
    return Capability(
        handlers={
            Kind.POLL: polls.poll,
            Kind.SHARE: CopyPlanning(tools, world.describing).share,
            Kind.COPY: copies.copy,
            Kind.CONFLICT: Conflicts(tools, world.busy).look,
        },
        limits={Kind.POLL: PATIENCE},
    )


def following(
    planning: Planning,
    restoring: Restorations,
    *,
    invitations: Invitations,
    identities: Identities,
    describing: Describing,
) -> Following:
    """Return the use cases that have meetings follow calendars."""
    changes: Changes = restoring.changes
    return Following(
        changes=changes,
        telling=TellingOfCalendars(restoring),
        describing=describing,
        newcomers=Newcomers(planning),
        people=People(changes.meetings.tools, invitations, identities),
    )
