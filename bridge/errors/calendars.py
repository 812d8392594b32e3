"""Errors of calendar servers, and of what they hold."""

from datetime import timedelta

from bridge.errors.base import ParvisError, Refused


class CalendarError(ParvisError):
    """A calendar server does not do what we ask."""


class CalendarAddressRefused(Refused):
    """No calendar is at this address, or it is one that Parvis may not reach."""


class CalendarLoginRefused(CalendarError):
    """The server refuses these credentials (401): asked once, never again with them."""


class CalendarSignInUnknown(CalendarLoginRefused):
    """It takes neither Basic nor Digest (401), so we can't sign in: ask for another way."""


class CalendarForbidden(CalendarError):
    """The server lets us not do this (403): the calendar may be read only."""


class CalendarGone(CalendarError):
    """The calendar, or the event, is not there (404, 410)."""


class CalendarUnreachable(CalendarError):
    """It was out of reach, too slow or out of order: a retry is safe."""


class CalendarUnconfirmed(CalendarError):
    """A write was sent, but the answer is not known: read before writing again."""


class CalendarBusy(CalendarError):
    """It asks for a pause (429, 503 with Retry-After), or fails for all: we leave it alone."""

    def __init__(self, pause: timedelta) -> None:
        """Keep how long, at most an hour."""
        super().__init__(str(pause))
        self.pause = pause


class CalendarUnreadable(CalendarError):
    """It answers with what is no CalDAV, or more than we read: nothing was changed."""


class SyncTokenRefused(CalendarError):
    """It knows the sync token no more: compare all events by ETag."""


class SyncUnsupported(CalendarError):
    """It knows no sync-collection, or no ctag, for this calendar."""


class EventOvertaken(CalendarError):
    """The event was changed meanwhile, or something is at its path (412, 409): read it again."""


class EventElsewhere(EventOvertaken):
    """The account has an event of this UID at another path, maybe in another calendar."""


class EventRefused(CalendarError):
    """It refuses this event for good (413, 415, 507 and the like)."""


class EventUnreadable(ParvisError):
    """An event that can't be read: broken, too large, or beyond our limits."""

    def __init__(self, why: str) -> None:
        """Keep a word for the log, and for the state that its owner is shown."""
        super().__init__(why)
        self.why = why
