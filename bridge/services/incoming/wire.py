"""Mails to our box: the task that looks into it."""

from dataclasses import dataclass
from datetime import timedelta

from bridge.domain.agenda import Kind
from bridge.domain.capability import LONGEST, Capability, PeriodicTask
from bridge.ids import UserId
from bridge.metrics import Metrics
from bridge.ports import Identities, Post
from bridge.ports.incoming import IncomingReader, Letterbox
from bridge.ports.mailed import MailedTexts
from bridge.services.incoming.bounces import Bounces
from bridge.services.incoming.counters import Counters
from bridge.services.incoming.guests import GuestsByMail
from bridge.services.incoming.organisers import ComposeToOrganiser, OrganiserLetters
from bridge.services.incoming.postmaster import Postmaster
from bridge.services.incoming.replies import Replies
from bridge.services.incoming.summons import SummonsReading
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedBox:
    """Our box, as agents invite it to events."""

    texts: MailedTexts
    identities: Identities
    ours: frozenset[str]
    """Our addresses, in lower case."""
    bot: UserId
    """The installation's first account."""
    post: Post
    compose: ComposeToOrganiser
    patience: timedelta
    """How long the mail server may take to accept a mail."""
    services: frozenset[str] = frozenset()
    """Addresses from which calendar services mail for their users, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """Our box, and who reads its mails."""

    box: Letterbox
    reader: IncomingReader
    every: timedelta
    """The pause between two looks."""
    domain: str
    """The right-hand side of events' UIDs."""
    invited: InvitedBox | None = None
    """If agents may invite us by mail."""


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
        summons=_summons(tools, office.invited),
        metrics=metrics,
    )


def incoming(tools: Tools, office: PostOffice | None, metrics: Metrics | None = None) -> Capability:
    """Return its task, which one process does for all; without a box there is none."""
    if office is None:
        return Capability()
    inbox, invited = postmaster_of(tools, office, metrics), office.invited
    look = PeriodicTask("inbox", office.every, inbox.look, shared=True)
    if invited is None:
        return Capability(periodic=[look])
    letters = OrganiserLetters(
        tools=tools,
        post=invited.post,
        texts=invited.texts,
        compose=invited.compose,
        domain=office.domain,
        metrics=metrics,
    )
    return Capability(
        handlers={Kind.ORGANISER: letters.deliver},
        limits={Kind.ORGANISER: invited.patience + LONGEST},
        periodic=[look],
    )


def _summons(tools: Tools, invited: InvitedBox | None) -> SummonsReading | None:
    if invited is None:
        return None
    return SummonsReading(
        tools=tools,
        texts=invited.texts,
        identities=invited.identities,
        ours=invited.ours,
        bot=invited.bot,
        services=invited.services,
    )
