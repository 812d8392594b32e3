"""All errors that a person must be told, by subject.

    ParvisError
    ├── Refused                      the request can't be fulfilled; its author is told why
    │   ├── NotAllowed               its author has no right to it
    │   ├── Misunderstood            the line can't be read; a corrected example is given
    │   ├── TimeRefused              a past or impossible time
    │   ├── IdentityUnresolved       no e-mail is known for this agent
    │   ├── NoMeeting                the salon has no meeting this could be about
    │   ├── MeetingAmbiguous         several meetings could be meant
    │   ├── MeetingOver              the meeting is over, ended or cancelled
    │   ├── NothingToRestore         no change of the last minutes can be taken back
    │   ├── HandoverRefused          nobody whom the meeting can be handed over to
    │   ├── SalonSilent              Parvis may not write in the salon
    │   ├── GuestUnknown             no invitation matches the words
    │   ├── GuestAmbiguous           several invitations match the words
    │   ├── MediaAway                we admit no guest whom we couldn't eject
    │   ├── TakeoversSpent           a link has changed devices as often as it may
    │   ├── InvitationRefused        an address or a window that policy or sense refuses
    │   ├── MeetingEchoed            another agent has just asked for the same meeting
    │   ├── MeetingBegun             it has begun, and can't be moved
    │   ├── RecurrenceRefused        a rule beyond our limits
    │   ├── SeriesUnmoved            a rule that can not follow to another day
    │   ├── CalendarAddressRefused   no calendar is there, or Parvis may not reach it
    │   ├── GrantRefused             a partner's person, or one of ours there, gets no grant
    │   └── LimitReached             an agent, or a salon, has reached a quota
    ├── VisioError                   the video platform
    │   ├── VisioUnknownAgent        the agent never logged in to Visio
    │   ├── VisioNotDelegated        the e-mail's domain is not delegated to us
    │   ├── VisioLevelRefused        this instance refuses the access level
    │   ├── VisioMisconfigured       credentials, scopes or switches are wrong
    │   ├── VisioUnreachable         it was out of reach: a retry is safe, or nearly so
    │   └── VisioUnconfirmed         sent, but the answer is unknown or a failure of Visio's
    ├── MailError
    │   ├── MailRefused              the server refuses this message for good
    │   ├── MailUnreachable          the server has not accepted it: a retry is safe
    │   ├── MailUnconfirmed          sent, but the server has not said what became of it
    │   ├── InboxUnreachable         the box can't be read now
    │   └── IncomingUnreadable       a mail that arrived can't be read at all
    ├── CalendarError                an agent's calendar server
    │   ├── CalendarLoginRefused     it refuses the credentials
    │   │   └── CalendarSignInUnknown   it takes none of our ways to sign in
    │   ├── CalendarForbidden        it lets us not do this
    │   ├── CalendarGone             the calendar, or the event, is not there
    │   ├── CalendarUnreachable      it was out of reach: a retry is safe
    │   ├── CalendarUnconfirmed      a write was sent, but the answer is unknown
    │   ├── CalendarBusy             it asks for a pause, or fails for all
    │   ├── CalendarUnreadable       it answers with what we can't read
    │   ├── SyncTokenRefused         it knows a sync token no more
    │   ├── SyncUnsupported          it can't tell changes in this way
    │   ├── EventOvertaken           the event was changed meanwhile
    │   │   └── EventElsewhere       its UID is at another path
    │   └── EventRefused             it refuses an event for good
    ├── PartnerError               a partner's instance
    │   ├── PartnerAway              it was out of reach: a retry is safe
    │   ├── PartnerUntrusted         it publishes what its pinned key did not sign
    │   ├── SignInRefused            a sign-in at its OpenID provider proves nothing
    │   └── AssertionRefused         it signed what we don't take
    ├── EventUnreadable              an event that can't be read
    ├── MediaUnreachable             the media server does not do what we ask
    ├── TokenRefused                 a JWT that our front door refuses
    ├── KeysUnusable                 our own key files can't be read or trusted
    ├── SchemaOutdated               the database needs `parvis migrate`
    │   └── SchemaNewer              a newer program has migrated it
    └── AlreadyRunning               another process holds this database

The docstring of each class is the advice for its reader.
"""

