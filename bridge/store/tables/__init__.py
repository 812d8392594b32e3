"""The tables, by noun. A change here needs a migration (CONTRIBUTING.md); a test compares both."""

from bridge.store.tables.audit import audit
from bridge.store.tables.base import metadata
from bridge.store.tables.calendars import (
    calendar_accounts,
    calendar_links,
    calendar_objects,
    calendars,
)
from bridge.store.tables.feeds import feed_absences, feed_colleagues, feeds
from bridge.store.tables.guests import (
    answers,
    challenges,
    hosts,
    invitation_dates,
    invitations,
    questions,
    seats,
    visits,
)
from bridge.store.tables.mailed import mail_senders, mailed_events, organiser_mails
from bridge.store.tables.meetings import (
    changes,
    expected,
    meetings,
    occurrences,
    offers,
    presences,
    reminders,
    series,
)
from bridge.store.tables.partners import (
    grant_requests,
    grants,
    opened_meetings,
    partner_statements,
    partners,
    received_grants,
    used_assertions,
)
from bridge.store.tables.people import agents, salons
from bridge.store.tables.queues import agenda, inbox, mails, outbox, positions
from bridge.store.tables.upkeep import leases, once, secrets

__all__ = [
    "agenda",
    "agents",
    "answers",
    "audit",
    "calendar_accounts",
    "calendar_links",
    "calendar_objects",
    "calendars",
    "challenges",
    "changes",
    "expected",
    "feed_absences",
    "feed_colleagues",
    "feeds",
    "grant_requests",
    "grants",
    "hosts",
    "inbox",
    "invitation_dates",
    "invitations",
    "leases",
    "mail_senders",
    "mailed_events",
    "mails",
    "meetings",
    "metadata",
    "occurrences",
    "offers",
    "once",
    "opened_meetings",
    "organiser_mails",
    "outbox",
    "partner_statements",
    "partners",
    "positions",
    "presences",
    "questions",
    "received_grants",
    "reminders",
    "salons",
    "seats",
    "secrets",
    "series",
    "used_assertions",
    "visits",
]