from bridge.errors.asking import (
    IdentityUnresolved,
    LimitReached,
    Misunderstood,
    NotAllowed,
    SalonSilent,
    TimeRefused,
)
from bridge.errors.base import ParvisError, Refused
from bridge.errors.calendars import (
    CalendarAddressRefused,
    CalendarBusy,
    CalendarError,
    CalendarForbidden,
    CalendarGone,
    CalendarLoginRefused,
    CalendarSignInUnknown,
    CalendarUnconfirmed,
    CalendarUnreachable,
    CalendarUnreadable,
    EventElsewhere,
    EventOvertaken,
    EventRefused,
    EventUnreadable,
    SyncTokenRefused,
    SyncUnsupported,
)
from bridge.errors.guests import GuestAmbiguous, GuestUnknown, InvitationRefused, TakeoversSpent
from bridge.errors.mail import (
    InboxUnreachable,
    IncomingUnreadable,
    MailError,
    MailRefused,
    MailUnconfirmed,
    MailUnreachable,
)
from bridge.errors.media import MediaAway, MediaUnreachable
from bridge.errors.meetings import (
    HandoverRefused,
    MeetingAmbiguous,
    MeetingBegun,
    MeetingEchoed,
    MeetingOver,
    NoMeeting,
    NothingToRestore,
    RecurrenceRefused,
    SeriesUnmoved,
)
from bridge.errors.operation import (
    AlreadyRunning,
    KeysUnusable,
    SchemaNewer,
    SchemaOutdated,
    TokenRefused,
)
from bridge.errors.partners import (
    AssertionRefused,
    GrantRefused,
    PartnerAway,
    PartnerError,
    PartnerUntrusted,
    SignInRefused,
)
from bridge.errors.visio import (
    VisioError,
    VisioLevelRefused,
    VisioMisconfigured,
    VisioNotDelegated,
    VisioUnconfirmed,
    VisioUnknownAgent,
    VisioUnreachable,
)

__all__ = [
    "AlreadyRunning",
    "AssertionRefused",
    "CalendarAddressRefused",
    "CalendarBusy",
    "CalendarError",
    "CalendarForbidden",
    "CalendarGone",
    "CalendarLoginRefused",
    "CalendarSignInUnknown",
    "CalendarUnconfirmed",
    "CalendarUnreachable",
    "CalendarUnreadable",
    "EventElsewhere",
    "EventOvertaken",
    "EventRefused",
    "EventUnreadable",
    "GrantRefused",
    "GuestAmbiguous",
    "GuestUnknown",
    "HandoverRefused",
    "IdentityUnresolved",
    "InboxUnreachable",
    "IncomingUnreadable",
    "InvitationRefused",
    "KeysUnusable",
    "LimitReached",
    "MailError",
    "MailRefused",
    "MailUnconfirmed",
    "MailUnreachable",
    "MediaAway",
    "MediaUnreachable",
    "MeetingAmbiguous",
    "MeetingBegun",
    "MeetingEchoed",
    "MeetingOver",
    "Misunderstood",
    "NoMeeting",
    "NotAllowed",
    "NothingToRestore",
    "PartnerAway",
    "PartnerError",
    "PartnerUntrusted",
    "ParvisError",
    "RecurrenceRefused",
    "Refused",
    "SalonSilent",
    "SchemaNewer",
    "SchemaOutdated",
    "SeriesUnmoved",
    "SignInRefused",
    "SyncTokenRefused",
    "SyncUnsupported",
    "TakeoversSpent",
    "TimeRefused",
    "TokenRefused",
    "VisioError",
    "VisioLevelRefused",
    "VisioMisconfigured",
    "VisioNotDelegated",
    "VisioUnconfirmed",
    "VisioUnknownAgent",
    "VisioUnreachable",
]
